import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  hodgesLehmann,
  mean,
  meanAroundMedian,
  median,
  ruleTable,
  trimmedMean,
  trimmedMidpoint,
  weightedMedian,
} from '../../src/rules/index.js'
import { average, rowsOf, shape, spread, withFaults } from './sample.js'

const runs = { numRuns: 400 }
const SLACK = 1e-9
/** P3: the factor of the median, which leaves all but the central one or two values out. */
const medianFactor = (n: number, f: number): number => (n % 2 === 1 ? (n - 1) / (n + 1 - 2 * f) : (n - 2) / (n + 2 - 2 * f))
const times = (count: number, value: number): Float64Array => new Float64Array(count).fill(value)

describe('what f faulty reports cannot do', () => {
  it('P1: carry the median out of the honest range', () => {
    fc.assert(
      fc.property(withFaults, ({ honest, faulty }) => {
        const [middle] = median(rowsOf(honest, faulty))
        expect(middle).toBeGreaterThanOrEqual(Math.min(...honest))
        expect(middle).toBeLessThanOrEqual(Math.max(...honest))
      }),
      runs,
    )
  })

  it('P1: carry the trimmed mean out of the means of the n - 2f smallest and largest honest values', () => {
    fc.assert(
      fc.property(withFaults, ({ n, f, honest, faulty }) => {
        const ascending = honest.slice().sort()
        const [trimmed] = trimmedMean(rowsOf(honest, faulty), f)
        expect(trimmed).toBeGreaterThanOrEqual(average(ascending.slice(0, n - 2 * f)) - SLACK)
        expect(trimmed).toBeLessThanOrEqual(average(ascending.slice(f)) + SLACK)
      }),
      runs,
    )
  })

  it('P1: carry any rule that acts by order statistics out of the honest range', () => {
    fc.assert(
      fc.property(withFaults, ({ f, honest, faulty }) => {
        const rows = rowsOf(honest, faulty)
        const even = rows.map(() => 1)
        const found = [
          trimmedMidpoint(rows, f),
          ...(['lower', 'upper', 'mid'] as const).map(which => weightedMedian(rows, even, which)),
          ...(f <= ruleTable.hodgesLehmann.bound(rows.length, {}) ? [hodgesLehmann(rows)] : []),
        ]
        for (const [x] of found) {
          expect(x).toBeGreaterThanOrEqual(Math.min(...honest))
          expect(x).toBeLessThanOrEqual(Math.max(...honest))
        }
      }),
      runs,
    )
  })

  it('P1: and one fault more than Hodges-Lehmann bears does', () => {
    for (let n = 3; n <= 40; n++) {
      const f = ruleTable.hodgesLehmann.bound(n, {}) + 1
      expect(hodgesLehmann(rowsOf(times(n - f, 0), times(f, 1e9)))[0]).toBeGreaterThan(0)
      expect(hodgesLehmann(rowsOf(times(n - f + 1, 0), times(f - 1, 1e9)))[0]).toBe(0)
    }
  })

  it('carry the weighted median out of the honest range with less than half of the weight', () => {
    const share = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 15, maxLength: 15 })
    fc.assert(
      fc.property(withFaults, share, ({ honest, faulty }, shares) => {
        const rows = rowsOf(honest, faulty)
        const weights = rows.map((_, i) => shares[i])
        const weightOf = (from: number, to: number) => weights.slice(from, to).reduce((sum, w) => sum + w, 0)
        fc.pre(weightOf(honest.length, rows.length) < weightOf(0, honest.length))
        const heard = honest.filter((_, i) => weights[i] > 0)
        for (const which of ['lower', 'upper', 'mid'] as const) {
          const [x] = weightedMedian(rows, weights, which)
          expect(x).toBeGreaterThanOrEqual(Math.min(...heard))
          expect(x).toBeLessThanOrEqual(Math.max(...heard))
        }
      }),
      runs,
    )
  })

  it('P2: move the trimmed mean from the honest mean by more than f / (n - 2f) honest variances, squared', () => {
    fc.assert(
      fc.property(withFaults, ({ n, f, honest, faulty }) => {
        const [trimmed] = trimmedMean(rowsOf(honest, faulty), f)
        const away = trimmed - average(honest)
        expect(away * away).toBeLessThanOrEqual((f / (n - 2 * f)) * spread(honest) + SLACK)
      }),
      runs,
    )
  })

  it('P2: and that is tight: f honest values below the rest, and the liars above', () => {
    fc.assert(
      fc.property(shape, fc.double({ min: 0.01, max: 100, noNaN: true }), ({ n, f }, gap) => {
        const honest = Float64Array.of(...times(f, -gap), ...times(n - 2 * f, 0))
        const [trimmed] = trimmedMean(rowsOf(honest, times(f, 1e9)), f)
        const away = trimmed - average(honest)
        const most = (f / (n - 2 * f)) * spread(honest)
        expect(Math.abs(away * away - most)).toBeLessThanOrEqual(SLACK * most)
      }),
      runs,
    )
  })

  it('P3: move the median from the honest mean by more than its factor times the honest variance, squared', () => {
    fc.assert(
      fc.property(withFaults, ({ n, f, honest, faulty }) => {
        const [middle] = median(rowsOf(honest, faulty))
        const away = middle - average(honest)
        expect(away * away).toBeLessThanOrEqual(medianFactor(n, f) * spread(honest) + SLACK)
      }),
      runs,
    )
  })

  it('P3: and that is tight: as many honest values below as leave the centre above them', () => {
    fc.assert(
      fc.property(shape, fc.double({ min: 0.01, max: 100, noNaN: true }), ({ n, f }, gap) => {
        const below = Math.floor((n - 1) / 2)
        const honest = Float64Array.of(...times(below, -gap), ...times(n - f - below, 0))
        const [middle] = median(rowsOf(honest, times(f, 1e9)))
        const away = middle - average(honest)
        const most = medianFactor(n, f) * spread(honest)
        expect(Math.abs(away * away - most)).toBeLessThanOrEqual(SLACK * most)
      }),
      runs,
    )
  })
})

