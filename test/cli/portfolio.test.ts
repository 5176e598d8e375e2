import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { freshFolder, swarmvar } from './command.js'

describe('a saved run on several assets', () => {
  const folder = freshFolder()
  const file = (name: string, step: number): void => {
    const lines = Array.from({ length: 90 }, (_, t) => {
      const date = new Date(Date.UTC(2019, 0, 1 + t)).toISOString().slice(0, 10)
      return `${date},${100 + ((t * step) % 11) / 3}`
    })
    writeFileSync(join(folder, name), `date,close\n${lines.join('\n')}\n`)
  }
  const scenario = (name: string, market: string): string => {
    writeFileSync(
      join(folder, `${name}.ts`),
      `import { defineScenario } from 'swarmvar'
export default defineScenario({
  name: '${name}', market: ${market}, window: 60, days: 8,
  agents: [
    { id: 'assets', model: { name: 'normalInverseWishart' }, behaviour: { assimilate: { trim: 0 } } },
    { id: 'others', model: { name: 'normalInverseWishart', options: { memory: 20 } }, behaviour: { assimilate: { trim: 0 } } },
    { id: 'series', model: { name: 'ewma' } },
  ],
  rules: [{ name: 'mean' }],
})
`,
    )
    return `${name}.ts`
  }
  const runAndMove = (name: string, market: string): string => {
    const ran = swarmvar(['run', scenario(name, market), '--json'], folder)
    expect(ran.stderr).toBe('')
    expect(ran.code).toBe(0)
    const moved = join(freshFolder(), 'moved')
    cpSync(join(folder, 'runs', `${name}-1`), moved, { recursive: true })
    return moved
  }

  it('holds the prices of every file, verifies elsewhere without them, and not when one asset’s price was changed', () => {
    file('first asset.csv', 7)
    file('second.csv', 5)
    const moved = runAndMove('files', "{ assets: [{ csv: 'first asset.csv' }, { csv: './second.csv' }], weights: [0.7, 0.3] }")
    rmSync(join(folder, 'second.csv'))
    const path = join(moved, 'prices.csv')
    const prices = readFileSync(path, 'utf8')
    expect(prices.split('\n')[0]).toBe('date,first asset,second')
    expect(prices.trim().split('\n')).toHaveLength(1 + 1 + 60 + 8)
    const verified = swarmvar(['verify', moved], freshFolder())
    expect(verified.stderr).toBe('')
    expect(verified.stdout).toContain(': the same, digest')
    expect(verified.code).toBe(0)
    writeFileSync(path, prices.replace(/,(?=[^,\n]*\n$)/, ',1'))
    const changed = swarmvar(['verify', moved], freshFolder())
    expect(changed.stdout).toContain('the market data have the digest')
    expect(changed.code).toBe(1)
  })

  it('verifies on a simulated market, and shows the assets’ returns', () => {
    const params = "{ 'mean[1]': 0, 'mean[2]': 0.1, 'sd[1]': 1, 'sd[2]': 2, 'correlation[1,2]': 0.5 }"
    const moved = runAndMove(
      'simulated',
      `{ simulate: { model: 'normalInverseWishart', params: ${params}, days: 90 }, weights: [0.5, 0.5] }`,
    )
    expect(readFileSync(join(moved, 'returns.csv'), 'utf8').split('\n')[0]).toBe('day,return,asset1,asset2')
    expect(swarmvar(['verify', moved], freshFolder()).code).toBe(0)
  })
})
