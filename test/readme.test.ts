import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { node, root, swarmvar } from './cli/command.js'

const readme = readFileSync(resolve(root, 'README.md'), 'utf8')
const blocks = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code)

describe('the README', () => {
  // Below the checkout, so that `swarmvar` is found as in a user's package.
  mkdirSync(join(root, 'runs'), { recursive: true })
  const folder = mkdtempSync(join(root, 'runs', '.readme-'))
  const outside = mkdtempSync(join(tmpdir(), 'swarmvar-readme-'))

  afterAll(() => rmSync(folder, { recursive: true }))

  it('shows a scenario of about twenty lines that runs as it stands, with the command and as a script', () => {
    const [example] = blocks
    expect(example.trim().split('\n').length).toBeLessThanOrEqual(22)
    writeFileSync(join(outside, 'one-liar.ts'), example)
    const ran = swarmvar(['run', 'one-liar.ts', '--json'], outside)
    expect(ran.stderr).toBe('')
    writeFileSync(join(folder, 'one-liar.ts'), example)
    const script = node(
      [join(root, 'node_modules', 'ts-node', 'dist', 'bin.js'), 'one-liar.ts', '--json', '--out', 'out'],
      folder,
    )
    expect(script.stderr).toBe('')
    expect(JSON.parse(script.stdout).digest).toBe(JSON.parse(ran.stdout).digest)
  })

  it('shows agents that agree without a coordinator, and who of them is two-faced', () => {
    writeFileSync(join(outside, 'no-coordinator.ts'), blocks[1])
    const ran = swarmvar(['run', 'no-coordinator.ts'], outside)
    expect(ran.stderr).toBe('')
    expect(ran.stdout).toContain('agreement')
    expect(ran.stdout).toMatch(/two-faced +90 +2020-/)
  })

  it('shows a fit and a prediction that run', () => {
    writeFileSync(join(folder, 'fit-example.ts'), blocks[2])
    const script = node([join(root, 'node_modules', 'ts-node', 'dist', 'bin.js'), 'fit-example.ts'], folder)
    expect(script.stderr).toBe('')
    expect(script.stdout).toMatch(/^mu independence Metropolis-Hastings/)
  })

  it('shows a `use` module that works', () => {
    writeFileSync(join(outside, 'cautious.ts'), blocks[3])
    writeFileSync(
      join(outside, 'with-use.ts'),
      blocks[0]
        .replace("id: 'riskmetrics', model: { name: 'ewma' }", "id: 'riskmetrics', model: { name: 'cautious' }")
        .replace("name: 'one-liar',", "name: 'with-use', use: ['./cautious.ts'],"),
    )
    const ran = swarmvar(['run', 'with-use.ts', '--days', '5', '--json'], outside)
    expect(ran.stderr).toBe('')
    expect(ran.code).toBe(0)
  })

  it('names every model, rule, attack, link and topology there is', async () => {
    const { modelTable } = await import('../src/models/index.js')
    const { ruleTable } = await import('../src/rules/index.js')
    const { attackTable } = await import('../src/swarm/index.js')
    const { linkTable, topologyTable } = await import('../src/network/index.js')
    for (const table of [modelTable, ruleTable, attackTable, linkTable, topologyTable]) {
      for (const name of Object.keys(table)) expect(readme).toContain(`\`${name}\``)
    }
  })
})
