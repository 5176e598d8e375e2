import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  mixtureCdf,
  mixtureForecast,
  normalCdf,
  normalQuantile,
  normalSurvival,
  studentTCdf,
  studentTLogPdf,
  studentTPartialMean,
  studentTQuantile,
  unitStudentTQuantiles,
  unitStudentTShortfalls,
} from '../../src/distributions/index.js'
import { riskLevels, studyGrid } from '../../src/forecast/index.js'
import { exp } from '../../src/math/index.js'

fc.configureGlobal({ seed: 20240607 })

const nu = fc.oneof(fc.double({ min: 2.001, max: 30, noNaN: true }), fc.double({ min: 30, max: 1e6, noNaN: true }))
const probability = fc.oneof(
  fc.double({ min: 1e-12, max: 1 - 1e-12, noNaN: true }),
  fc.double({ min: 1e-300, max: 1e-3, noNaN: true }),
)

describe('distribution functions and quantiles', () => {
  it('undo each other: normal', () => {
    fc.assert(
      fc.property(probability, p => {
        expect(Math.abs(normalCdf(normalQuantile(p)) / p - 1)).toBeLessThan(1e-12)
      }),
    )
  })

  it('undo each other: Student-t', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-12, max: 1 - 1e-12, noNaN: true }), nu, (p, v) => {
        expect(Math.abs(studentTCdf(studentTQuantile(p, v), v) / p - 1)).toBeLessThan(1e-12)
      }),
    )
  })

  it('undo each other far out too: Student-t at levels down to 1e-100', () => {
    fc.assert(
      fc.property(fc.double({ min: -100, max: -3, noNaN: true }), nu, (exponent, v) => {
        const p = 10 ** exponent
        expect(Math.abs(studentTCdf(studentTQuantile(p, v), v) / p - 1)).toBeLessThan(1e-12)
      }),
    )
  })

  it('near the centre the Student-t quantile is right to 1e-15, absolute', () => {
    for (const gap of [1e-4, 1e-6, 1e-9, 1e-12]) {
      // z + c z^3: the density at 0 is known, and its curvature gives the next term.
      const slope = 1 / Math.exp(studentTLogPdf(0, 5))
      const first = (0.5 - gap - 0.5) * slope
      const expected = first + ((6 / 5) * first ** 3) / 6
      expect(Math.abs(studentTQuantile(0.5 - gap, 5) - expected)).toBeLessThan(1e-15)
    }
  })

  it('are symmetric: what lies below -z lies above z', () => {
    fc.assert(
      fc.property(fc.double({ min: -30, max: 30, noNaN: true }), nu, (z, v) => {
        expect(normalSurvival(z)).toBe(normalCdf(-z))
        expect(Math.abs(studentTCdf(z, v) + studentTCdf(-z, v) - 1)).toBeLessThan(1e-15)
      }),
    )
    // Where 1 - p is exact.
    for (const p of [0.5, 0.625, 0.75, 0.875, 0.9375]) {
      expect(normalQuantile(1 - p)).toBeCloseTo(-normalQuantile(p), 15)
      expect(studentTQuantile(1 - p, 5)).toBeCloseTo(-studentTQuantile(p, 5), 14)
    }
  })

  it('reach the ends: level 0 and 1 are infinite, levels outside are no number', () => {
    for (const quantile of [normalQuantile, (p: number) => studentTQuantile(p, 4)]) {
      expect(quantile(0)).toBe(Number.NEGATIVE_INFINITY)
      expect(quantile(1)).toBe(Number.POSITIVE_INFINITY)
      for (const p of [-0.1, 1.1, Number.NaN]) expect(quantile(p)).toBeNaN()
    }
  })
})

describe('the kernel of Student-t tails', () => {
  it('agrees with the distribution function at random nu and z, near, far and beyond its table', () => {
    fc.assert(
      fc.property(
        nu,
        fc.double({ min: -300, max: 300, noNaN: true }),
        fc.double({ min: -5, max: 5, noNaN: true }),
        (v, far, close) => {
          const one = { nu: Float64Array.of(v), location: Float64Array.of(0), scale: Float64Array.of(1) }
          for (const z of [far, close]) expect(Math.abs(mixtureCdf(one, z) - studentTCdf(z, v))).toBeLessThan(4e-10)
        },
      ),
      { numRuns: 400 },
    )
  })

  it('weighs what it mixes: weights of whole numbers are copies', () => {
    const [a, b] = [
      { nu: 4, location: 0.1, scale: 1 },
      { nu: 9, location: -0.3, scale: 2 },
    ]
    const of = (parts: (typeof a)[], weights?: Float64Array) => ({
      nu: Float64Array.from(parts, p => p.nu),
      location: Float64Array.from(parts, p => p.location),
      scale: Float64Array.from(parts, p => p.scale),
      ...(weights === undefined ? {} : { weights }),
    })
    const weighted = mixtureForecast(of([a, b], Float64Array.of(0.75, 0.25)), studyGrid, riskLevels)
    const copied = mixtureForecast(of([a, a, a, b]), studyGrid, riskLevels)
    weighted.quantiles.forEach((q, i) => {
      expect(Math.abs(q - copied.quantiles[i])).toBeLessThan(1e-9)
    })
    weighted.shortfalls.forEach((s, i) => {
      expect(Math.abs(s - copied.shortfalls[i])).toBeLessThan(1e-9)
    })
  })
})

