import { describe, expect, it } from 'vitest'
import { dieboldMariano, kupiec } from '../../src/backtest/index.js'
import { evaluate, pitHistogram } from '../../src/evaluation/index.js'
import { ln } from '../../src/math/index.js'
import { isPlain, LEVEL, smallTrace } from './small-trace.js'

const NaN_ = Number.NaN
const key = String(LEVEL)

describe('the scores of one level', () => {
  const trace = smallTrace({
    returns: [-3, 1, -2, -1],
    rules: [{ spec: { name: 'median' }, said: { var: [2, 2, 2, NaN_] } }],
  })
  const score = evaluate(trace).rules.median.levels[key]

  it('count a hit only where the return is strictly below -VaR', () => {
    expect(score.hits).toBe(1)
    expect(score.hitRate).toBeCloseTo(1 / 3, 15)
    expect(score.expectedHits).toBeCloseTo(0.15, 15)
  })

  it('leave out days without a report and count them', () => {
    expect(score.days).toBe(3)
    expect(score.missing).toBe(1)
    expect(score.meanVar).toBe(2)
    expect(score.meanEs).toBe(3)
  })

  it('average the pinball loss: (.05 - 1)(-3 + 2), .05 (1 + 2) and 0', () => {
    expect(score.meanPinball).toBeCloseTo((0.95 + 0.15 + 0) / 3, 14)
  })

  it('average FZ0: 1 / (.05 x 3) on the hit, and 2/3 + ln 3 - 1 every day', () => {
    expect(score.meanFz0).toBeCloseTo((1 / 0.15 + 3 * (2 / 3 + ln(3) - 1)) / 3, 12)
  })

  it('carry the p-value of the hits of the scored days', () => {
    expect(score.kupiecP).toBe(kupiec([1, 0, 0], LEVEL).pValue)
    expect(score.christoffersenP).toBeGreaterThan(0)
  })

  it('have no FZ0 where an ES is not positive, and say on how many days', () => {
    const said = { var: [-1, 0.5, 1], es: [-0.5, 1, 0] }
    const score = evaluate(smallTrace({ returns: [0, 0, 0], rules: [{ spec: { name: 'median' }, said }] })).rules.median.levels[
      key
    ]
    expect(score.meanFz0).toBeNull()
    expect(score.nonPositiveEsDays).toBe(2)
    expect(score.hits).toBe(1)
    expect(score.meanVar).toBeCloseTo(0.5 / 3, 15)
  })
})

describe('the comparison with the mean rule', () => {
  const returns = [-3, 1, -2, 0.5, 2]
  const mean = { spec: { name: 'mean' }, said: { var: [2, 2, 2, 2, 2] } }
  const against = (said: { var: number[]; es?: number[] }) =>
    evaluate(smallTrace({ returns, rules: [mean, { spec: { name: 'median' }, said }] })).rules.median.levels[key]

  it('is Diebold and Mariano’s on the daily losses', () => {
    const vars = [3, 1, 2.5, 2, 1]
    const pinball = (v: number, i: number) => (returns[i] < -v ? 0.95 * (-v - returns[i]) : 0.05 * (returns[i] + v))
    // floor(4 (5 / 100)^(2/9)) = 2 lags.
    const expected = dieboldMariano(vars.map(pinball), [2, 2, 2, 2, 2].map(pinball), { lag: 2 })
    const { pinballAgainstMean, fz0AgainstMean } = against({ var: vars })
    expect(pinballAgainstMean?.meanDifference).toBeCloseTo(expected.meanDifference, 14)
    expect(pinballAgainstMean?.pValue).toBeCloseTo(expected.pValue, 12)
    expect(fz0AgainstMean).not.toBeNull()
  })

  it('uses the days that both have', () => {
    expect(against({ var: [3, NaN_, 2.5, NaN_, 1] }).pinballAgainstMean).not.toBeNull()
    expect(against({ var: [3, NaN_, NaN_, NaN_, NaN_] }).pinballAgainstMean).toBeNull()
  })

  it('is null for equal losses and for losses that always differ by the same', () => {
    expect(against({ var: [2, 2, 2, 2, 2] }).pinballAgainstMean).toBeNull()
    const shifted = evaluate(
      smallTrace({
        returns: [1, 2, 3],
        rules: [
          { ...mean, said: { var: [2, 2, 2] } },
          { spec: { name: 'median' }, said: { var: [3, 3, 3] } },
        ],
      }),
    )
    expect(shifted.rules.median.levels[key].pinballAgainstMean).toBeNull()
  })

  it('is null for the mean itself and without a mean rule', () => {
    const alone = evaluate(smallTrace({ returns, rules: [{ spec: { name: 'median' }, said: mean.said }] }))
    expect(alone.rules.median.levels[key].pinballAgainstMean).toBeNull()
    expect(evaluate(smallTrace({ returns, rules: [mean] })).rules.mean.levels[key].pinballAgainstMean).toBeNull()
  })

  it('is null for FZ0 where either has an ES that is not positive', () => {
    const score = against({ var: [3, 1, 2.5, 2, 1], es: [4, 2, 3, 3, -1] })
    expect(score.fz0AgainstMean).toBeNull()
    expect(score.pinballAgainstMean).not.toBeNull()
  })
})

