import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { freshFolder, main, node, root, swarmvar, writePrices, writeScenario } from './command.js'

const visible = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : [])

describe('swarmvar run on a user’s own prices', () => {
  const folder = freshFolder()
  writePrices(folder)
  writeScenario(folder)
  const args = [
    'run',
    'mine.ts',
    '--seed',
    'any string!',
    '--data',
    'prices.csv',
    '--date',
    'day',
    '--column',
    'settle',
    '--days',
    '30',
  ]
  const first = swarmvar([...args, '--json'], folder)

  it('prints one JSON object and nothing else', () => {
    expect(first.stderr).toBe('')
    expect(first.code).toBe(0)
    const result = JSON.parse(first.stdout)
    expect(Object.keys(result)).toEqual(['scenario', 'seed', 'digest', 'days', 'agents', 'rules', 'seconds'])
    expect(result).toMatchObject({ scenario: 'mine', seed: 'any string!', days: 30 })
    expect(result.agents[4]).toEqual({ id: 'e', model: { name: 'ewma' }, behaviour: { attack: { kind: 'bias', value: 1000 } } })
    expect(Object.keys(result.rules.trimmedMean['0.01'])).toEqual([
      'hits',
      'days',
      'expected',
      'kupiecP',
      'christoffersenP',
      'pinball',
      'fz0',
    ])
    expect(result.rules.mean['0.01'].pinball).toBeGreaterThan(result.rules.median['0.01'].pinball)
  })

  it('saves a folder that says everything about the run', () => {
    const saved = join(folder, 'runs', 'mine-any-string-')
    expect(readdirSync(saved).sort()).toEqual([
      'forecasts.csv',
      'manifest.json',
      'prices.csv',
      'report.html',
      'scenario.json',
      'trace.jsonl',
    ])
    const manifest = JSON.parse(readFileSync(join(saved, 'manifest.json'), 'utf8'))
    expect(manifest.digest).toBe(JSON.parse(first.stdout).digest)
    expect(manifest.versions.node).toBe(process.versions.node)
    expect(manifest.command).toContain("--seed 'any string!'")
    const lines = readFileSync(join(saved, 'forecasts.csv'), 'utf8').trim().split('\n')
    expect(lines).toHaveLength(31)
    expect(lines[0].split(',').slice(0, 4)).toEqual(['date', 'return', 'var_0.01_mean', 'es_0.01_mean'])
    expect(readFileSync(join(saved, 'report.html'), 'utf8')).toContain('<svg')
  })

  it('refuses to overwrite a saved run without --force, and replaces it with', () => {
    const again = swarmvar(args, folder)
    expect(again.code).toBe(2)
    expect(again.stderr).toMatch(/^swarmvar: OUTPUT_EXISTS: .*\n$/)
    const forced = swarmvar([...args, '--force', '--workers', '1'], folder)
    expect(forced.code).toBe(0)
    expect(forced.stdout).toContain(JSON.parse(first.stdout).digest)
    expect(forced.stdout).toContain('beyond the bound of mean (tolerates 0)')
    expect(visible(join(folder, 'runs'))).toEqual(['mine-any-string-'])
  })

  it('verify answers 0, also after the folder was moved, with nothing else around', () => {
    const elsewhere = join(freshFolder(), 'moved')
    cpSync(join(folder, 'runs', 'mine-any-string-'), elsewhere, { recursive: true })
    const verified = swarmvar(['verify', elsewhere], freshFolder())
    expect(verified.stderr).toBe('')
    expect(verified.stdout).toContain(': the same, digest')
    expect(verified.code).toBe(0)
  })

  it.each([
    ['trace.jsonl', '"var":[', '"var":[9', /event \d+ is the first that differs/],
    ['manifest.json', '"digest": "', '"digest": "0', /digest/],
    ['prices.csv', '\n2019-09-01,', '\n2019-09-01,1', /market data have the digest/],
    ['scenario.json', '"name": "median"', '"name": "mean"', /differ|digest/],
    ['forecasts.csv', '2019-09-', '2018-09-', /forecasts\.csv/],
    ['report.html', '<svg', '<svg data-x', /report\.html was changed/],
    ['manifest.json', '"days": 30', '"days": 31', /manifest says days 31/],
  ])('verify answers 1 when %s was changed, and names what differs first', (file, from, to, words) => {
    const elsewhere = join(freshFolder(), 'changed')
    cpSync(join(folder, 'runs', 'mine-any-string-'), elsewhere, { recursive: true })
    const text = readFileSync(join(elsewhere, file), 'utf8')
    expect(text).toContain(from)
    writeFileSync(join(elsewhere, file), text.replace(from, to))
    const verified = swarmvar(['verify', elsewhere], folder)
    expect(verified.stdout).toMatch(words)
    expect(verified.stdout).toContain('NOT the same')
    expect(verified.code).toBe(1)
  })

  it('verify answers 1 when something was added or taken away', () => {
    for (const change of [
      (to: string) => writeFileSync(join(to, 'extra.txt'), 'x'),
      (to: string) => writeFileSync(join(to, 'trace.jsonl'), 'junk', { flag: 'a' }),
      (to: string) => writeFileSync(join(to, 'forecasts.csv'), '\n1,2,3\n', { flag: 'a' }),
      (to: string) => rmSync(join(to, 'report.html')),
    ]) {
      const elsewhere = join(freshFolder(), 'changed')
      cpSync(join(folder, 'runs', 'mine-any-string-'), elsewhere, { recursive: true })
      change(elsewhere)
      expect(swarmvar(['verify', elsewhere], folder).code).toBe(1)
    }
  })

  it('verify names a version that differs', () => {
    const elsewhere = join(freshFolder(), 'older')
    cpSync(join(folder, 'runs', 'mine-any-string-'), elsewhere, { recursive: true })
    const manifest = readFileSync(join(elsewhere, 'manifest.json'), 'utf8')
    writeFileSync(join(elsewhere, 'manifest.json'), manifest.replace(/"node": "[^"]+"/, '"node": "20.1.2"'))
    const verified = swarmvar(['verify', elsewhere], folder)
    expect(verified.stdout).toContain('note: node 20.1.2 when recorded')
    expect(verified.code).toBe(0)
  })
})

describe('bad input: one clear line, exit 2, nothing half-written', () => {
  const folder = freshFolder()
  writePrices(folder)
  const csv = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return name
  }
  const rows = (bad: string): string => `date,close\n2020-01-01,10\n2020-01-02,11\n${bad}\n`
  const data = (name: string): string[] => ['run', writeScenario(folder), '--data', name]

  it.each<[string, () => string[], string]>([
    ['an empty CSV', () => data(csv('empty.csv', '')), 'EMPTY_CSV'],
    ['a missing column', () => [...data('prices.csv'), '--date', 'day'], 'MISSING_COLUMN'],
    ['a NaN', () => data(csv('nan.csv', rows('2020-01-03,NaN'))), 'BAD_CSV'],
    ['a negative price', () => data(csv('negative.csv', rows('2020-01-03,-1'))), 'BAD_CSV'],
    ['a missing file', () => data('nowhere.csv'), 'UNREADABLE_FILE'],
    ['too little data', () => data(csv('short.csv', rows('2020-01-03,12'))), 'TOO_FEW_RETURNS'],
    ['a missing scenario', () => ['run', 'nowhere.ts'], 'UNREADABLE_FILE'],
    ['a scenario that throws', () => ['run', csv('throws.ts', 'throw new Error("at load")')], 'BAD_MODULE'],
    ['a scenario without a default export', () => ['run', csv('empty.ts', 'export const x = 1')], 'BAD_MODULE'],
    ['a syntax error', () => ['run', csv('syntax.ts', 'export default {')], 'BAD_MODULE'],
    [
      'an unknown model',
      () => [
        'run',
        writeScenario(folder, "agents: [{ id: 'x', model: { name: 'oracle' } }], rules: [{ name: 'mean' }]", 'model.ts'),
      ],
      'UNKNOWN_MODEL',
    ],
    ['an unknown rule', () => ['run', writeScenario(folder, "rules: [{ name: 'majority' }]", 'rule.ts')], 'UNKNOWN_RULE'],
    [
      'f too large for n',
      () => ['run', writeScenario(folder, "rules: [{ name: 'trimmedMean', f: 3 }]", 'f.ts')],
      'TOO_MANY_FAULTS',
    ],
    ['an unknown field', () => ['run', writeScenario(folder, "colour: 'red',", 'field.ts')], 'BAD_SCENARIO'],
    ['the current folder as output', () => ['run', writeScenario(folder), '--out', '.', '--force'], 'BAD_OUTPUT'],
    [
      'a folder that holds no run, though it has a manifest',
      () => {
        mkdirSync(join(folder, 'site'), { recursive: true })
        writeFileSync(join(folder, 'site', 'manifest.json'), '{"name":"my web app"}')
        return ['run', writeScenario(folder), '--out', 'site', '--force']
      },
      'OUTPUT_EXISTS',
    ],
    ['an output below a file', () => ['run', writeScenario(folder), '--out', 'prices.csv/x'], 'BAD_OUTPUT'],
    ['thousands separators', () => data(csv('thousand.csv', rows('2020-01-03,"1,004"'))), 'BAD_CSV'],
    ['a column twice', () => data(csv('twice.csv', 'date,close,close\n2020-01-01,1,2\n')), 'BAD_CSV'],
    ['a day that no month has', () => data(csv('day.csv', rows('2020-02-30,12'))), 'BAD_CSV'],
    [
      'a `use` module whose factory throws',
      () => {
        csv('broken.ts', "export default { models: { broken: () => { throw new Error('no') } } }")
        return [
          'run',
          writeScenario(
            folder,
            "agents: [{ id: 'x', model: { name: 'broken' } }], rules: [{ name: 'mean' }], use: ['./broken.ts']",
            'use.ts',
          ),
        ]
      },
      'BAD_MODULE',
    ],
    ['a grid that is none', () => ['sweep', writeScenario(folder), '--grid', 'null'], 'BAD_GRID'],
    [
      'a grid that reaches for the prototype',
      () => ['sweep', writeScenario(folder), '--grid', '{"__proto__.seed":["x"]}'],
      'BAD_GRID',
    ],
    ['--column without --data', () => ['run', writeScenario(folder), '--column', 'x'], 'BAD_USAGE'],
    ['verify of a folder that is none', () => ['verify', '.'], 'NOT_A_RUN'],
  ])('%s', (_, args, code) => {
    const { code: exit, stdout, stderr } = swarmvar(args(), folder)
    expect(stderr).toMatch(new RegExp(`^swarmvar: ${code}: [^\\n]+\\n$`))
    expect(stdout).toBe('')
    expect(exit).toBe(2)
    expect(visible(join(folder, 'runs'))).toEqual([])
  })

  it.each([[['fly']], [['run']], [['run', 'a.ts', '--days', '-3']], [['run', 'a.ts', '--colour']]])('usage: %j', args => {
    const { code, stderr } = swarmvar(args, folder)
    expect(code).toBe(2)
    expect(stderr).toMatch(/^error: /)
  })

  it('help shows an example and exits 0', () => {
    for (const args of [['--help'], ['run', '--help'], ['verify', '--help']]) {
      const { code, stdout } = swarmvar(args, folder)
      expect(code).toBe(0)
      if (args.length > 1) expect(stdout).toMatch(/Examples?:\n {2}swarmvar /)
    }
  })
})

