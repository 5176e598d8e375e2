import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  chiSquareSurvival,
  gammaLogPdf,
  mixtureCdf,
  mixtureForecast,
  normalCdf,
  normalLogPdf,
  normalPdf,
  normalQuantile,
  normalSurvival,
  studentTCdf,
  studentTLogPdf,
  studentTPartialMean,
  studentTQuantile,
} from '../../src/distributions/index.js'

interface Mixture {
  name: string
  location: number[]
  scale: number[]
  nu: number[]
  levels: number[]
  quantiles: number[]
  riskLevels: number[]
  shortfalls: number[]
  points: number[]
  cdf: number[]
}
interface Reference {
  normal: { z: number; cdf: number; survival: number; logPdf: number }[]
  normalQuantile: { p: number; z: number }[]
  studentT: { z: number; nu: number; cdf: number; logPdf: number }[]
  studentTQuantile: { p: number; nu: number; z: number }[]
  studentTPartialMean: { z: number; nu: number; value: number }[]
  chiSquareSurvival: { x: number; df: number; p: number }[]
  gammaLogPdf: { x: number; shape: number; rate: number; value: number }[]
  mixtures: Mixture[]
}
const reference: Reference = JSON.parse(readFileSync(join(__dirname, '../fixtures/distributions.json'), 'utf8'))

const near = (found: number, expected: number, relative: number, what = ''): void =>
  expect(Math.abs(found - expected), `${what} ${found} against ${expected}`).toBeLessThanOrEqual(relative * Math.abs(expected))

describe('against 40-digit arithmetic', () => {
  it('the normal distribution function and survival keep their relative accuracy from -38 to 8.3', () => {
    for (const { z, cdf, survival, logPdf } of reference.normal) {
      near(normalCdf(z), cdf, 2e-13, `cdf ${z}`)
      near(normalSurvival(z), survival, 2e-13, `survival ${z}`)
      near(normalLogPdf(z), logPdf, 1e-15, `log pdf ${z}`)
      near(normalPdf(z), Math.exp(logPdf), 1e-12, `pdf ${z}`)
    }
  })

  it('the normal quantile is right to the last digits from 1e-300 to 1 - 2^-50', () => {
    for (const { p, z } of reference.normalQuantile) near(normalQuantile(p), z, 5e-16, `p ${p}`)
  })

  it('the Student-t distribution function keeps its relative accuracy in both tails, nu 1.5 to 1e7', () => {
    for (const { z, nu, cdf } of reference.studentT) near(studentTCdf(z, nu), cdf, 1e-13, `z ${z} nu ${nu}`)
  })

  it('the Student-t log density is right, to the rounding of lnGamma at large nu', () => {
    for (const { z, nu, logPdf } of reference.studentT) {
      expect(Math.abs(studentTLogPdf(z, nu) - logPdf), `z ${z} nu ${nu}`).toBeLessThan(
        1e-13 * Math.abs(logPdf) + 3e-16 * nu * Math.log(nu),
      )
    }
  })

  it('the Student-t quantile is right to 1e-13, relative, nu 2.0001 to 1e4', () => {
    for (const { p, nu, z } of reference.studentTQuantile) near(studentTQuantile(p, nu), z, 1e-13, `p ${p} nu ${nu}`)
  })

  it('the left partial expectation of the Student-t is the integral of x f(x)', () => {
    for (const { z, nu, value } of reference.studentTPartialMean) {
      near(studentTPartialMean(z, nu, Math.exp(studentTLogPdf(z, nu))), value, 1e-14, `z ${z} nu ${nu}`)
    }
  })

  it('the chi-square survival keeps its relative accuracy down to 1e-219', () => {
    for (const { x, df, p } of reference.chiSquareSurvival) near(chiSquareSurvival(x, df), p, 1e-13, `x ${x} df ${df}`)
    expect(chiSquareSurvival(0, 3)).toBe(1)
    expect(chiSquareSurvival(-1, 3)).toBe(1)
  })

  it('the gamma log density is right', () => {
    for (const { x, shape, rate, value } of reference.gammaLogPdf) near(gammaLogPdf(x, shape, rate), value, 1e-13, `x ${x}`)
  })

  it('the kernel of Student-t tails is within 4e-10, whatever nu > 2 and z', () => {
    for (const { z, nu, cdf } of reference.studentT) {
      if (nu <= 2) continue
      const one = { nu: Float64Array.of(nu), location: Float64Array.of(0), scale: Float64Array.of(1) }
      expect(Math.abs(mixtureCdf(one, z) - cdf), `z ${z} nu ${nu}`).toBeLessThan(4e-10)
    }
  })
})

describe('a mixture of Student-t distributions, against integration at 25 digits', () => {
  for (const { name, location, scale, nu, levels, quantiles, riskLevels, shortfalls, points, cdf } of reference.mixtures) {
    const mixture = {
      nu: Float64Array.from(nu),
      location: Float64Array.from(location),
      scale: Float64Array.from(scale),
    }
    const forecast = mixtureForecast(mixture, Float64Array.from(levels), Float64Array.from(riskLevels))
    const spread = Math.max(...scale)

    it(`has the right distribution function: ${name}`, () => {
      points.forEach((x, i) => {
        expect(Math.abs(mixtureCdf(mixture, x) - cdf[i]), `at ${x}`).toBeLessThan(4e-10)
      })
    })

    it(`has the right quantiles: ${name}`, () => {
      quantiles.forEach((q, i) => {
        // The kernel’s absolute error over the density at the far levels, and what interpolation leaves about the centre.
        expect(Math.abs(forecast.quantiles[i] - q), `level ${levels[i]}`).toBeLessThan(1e-6 * (Math.abs(q) + 0.1 * spread))
      })
    })

    it(`has the right expected shortfalls: ${name}`, () => {
      shortfalls.forEach((s, i) => {
        near(forecast.shortfalls[i], s, 1e-7, `level ${riskLevels[i]}`)
      })
    })
  }
})
