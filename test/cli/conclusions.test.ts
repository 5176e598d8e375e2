import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { freshFolder, node, root, swarmvar, writeScenario } from './command.js'

const conclude = (body: string): string => {
  const folder = freshFolder()
  writeScenario(folder)
  appendFileSync(join(folder, 'mine.ts'), `export function concludeRun(trace) { ${body} }\n`)
  return folder
}
const args = ['run', 'mine.ts', '--days', '5']

describe('a scenario file that exports concludeRun', () => {
  const folder = conclude(`return [{
    claim: 'The mean says <more> than the median', verdict: 'supported',
    evidence: ['VaR on ' + trace.days.length + ' days: ' + trace.ensemble.mean['0.01'].var.filter((x, i) => x > trace.ensemble.median['0.01'].var[i]).length + ' above.'],
    tables: [{ title: 'Counted', columns: ['rule', 'days'], rows: [['mean', '5']] }],
  }]`)

  it('has its verdicts printed, in the report and in the JSON', () => {
    const printed = swarmvar(args, folder)
    expect(printed.stderr).toBe('')
    expect(printed.stdout).toContain('SUPPORTED: The mean says <more> than the median\n  VaR on 5 days: 5 above.')
    const html = readFileSync(join(folder, 'runs', 'mine-1', 'report.html'), 'utf8')
    expect(html).toContain('supported: The mean says &lt;more&gt; than the median')
    expect(html).toContain('<caption>Counted</caption>')
    const { conclusions, digest } = JSON.parse(swarmvar([...args, '--json', '--force'], folder).stdout)
    expect(conclusions).toMatchObject([{ verdict: 'supported', evidence: ['VaR on 5 days: 5 above.'] }])
    writeScenario(folder, '', 'plain.ts')
    const plain = JSON.parse(swarmvar(['run', 'plain.ts', '--days', '5', '--json', '--force'], folder).stdout)
    expect(plain.digest).toBe(digest)
    expect(Object.hasOwn(plain, 'conclusions')).toBe(false)
  })

  it('verifies as any run does, and streams without conclusions, which is said', () => {
    expect(swarmvar(['verify', 'runs/mine-1'], folder).code).toBe(0)
    const streamed = swarmvar([...args, '--stream', '--force'], folder)
    expect(streamed.code).toBe(0)
    expect(streamed.stderr).toContain('no conclusions')
    expect(streamed.stdout).not.toContain('SUPPORTED')
  })

  it('concludes when it is run as a script', () => {
    const out = join(freshFolder(), 'out')
    const ts = join(root, 'node_modules', 'ts-node', 'dist', 'bin.js')
    const { stdout, stderr } = node([ts, 'scenarios/crisis-robustness.ts', '--days', '2', '--out', out], root)
    expect(stderr).toBe('')
    expect(stdout).toContain('INCONCLUSIVE: The median is crisis-robust')
  })
})

describe('a concludeRun that goes wrong', () => {
  it('loses no run: it is saved, and then said', () => {
    const folder = conclude(`return [{ claim: 'Something', verdict: 'likely', evidence: ['none'] }]`)
    const { code, stderr } = swarmvar(args, folder)
    expect(code).toBe(2)
    expect(stderr).toMatch(/^swarmvar: BAD_CONCLUSION: .*verdict.*found likely, expected one of supported, refuted, inconclusive/)
    expect(existsSync(join(folder, 'runs', 'mine-1', 'report.html'))).toBe(true)
  })

  it('is refused before the run when it is no function', () => {
    const folder = freshFolder()
    writeScenario(folder)
    appendFileSync(join(folder, 'mine.ts'), 'export const concludeRun = 5\n')
    const { code, stderr } = swarmvar(args, folder)
    expect(code).toBe(2)
    expect(stderr).toContain('BAD_MODULE')
    expect(existsSync(join(folder, 'runs'))).toBe(false)
  })
})
