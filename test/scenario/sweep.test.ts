import { defineScenario, type Point, type SweepResult, sweep } from 'swarmvar'
import { threads } from 'swarmvar/execute'
import { describe, expect, it } from 'vitest'
import { jobsModule, pointsOf } from '../../src/scenario/index.js'
import { cheapScenario, cheapSpec } from './cheap.js'

const collect = async (results: AsyncIterable<SweepResult>): Promise<SweepResult[]> => {
  const all: SweepResult[] = []
  for await (const result of results) all.push(result)
  return all
}

describe('sweep', () => {
  const grid = { days: [5, 10], 'agents.hist.model.options.window': [60, 90], 'rules.trimmedMean.f': [0, 1] }
  const scenario = cheapScenario({ days: 5 })

  it('visits every combination and replication in order, the last name fastest', async () => {
    const results = await collect(sweep(scenario, grid, { seed: 's', replications: 2 }))
    expect(results).toHaveLength(16)
    expect(results.slice(0, 3).map(({ point, replication }) => [Object.values(point), replication])).toEqual([
      [[5, 60, 0], 0],
      [[5, 60, 0], 1],
      [[5, 60, 1], 0],
    ])
    expect(results.map(({ trace }) => trace.days)).toEqual([...new Array(8).fill(5), ...new Array(8).fill(10)])
  })

  it('gives a cell the same digest whatever else is in the grid and wherever it runs', async () => {
    const whole = await collect(sweep(scenario, grid, { seed: 's' }))
    const executor = threads({ workers: 2, jobsModule })
    const alone = await collect(
      sweep(
        scenario,
        { days: [10], 'agents.hist.model.options.window': [90], 'rules.trimmedMean.f': [1] },
        { seed: 's', executor },
      ),
    )
    await executor.close()
    expect(alone[0].trace.digest).toBe(whole[7].trace.digest)
    expect(new Set(whole.map(({ seed }) => seed)).size).toBe(8)
  })

  it('takes a function of the point', async () => {
    const at = ({ f }: Point) => defineScenario(cheapSpec({ days: 3, rules: [{ name: 'trimmedMean', f }] }))
    const results = await collect(sweep(at, { f: [0, 1, 2] }, { seed: 's' }))
    expect(results.map(({ trace }) => Object.keys(trace.rules))).toEqual([['trimmedMean'], ['trimmedMean'], ['trimmedMean']])
  })

  it.each([
    [{ 'nowhere.at.all': [1] }, 'BAD_GRID'],
    [{ days: [] }, 'BAD_GRID'],
    [{ days: [-1] }, 'BAD_SCENARIO'],
    [{ 'agents.nobody.model.name': ['ewma'] }, 'BAD_GRID'],
  ])('refuses the grid %j before the first run', async (bad, code) => {
    await expect(collect(sweep(scenario, bad, { seed: 's' }))).rejects.toMatchObject({ code })
  })

  it('counts its points', () => {
    expect(pointsOf(grid)).toHaveLength(8)
    expect(pointsOf({})).toEqual([{}])
  })
})

describe('a paired sweep', () => {
  const grid = { 'rules.trimmedMean.f': [0, 1] }
  const scenario = cheapScenario({ days: 5 })

  it('gives every point the seeds that its seed and the replication name', async () => {
    const results = await collect(sweep(scenario, grid, { seed: 's', replications: 2, paired: true }))
    expect(results.map(({ seed }) => seed)).toEqual(['s/0', 's/1', 's/0', 's/1'])
    expect(results[0].trace.agents).toEqual(results[2].trace.agents)
    expect(results[0].trace.agents).not.toEqual(results[1].trace.agents)
  })

  it('keeps the rules’ daily VaR, whose mean the summary has, and null on days without', async () => {
    const silence = { kind: 'silence', toDay: 1 }
    const agents = cheapSpec().agents.map(agent => ({ ...agent, behaviour: { attack: silence } }))
    const quiet = cheapScenario({ days: 5, agents })
    const [{ trace }] = await collect(sweep(quiet, {}, { seed: 's', paired: true }))
    const daily = trace.dailyVar!.median['0.01']
    expect(daily.map(x => x === null)).toEqual([true, true, false, false, false])
    expect(daily.reduce<number>((sum, x) => sum + (x ?? 0), 0) / 3).toBeCloseTo(trace.rules.median['0.01'].meanVar!, 12)
    const [plain] = await collect(sweep(scenario, {}, { seed: 's' }))
    expect(plain.trace.dailyVar).toBeUndefined()
  })
})
