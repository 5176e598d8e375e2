import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run, type ScenarioSpec, summariseTrace } from 'swarmvar'
import { makeManifest, saveRun, streamRun, verifyRun } from 'swarmvar/report'
import { describe, expect, it } from 'vitest'
import { cheapAgents, cheapScenario, someReturns } from '../scenario/cheap.js'

const freshFolder = (): string => mkdtempSync(join(tmpdir(), 'swarmvar-'))

const scenarios: readonly [string, Partial<ScenarioSpec>][] = [
  ['of the cheap agents', {}],
  ['of one day', { days: 1 }],
  [
    'with liars, lost messages, outages and a rule twice',
    {
      agents: [
        ...cheapAgents,
        { id: 'bad', model: { name: 'ewma' }, behaviour: { attack: { kind: 'malformed' } } },
        { id: 'liar', model: { name: 'ewma' }, behaviour: { attack: { kind: 'equivocation' } } },
        { id: 'zero', model: { name: 'ewma' }, behaviour: { attack: { kind: 'bias', value: -3 } } },
      ],
      network: {
        links: [
          { kind: 'loss', probability: 0.2 },
          { kind: 'latency', distribution: 'exponential', meanMs: 30 },
        ],
        outages: [{ id: 'boot', fromMs: 3500, toMs: 9500 }],
      },
      rules: [{ name: 'median' }, { name: 'trimmedMean', f: 2 }, { name: 'trimmedMean', f: 1 }],
    },
  ],
  [
    'on a simulated market, with credible intervals and other levels',
    {
      market: {
        simulate: { model: 'garchNormal', params: { mu: 0, omega: 0.05, alpha: 0.1, beta: 0.85 }, days: 140 },
      },
      days: 20,
      riskLevels: [0.01, 0.1],
      agents: [{ id: 'garch', model: { name: 'garchNormal' } }, ...cheapAgents],
    },
  ],
  [
    'with screening',
    {
      screening: true,
      days: 80,
      agents: [...cheapAgents, { id: 'mild', model: { name: 'ewma' }, behaviour: { attack: { kind: 'bias', riskScale: 0.1 } } }],
    },
  ],
  ['without a coordinator', { days: 12, decision: { protocol: 'synchronous', f: 1 }, rules: [] }],
  [
    'without a coordinator, asynchronous, some agents down and some messages late',
    {
      days: 20,
      decision: { protocol: 'asynchronous', f: 1 },
      rules: [],
      network: {
        links: [{ kind: 'latency', distribution: 'exponential', meanMs: 60 }],
        outages: [
          { id: 'boot', fromMs: 2950, toMs: 3100 },
          { id: 'risk', fromMs: 5500, toMs: 8200 },
        ],
      },
    },
  ],
  [
    'of two assets',
    {
      market: { returns: someReturns(200).map((ret, i) => [ret, i % 3]), weights: [0.5, 0.5] },
      days: 10,
      agents: [
        { id: 'wishart', model: { name: 'normalInverseWishart' } },
        { id: 'risk', model: { name: 'ewma' } },
      ],
      rules: [{ name: 'mean' }],
    },
  ],
]

describe.each(scenarios)('a streamed run %s', (_, changes) => {
  const scenario = cheapScenario(changes)
  const parent = freshFolder()
  const [saved, streamed] = [join(parent, 'saved'), join(parent, 'streamed')]

  it('has the digest and the summary of the run in memory, and the same files byte for byte, and verifies', async () => {
    const trace = await run(scenario, { seed: 's' })
    saveRun(saved, trace, makeManifest(trace, trace.events.length, [], 'a test'), [], '<!doctype html>', false)
    const result = await streamRun(scenario, { seed: 's', folder: streamed, command: 'a test' })
    expect(result).toMatchObject({
      digest: trace.digest,
      dataDigest: trace.dataDigest,
      days: trace.days.length,
      folder: streamed,
    })
    expect(JSON.stringify(result.summary)).toBe(JSON.stringify(summariseTrace(trace)))
    const read = (folder: string, name: string): string => readFileSync(join(folder, name), 'utf8')
    const names = readdirSync(streamed).sort()
    expect(names).toEqual(
      readdirSync(saved)
        .sort()
        .filter(name => name !== 'report.html'),
    )
    for (const name of names) if (name !== 'manifest.json') expect(read(streamed, name)).toBe(read(saved, name))
    const { files: ours, ...manifest } = JSON.parse(read(streamed, 'manifest.json'))
    const { files: theirs, ...expected } = JSON.parse(read(saved, 'manifest.json'))
    expect(manifest).toEqual(expected)
    delete theirs['report.html']
    expect(ours).toEqual(theirs)
    expect(readdirSync(parent).sort()).toEqual(['saved', 'streamed'])
    for (const folder of [saved, streamed])
      expect(await verifyRun(folder)).toEqual({ same: true, digest: trace.digest, versions: [] })
  })
})

