import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Dominance,
  murphyDifference,
  murphyDominance,
  murphyQuantile,
  murphyShortfall,
  murphyShortfallDifference,
  murphyShortfallDominance,
  murphyThresholds,
} from '../../src/backtest/index.js'
import { fz0Loss, pinballLoss } from '../../src/forecast/index.js'

const refusal = (code: string) => expect.objectContaining({ name: 'SwarmvarError', code })
const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value / values.length, 0)
const ascending = (values: readonly number[]): number[] => [...new Set(values)].sort((a, b) => a - b)

interface Day {
  ret: number
  a: { valueAtRisk: number; shortfall: number }
  b: { valueAtRisk: number; shortfall: number }
}
/** Multiples of 1/8, so that forecasts and returns often coincide. */
const eighths = (min: number, max: number) => fc.integer({ min: 8 * min, max: 8 * max }).map(n => n / 8)
const forecast = fc
  .tuple(eighths(0, 5), eighths(0, 3))
  .map(([valueAtRisk, more]) => ({ valueAtRisk, shortfall: valueAtRisk + more + 0.125 }))
const days = fc.array(fc.record({ ret: eighths(-8, 6), a: forecast, b: forecast }), { minLength: 1, maxLength: 40 })
const levels = fc.constantFrom(0.01, 0.025, 0.05, 0.5)

const split = (given: readonly Day[]) => ({
  returns: given.map(({ ret }) => ret),
  a: { vars: given.map(({ a }) => a.valueAtRisk), ess: given.map(({ a }) => a.shortfall) },
  b: { vars: given.map(({ b }) => b.valueAtRisk), ess: given.map(({ b }) => b.shortfall) },
})

function wordOf(differences: readonly number[]): Dominance {
  const below = differences.some(each => each < -1e-10)
  const above = differences.some(each => each > 1e-10)
  return below ? (above ? 'crosses' : 'dominates') : above ? 'dominated' : 'equal'
}

describe('the Murphy curve of VaR', () => {
  it('integrates to the mean pinball loss exactly: it is constant from each forecast or return to the next', () => {
    fc.assert(
      fc.property(days, levels, (given, level) => {
        const { returns, a } = split(given)
        const kinks = ascending([...returns, ...a.vars.map(each => -each)])
        const curve = murphyQuantile(returns, a.vars, level, kinks)
        const area = kinks.slice(1).reduce((sum, kink, k) => sum + curve[k] * (kink - kinks[k]), 0)
        const pinball = meanOf(returns.map((ret, t) => pinballLoss(ret, a.vars[t], level)))
        expect(area).toBeCloseTo(pinball, 12)
        expect(curve[kinks.length - 1]).toBe(0)
        expect([...murphyQuantile(returns, a.vars, level, [kinks[0] - 1])]).toEqual([0])
      }),
    )
  })

  it('of a forecast that knows the return is 0 everywhere, and dominates', () => {
    const returns = [-3, 1, 0.5, -1]
    const known = returns.map(ret => -ret)
    expect([...murphyQuantile(returns, known, 0.05, [-5, -3, -1, 0, 0.5, 2])]).toEqual([0, 0, 0, 0, 0, 0])
    expect(murphyDominance(returns, known, [2, 2, 2, 2], 0.05)).toBe('dominates')
    expect(murphyDominance(returns, [2, 2, 2, 2], known, 0.05)).toBe('dominated')
    expect(murphyDominance(returns, known, known, 0.05)).toBe('equal')
  })
})

describe('the Murphy curve of VaR and ES', () => {
  it('integrates, weighted by 1 / threshold^2, to the difference of FZ0 losses', () => {
    fc.assert(
      fc.property(days, levels, (given, level) => {
        const { returns, a, b } = split(given)
        const kinks = ascending([...a.ess, ...b.ess].map(each => -each))
        const at = (thresholds: number[]): number[] => {
          const [ofA, ofB] = [a, b].map(({ vars, ess }) => murphyShortfall(returns, vars, ess, level, thresholds))
          return thresholds.map((_, k) => ofA[k] - ofB[k])
        }
        // Straight lines p + s h on (kink before, kink]; constant below the first.
        let area = at([kinks[0]])[0] / -kinks[0]
        for (let k = 1; k < kinks.length; k++) {
          const middle = (kinks[k - 1] + kinks[k]) / 2
          const [inside, end] = at([middle, kinks[k]])
          const slope = (end - inside) / (kinks[k] - middle)
          const start = end - slope * kinks[k]
          area += start * (1 / kinks[k - 1] - 1 / kinks[k]) + slope * Math.log(kinks[k] / kinks[k - 1])
        }
        const fz0 = ({ vars, ess }: { vars: number[]; ess: number[] }): number =>
          meanOf(returns.map((ret, t) => fz0Loss(ret, vars[t], ess[t], level)))
        expect(area).toBeCloseTo(fz0(a) - fz0(b), 8)
      }),
    )
  })
})