describe('calibration', () => {
  it('gives one PIT a day, null where there was no forecast', () => {
    const rules = [{ spec: { name: 'median' }, said: { var: [2, NaN_, 2, 2] } }]
    const { calibration } = evaluate(smallTrace({ returns: [0, 0, -2, 2], rules })).rules.median
    expect(calibration.pit[0]).toBeCloseTo(0.5, 12)
    expect(calibration.pit[1]).toBeNull()
    expect(calibration.pit[2]).toBeCloseTo(0.05, 12)
    expect(calibration.pit[3]).toBeCloseTo(0.95, 12)
    expect(calibration.pitHistogram.reduce((a, b) => a + b, 0)).toBe(3)
    expect(calibration.meanCrps).toBeGreaterThan(0)
  })

  it('puts a PIT of 1 into the last of the bins', () => {
    expect(pitHistogram([0, 0.05, 0.999, 1], 20)).toEqual([1, 1, ...new Array(17).fill(0), 2])
  })
})

describe('an Evaluation', () => {
  const returns = [-3, 1]
  const rules = [
    { spec: { name: 'mean' }, said: { var: [1000, -5] } },
    { spec: { name: 'median' }, said: { var: [1, NaN_] } },
  ]
  const agents = [
    { id: 'mute', said: { var: [NaN_, NaN_] } },
    { id: 'wild', said: { var: [1000, -1000] }, attack: { kind: 'noise', sd: 5 } },
  ]

  it('is plain data without NaN that survives JSON', () => {
    const evaluation = evaluate(smallTrace({ returns, rules, agents }))
    expect(isPlain(evaluation)).toBe(true)
    expect(JSON.parse(JSON.stringify(evaluation))).toEqual(evaluation)
  })

  it('has nulls and no hits for an agent without an accepted report', () => {
    const { mute } = evaluate(smallTrace({ returns, rules, agents })).agents
    expect(mute.levels[key]).toEqual({
      level: LEVEL,
      days: 0,
      missing: 2,
      hits: 0,
      expectedHits: 0,
      hitRate: null,
      kupiecP: null,
      christoffersenP: null,
      meanVar: null,
      meanEs: null,
      meanPinball: null,
      meanFz0: null,
      nonPositiveEsDays: 0,
    })
    expect(mute.calibration).toEqual({ pit: [null, null], pitHistogram: new Array(20).fill(0), meanCrps: null })
  })

  it('works on a single day', () => {
    const score = evaluate(smallTrace({ returns: [-3], rules: [{ spec: { name: 'median' }, said: { var: [2] } }] })).rules.median
      .levels[key]
    expect(score.hits).toBe(1)
    expect(score.kupiecP).toBeGreaterThan(0)
    expect(score.christoffersenP).toBeNull()
  })

  it('leaves the trace alone', () => {
    const trace = smallTrace({ returns, rules, agents })
    const before = structuredClone(trace)
    evaluate(trace)
    expect(trace).toEqual(before)
  })
})