describe('order', () => {
  const rules = {
    mean,
    median,
    'trimmedMean (f = 1)': (rows: Float64Array[]) => trimmedMean(rows, 1),
    'trimmedMean (f = 2)': (rows: Float64Array[]) => trimmedMean(rows, 2),
  }
  const values = fc.array(fc.oneof(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), fc.constantFrom(0.1, 0.2, 0.3)), {
    minLength: 5,
    maxLength: 13,
  })
  const rises = fc.array(fc.constantFrom(0, 0, 1e-17, 1e-16, 2e-16, 1), { minLength: 13, maxLength: 13 })

  it.each(Object.entries(rules))(
    'P8, P9: %s is monotone in every report, after rounding too, so quantiles stay ascending',
    (_name, rule) => {
      fc.assert(
        fc.property(values, rises, (below, by) => {
          const above = below.map((x, i) => x + by[i] * Math.max(1, Math.abs(x)))
          const [low, high] = rule(below.map((x, i) => Float64Array.of(x, above[i])))
          expect(low).toBeLessThanOrEqual(high)
        }),
        { numRuns: 500 },
      )
    },
  )

  it('P9: the mean around the median falls when a report rises, so that by level it would leave quantiles descending', () => {
    const rows = [Float64Array.of(0, 1.5), Float64Array.of(5, 5), Float64Array.of(9, 9)]
    expect(meanAroundMedian(rows, 1)).toEqual(Float64Array.of(7, 3.25))
    expect(ruleTable.meanAroundMedian.rearranges).toBe(true)
  })

  it('P6: the median and a trimmed mean are the same bits in whatever order reports arrive', () => {
    fc.assert(
      fc.property(values, shuffled => {
        const rows = rowsOf(Float64Array.from(shuffled))
        const ascending = rowsOf(Float64Array.from(shuffled).sort())
        expect(median(rows)).toEqual(median(ascending))
        expect(trimmedMean(rows, 2)).toEqual(trimmedMean(ascending, 2))
      }),
      runs,
    )
  })
})
