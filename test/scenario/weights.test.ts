import { defineScenario, run, type ScenarioSpec, type Trace } from 'swarmvar'
import { evaluate } from 'swarmvar/evaluation'
import { logDensity } from 'swarmvar/forecast'
import { stackingWeights } from 'swarmvar/inference'
import { fixedShare, minimumScoreWeights, relativeScoreWeights } from 'swarmvar/rules'
import { beforeAll, describe, expect, it } from 'vitest'
import { cheapScenario, cheapSpec, someReturns } from './cheap.js'

const KINDS = ['exponential', 'fixedShare', 'bernstein', 'relativeScore', 'minimumScore', 'stacking'] as const
const agents = [
  { id: 'fast', model: { name: 'ewma', options: { lambda: 0.9 } } },
  { id: 'liar', model: { name: 'ewma' }, behaviour: { attack: { kind: 'bias', riskScale: 0.05 } } },
  { id: 'slow', model: { name: 'ewma', options: { lambda: 0.98 } } },
]
const DAYS = 90
const rules = [
  { name: 'mean' },
  ...KINDS.map(kind => ({
    name: kind === 'stacking' ? 'linearPool' : 'weightedTrimmedMean',
    ...(kind === 'stacking' ? {} : { f: 0 }),
    weights: kind,
  })),
]
const market = someReturns(220)
const spec = (changes: Partial<ScenarioSpec> = {}): Partial<ScenarioSpec> => ({
  agents,
  rules,
  market: { returns: market },
  days: DAYS,
  ...changes,
})

const refused = (weights: unknown, name = 'weightedTrimmedMean'): string => {
  try {
    defineScenario(cheapSpec({ rules: [{ name, f: 0, weights } as never] }))
  } catch (error) {
    return String(error)
  }
  return 'nothing'
}

describe('learned weights of a rule in a scenario', () => {
  it('a kind stands for its defaults, which are filled in and survive JSON; rules without them stay as they were', () => {
    const scenario = cheapScenario(spec())
    const eta = expect.closeTo(Math.sqrt((8 * Math.log(3)) / DAYS), 12)
    const fitted = { level: 0.01, everyDays: 20, leastDays: 60 }
    expect(scenario.rules).toEqual([
      { name: 'mean' },
      { name: 'weightedTrimmedMean', f: 0, weights: { kind: 'exponential', level: 0.01, loss: 'fz0', eta } },
      { name: 'weightedTrimmedMean', f: 0, weights: { kind: 'fixedShare', level: 0.01, loss: 'fz0', eta, alpha: 0.01 } },
      { name: 'weightedTrimmedMean', f: 0, weights: { kind: 'bernstein', level: 0.01, loss: 'fz0', eta } },
      { name: 'weightedTrimmedMean', f: 0, weights: { kind: 'relativeScore', ...fitted } },
      { name: 'weightedTrimmedMean', f: 0, weights: { kind: 'minimumScore', ...fitted } },
      { name: 'linearPool', weights: { kind: 'stacking', everyDays: 20, leastDays: 60 } },
    ])
    expect(defineScenario(JSON.parse(JSON.stringify(scenario)))).toEqual(scenario)
    expect(cheapScenario().rules).toEqual([{ name: 'mean' }, { name: 'median' }, { name: 'trimmedMean', f: 1 }])
  })

  it('refuses what makes no sense, by its field', async () => {
    expect(refused('guessed')).toContain('scenario.rules[0].weights')
    expect(refused({ kind: 'stacking', level: 0.01 })).toContain('weights.level')
    expect(refused({ kind: 'relativeScore', eta: 1 })).toContain('weights.eta')
    expect(refused({ kind: 'exponential', alpha: 0.1 })).toContain('weights.alpha')
    expect(refused({ kind: 'exponential', pastDays: 10 })).toContain('weights.pastDays')
    expect(refused({ kind: 'minimumScore', level: 0.02 })).toContain('weights.level')
    expect(refused({ kind: 'minimumScore', pastDays: 10, leastDays: 11 })).toContain('weights.leastDays')
    expect(refused({ kind: 'minimumScore', surprise: 1 })).toContain("'surprise'")
    const median = cheapScenario({ rules: [{ name: 'median', weights: 'stacking' }] })
    await expect(run(median)).rejects.toThrow(/rules\[0\]\.weights.*linearPool, logPool/s)
  })
})

