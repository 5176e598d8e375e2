import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineScenario, run, type Scenario, type ScenarioSpec, type Trace } from 'swarmvar'
import { inProcess, threads } from 'swarmvar/execute'
import { describe, expect, it } from 'vitest'
import { rootKey } from '../../src/base/index.js'
import { jobs, jobsModule, openMarket } from '../../src/scenario/index.js'
import { cheapAgents, cheapSpec, someReturns } from './cheap.js'

const weights = [0.5, 0.3, 0.2]
const common = someReturns(200, 'common')
const columns = ['a', 'b', 'c'].map(name => someReturns(200, name).map((ret, t) => ret + 0.7 * common[t]))
const rows = common.map((_, t) => columns.map(column => column[t]))
const portfolio = rows.map(row => row.reduce((sum, ret, i) => sum + weights[i] * ret, 0))

const agents: ScenarioSpec['agents'] = [
  ...cheapAgents,
  { id: 'wishart', model: { name: 'normalInverseWishart' }, behaviour: { assimilate: { trim: 0 } } },
  {
    id: 'wishart-fast',
    model: { name: 'normalInverseWishart', options: { memory: 20, weights } },
    behaviour: { assimilate: { trim: 0 } },
  },
]
const spec = (changes: Partial<ScenarioSpec> = {}): ScenarioSpec =>
  cheapSpec({ market: { returns: rows, weights }, agents, ...changes })

const refusalOf = async (work: () => unknown): Promise<{ code: string; message: string }> => {
  try {
    await work()
  } catch (error) {
    return error as { code: string; message: string }
  }
  throw new Error('nothing was refused')
}

