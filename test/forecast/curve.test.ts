import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normalCdf, normalQuantile } from '../../src/distributions/index.js'
import { type Curve, cdfAt, crps, curveOf, type Forecast, pit, quantileAt, scoreAt, studyGrid } from '../../src/forecast/index.js'
import { bare, normalForecast } from './sample.js'

const refusal = (code: string) => expect.objectContaining({ name: 'SwarmvarError', code })
const value = fc.double({ min: -50, max: 50, noNaN: true })
const level = fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true })
/** Forecasts on grids that are not the study's, point masses and flat ends among them. */
const anyForecast: fc.Arbitrary<Forecast> = fc
  .uniqueArray(fc.integer({ min: 1, max: 9999 }), { minLength: 2, maxLength: 12 })
  .chain(grid =>
    fc.tuple(
      fc.constant(grid.sort((a, b) => a - b)),
      fc.array(fc.oneof(value, fc.constantFrom(-1, 0, 1)), { minLength: grid.length, maxLength: grid.length }),
    ),
  )
  .map(([grid, quantiles]) =>
    bare(
      grid.map(p => p / 10_000),
      Float64Array.from(quantiles).sort(),
    ),
  )

describe('the interpolated distribution', () => {
  it('returns the grid’s own quantiles exactly, whatever the grid', () => {
    fc.assert(
      fc.property(anyForecast, forecast => {
        const curve = curveOf(forecast)
        expect(forecast.levels.map(p => quantileAt(curve, p))).toEqual(forecast.quantiles)
      }),
      { numRuns: 100 },
    )
  })

  it('has an ascending quantile function and an ascending distribution function', () => {
    fc.assert(
      fc.property(anyForecast, level, level, value, value, (forecast, p, q, x, y) => {
        const curve = curveOf(forecast)
        expect(quantileAt(curve, Math.min(p, q))).toBeLessThanOrEqual(quantileAt(curve, Math.max(p, q)))
        expect(cdfAt(curve, Math.min(x, y))).toBeLessThanOrEqual(cdfAt(curve, Math.max(x, y)) * (1 + 1e-12))
      }),
      { numRuns: 300 },
    )
  })

  it('inverts: at least p of the probability lies at or below the p-quantile, and no more off point masses', () => {
    fc.assert(
      fc.property(anyForecast, level, (forecast, p) => {
        const curve = curveOf(forecast)
        const x = quantileAt(curve, p)
        // The probability is known as well as x is: to a rounding error of x.
        expect(cdfAt(curve, x + 1e-9 * (1 + Math.abs(x)))).toBeGreaterThanOrEqual(p * (1 - 1e-9))
        expect(cdfAt(curve, x - 1e-9 * (1 + Math.abs(x)))).toBeLessThanOrEqual(p * (1 + 1e-9))
      }),
      { numRuns: 300 },
    )
  })

  it('of a point mass is a step', () => {
    const curve = curveOf(bare([0.1, 0.5, 0.9], [1, 1, 1]))
    expect([0.999, 1, 1.001].map(x => cdfAt(curve, x))).toEqual([0, 1, 1])
    expect(quantileAt(curve, 0.01)).toBe(1)
    expect(scoreAt(curve, 0)).toBe(Number.NEGATIVE_INFINITY)
  })

  it('extrapolates a normal forecast exactly, deep into both tails', () => {
    const curve: Curve = curveOf(normalForecast(0.2, 1.1))
    for (const p of [1e-12, 1e-5, 0.9995]) expect(quantileAt(curve, p)).toBeCloseTo(0.2 + 1.1 * normalQuantile(p), 10)
    expect(cdfAt(curve, -20) / normalCdf((-20 - 0.2) / 1.1)).toBeCloseTo(1, 8)
  })

  it('survives quantiles at the ends of the range of numbers', () => {
    const curve = curveOf(bare([0.1, 0.5, 0.9], [-1.7e308, 0, 1.7e308]))
    expect(cdfAt(curve, 0)).toBe(0.5)
    expect(cdfAt(curve, -1.7e308)).toBeCloseTo(0.1, 12)
    expect(cdfAt(curveOf(bare([0.1, 0.9], [-1.7e308, 1.7e308])), 0)).toBeCloseTo(0.5, 12)
    expect(cdfAt(curveOf(bare([0.1, 0.9], [0, 5e-324])), 1)).toBe(1)
  })

  it('is refused for fewer than two levels, and for levels that cannot be told apart', () => {
    expect(() => curveOf(bare([0.5], [0]))).toThrow(refusal('GRID_TOO_COARSE'))
    expect(() => curveOf(bare([0.5, 0.5], [0, 0]))).toThrow(refusal('BAD_FORECAST'))
    expect(() => quantileAt(curveOf(bare([0.1, 0.5], [0, 1])), 1)).toThrow(refusal('BAD_LEVEL'))
  })
})