describe('a run with learned weights', () => {
  let trace: Trace
  beforeAll(async () => {
    trace = await run(cheapScenario(spec()), { seed: 's' })
  })
  const label = (kind: string): string => `${kind === 'stacking' ? 'linearPool' : 'weightedTrimmedMean'}+${kind}`
  const ids = ['fast', 'liar', 'slow']
  /** What was said on days up to `day` (not included). */
  const past = (day: number) => ({
    vars: ids.map(id => trace.agents[id]['0.01'].var.slice(0, day)),
    shortfalls: ids.map(id => trace.agents[id]['0.01'].es.slice(0, day)),
    returns: trace.returns.slice(0, day),
  })
  const mixedAt = (weights: ArrayLike<number>, day: number): number =>
    ids.reduce((sum, id, i) => sum + weights[i] * trace.agents[id]['0.01'].var[day], 0)

  it('labels rules by what they learn, and evaluates them', () => {
    expect(Object.keys(trace.ensemble)).toEqual(['mean', ...KINDS.map(label)])
    const { rules: scored } = evaluate(trace)
    expect(scored[label('stacking')].tolerance.bound).toBe(0)
    expect(scored[label('minimumScore')].levels['0.01'].days).toBe(DAYS)
  })

  it('weighs equally until there is enough to learn from', () => {
    for (const kind of ['relativeScore', 'minimumScore'])
      for (let day = 0; day < 60; day++)
        expect(trace.ensemble[label(kind)]['0.01'].var[day]).toBeCloseTo(trace.ensemble.mean['0.01'].var[day], 12)
  })

  it('takes the weights from the days before, which anybody can compute again', () => {
    // Estimated after 60 days and again after 80.
    for (const [kind, learn] of [
      ['relativeScore', relativeScoreWeights],
      ['minimumScore', minimumScoreWeights],
    ] as const) {
      const weights = learn(past(80), 0.01)
      for (const day of [80, 85, 89]) expect(trace.ensemble[label(kind)]['0.01'].var[day]).toBeCloseTo(mixedAt(weights, day), 6)
      expect(weights[1]).toBeLessThan(0.05)
    }
  })

  it('stacks by the log densities of the past', () => {
    const { levels } = trace.grid
    const none = new Float64Array(0)
    const logs = ids.map(id =>
      Float64Array.from({ length: 80 }, (_, day) => {
        const quantiles = trace.grid.agents[id].slice(day * levels.length, (day + 1) * levels.length)
        return logDensity({ levels, quantiles, riskLevels: none, shortfalls: none }, trace.returns[day])
      }),
    )
    const shown = trace.notes.find(
      ({ kind, detail }) => kind === 'weights-learned' && detail.startsWith('linearPool+stacking from 80'),
    )!.detail
    const weights = stackingWeights(logs)
    expect(shown).toMatch(/^linearPool\+stacking from 80 days: /)
    ids.forEach((id, i) => {
      expect(Number(new RegExp(`${id} ([.0-9]+)`).exec(shown)?.[1] ?? 0)).toBeCloseTo(weights[i], 2)
    })
  })

  it('moves online weights by every day’s loss, away from the liar', () => {
    const last = DAYS - 1
    for (const kind of ['exponential', 'fixedShare', 'bernstein']) {
      const found = trace.ensemble[label(kind)]['0.01'].var
      expect(found[0]).toBeCloseTo(trace.ensemble.mean['0.01'].var[0], 12)
      expect(found[last]).toBeGreaterThan(1.02 * trace.ensemble.mean['0.01'].var[last])
    }
    expect(fixedShare([[0, 1, 0]], 1, 0)[1][1]).toBeLessThan(1 / 3)
  })

  it('knows nothing of the day and of what comes after', async () => {
    const changed = market.map((ret, t) => (t < market.length - 5 ? ret : -7 * ret - 3))
    const other = await run(cheapScenario(spec({ market: { returns: changed } })), { seed: 's' })
    for (const kind of KINDS)
      for (const part of ['var', 'es'] as const)
        expect(other.ensemble[label(kind)]['0.01'][part].slice(0, DAYS - 4)).toEqual(
          trace.ensemble[label(kind)]['0.01'][part].slice(0, DAYS - 4),
        )
    expect(other.ensemble[label('bernstein')]['0.01'].var[DAYS - 1]).not.toBe(
      trace.ensemble[label('bernstein')]['0.01'].var[DAYS - 1],
    )
  })

  it('leaves everything else as it was, and replays', async () => {
    const plain = await run(cheapScenario(spec({ rules: [{ name: 'mean' }] })), { seed: 's' })
    expect(plain.agents).toEqual(trace.agents)
    expect(plain.ensemble.mean).toEqual(trace.ensemble.mean)
    expect((await run(cheapScenario(spec()), { seed: 's' })).digest).toBe(trace.digest)
  })

  it('goes on with agents that are silent, malformed or absurd, screened or not', async () => {
    const odd = [
      ...agents,
      { id: 'mess', model: { name: 'ewma' }, behaviour: { attack: { kind: 'malformed' } } },
      { id: 'mute', model: { name: 'ewma' }, behaviour: { attack: { kind: 'silence' } } },
      { id: 'vast', model: { name: 'ewma' }, behaviour: { attack: { kind: 'bias', value: 1e9 } } },
      { id: 'zero', model: { name: 'ewma' }, behaviour: { attack: { kind: 'bias', riskScale: 0 } } },
    ]
    const strange = await run(cheapScenario(spec({ agents: odd, screening: true })), { seed: 's' })
    const honest = Math.max(...strange.agents.fast['0.01'].var, ...strange.agents.slow['0.01'].var)
    for (const kind of KINDS)
      for (const name of [label(kind), `${label(kind)}+screened`]) {
        const { var: vars, es } = strange.ensemble[name]['0.01']
        expect(vars.every(Number.isFinite) && es.every(Number.isFinite)).toBe(true)
        if (kind === 'relativeScore' || kind === 'minimumScore') expect(vars[DAYS - 1]).toBeLessThan(2 * honest)
      }
    expect(strange.notes.filter(({ kind }) => kind === 'rule-failed')).toEqual([])
  })
})