describe('a market of several assets', () => {
  it('is the portfolio’s returns to agents with a model of one series: they say the same as on those returns', async () => {
    const one = await run(defineScenario(spec({ agents: [...cheapAgents] })), { seed: 's' })
    const other = await run(defineScenario(cheapSpec({ market: { returns: portfolio } })), { seed: 's' })
    expect(one.returns).toEqual(other.returns)
    expect(one.agents).toEqual(other.agents)
    expect(one.ensemble).toEqual(other.ensemble)
    // What the agents could have seen differs, so the runs do.
    expect(one.dataDigest).not.toBe(other.dataDigest)
    expect(one.digest).not.toBe(other.digest)
  })

  it('is rows to agents with a model of several: with the prior that matches they forecast as one of one series does', async () => {
    const squares = weights.reduce((sum, w) => sum + w * w, 0)
    const trace = await run(
      defineScenario(
        spec({
          agents: [
            { id: 'many', model: { name: 'normalInverseWishart' } },
            { id: 'one', model: { name: 'normalInverseGamma', prior: { scale: squares } } },
          ],
          rules: [{ name: 'mean' }],
        }),
      ),
      { seed: 's' },
    )
    trace.agents.many['0.01'].var.forEach((value, day) => {
      expect(Math.abs(value / trace.agents.one['0.01'].var[day] - 1)).toBeLessThan(1e-12)
    })
    expect(trace.data.assets).toMatchObject({ names: ['asset1', 'asset2', 'asset3'], weights: Float64Array.from(weights) })
    expect(trace.data.assets?.rows).toEqual(Float64Array.from(rows.slice(20).flat()))
  })

  it('replays bit for bit, in this thread and on workers, and shares beliefs of assets', async () => {
    const scenario = defineScenario(spec({ days: 25 }))
    const here = inProcess(jobs)
    const traces: Trace[] = []
    for (const executor of [here, threads({ workers: 2, jobsModule })]) {
      traces.push(await run(scenario, { seed: 's', executor }))
      await executor.close()
    }
    expect(traces[1]).toEqual(traces[0])
    const pooled = traces[0].notes.filter(({ agent, kind }) => agent === 'wishart' && kind === 'assimilated')
    expect(pooled.length).toBeGreaterThan(0)
    expect(traces[0].notes.filter(({ kind }) => kind === 'crash' || kind === 'malformed-posterior')).toEqual([])
  })

  it('changes the digest with the least bit of one asset, and with the weights', async () => {
    const digest = async (market: ScenarioSpec['market']): Promise<string> =>
      (
        await run(
          defineScenario(spec({ market, days: 5, agents: [{ id: 'x', model: { name: 'ewma' } }], rules: [{ name: 'mean' }] })),
        )
      ).digest
    const nudged = rows.map((row, t) => (t === 199 ? [row[0] + 1e-15, row[1], row[2]] : row))
    const found = await Promise.all(
      [
        { returns: rows, weights },
        { returns: nudged, weights },
        { returns: rows, weights: [0.5, 0.2, 0.3] },
      ].map(digest),
    )
    expect(new Set(found).size).toBe(3)
  })

  it.each([0, 1, 20])('no forecast up to day %i changes when the assets’ returns from that day on are altered', async day => {
    const first = 200 - 40
    const altered = rows.map((row, t) => (t >= first + day ? row.map(ret => -3 * ret - 1) : row))
    const at = async (returns: number[][]): Promise<Trace> =>
      run(defineScenario(spec({ market: { returns, weights }, days: 40 })), { seed: 's' })
    const [a, b] = [await at(rows), await at(altered)]
    for (const id of Object.keys(a.agents))
      expect(b.agents[id]['0.01'].var.slice(0, day + 1)).toEqual(a.agents[id]['0.01'].var.slice(0, day + 1))
    expect(b.agents.wishart['0.01'].var[day + 1]).not.toBe(a.agents.wishart['0.01'].var[day + 1])
  })

  it('takes typed arrays, survives JSON, and is normalised', () => {
    const typed = defineScenario(
      spec({ market: { returns: rows.map(row => Float64Array.from(row)), weights: Float64Array.from(weights) } }),
    )
    expect(typed).toEqual(defineScenario(spec()))
    expect(defineScenario(JSON.parse(JSON.stringify(typed)))).toEqual(typed)
    expect(defineScenario(spec({ market: { csv: 'p.csv', columns: ['A', 'B'], weights: [0.5, 0.5] } })).market).toEqual({
      csv: 'p.csv',
      date: 'date',
      columns: ['A', 'B'],
      weights: [0.5, 0.5],
    })
    expect(
      defineScenario(spec({ market: { assets: [{ csv: 'a.csv' }, { csv: 'b.csv', close: 'x' }], weights: [2, -1] } })).market,
    ).toEqual({
      assets: [
        { csv: 'a.csv', date: 'date', close: 'close' },
        { csv: 'b.csv', date: 'date', close: 'x' },
      ],
      weights: [2, -1],
    })
  })

  it('can be simulated: rows from a model of as many assets, other ones for another seed', async () => {
    const params = { 'mean[1]': 0, 'mean[2]': 0.1, 'sd[1]': 1, 'sd[2]': 2, 'correlation[1,2]': 0.9 }
    const market = (days: number) => ({
      simulate: [
        { model: 'normalInverseWishart', params, days },
        { model: 'normalInverseWishart', params: { ...params, 'correlation[1,2]': -0.9 }, days },
      ],
      weights: [0.5, 0.5],
    })
    const [small] = [defineScenario(spec({ market: market(100) })).market]
    const open = (seed: string) => openMarket(small, 200, '.', rootKey(seed))
    expect(open('s')).toEqual(open('s'))
    expect(open('s').returns).not.toEqual(open('t').returns)
    const spread = (returns: Float64Array): number => returns.reduce((sum, ret) => sum + ret * ret, 0) / returns.length
    // Variances of the halves: (1 + 4 + 2 * 2 * .9) / 4 = 2.15 and (1 + 4 - 3.6) / 4 = .35.
    expect(spread(open('s').returns.slice(0, 100)) / spread(open('s').returns.slice(100))).toBeGreaterThan(2.5)
  })
})

