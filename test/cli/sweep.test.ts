import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { freshFolder, swarmvar, writeScenario } from './command.js'

const OWN = `
export const grid = { days: [3, 4] }
export const at = ({ days }: { days?: number }) => defineScenario({ ...spec, days: Number(days) })
export const paired = true
export const conclude = (results: readonly unknown[]) => [\`\${results.length} runs <were> made\`]
export const heatMaps = (results: readonly { trace: { days: number } }[]) => [
  { title: 'Days', caption: 'How many.', rowTitle: 'what', columnTitle: 'run', rows: ['days'],
    columns: results.map((_, i) => \`run \${i}\`), values: [results.map(({ trace }) => trace.days)], scale: 'linear', digits: 0 },
]
`

describe('swarmvar sweep', () => {
  const folder = freshFolder()
  writeScenario(folder)
  writeFileSync(join(folder, 'mine.ts'), readFileSync(join(folder, 'mine.ts'), 'utf8') + OWN)

  it('prints a table and what follows, and saves a report with heat maps, CSV and JSON lines', () => {
    const { code, stdout, stderr } = swarmvar(['sweep', 'mine.ts', '--out', 'out', '--workers', '1'], folder)
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(stdout).toContain('2 runs <were> made\nlook at out/report.html\n')
    expect(readdirSync(join(folder, 'out')).sort()).toEqual(['manifest.json', 'report.html', 'results.csv', 'results.jsonl'])
    const html = readFileSync(join(folder, 'out', 'report.html'), 'utf8')
    for (const part of ['2 runs &lt;were&gt; made', '>run 1<', 'swarmvar sweep mine.ts --out out']) expect(html).toContain(part)
    const manifest = JSON.parse(readFileSync(join(folder, 'out', 'manifest.json'), 'utf8'))
    expect(manifest).toMatchObject({ kind: 'sweep', paired: true, runs: 2, grid: { days: [3, 4] } })
    const runs = readFileSync(join(folder, 'out', 'results.jsonl'), 'utf8')
      .trim()
      .split('\n')
    expect(runs.map(line => JSON.parse(line).seed)).toEqual(['1/0', '1/0'])
  })

  it('refuses to overwrite a sweep without --force, before any run, and a folder that holds none with it', () => {
    for (const args of [
      ['--out', 'out'],
      ['--out', '.', '--force'],
    ]) {
      const { code, stderr } = swarmvar(['sweep', 'mine.ts', ...args], folder)
      expect(code).toBe(2)
      expect(stderr).toMatch(/^swarmvar: (OUTPUT_EXISTS|BAD_OUTPUT): [^\n]+\n$/)
    }
  })

  it('takes a grid of paths and shows the spread over replications', () => {
    const grid = '{"agents.e.behaviour": [{}, {"attack": {"kind": "mimic"}}]}'
    const { stdout, code } = swarmvar(['sweep', 'plain.ts', '--grid', grid, '--replications', '2'], withPlain())
    expect(code).toBe(0)
    expect(stdout.match(/\d\.\d{4} ± \d\.\d{4}/g)).toHaveLength(3 * 2 * 3)
    expect(stdout).not.toContain('report.html')
    expect(existsSync(join(folder, 'runs'))).toBe(false)
  })

  it('helps with the syntax of paths', () => {
    expect(swarmvar(['sweep', '--help'], folder).stdout).toMatch(/agents\.<id>\.behaviour[\s\S]*rules\.<name>\.f/)
  })

  function withPlain(): string {
    writeScenario(folder, '', 'plain.ts')
    writeFileSync(join(folder, 'plain.ts'), readFileSync(join(folder, 'plain.ts'), 'utf8').replace('days: 40', 'days: 4'))
    return folder
  }
})