describe('dominance', () => {
  it('of VaR is that of the curves at all forecasts and returns', () => {
    fc.assert(
      fc.property(days, levels, (given, level) => {
        const { returns, a, b } = split(given)
        const kinks = [...returns, ...[...a.vars, ...b.vars].map(each => -each)]
        const [ofA, ofB] = [a, b].map(({ vars }) => murphyQuantile(returns, vars, level, kinks))
        expect(murphyDominance(returns, a.vars, b.vars, level)).toBe(wordOf(kinks.map((_, k) => ofA[k] - ofB[k])))
        expect(murphyDominance(returns, a.vars, a.vars, level)).toBe('equal')
      }),
    )
  })

  it('of VaR and ES is that of the curves at and just above all values of -ES', () => {
    fc.assert(
      fc.property(days, levels, (given, level) => {
        const { returns, a, b } = split(given)
        const kinks = [...a.ess, ...b.ess].flatMap(each => [-each, -each + 1e-7])
        const [ofA, ofB] = [a, b].map(({ vars, ess }) => murphyShortfall(returns, vars, ess, level, kinks))
        const differences = kinks.map((_, k) => (Math.abs(ofA[k] - ofB[k]) < 1e-6 ? 0 : ofA[k] - ofB[k]))
        expect(murphyShortfallDominance(returns, a, b, level)).toBe(wordOf(differences))
      }),
    )
  })
})

describe('the difference of Murphy curves', () => {
  it('is the difference of the curves, with bounds around it, and turns around with them', () => {
    fc.assert(
      fc.property(days, levels, (given, level) => {
        const { returns, a, b } = split(given)
        const thresholds = murphyThresholds(returns, [a.vars, b.vars], 21)
        const [ofA, ofB] = [a, b].map(({ vars }) => murphyQuantile(returns, vars, level, thresholds))
        const found = murphyDifference(returns, a.vars, b.vars, level, thresholds)
        const turned = murphyDifference(returns, b.vars, a.vars, level, thresholds)
        for (let k = 0; k < 21; k++) {
          expect(found.difference[k]).toBeCloseTo(ofA[k] - ofB[k], 12)
          expect(turned.difference[k]).toBeCloseTo(-found.difference[k], 12)
          expect(found.upper[k] - found.difference[k]).toBeCloseTo(1.959963984540054 * found.standardError[k], 12)
          expect(found.difference[k] - found.lower[k]).toBeCloseTo(1.959963984540054 * found.standardError[k], 12)
        }
        const joint = murphyShortfallDifference(returns, a, a, level, thresholds)
        expect([...joint.upper]).toEqual(Array(21).fill(0))
      }),
    )
  })
})

describe('thresholds', () => {
  it('ascend from the least to the largest forecast, and leave room beside one absurd one', () => {
    const vars = Array.from({ length: 100 }, (_, t) => 1 + t / 100)
    const found = murphyThresholds(vars, [vars, vars.map(each => each + 0.5)], 51)
    expect(found).toHaveLength(51)
    expect(found).toEqual(found.slice().sort())
    expect([found[0], found[50]]).toEqual([-2.49, -1])
    const absurd = murphyThresholds(vars, [[...vars.slice(1), 1000]])
    expect(absurd).toHaveLength(201)
    expect(absurd.filter(each => each > -2.5).length).toBeGreaterThan(90)
  })

  it('of a constant VaR take in the returns', () => {
    const found = murphyThresholds([-3, 0, 2], [[1, 1, 1]], 5)
    expect([found[0], found[4]]).toEqual([-3, 2])
    expect([...murphyThresholds([1], [[-1]], 2)]).toEqual([1, 1])
  })
})

describe('Murphy diagrams refuse', () => {
  it('numbers that are none, lengths that differ and levels that make no sense', () => {
    const [returns, vars, ess] = [
      [1, -2],
      [1, 1],
      [2, 2],
    ]
    expect(() => murphyQuantile([], [], 0.05, [0])).toThrow(refusal('NO_DAYS'))
    expect(() => murphyQuantile([1, Number.NaN], vars, 0.05, [0])).toThrow(refusal('BAD_RETURN'))
    expect(() => murphyQuantile(returns, [1, Number.NaN], 0.05, [0])).toThrow(refusal('BAD_VAR'))
    expect(() => murphyQuantile(returns, [1], 0.05, [0])).toThrow(refusal('LENGTH_MISMATCH'))
    expect(() => murphyQuantile(returns, vars, 1, [0])).toThrow(refusal('BAD_LEVEL'))
    expect(() => murphyQuantile(returns, vars, 0.05, [Number.NaN])).toThrow(refusal('BAD_THRESHOLD'))
    expect(() => murphyShortfall(returns, vars, [1, Number.NaN], 0.05, [0])).toThrow(refusal('BAD_ES'))
    expect(() => murphyDifference(returns, vars, vars, 0.05, [0], { lag: 2 })).toThrow(refusal('BAD_LAG'))
    expect(() => murphyShortfallDominance(returns, { vars, ess }, { vars, ess: [1] }, 0.05)).toThrow(refusal('LENGTH_MISMATCH'))
    expect(() => murphyThresholds(returns, [])).toThrow(refusal('BAD_VAR'))
    expect(() => murphyThresholds(returns, [vars], 1)).toThrow(refusal('BAD_COUNT'))
  })
})