describe('bad markets of several assets are refused by name', () => {
  const x = (model: object): ScenarioSpec['agents'] => [{ id: 'x', model: model as { name: string } }]
  const params = { 'mean[1]': 0, 'sd[1]': 1 }

  it.each<[string, Partial<ScenarioSpec>, string, string]>([
    [
      'weights that do not sum to 1',
      { market: { returns: rows, weights: [0.5, 0.3, 0.3] } },
      'BAD_SCENARIO',
      'scenario.market.weights: found weights that sum to 1.1, expected weights that sum to 1',
    ],
    [
      'too few weights',
      { market: { returns: rows, weights: [0.5, 0.5] } },
      'BAD_SCENARIO',
      'scenario.market.weights: found 2 weights, expected one for each of the 3 assets',
    ],
    [
      'too few weights for columns',
      { market: { csv: 'p.csv', columns: ['A', 'B'], weights: [1] } },
      'BAD_SCENARIO',
      'one for each of the 2 assets',
    ],
    [
      'a column twice',
      { market: { csv: 'p.csv', columns: ['A', 'A'], weights: [0.5, 0.5] } },
      'BAD_SCENARIO',
      "scenario.market.columns: found column 'A' twice",
    ],
    [
      'a weight that is no number',
      { market: { returns: rows, weights: [0.5, 0.5, 'x' as unknown as number] } },
      'BAD_SCENARIO',
      'scenario.market.weights[2]',
    ],
    [
      'no weights',
      { market: { returns: rows } as unknown as ScenarioSpec['market'] },
      'BAD_SCENARIO',
      'scenario.market.weights: found nothing, expected a value of type array',
    ],
    [
      'an unknown field beside weights',
      { market: { csv: 'p.csv', close: 'A', weights: [1] } as unknown as ScenarioSpec['market'] },
      'BAD_SCENARIO',
      'scenario.market',
    ],
    [
      'a row of another length',
      { market: { returns: rows.map((row, t) => (t === 7 ? row.slice(1) : row)), weights } },
      'BAD_RETURN',
      'scenario.market.returns[7]: found a row of 2, expected the returns of 3 assets',
    ],
    ['too few days', { days: 500 }, 'TOO_FEW_RETURNS', 'found 200 returns, expected at least window + days = 620'],
    [
      'a model with other weights',
      { agents: x({ name: 'normalInverseWishart', options: { weights: [0.2, 0.3, 0.5] } }), rules: [{ name: 'mean' }] },
      'BAD_MODEL',
      'scenario.agents.x.options.weights: found [0.2,0.3,0.5], expected the market',
    ],
    [
      'a model of several assets in a market of one',
      {
        market: { returns: portfolio },
        agents: x({ name: 'normalInverseWishart', options: { weights: [0.5, 0.5] } }),
        rules: [{ name: 'mean' }],
      },
      'BAD_MODEL',
      'scenario.agents.x.model: found a model of 2 assets, expected as many as the market has: 1',
    ],
    [
      'a simulator of one series',
      { market: { simulate: { model: 'garchT', params: {}, days: 300 }, weights } },
      'UNKNOWN_MODEL',
      'scenario.market.simulate[0].model: found garchT, expected one of normalInverseWishart',
    ],
    [
      'parameters for another number of assets',
      { market: { simulate: { model: 'normalInverseWishart', params, days: 300 }, weights } },
      'BAD_SCENARIO',
      'scenario.market.simulate[0].params: found parameters mean[1], sd[1], expected mean[1], mean[2], mean[3]',
    ],
  ])('%s', async (_, changes, code, words) => {
    const error = await refusalOf(() => run(defineScenario(spec(changes))))
    expect(error.message).toContain(words)
    expect(error.code).toBe(code)
    expect(error.message).not.toContain('\n')
  })
})