describe('verify of a streamed run', () => {
  const scenario = cheapScenario({ days: 30 })
  const saved = async (): Promise<string> => {
    const folder = join(freshFolder(), 'run')
    await streamRun(scenario, { seed: 's', folder })
    return folder
  }
  const change = (folder: string, name: string, edit: (text: string) => string): void =>
    writeFileSync(join(folder, name), edit(readFileSync(join(folder, name), 'utf8')))
  const edited = (at: number, edit: (line: string) => string) => (text: string) =>
    text
      .split('\n')
      .map((line, i) => (i === at ? edit(line) : line))
      .join('\n')

  it.each<[string, string, (text: string) => string, RegExp]>([
    ['a changed event', 'trace.jsonl', edited(57, line => line.replace(/"var":\[/, '"var":[1')), /^event 57 is the first/],
    ['a lengthened line', 'trace.jsonl', edited(40, line => `${line} `), /^event 40 is the first/],
    ['a line less', 'trace.jsonl', text => text.replace(/[^\n]*\n$/, ''), /^event \d+ .*\n {2}recorded: nothing/],
    ['no line end', 'trace.jsonl', text => text.trimEnd(), /^event \d+ is the first/],
    ['a line more', 'trace.jsonl', text => `${text}{}\n`, /^event \d+ .*\n {2}recorded: \{\}\n {2}replayed: nothing$/],
    ['a line of a megabyte', 'trace.jsonl', text => `${'x'.repeat(1 << 20)}\n${text}`, /^event 0 is the first/],
    ['an empty trace', 'trace.jsonl', () => '', /^event 0 is the first/],
    ['a changed forecast', 'forecasts.csv', edited(12, line => line.replace(/\d$/, '')), /but line 13 of forecasts\.csv/],
    ['a changed heading', 'forecasts.csv', edited(0, line => line.toUpperCase()), /but line 1 of forecasts\.csv/],
    ['a forecast more', 'forecasts.csv', text => `${text}\n`, /but line 32 of forecasts\.csv/],
  ])('finds %s', async (_what, name, edit, words) => {
    const folder = await saved()
    change(folder, name, edit)
    const { same, difference } = await verifyRun(folder)
    expect(difference).toMatch(words)
    expect(same).toBe(false)
  })

  it('stops at the day of the first event that differs', async () => {
    const folder = await saved()
    change(
      folder,
      'trace.jsonl',
      edited(0, line => line.replace('"atMs"', '"atms"')),
    )
    const seen: number[] = []
    expect((await verifyRun(folder, { onDay: day => seen.push(day) })).same).toBe(false)
    expect(seen).toEqual([1])
  })

  it.each<[string, (folder: string) => void, RegExp]>([
    ['an empty folder', folder => mkdirSync(join(folder, 'extra')), /extra\/ \(an empty folder\) was added/],
    ['a folder in a folder', folder => mkdirSync(join(folder, 'a', 'b'), { recursive: true }), /a\/b\/ \(an empty folder\)/],
    ['a link', folder => symlinkSync('trace.jsonl', join(folder, 'same.jsonl')), /same\.jsonl \(a link\) was added/],
    [
      'a link in place of a file',
      folder => {
        const text = readFileSync(join(folder, 'returns.csv'))
        writeFileSync(join(folder, '..', 'elsewhere.csv'), text)
        rmSync(join(folder, 'returns.csv'))
        symlinkSync(join('..', 'elsewhere.csv'), join(folder, 'returns.csv'))
      },
      /returns\.csv \(a link\) was added/,
    ],
  ])('finds %s', async (_what, add, words) => {
    const folder = await saved()
    add(folder)
    expect((await verifyRun(folder)).difference).toMatch(words)
  })
})

describe('a streamed run that does not end', () => {
  it('leaves nothing when it is aborted, and writes while it runs', async () => {
    const parent = freshFolder()
    const stop = new AbortController()
    const sizes: number[] = []
    const onDay = (done: number): void => {
      const [writing] = readdirSync(parent)
      sizes.push(readFileSync(join(parent, writing, 'trace.jsonl')).length)
      if (done === 900) stop.abort()
    }
    const scenario = cheapScenario({
      market: { returns: someReturns(1200) },
      days: 1000,
      agents: [{ id: 'risk', model: { name: 'ewma' } }],
      rules: [{ name: 'mean' }],
    })
    const started = streamRun(scenario, { folder: join(parent, 'run'), signal: stop.signal, onDay })
    await expect(started).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(sizes[899]).toBeGreaterThan(100_000)
    expect(readdirSync(parent)).toEqual([])
  })

  it('leaves nothing when a first training fails', async () => {
    const parent = freshFolder()
    const scenario = cheapScenario({
      market: { returns: new Array(200).fill(0) },
      agents: [{ id: 'garch', model: { name: 'garchT' } }],
      rules: [{ name: 'mean' }],
    })
    await expect(streamRun(scenario, { folder: join(parent, 'run') })).rejects.toMatchObject({
      code: 'CONSTANT_RETURNS',
    })
    expect(readdirSync(parent)).toEqual([])
  })

  it('is refused where no folder can be made, and where one is already', async () => {
    const parent = freshFolder()
    writeFileSync(join(parent, 'file'), '')
    const start = (folder: string) => streamRun(cheapScenario({ days: 1 }), { folder })
    await expect(start(join(parent, 'file', 'run'))).rejects.toMatchObject({ code: 'BAD_OUTPUT' })
    await expect(start(parent)).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' })
    expect(readdirSync(parent)).toEqual(['file'])
  })

  it('says so when its folder is taken away under it', async () => {
    const parent = freshFolder()
    const onDay = (done: number): void => {
      if (done === 3) for (const name of readdirSync(parent)) rmSync(join(parent, name), { recursive: true })
    }
    const started = streamRun(cheapScenario({ days: 5 }), { folder: join(parent, 'run'), onDay })
    await expect(started).rejects.toMatchObject({ code: 'BAD_OUTPUT' })
    expect(readdirSync(parent)).toEqual([])
  })
})
