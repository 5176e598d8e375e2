import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  lowerBound,
  meanOf,
  medianOfSorted,
  midpoint,
  quantileOfSorted,
  sorted,
  systematicIndices,
  upperBound,
  varianceOf,
  weightedLowerQuantiles,
  weightedQuantiles,
} from '../../src/math/index.js'

fc.configureGlobal({ seed: 20240607 })

const finite = fc.double({ min: -1e6, max: 1e6, noNaN: true })
const coarse = fc.integer({ min: -3, max: 3 })
const wild = fc.oneof(
  { weight: 5, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
  fc.constantFrom(0, -0, 1e308, -1e308, 5e-324),
)
const infinite = fc.oneof({ weight: 4, arbitrary: coarse }, fc.constantFrom(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY))
const arrays = (entry: fc.Arbitrary<number>, maxLength = 60) =>
  fc.array(entry, { minLength: 1, maxLength }).map(a => Float64Array.from(a))

describe('sorting', () => {
  it('gives an ascending permutation and leaves its input alone', () => {
    fc.assert(
      fc.property(arrays(wild), values => {
        const before = Float64Array.from(values)
        const result = sorted(values)
        expect(values).toEqual(before)
        for (let i = 1; i < result.length; i++) expect(result[i - 1] <= result[i]).toBe(true)
        expect([...result]).toEqual(
          [...before].sort((a, b) => a - b || (Object.is(a, -0) ? -1 : 0) - (Object.is(b, -0) ? -1 : 0)),
        )
      }),
    )
  })
})

describe('quantiles of weighted values', () => {
  const equal = (n: number) => new Float64Array(n).fill(1 / n)
  for (const [name, entry] of [
    ['plain values', finite],
    ['ties', coarse],
    ['values of any magnitude', wild],
    ['infinities', infinite],
  ] as const) {
    it(`are the order statistics of a sort when weights are equal: ${name}`, () => {
      fc.assert(
        fc.property(arrays(entry), fc.array(fc.nat(), { minLength: 1, maxLength: 10 }), (values, picks) => {
          const n = values.length
          const ranks = picks.map(p => p % n).sort((a, b) => a - b)
          const all = sorted(values)
          const found = weightedLowerQuantiles(
            values,
            equal(n),
            ranks.map(rank => (rank + 1) / n),
          )
          ranks.forEach((rank, j) => {
            expect(found[j] === all[rank], `rank ${rank}: ${found[j]} against ${all[rank]}`).toBe(true)
          })
        }),
        { numRuns: 200 },
      )
    })
  }

  it('are those of values repeated as often as they weigh, on thousands of values, crowded at one place or not', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 0, max: 12 }), fc.nat(), (n, power, seed) => {
        let state = seed + 1
        const next = () => {
          state = (Math.imul(state, 1664525) + 1013904223) >>> 0
          return state / 4294967296
        }
        const values = Float64Array.from({ length: n }, () => next() ** (power + 1) - 0.3)
        const copies = values.map(() => Math.floor(4 * next()))
        const total = copies.reduce((a, b) => a + b, 0)
        if (total === 0) return
        const all = sorted(Float64Array.from(values).reduce<number[]>((list, v, i) => list.concat(Array(copies[i]).fill(v)), []))
        const ranks = [0, total >> 3, total >> 1, total - 1]
        const found = weightedLowerQuantiles(
          values,
          copies.map(c => c / total),
          ranks.map(rank => (rank + 1) / total),
        )
        ranks.forEach((rank, j) => {
          expect(found[j]).toBe(all[rank])
        })
      }),
      { numRuns: 60 },
    )
  })

  it('of one value, of equal values and at no levels are served', () => {
    expect([...weightedLowerQuantiles(Float64Array.of(3), Float64Array.of(1), [0.2])]).toEqual([3])
    expect([...weightedLowerQuantiles(new Float64Array(50).fill(2), equal(50), [0.1, 0.5, 1])]).toEqual([2, 2, 2])
    expect([...weightedLowerQuantiles(Float64Array.of(1, 2), equal(2), [])]).toEqual([])
  })

  it('interpolated, are of type 7 when weights are equal, and leave out what weighs nothing', () => {
    fc.assert(
      fc.property(arrays(finite), fc.double({ min: 0, max: 1, noNaN: true }), (values, p) => {
        const found = weightedQuantiles(values, equal(values.length), [p])[0]
        const expected = quantileOfSorted(sorted(values), p)
        const size = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0)
        expect(Math.abs(found - expected)).toBeLessThanOrEqual(1e-9 * size)
      }),
    )
    expect([...weightedQuantiles(Float64Array.of(5, 1, 3), Float64Array.of(0, 0.5, 0.5), [0, 0.5, 1])]).toEqual([1, 2, 3])
  })

  it('resampled systematically come as often as they weigh, rounded down or up, in their order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 60 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 300 }),
        (raw, uniform, count) => {
          const total = raw.reduce((a, b) => a + b, 0)
          if (!(total > 1e-6)) return
          const weights = Float64Array.from(raw, w => w / total)
          const chosen = systematicIndices(weights, count, uniform)
          for (let i = 1; i < count; i++) expect(chosen[i]).toBeGreaterThanOrEqual(chosen[i - 1])
          weights.forEach((w, k) => {
            const times = chosen.filter(c => c === k).length
            expect(Math.abs(times - w * count)).toBeLessThan(1 + 1e-9)
          })
        },
      ),
    )
    expect([...systematicIndices(equal(7), 7, 0.999)]).toEqual([0, 1, 2, 3, 4, 5, 6])
  })
})

