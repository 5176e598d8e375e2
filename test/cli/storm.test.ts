import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { freshFolder, swarmvar } from './command.js'

const scenario = (links: string): string => `import { defineScenario } from 'swarmvar'
export default defineScenario({
  name: 'gusty',
  market: { returns: Array.from({ length: 120 }, (_, i) => ((i * 37) % 11) / 5 - 1) },
  window: 100,
  days: 12,
  refitEveryDays: 4,
  agents: ['a', 'b', 'c', 'd', 'e'].map((id, i) => ({ id, model: { name: 'ewma', options: { lambda: 0.9 + 0.01 * i } } })),
  network: { links: [${links}] },
  rules: [{ name: 'median' }],
})
`

describe('swarmvar storm', () => {
  const folder = freshFolder()

  it('runs every seed and says that no promise was broken', () => {
    writeFileSync(join(folder, 'calm.ts'), scenario(''))
    const { code, stdout, stderr } = swarmvar(['storm', 'calm.ts', '--seeds', '5', '--workers', '1'], folder)
    expect(stderr).toBe('')
    expect(stdout).toMatch(/^gusty: 5 seeds, 60 days, \d+ faults drawn, no violation/)
    expect(code).toBe(0)
    const lines = swarmvar(['storm', 'calm.ts', '--seeds', '2', '--workers', '2', '--json'], folder).stdout.trim().split('\n')
    expect(lines.map(line => JSON.parse(line).seed)).toEqual(['1/0', '1/1'])
  })

  it('stops at the first violation, names it, and replays it by the command that it prints', () => {
    // An honest agent whose model gives no forecasts.
    const shy = scenario('')
      .replace('days: 12', "days: 12, use: ['./drop.ts']")
      .replace("name: 'ewma', options: { lambda: 0.9 + 0.01 * i }", "name: i === 0 ? 'shy' : 'ewma'")
    writeFileSync(join(folder, 'broken.ts'), shy)
    writeFileSync(
      join(folder, 'drop.ts'),
      `import { ewma } from 'swarmvar/models'
const shy = () => ({
  ...ewma(),
  name: 'shy',
  forecast(state: { variance: number }, levels: Parameters<ReturnType<typeof ewma>['forecast']>[1]) {
    const honest = ewma().forecast(state, levels)
    return { ...honest, quantiles: honest.quantiles.slice().reverse() }
  },
})
export default { models: { shy } }
`,
    )
    const { code, stdout } = swarmvar(['storm', 'broken.ts', '--seeds', '3', '--workers', '1'], folder)
    expect(code).toBe(1)
    expect(stdout).toMatch(/^violated under the seed 1\/0:\n {2}liveness /)
    const [, replay] = /replay with: swarmvar (.*)\n/.exec(stdout)!
    expect(replay).toBe('storm broken.ts --only 1/0')
    const again = swarmvar(['storm', 'broken.ts', '--only', '1/0', '--workers', '1'], folder)
    expect(again).toEqual({ code: 1, stdout, stderr: '' })
  })

  it('storms a protocol by itself, and breaks one that is asked for too much', () => {
    const safe = swarmvar(['storm', 'synchronous', '--seeds', '30', '--f', '1', '--workers', '1'], folder)
    expect(safe.code).toBe(0)
    expect(safe.stdout).toMatch(/4 +1 +30 +0 +\d+/)
    const refused = swarmvar(['storm', 'synchronous', '--n', '3', '--f', '1'], folder)
    expect(refused.code).toBe(2)
    expect(refused.stderr).toMatch(/^swarmvar: TOO_MANY_FAULTS: .*3f \+ 1 = 4 participants\n$/)
    const broken = swarmvar(
      ['storm', 'synchronous', '--n', '3', '--f', '1', '--unsafe', '--seeds', '30', '--workers', '1'],
      folder,
    )
    expect(broken.code).toBe(1)
    const [, replay] = /replay with: swarmvar (.*)\n/.exec(broken.stdout)!
    const again = swarmvar(replay.replaceAll("'", '').split(' '), folder)
    expect(again.code).toBe(1)
    expect(again.stdout).toContain('violated: ')
  })
})
