import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Forecast, riskLevels, studyGrid } from '../../src/forecast/index.js'
import { geometricMedian, linearPool, logPool, mean, vincentize, wassersteinMedian } from '../../src/rules/index.js'
import { expectNear } from '../laws/pool-laws.js'
import { normal, point, smoothForecast } from './forecasts.js'

interface Pooled {
  readonly quantiles: number[]
  readonly shortfalls: number[]
}

interface Fixture {
  readonly levels: number[]
  readonly riskLevels: number[]
  readonly mixtures: (Pooled & { readonly parts: [number, number][]; readonly weights: number[] })[]
  readonly curves: {
    readonly name: string
    readonly rows: number[][]
    readonly curveShortfalls: number[][]
    readonly shortfalls: number[][]
    readonly weights: number[]
    readonly linear: Pooled
    readonly log: Pooled
  }[]
}

const fixture: Fixture = JSON.parse(readFileSync(join(__dirname, '../fixtures/pools.json'), 'utf8'))
const levels = Float64Array.from(fixture.levels)
const asForecast = (quantiles: readonly number[], shortfalls: readonly number[]): Forecast => ({
  levels,
  quantiles: Float64Array.from(quantiles),
  riskLevels: Float64Array.from(fixture.riskLevels),
  shortfalls: Float64Array.from(shortfalls),
})
const near = (found: Forecast, { quantiles, shortfalls }: Pooled, tolerance: number): void =>
  expectNear(found, asForecast(quantiles, shortfalls), tolerance)

describe('the linear pool', () => {
  it('of normals is their mixture, as scipy finds it', () => {
    for (const { parts, weights, ...expected } of fixture.mixtures) {
      const all = parts.map(([mu, sigma]) => normal(mu, sigma, levels))
      near(linearPool(all, weights), expected, 1e-11)
    }
  })

  it('of interpolated curves is the mixture of their densities, integrated numerically', () => {
    for (const { rows, curveShortfalls, weights, linear } of fixture.curves) {
      const all = rows.map((row, i) => asForecast(row, curveShortfalls[i]))
      near(linearPool(all, weights), linear, 1e-9)
    }
  })

  it('lies between the least and the largest quantile of each level, and its ES at or above the mean of the forecasts’', () => {
    fc.assert(
      fc.property(fc.array(smoothForecast, { minLength: 1, maxLength: 9 }), all => {
        const { quantiles, shortfalls } = linearPool(all)
        quantiles.forEach((q, k) => {
          const own = all.map(f => f.quantiles[k])
          expect(q).toBeGreaterThanOrEqual(Math.min(...own) - 1e-12)
          expect(q).toBeLessThanOrEqual(Math.max(...own) + 1e-12)
        })
        // ES is concave in the distribution.
        shortfalls.forEach((es, i) => {
          expect(es).toBeGreaterThanOrEqual(mean(all.map(f => f.shortfalls))[i] - 1e-9)
        })
      }),
      { numRuns: 60 },
    )
  })

  it('takes the least value at which the level is reached when all say one number, whatever the weights’ rounding', () => {
    const { quantiles } = linearPool(Array.from({ length: 10 }, (_, i) => point(i)))
    studyGrid.forEach((p, k) => {
      expect(quantiles[k], String(p)).toBe(Math.ceil(p * 10 - 1e-9) - 1)
    })
  })

  it('breaks down at level a when the faulty weight reaches min(a, 1 - a), and not before', () => {
    const far = 1e6
    for (const a of [0.001, 0.01, 0.05, 0.5, 0.95, 0.99]) {
      const k = studyGrid.indexOf(a)
      const worst = (weight: number): number =>
        Math.max(...[-far, far].map(x => Math.abs(linearPool([normal(0, 1), point(x)], [1 - weight, weight]).quantiles[k])))
      const least = Math.min(a, 1 - a)
      expect(worst(1.001 * least)).toBe(far)
      expect(worst(0.9 * least)).toBeLessThan(10)
    }
  })

  it('so at 1 % one liar of nine suffices', () => {
    const eight = Array.from({ length: 8 }, () => normal(0, 1))
    const k = studyGrid.indexOf(0.01)
    expect(linearPool([...eight, point(-1e6)]).quantiles[k]).toBe(-1e6)
    expect(vincentize([...eight, point(-1e6)], mean).quantiles[k]).toBeLessThan(-1e5)
  })
})

describe('the log pool', () => {
  it('of normals is the normal of their mean precision, shortfalls too', () => {
    const parts = fc.record({
      mu: fc.double({ min: -2, max: 2, noNaN: true }),
      sigma: fc.double({ min: 0.3, max: 4, noNaN: true }),
      weight: fc.integer({ min: 1, max: 9 }),
    })
    fc.assert(
      fc.property(fc.array(parts, { minLength: 2, maxLength: 9 }), all => {
        const total = all.reduce((sum, { weight }) => sum + weight, 0)
        const precision = all.reduce((sum, { weight, sigma }) => sum + weight / total / (sigma * sigma), 0)
        const mu = all.reduce((sum, { mu, weight, sigma }) => sum + ((weight / total) * mu) / (sigma * sigma), 0) / precision
        const found = logPool(
          all.map(({ mu, sigma }) => normal(mu, sigma)),
          all.map(({ weight }) => weight),
        )
        expectNear(found, normal(mu, 1 / Math.sqrt(precision)), 1e-9)
      }),
      { numRuns: 60 },
    )
  })

  it('of interpolated curves is the geometric mean of their densities, integrated numerically', () => {
    for (const { rows, shortfalls, weights, log } of fixture.curves) {
      const all = rows.map((row, i) => asForecast(row, shortfalls[i]))
      near(logPool(all, weights), log, 1e-9)
    }
  })

  it('has breakdown 0: one of nine who is sure of himself decides alone', () => {
    const eight = Array.from({ length: 8 }, (_, i) => normal(0.1 * i, 1))
    for (const x of [-1e6, -10, 0, 10, 1e6]) {
      const { quantiles } = logPool([...eight, point(x)])
      expect(Math.max(...quantiles.map(q => Math.abs(q - x)))).toBeLessThan(1e-9 * Math.max(1, Math.abs(x)))
    }
    const k = riskLevels.indexOf(0.01)
    expect(logPool([...eight, normal(0, 0.01)]).shortfalls[k]).toBeLessThan(0.1)
  })

  it('changes little when a forecast does', () => {
    fc.assert(
      fc.property(fc.array(smoothForecast, { minLength: 2, maxLength: 5 }), all => {
        const moved = all.map((f, i) => (i > 0 ? f : { ...f, quantiles: f.quantiles.map(q => q + 1e-9) }))
        expectNear(logPool(moved), logPool(all), 1e-6)
      }),
      { numRuns: 60 },
    )
  })
})