describe('medians and quantiles', () => {
  it('the median is the central value, or the midpoint of two, also where their sum overflows', () => {
    expect(medianOfSorted([1, 2, 10])).toBe(2)
    expect(medianOfSorted([1, 2, 4, 10])).toBe(3)
    expect(medianOfSorted([7])).toBe(7)
    expect(medianOfSorted([1.5e308, 1.7e308])).toBe(1.6e308)
    expect(midpoint(-1.7e308, 1.7e308)).toBe(0)
    expect(midpoint(Number.POSITIVE_INFINITY, 1)).toBe(Number.POSITIVE_INFINITY)
  })

  it('a quantile is type 7: linear in (n - 1) p between order statistics, the extremes at 0 and 1', () => {
    expect(quantileOfSorted([1, 2, 4, 8], 0)).toBe(1)
    expect(quantileOfSorted([1, 2, 4, 8], 1)).toBe(8)
    expect(quantileOfSorted([1, 2, 4, 8], 0.5)).toBe(3)
    expect(quantileOfSorted([1, 2, 4, 8], 0.25)).toBe(1.75)
    expect(quantileOfSorted([5], 0.3)).toBe(5)
    fc.assert(
      fc.property(
        arrays(finite),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, p, q) => {
          const ascending = sorted(values)
          const one = quantileOfSorted(ascending, Math.min(p, q))
          const other = quantileOfSorted(ascending, Math.max(p, q))
          expect(one).toBeLessThanOrEqual(other + 1e-9)
          expect(one).toBeGreaterThanOrEqual(ascending[0])
        },
      ),
    )
  })

  it('a quantile that falls on a value is that value, and equal neighbours are no difference, infinite ones included', () => {
    const ascending = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, 1, 2, Number.POSITIVE_INFINITY]
    expect(quantileOfSorted(ascending, 0.1)).toBe(Number.NEGATIVE_INFINITY)
    expect(quantileOfSorted(ascending, 0.5)).toBe(1)
    expect(quantileOfSorted(ascending, 0.75)).toBe(2)
    expect(quantileOfSorted(ascending, 0.8)).toBe(Number.POSITIVE_INFINITY)
    expect(quantileOfSorted(ascending, 0.3)).toBe(Number.NEGATIVE_INFINITY)
    expect(quantileOfSorted([-1.7e308, 1.7e308], 0.5)).toBe(0)
  })

  it('the lower bound is the number of values below, the upper bound of those not above', () => {
    fc.assert(
      fc.property(arrays(coarse), fc.integer({ min: -4, max: 4 }), (values, x) => {
        expect(lowerBound(sorted(values), x)).toBe(values.filter(v => v < x).length)
        expect(upperBound(sorted(values), x)).toBe(values.filter(v => v <= x).length)
      }),
    )
    expect(lowerBound([], 1)).toBe(0)
    expect(lowerBound([1, 2, 3, 0], 5, 3)).toBe(3)
  })
})

describe('means and variances', () => {
  it('do not lose their digits to a large offset', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 50 }), values => {
        const mean = values.reduce((a, b) => a + b) / values.length
        const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / (values.length - 1)
        for (const offset of [0, 2 ** 40, -(2 ** 40)]) {
          const moved = Float64Array.from(values, v => v + offset)
          expect(Math.abs(meanOf(moved) - offset - mean)).toBeLessThan(2e-4)
          expect(Math.abs(varianceOf(moved) - variance)).toBeLessThan(1e-9 * variance + 1e-6)
        }
      }),
    )
    expect(meanOf([])).toBe(0)
    expect(varianceOf([1, 2, 3, 4])).toBeCloseTo(5 / 3, 15)
  })
})
