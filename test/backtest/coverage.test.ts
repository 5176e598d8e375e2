import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { christoffersen, kupiec, type Test } from '../../src/backtest/index.js'

const refusal = (code: string) => expect.objectContaining({ name: 'SwarmvarError', code })
const isSound = ({ statistic, pValue }: Test): boolean =>
  statistic >= 0 && Number.isFinite(statistic) && pValue >= 0 && pValue <= 1

describe('every sequence of hits has a finite statistic', () => {
  it('whatever the sequence and the level', () => {
    const levels = fc.oneof(fc.constantFrom(0.01, 0.025, 0.05, 0.5, 0.99), fc.double({ min: 1e-9, max: 1 - 1e-9, noNaN: true }))
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 2, maxLength: 60 }), levels, (hits, level) => {
        const { independence, conditionalCoverage } = christoffersen(hits, level)
        const unconditional = kupiec(hits, level)
        expect([unconditional, independence, conditionalCoverage].every(isSound)).toBe(true)
        expect(conditionalCoverage.statistic).toBeCloseTo(unconditional.statistic + independence.statistic, 10)
      }),
      { numRuns: 500 },
    )
  })

  it('none, all, the first day only, the last day only, on 1, 2 and 20,000 days', () => {
    for (const days of [2, 250, 20_000]) {
      const single = (at: number) => Array.from({ length: days }, (_, t) => t === at)
      for (const hits of [single(-1), single(0), single(days - 1), single(-1).map(() => true)]) {
        expect(isSound(kupiec(hits, 0.01))).toBe(true)
        expect(christoffersen(hits, 0.01).independence).toEqual({ statistic: 0, df: 1, pValue: 1 })
        expect(isSound(christoffersen(hits, 0.01).conditionalCoverage)).toBe(true)
      }
    }
    expect(isSound(kupiec([0], 0.01))).toBe(true)
    expect(isSound(kupiec([1], 0.01))).toBe(true)
  })

  it('a rate that is exactly right has statistic 0 and p-value 1', () => {
    for (const [days, every, level] of [
      [1000, 100, 0.01],
      [300, 100, 0.01],
      [1000, 40, 0.025],
      [700, 20, 0.05],
    ]) {
      const found = kupiec(
        Array.from({ length: days }, (_, t) => (t % every === 0 ? 1 : 0)),
        level,
      )
      expect(found.statistic).toBeLessThan(1e-14)
      expect(found.pValue).toBeGreaterThan(1 - 1e-6)
    }
  })

  it('rounding never makes a statistic negative', () => {
    for (let days = 2; days <= 200; days++) {
      for (const count of [1, 2, 7, 55, Math.floor(days / 2)].filter(x => x > 0 && x < days)) {
        const found = kupiec(
          Array.from({ length: days }, (_, t) => t < count),
          count / days,
        )
        expect(found.statistic).toBeGreaterThanOrEqual(0)
        expect(found.statistic).toBeLessThan(1e-13)
      }
    }
  })
})

describe('what the tests see', () => {
  it('the order of hits does not matter to Kupiec, and does to Christoffersen', () => {
    const spreadOut = Array.from({ length: 500 }, (_, t) => (t % 50 === 25 ? 1 : 0))
    const together = Array.from({ length: 500 }, (_, t) => (t >= 100 && t < 110 ? 1 : 0))
    expect(kupiec(spreadOut, 0.01)).toEqual(kupiec(together, 0.01))
    expect(christoffersen(spreadOut, 0.01).independence.pValue).toBeGreaterThan(0.4)
    expect(christoffersen(together, 0.01).independence.pValue).toBeLessThan(1e-10)
  })

  it('a transition is counted from yesterday to today', () => {
    // From calm 1 of 4 is a hit, from a hit 1 of 1 is calm: n00 = 3, n01 = 1, n10 = 1, n11 = 0.
    const { statistic } = christoffersen([0, 0, 0, 1, 0, 0], 0.05).independence
    expect(statistic).toBeCloseTo(2 * (3 * Math.log(0.75) + Math.log(0.25) - 4 * Math.log(0.8) - Math.log(0.2)), 12)
  })

  it('booleans, numbers and typed arrays of hits are the same hits', () => {
    const numbers = [0, 1, 0, 0, 1, 1, 0, 0, 0, 0]
    const forms = [numbers, numbers.map(Boolean), Uint8Array.from(numbers), Float64Array.from(numbers)]
    for (const hits of forms) {
      expect(kupiec(hits, 0.05)).toEqual(kupiec(numbers, 0.05))
      expect(christoffersen(hits, 0.05)).toEqual(christoffersen(numbers, 0.05))
    }
    expect(numbers).toEqual([0, 1, 0, 0, 1, 1, 0, 0, 0, 0])
  })
})

describe('what is refused', () => {
  it('anything but hits', () => {
    for (const hits of [[0, 2], [0, Number.NaN], [0, null], [0, '1'], new Array(3), '01', null, { length: 1 }, 7]) {
      expect(() => kupiec(hits as never, 0.01)).toThrow(refusal('BAD_HITS'))
      expect(() => christoffersen(hits as never, 0.01)).toThrow(refusal('BAD_HITS'))
    }
    expect(() => kupiec([0, 0.5], 0.01)).toThrow('hits[1]: found 0.5')
  })

  it('too few days', () => {
    expect(() => kupiec([], 0.01)).toThrow(refusal('TOO_FEW_DAYS'))
    expect(() => christoffersen([1], 0.01)).toThrow(refusal('TOO_FEW_DAYS'))
  })

  it('a level outside (0, 1)', () => {
    for (const level of [0, 1, -0.01, 1.01, Number.NaN, '0.01' as never]) {
      expect(() => kupiec([0, 1], level)).toThrow(refusal('BAD_LEVEL'))
      expect(() => christoffersen([0, 1], level)).toThrow(refusal('BAD_LEVEL'))
    }
  })
})