describe('price files of several assets', () => {
  const folder = mkdtempSync(join(tmpdir(), 'swarmvar-assets-'))
  const dates = Array.from({ length: 60 }, (_, t) => new Date(Date.UTC(2019, 0, 1 + t)).toISOString().slice(0, 10))
  const price = (asset: number, t: number): number => 100 + 10 * asset + ((t * (7 + asset)) % 5)
  const write = (name: string, lines: readonly string[]): string => {
    writeFileSync(join(folder, name), `${lines.join('\n')}\n`)
    return name
  }
  const file = (name: string, asset: number, without: readonly number[] = []): string =>
    write(name, ['date,close', ...dates.map((date, t) => `${date},${price(asset, t)}`).filter((_, t) => !without.includes(t))])
  const scenarioOn = (market: ScenarioSpec['market'], days = 5): Scenario => defineScenario(spec({ market, window: 50, days }))
  const open = (market: ScenarioSpec['market'], count = 55) => openMarket(scenarioOn(market).market, count, folder, rootKey('s'))

  it('give the same market as columns of one file and as a file each', () => {
    const together = write('both.csv', ['date,A,B', ...dates.map((date, t) => `${date},${price(0, t)},${price(1, t)}`)])
    const one = open({ csv: together, columns: ['A', 'B'], weights: [0.5, 0.5] })
    const other = open({ assets: [{ csv: file('a.csv', 0) }, { csv: file('b.csv', 1) }], weights: [0.5, 0.5] })
    expect(one.assets?.names).toEqual(['A', 'B'])
    expect(other.assets?.names).toEqual(['a', 'b'])
    expect({ ...other, assets: { ...other.assets, names: ['A', 'B'] } }).toEqual(one)
    expect(one.labels).toEqual(dates.slice(-55))
    const t = 59
    const logReturn = (asset: number): number => 100 * Math.log(price(asset, t) / price(asset, t - 1))
    expect(one.returns[54]).toBeCloseTo((logReturn(0) + logReturn(1)) / 2, 12)
  })

  it('may start on different days when the days that are used are the same', () => {
    const market = (name: string) => ({ assets: [{ csv: file('a.csv', 0) }, { csv: name }], weights: [0.5, 0.5] })
    const short = file('short.csv', 1, [0, 1, 2])
    expect(open(market(short), 56)).toEqual({
      ...open(market(file('b.csv', 1)), 56),
      assets: { ...open(market(file('b.csv', 1)), 56).assets, names: ['a', 'short'] },
    })
  })

  it.each<[string, number[], number[], string]>([
    ['the second lacks a day', [], [30], 'no 2019-01-31 in second.csv, though first.csv has it'],
    ['the first lacks a day', [30], [], 'no 2019-01-31 in first.csv, though second.csv has it'],
    ['the second ends early', [], [59], 'no 2019-03-01 in second.csv'],
    ['the first ends early', [59], [], 'no 2019-03-01 in first.csv'],
    ['both lack another day', [40], [30], 'no 2019-01-31 in second.csv'],
  ])('are refused where dates differ, with the first that does: %s', async (_, first, second, words) => {
    const assets = [{ csv: file('first.csv', 0, first) }, { csv: file('second.csv', 1, second) }]
    const error = await refusalOf(() => open({ assets, weights: [0.5, 0.5] }))
    expect(error.code).toBe('DATES_DIFFER')
    expect(error.message).toContain(words)
    expect(error.message).toContain('scenario.market.assets[1]')
  })

  it('are refused for a missing column and a hole, with their place', async () => {
    write('hole.csv', ['date,A,B', '2019-01-01,1,2', '2019-01-02,1,'])
    const market = (columns: string[]) => ({ csv: 'hole.csv', columns, weights: [0.5, 0.5] })
    expect((await refusalOf(() => open(market(['A', 'C'])))).message).toContain("expected a column 'C'")
    expect((await refusalOf(() => open(market(['A', 'B'])))).message).toContain('line 3, column B: found nothing')
  })
})
