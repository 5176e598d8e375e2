import { spawn, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { freshFolder, main, swarmvar, writeScenario } from './command.js'

describe('swarmvar run --stream', () => {
  const folder = freshFolder()
  writeScenario(folder)
  const args = ['run', 'mine.ts', '--days', '30', '--no-control']
  const streamed = swarmvar([...args, '--stream', '--out', 'streamed', '--json'], folder)
  const refused = swarmvar([...args, '--stream', '--out', 'streamed'], folder)
  const whole = swarmvar([...args, '--out', 'whole', '--json'], folder)

  it('does not overwrite, and prints the same object as without, but for rounding of mean losses and the seconds', () => {
    expect(refused).toMatchObject({ code: 2, stdout: '' })
    expect(refused.stderr).toMatch(/^swarmvar: OUTPUT_EXISTS: /)
    expect(streamed.stderr).toBe('')
    expect(streamed.code).toBe(0)
    const [found, expected] = [JSON.parse(streamed.stdout), JSON.parse(whole.stdout)]
    expect({ ...found, rules: 0, seconds: 0 }).toEqual({ ...expected, rules: 0, seconds: 0 })
    expect(Object.keys(found.rules)).toEqual(['mean', 'median', 'trimmedMean'])
    for (const rule of Object.keys(expected.rules)) {
      for (const level of Object.keys(expected.rules[rule])) {
        const { pinball, fz0, ...rest } = expected.rules[rule][level]
        expect(found.rules[rule][level]).toMatchObject(rest)
        expect(found.rules[rule][level].pinball).toBeCloseTo(pinball, 12)
        expect(found.rules[rule][level].fz0).toBeCloseTo(fz0, 12)
      }
    }
  })

  it('saves the same files without a report, which verify finds the same, and a changed line of', () => {
    const files = (name: string): string[] => readdirSync(join(folder, name)).sort()
    expect(files('streamed')).toEqual(files('whole').filter(name => name !== 'report.html'))
    for (const name of ['trace.jsonl', 'forecasts.csv', 'prices.csv', 'scenario.json'])
      expect(readFileSync(join(folder, 'streamed', name), 'utf8')).toBe(readFileSync(join(folder, 'whole', name), 'utf8'))
    expect(swarmvar(['verify', 'streamed'], folder)).toMatchObject({ code: 0, stderr: '' })
    const trace = join(folder, 'streamed', 'trace.jsonl')
    writeFileSync(trace, readFileSync(trace, 'utf8').replace('"kind":"decision"', '"kind":"Decision"'))
    const verified = swarmvar(['verify', 'streamed'], folder)
    expect(verified.stdout).toMatch(/NOT the same: event \d+ is the first that differs/)
    expect(verified.code).toBe(1)
  })

  it('prints tables below a line with the market and the days, and says that there is no report', () => {
    const { code, stdout } = swarmvar([...args, '--stream', '--out', 'replaced', '--force'], folder)
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /^mine: S&P 500 closes, 30 forecast days \(\d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d\), seed '1'\n\nRules, 1 % VaR\n/,
    )
    expect(stdout).toContain('! e')
    expect(stdout).toContain('no report.html and no control run')
  })
})

describe('a streamed run that cannot go on', () => {
  const many = "days: 4000, agents: [{ id: 'x', model: { name: 'ewma' } }], rules: [{ name: 'mean' }]"

  it('says in one line that the disk is full, exits 2 and leaves nothing', () => {
    const folder = freshFolder()
    writeScenario(folder, many)
    // No file may grow beyond 512 kB: to the process it is a full disk.
    const script = `ulimit -f 512; exec "${process.execPath}" "${main}" run mine.ts --stream --out full`
    const { status, stdout, stderr } = spawnSync('bash', ['-c', script], { cwd: folder, encoding: 'utf8' })
    expect(stderr).toMatch(/^swarmvar: BAD_OUTPUT: full: found EFBIG[^\n]*\n$/)
    expect(stdout).toBe('')
    expect(status).toBe(2)
    expect(readdirSync(folder)).toEqual(['mine.ts'])
  })

  it('stops at an interrupt with exit 1 and leaves nothing', async () => {
    const folder = freshFolder()
    writeScenario(folder, many)
    const child = spawn(process.execPath, [main, 'run', 'mine.ts', '--stream', '--out', 'run'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let stderr = ''
    child.stderr.on('data', chunk => {
      stderr += chunk
    })
    const writing = (): boolean =>
      readdirSync(folder).some(
        name =>
          name.startsWith('.writing-') && (statSync(join(folder, name, 'trace.jsonl'), { throwIfNoEntry: false })?.size ?? 0) > 0,
      )
    const watch = setInterval(() => {
      // A second interrupt would end the process at once.
      if (!child.killed && writing()) child.kill('SIGINT')
    }, 5)
    const code = await new Promise(resolve => child.once('exit', resolve))
    clearInterval(watch)
    expect(stderr).toBe('swarmvar: interrupted; nothing was saved\n')
    expect(code).toBe(1)
    expect(readdirSync(folder)).toEqual(['mine.ts'])
  })
})