describe('an interrupt', () => {
  it('stops the run with exit 1 and leaves nothing behind', async () => {
    const folder = freshFolder()
    writeFileSync(
      join(folder, 'talker.ts'),
      `import { ewma } from 'swarmvar/models'
const talker = () => ({ ...ewma(), name: 'talker', init(...args: Parameters<ReturnType<typeof ewma>['init']>) {
  process.stdout.write('training\\n')
  return ewma().init(...args)
} })
export default { models: { talker } }
`,
    )
    writeScenario(
      folder,
      "days: 4000, agents: [{ id: 'x', model: { name: 'talker' } }], rules: [{ name: 'mean' }], use: ['./talker.ts']",
    )
    const child = spawn(process.execPath, [main, 'run', 'mine.ts'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    let stderr = ''
    child.stderr.on('data', chunk => {
      stderr += chunk
    })
    child.stdout.once('data', () => child.kill('SIGINT'))
    const code = await new Promise(resolve => child.once('exit', resolve))
    expect(stderr).toBe('swarmvar: interrupted; nothing was saved\n')
    expect(code).toBe(1)
    expect(visible(folder).sort()).toEqual(['mine.ts', 'talker.ts'])
  })
})

describe('scenario files', () => {
  it('load in a package with "type": "module" and in one without, as .ts, .mts, .cts, .mjs and .json', () => {
    for (const type of ['module', 'commonjs']) {
      const folder = freshFolder()
      writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'user', type }))
      writeScenario(folder)
      for (const name of ['mine.mts', 'mine.cts']) writeScenario(folder, '', name)
      for (const name of ['mine.ts', 'mine.mts', 'mine.cts']) {
        const { code, stderr, stdout } = swarmvar(['run', name, '--days', '3', '--json', '--force'], folder)
        expect([type, name, code, stderr]).toEqual([type, name, 0, ''])
        writeFileSync(join(folder, 'scenario.json'), readFileSync(join(folder, 'runs', 'mine-1', 'scenario.json')))
        expect(JSON.parse(stdout).days).toBe(3)
      }
    }
  })

  it('may use modules that add a model, a rule and an attack; they travel with the run and it verifies elsewhere', () => {
    const folder = freshFolder()
    mkdirSync(join(folder, 'lib'))
    writeFileSync(
      join(folder, 'lib', 'mine-model.ts'),
      `import { ewma } from 'swarmvar/models'
import { defineRule } from 'swarmvar/rules'
const cautious = (_prior?: unknown, options?: { lambda?: number }) => ({ ...ewma(options), name: 'cautious' })
const midrange = defineRule({
  name: 'midrange', source: 'a test', parameters: () => ({}), bound: () => 0, needs: () => 1,
  aggregate: rows => rows[0].map((_, k) => (Math.min(...rows.map(r => r[k])) + Math.max(...rows.map(r => r[k]))) / 2),
})
const mute = () => ({ kind: 'mute', description: 'says nothing', isTwoFaced: false, memoryDays: 0, tamper: () => null })
export default { models: { cautious }, rules: { midrange }, attacks: { mute } }
`,
    )
    const agents = `agents: [
      { id: 'a', model: { name: 'cautious', options: { lambda: 0.9 } } },
      { id: 'b', model: { name: 'ewma' } },
      { id: 'c', model: { name: 'ewma' }, behaviour: { attack: { kind: 'mute' } } },
    ], rules: [{ name: 'midrange' }, { name: 'mean' }], use: ['./lib/mine-model.ts']`
    writeScenario(folder, agents)
    const ran = swarmvar(['run', 'mine.ts', '--days', '10'], folder)
    expect(ran.stderr).toBe('')
    expect(ran.stdout).toContain('says nothing')
    const moved = join(freshFolder(), 'moved')
    renameSync(join(folder, 'runs', 'mine-1'), moved)
    const verified = swarmvar(['verify', moved], root)
    expect(verified.stdout).toContain('the same')
    writeFileSync(
      join(moved, 'use', '0-mine-model.ts'),
      readFileSync(join(moved, 'use', '0-mine-model.ts'), 'utf8').replace('/ 2', '/ 3'),
    )
    expect(swarmvar(['verify', moved], root).code).toBe(1)
    writeFileSync(join(folder, 'lib', 'mine-model.ts'), "import './other.js'\nexport default { models: {} }\n")
    expect(swarmvar(['run', 'mine.ts'], folder).stderr).toMatch(/MODULE_NOT_ALONE/)
  })

  it('run as scripts with ts-node, without flags or warnings', () => {
    const ts = join(root, 'node_modules', 'ts-node', 'dist', 'bin.js')
    const out = join(freshFolder(), 'out')
    const { code, stdout, stderr } = node([ts, 'scenarios/regime-change.ts', '--days', '10', '--out', out], root)
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(stdout).toContain('digest')
  })
})
