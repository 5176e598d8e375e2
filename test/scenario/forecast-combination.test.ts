import { defineScenario, run, type Trace } from 'swarmvar'
import { studyGrid } from 'swarmvar/forecast'
import { childKey, drawNormal, openStream, rootKey } from 'swarmvar/random'
import { beforeAll, describe, expect, it } from 'vitest'
import scenario, { BURN_IN, concludeRun } from '../../scenarios/forecast-combination.js'
import { normalPdf, normalQuantile } from '../../src/distributions/index.js'
import { ruleLabels } from '../../src/scenario/labels.js'

const DAYS = BURN_IN + 700
const stream = openStream(childKey(rootKey('market'), 'combination'))
const returns = Float64Array.from({ length: DAYS }, () => drawNormal(stream))
const labels = ruleLabels(scenario.rules)

/** A normal forecaster whose scale is right but for a factor a day. */
function speaker(factor: (day: number) => number) {
  const levels = Object.fromEntries(
    [0.01, 0.05].map(level => {
      const [q, es] = [-normalQuantile(level), normalPdf(normalQuantile(level)) / level]
      return [
        String(level),
        { var: Float64Array.from(returns, (_, t) => q * factor(t)), es: Float64Array.from(returns, (_, t) => es * factor(t)) },
      ]
    }),
  )
  const grid = new Float64Array(DAYS * studyGrid.length)
  const scores = studyGrid.map(normalQuantile)
  for (let day = 0; day < DAYS; day++)
    grid.set(
      scores.map(z => factor(day) * z),
      day * scores.length,
    )
  return { levels, grid }
}

const always = (factor: number) => speaker(() => factor)

/** Three singles, and the rules by their labels; what is not named says what `others` does. */
function traceOf(
  singles: readonly ReturnType<typeof speaker>[],
  rules: { readonly [label: string]: ReturnType<typeof speaker> },
  others = always(1.3),
): Trace {
  const byLabel = Object.fromEntries(labels.map(label => [label, rules[label.replace(/#\d+$/, '')] ?? others]))
  const pick = <K extends 'levels' | 'grid'>(all: { [name: string]: ReturnType<typeof speaker> }, part: K) =>
    Object.fromEntries(Object.entries(all).map(([name, said]) => [name, said[part]]))
  const named = Object.fromEntries(singles.map((said, i) => [`m${i}`, said]))
  return {
    days: Array.from(returns, (_, t) => `day ${t + 1}`),
    returns,
    ensemble: pick(byLabel, 'levels'),
    agents: pick(named, 'levels'),
    grid: { levels: studyGrid, rules: pick(byLabel, 'grid'), agents: pick(named, 'grid') },
  } as unknown as Trace
}

const relative = 'weightedTrimmedMean+relativeScore'
const minimum = 'weightedTrimmedMean+minimumScore'
const verdicts = (trace: Trace) => concludeRun(trace).map(({ verdict }) => verdict)

describe('the scenario on combining forecasts', () => {
  it('has thirteen ways to combine, those that weigh by level once a level', () => {
    expect(labels).toHaveLength(19)
    expect(labels.filter(label => label.startsWith('linearPool'))).toEqual([
      'linearPool',
      'linearPool+stacking',
      'linearPool+stacking#2',
    ])
    expect(scenario.riskLevels).toEqual([0.01, 0.05])
  })

  it('finds combining better when it is', () => {
    const trace = traceOf([always(3), always(0.3), always(4)], {
      [relative]: always(1),
      [minimum]: always(1),
      mean: always(1.6),
    })
    const found = verdicts(trace)
    for (const at of [0, found.length / 2]) expect(found.slice(at, at + 3)).toEqual(['supported', 'supported', 'supported'])
  })

  it('finds combining worse when it is', () => {
    const trace = traceOf([always(1), always(1.02), always(0.98)], {
      [relative]: always(4),
      [minimum]: always(4),
      mean: always(1.5),
    })
    const found = verdicts(trace)
    for (const at of [0, found.length / 2]) expect(found.slice(at, at + 3)).toEqual(['refuted', 'refuted', 'refuted'])
  })

  it('finds nothing either way when everybody is about as good', () => {
    const noise = (phase: number) => speaker(t => 1 + 0.05 * Math.sin(t * t + phase))
    const trace = traceOf([noise(1), noise(2), noise(3)], { [relative]: noise(4), [minimum]: noise(5), mean: noise(6) })
    const found = verdicts(trace)
    for (const at of [0, found.length / 2])
      expect(found.slice(at, at + 3)).toEqual(['inconclusive', 'inconclusive', 'inconclusive'])
  })

  it('says what it compared: names, a difference, an interval, p-values, and everybody’s scores in order', () => {
    const trace = traceOf([always(1), always(2), always(0.5)], { [relative]: always(1.1) })
    const [best, median] = concludeRun(trace)
    expect(best.evidence[0]).toMatch(
      /over 700 days; the best single model in hindsight is m0\. relative score − m0: -?0\.\d+, 95 % interval -?0\.\d+ to/,
    )
    expect(median.evidence[0]).toContain('in the middle of 3 single models is m')
    const rows = best.tables![0].rows
    const fz0 = rows.map(row => Number(row[2]))
    expect(fz0).toEqual([...fz0].sort((a, b) => a - b))
    expect(rows.find(([name]) => name === 'm0')?.slice(5)).toEqual([String(countHits(2.3263478740408408)), '7.0'])
    expect(Number(rows.find(([name]) => name === 'm0')![4])).toBeCloseTo(1 / Math.sqrt(Math.PI), 1)
  })

  const countHits = (valueAtRisk: number): number => returns.slice(BURN_IN).filter(ret => ret < -valueAtRisk).length

  it('leaves single models out of the confidence set, or combinations, or neither', () => {
    const better = traceOf([always(2.5), always(3), always(0.3)], {}, always(1))
    const worse = traceOf([always(1), always(3), always(0.3)], {}, always(2.5))
    const alike = traceOf([always(1.01), always(3), always(0.3)], {}, always(1))
    expect([better, worse, alike].map(trace => verdicts(trace)[3])).toEqual(['supported', 'refuted', 'inconclusive'])
  })
})

describe('a short run of it', () => {
  let trace: Trace
  const cheap = ['a', 'b', 'c', 'd', 'e'].map((id, i) => ({ id, model: { name: 'ewma', options: { lambda: 0.9 + 0.02 * i } } }))
  const short = defineScenario({ ...scenario, network: {}, days: 90, agents: cheap } as never)
  beforeAll(async () => {
    trace = await run(short)
  }, 60_000)

  it('runs every rule, and says that there are too few days', () => {
    expect(Object.keys(trace.ensemble)).toEqual(labels)
    expect(trace.notes.filter(({ kind }) => kind === 'rule-failed' || kind === 'weights-kept')).toEqual([])
    expect(concludeRun(trace).map(({ verdict }) => verdict)).toEqual(['inconclusive'])
    expect(concludeRun(trace)[0].evidence[0]).toContain('0 days')
  })
})