describe('unit-variance quantiles for many degrees of freedom', () => {
  it('agree with the quantile function and the partial mean, level by level', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 0.49, noNaN: true }), nu, (level, v) => {
        const expected = studentTQuantile(level, v) * Math.sqrt((v - 2) / v)
        expect(Math.abs(unitStudentTQuantiles(level, Float64Array.of(v))[0] / expected - 1)).toBeLessThan(1e-9)
        const z = studentTQuantile(level, v)
        const shortfall = (-studentTPartialMean(z, v, exp(studentTLogPdf(z, v))) / level) * Math.sqrt((v - 2) / v)
        expect(Math.abs(unitStudentTShortfalls(level, Float64Array.of(v))[0] / shortfall - 1)).toBeLessThan(3e-9)
      }),
      { numRuns: 60 },
    )
  })
})

const tolerance = (level: number): number => (Math.min(level, 1 - level) < 0.06 ? 1.3e-5 : 1e-3)

const part = fc.record({
  location: fc.double({ min: -3, max: 3, noNaN: true }),
  scale: fc.double({ min: 0.05, max: 20, noNaN: true }),
  nu: fc.double({ min: 2.01, max: 60, noNaN: true }),
})
const mixtureOf = (parts: { location: number; scale: number; nu: number }[]) => ({
  nu: Float64Array.from(parts, p => p.nu),
  location: Float64Array.from(parts, p => p.location),
  scale: Float64Array.from(parts, p => p.scale),
})

describe('the forecast of any mixture', () => {
  it('of a posterior’s draws has quantiles at which the distribution function is the level to 1e-6', () => {
    const alike = fc.record({
      location: fc.double({ min: -0.1, max: 0.1, noNaN: true }),
      scale: fc.double({ min: 0.6, max: 1.6, noNaN: true }),
      nu: fc.double({ min: 3, max: 20, noNaN: true }),
    })
    fc.assert(
      fc.property(fc.array(alike, { minLength: 5, maxLength: 12 }), parts => {
        const mixture = mixtureOf(parts)
        mixtureForecast(mixture, studyGrid, riskLevels).quantiles.forEach((q, i) => {
          expect(Math.abs(mixtureCdf(mixture, q) - studyGrid[i]), `level ${studyGrid[i]}`).toBeLessThan(1e-6)
        })
      }),
      { numRuns: 30 },
    )
  })

  // The search may stop within 3e-5 of the normal score after one more step; only wild mixtures, at their centre, use that up.
  it('has quantiles at which the distribution function is the level, ascending, and ES of at least VaR', () => {
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), parts => {
        const mixture = mixtureOf(parts)
        const { quantiles, shortfalls } = mixtureForecast(mixture, studyGrid, riskLevels)
        quantiles.forEach((q, i) => {
          expect(Math.abs(mixtureCdf(mixture, q) - studyGrid[i]), `level ${studyGrid[i]}`).toBeLessThan(tolerance(studyGrid[i]))
          if (i > 0) expect(q).toBeGreaterThanOrEqual(quantiles[i - 1])
        })
        riskLevels.forEach((level, i) => {
          expect(shortfalls[i]).toBeGreaterThanOrEqual(-quantiles[studyGrid.indexOf(level)])
        })
      }),
      { numRuns: 60, interruptAfterTimeLimit: 20_000 },
    )
  })

  it('finds the quantiles also of hills that stand hundreds of scales apart', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ ...{ nu: fc.constant(4), scale: fc.constant(1) }, location: fc.integer({ min: -1000, max: 1000 }) }),
          { minLength: 2, maxLength: 4 },
        ),
        parts => {
          const mixture = mixtureOf(parts)
          mixtureForecast(mixture, studyGrid, riskLevels).quantiles.forEach((q, i) => {
            expect(Math.abs(mixtureCdf(mixture, q) - studyGrid[i]), `level ${studyGrid[i]}`).toBeLessThan(tolerance(studyGrid[i]))
          })
        },
      ),
      { numRuns: 40, interruptAfterTimeLimit: 20_000 },
    )
  })

  it('answers a risk level that is not among the levels as it answers one that is', () => {
    const mixture = mixtureOf([
      { location: 0.1, scale: 1, nu: 4 },
      { location: 0, scale: 1.3, nu: 6 },
    ])
    const among = mixtureForecast(mixture, studyGrid, riskLevels).shortfalls
    const apart = mixtureForecast(mixture, Float64Array.of(0.5), riskLevels).shortfalls
    apart.forEach((s, i) => {
      expect(Math.abs(s / among[i] - 1)).toBeLessThan(1e-9)
    })
  })

  it('does not depend on the order of the draws, beyond rounding, and leaves its inputs alone', () => {
    const parts = [
      { location: 0.1, scale: 1, nu: 4 },
      { location: 0, scale: 1.3, nu: 6 },
      { location: -0.2, scale: 0.7, nu: 3 },
    ]
    const mixture = mixtureOf(parts)
    const before = structuredClone(mixture)
    const one = mixtureForecast(mixture, studyGrid, riskLevels)
    const other = mixtureForecast(mixtureOf([...parts].reverse()), studyGrid, riskLevels)
    one.quantiles.forEach((q, i) => {
      expect(Math.abs(q - other.quantiles[i])).toBeLessThan(1e-9)
    })
    expect(mixture).toEqual(before)
  })
})