describe('vincentization by the mean', () => {
  it('is the Wasserstein-2 barycentre: no other quantile function is nearer to all, in mean square over the levels', () => {
    const distance = (a: Float64Array, b: Float64Array): number => a.reduce((sum, q, k) => sum + (q - b[k]) * (q - b[k]), 0)
    const cost = (all: readonly Forecast[], q: Float64Array): number => all.reduce((sum, f) => sum + distance(f.quantiles, q), 0)
    fc.assert(
      fc.property(fc.array(smoothForecast, { minLength: 2, maxLength: 6 }), smoothForecast, (all, other) => {
        const centre = vincentize(all, mean).quantiles
        const away = centre.map((q, k) => 0.99 * q + 0.01 * other.quantiles[k])
        expect(cost(all, centre)).toBeLessThanOrEqual(cost(all, away) + 1e-9)
      }),
    )
  })
})

describe('the Wasserstein-2 median', () => {
  const width = (k: number): number => {
    const from = k === 0 ? 0 : (studyGrid[k - 1] + studyGrid[k]) / 2
    return (k === 40 ? 1 : (studyGrid[k] + studyGrid[k + 1]) / 2) - from
  }
  const distance = (a: Forecast, b: Forecast): number =>
    Math.sqrt(a.quantiles.reduce((sum, q, k) => sum + width(k) * (q - b.quantiles[k]) * (q - b.quantiles[k]), 0))
  const cost = (all: readonly Forecast[], weights: readonly number[], at: Forecast): number =>
    all.reduce((sum, f, i) => sum + weights[i] * distance(f, at), 0)
  const several = fc.array(fc.tuple(smoothForecast, fc.integer({ min: 1, max: 5 })), { minLength: 1, maxLength: 7 })

  it('has the least weighted sum of distances, among its neighbours in every direction', () => {
    fc.assert(
      fc.property(several, smoothForecast, fc.constantFrom(1e-3, 0.1, 1), (given, other, share) => {
        const all = given.map(([forecast]) => forecast)
        const weights = given.map(([, weight]) => weight)
        const found = wassersteinMedian(all, { weights })
        for (const towards of [...all, other, vincentize(all, mean)]) {
          const away = vincentize([found, towards], rows => rows[0].map((q, k) => q + share * (rows[1][k] - q)))
          expect(cost(all, weights, found)).toBeLessThanOrEqual(cost(all, weights, away) * (1 + 1e-9))
        }
      }),
      { numRuns: 100 },
    )
  })

  it('is a convex combination of the forecasts: quantiles and shortfalls lie between the least and the largest', () => {
    fc.assert(
      fc.property(several, given => {
        const all = given.map(([forecast]) => forecast)
        const found = wassersteinMedian(all)
        for (const part of ['quantiles', 'shortfalls'] as const)
          found[part].forEach((value, k) => {
            const own = all.map(f => f[part][k])
            expect(value).toBeGreaterThanOrEqual(Math.min(...own) - 1e-9)
            expect(value).toBeLessThanOrEqual(Math.max(...own) + 1e-9)
          })
      }),
      { numRuns: 60 },
    )
  })

  it('of point forecasts is their geometric median on a line, and a strict majority at one forecast is that forecast', () => {
    const points = [-3, 1, 2, 7, 100]
    const [expected] = geometricMedian(points.map(x => Float64Array.of(x)))
    for (const q of wassersteinMedian(points.map(point)).quantiles) expect(Math.abs(q - expected)).toBeLessThan(1e-6)
    const agreed = normal(0.1, 1.3)
    const found = wassersteinMedian([agreed, point(-1e6), agreed, normal(3, 9), agreed])
    expectNear(found, agreed, 1e-9)
  })

  it('P4: minority liars, however far, leave it within 2 / (n - 2f) times the honest sum of distances from any centre', () => {
    fc.assert(
      fc.property(
        fc.array(smoothForecast, { minLength: 3, maxLength: 7 }),
        fc.constantFrom(-1e6, -50, 50, 1e6),
        smoothForecast,
        (honest, x, centre) => {
          const f = honest.length - 1
          const found = wassersteinMedian([...honest, ...Array.from({ length: f }, () => point(x))])
          const most = (2 / (honest.length - f)) * honest.reduce((sum, h) => sum + distance(h, centre), 0)
          expect(distance(found, centre)).toBeLessThanOrEqual(most * (1 + 1e-6))
        },
      ),
      { numRuns: 60 },
    )
  })

  it('refuses a tolerance that is none', () => {
    expect(() => wassersteinMedian([normal(0, 1), normal(1, 1)], { tolerance: -1 })).toThrow(
      expect.objectContaining({ code: 'BAD_PARAMETER' }),
    )
  })
})