describe('crps', () => {
  it('is positive, shifts and scales with forecast and return, and is symmetric under a change of sign', () => {
    fc.assert(
      fc.property(anyForecast, value, value, fc.double({ min: 0.01, max: 100, noNaN: true }), (forecast, ret, shift, scale) => {
        const score = crps(forecast, ret)
        const largest = Math.max(
          Math.abs(forecast.quantiles[0]),
          Math.abs(forecast.quantiles.at(-1)!),
          Math.abs(ret),
          Math.abs(shift),
          1,
        )
        expect(score).toBeGreaterThanOrEqual(0)
        // A steep end piece magnifies what the shift rounds away.
        const slack = 1e-9 * Math.max(score, largest)
        const moved = bare(
          forecast.levels,
          forecast.quantiles.map(q => q + shift),
        )
        expect(Math.abs(crps(moved, ret + shift) - score)).toBeLessThan(slack)
        const scaled = bare(
          forecast.levels,
          forecast.quantiles.map(q => q * scale),
        )
        expect(Math.abs(crps(scaled, ret * scale) - score * scale)).toBeLessThan(slack * scale)
        const mirrored = bare(forecast.levels.map(p => 1 - p).reverse(), forecast.quantiles.map(q => 0 - q).reverse())
        expect(Math.abs(crps(mirrored, 0 - ret) - score)).toBeLessThan(slack)
      }),
      { numRuns: 300 },
    )
  })

  it('of a point mass is the absolute error', () => {
    const point = bare([0.2, 0.6], [1.5, 1.5])
    for (const ret of [-3, 1.5, 4]) expect(crps(point, ret)).toBe(Math.abs(ret - 1.5))
  })

  it('of two point masses is right however close the levels between which it jumps', () => {
    for (const gap of [1e-3, 1e-6, 1e-9, 1e-12]) {
      const forecast = bare([0.2, 0.5 - gap / 2, 0.5 + gap / 2, 0.8], [-1000, -1000, 1000, 1000])
      for (const ret of [-1000, 1000]) expect(Math.abs(crps(forecast, ret) / 500 - 1)).toBeLessThan(gap * gap + 1e-14)
    }
  })

  it('approaches that of a point mass as the spread vanishes', () => {
    for (const spread of [1e-3, 1e-9, 1e-15, 1e-100, 1e-310]) {
      const score = crps(
        bare(
          studyGrid,
          studyGrid.map((_, i) => (i - 20) * spread),
        ),
        2,
      )
      expect(Math.abs(score - 2)).toBeLessThan(40 * spread + 1e-15)
    }
  })

  it('is finite and right for forecasts and returns of 1e300', () => {
    const standard = crps(normalForecast(0, 1), -2.5)
    for (const scale of [1e-300, 1e300]) expect(crps(normalForecast(0, scale), -2.5 * scale) / scale).toBeCloseTo(standard, 10)
    expect(crps(normalForecast(0, 1), 1.7e308)).toBeCloseTo(1.7e308)
    expect(crps(bare([0.1, 0.9], [-1.7e308, 1.7e308]), 0)).toBeLessThan(1.7e308)
  })

  it('and pit refuse a return that is not finite, and leave the forecast alone', () => {
    const forecast = normalForecast(0, 1)
    for (const score of [crps, pit]) {
      expect(() => score(forecast, Number.NaN)).toThrow(refusal('BAD_RETURN'))
      expect(() => score(forecast, Number.POSITIVE_INFINITY)).toThrow(refusal('BAD_RETURN'))
      score(forecast, 0.3)
    }
    expect(forecast).toEqual(normalForecast(0, 1))
  })
})
