import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nextUniform, openStream, rootKey } from '../../src/base/index.js'
import { drawStudentT, normalLogPdf, studentTLogPdf } from '../../src/distributions/index.js'
import { type GarchName, garchFamilies } from '../../src/models/garch/prior.js'
import { absorbRows, filterRows } from '../../src/models/garch/target.js'
import { garchNormal, garchT, gjrGarchT, logLikelihood } from '../../src/models/index.js'

fc.configureGlobal({ seed: 20240607 })

interface Case {
  returns: number[]
  mu: number
  omega: number
  alpha: number
  beta: number
  nu: number
  start: number
  t: number
  normal: number
}
const reference: { garch: Case[] } = JSON.parse(readFileSync(join(__dirname, '../fixtures/models.json'), 'utf8'))

type Parameters = Pick<Case, 'mu' | 'omega' | 'alpha' | 'beta' | 'nu' | 'start'>

const rowOf = (name: GarchName, p: { readonly [name: string]: number }): Float64Array =>
  Float64Array.from(garchFamilies[name].names, parameter => p[parameter])
const valueAt = (name: GarchName, returns: Float64Array, p: { readonly [name: string]: number }, start: number): number =>
  filterRows(garchFamilies[name], rowOf(name, p), returns, start).logLikelihoods[0]
const garchTLogLikelihood = (
  returns: Float64Array,
  mu: number,
  omega: number,
  alpha: number,
  beta: number,
  nu: number,
  start: number,
): number => valueAt('garchT', returns, { mu, omega, alpha, beta, nu }, start)
const garchNormalLogLikelihood = (
  returns: Float64Array,
  mu: number,
  omega: number,
  alpha: number,
  beta: number,
  start: number,
): number => valueAt('garchNormal', returns, { mu, omega, alpha, beta }, start)

/** Observation by observation, with a logarithm each; and the sum of the terms' sizes, which bounds the rounding. */
function plain(
  returns: Float64Array,
  { mu, omega, alpha, beta, nu, start }: Parameters,
): { t: number; normal: number; size: number } {
  let [t, normal, size, h] = [0, 0, 0, start]
  for (const ret of returns) {
    const scale = Math.sqrt((h * (nu - 2)) / nu)
    const term = studentTLogPdf((ret - mu) / scale, nu) - Math.log(scale)
    const other = normalLogPdf((ret - mu) / Math.sqrt(h)) - 0.5 * Math.log(h)
    t += term
    normal += other
    size += Math.abs(term) + Math.abs(other)
    h = omega + alpha * (ret - mu) ** 2 + beta * h
  }
  return { t, normal, size }
}

const stream = openStream(rootKey('likelihood'))
const standard = Float64Array.from({ length: 1000 }, () => drawStudentT(stream, 4))

const parameters = fc.record({
  scale: fc.integer({ min: -6, max: 6 }).map(p => 10 ** p),
  mu: fc.double({ min: -1, max: 1, noNaN: true }),
  omega: fc.double({ min: 1e-4, max: 2, noNaN: true }),
  persistence: fc.double({ min: 0.01, max: 0.9999, noNaN: true }),
  share: fc.double({ min: 0.001, max: 0.999, noNaN: true }),
  nu: fc.oneof(fc.double({ min: 2.01, max: 5, noNaN: true }), fc.double({ min: 5, max: 300, noNaN: true })),
  start: fc.double({ min: 0.01, max: 100, noNaN: true }),
  length: fc.integer({ min: 1, max: 1000 }),
})

describe('the GARCH log-likelihood', () => {
  it('is that of scipy’s densities, Student-t and normal', () => {
    for (const { returns, mu, omega, alpha, beta, nu, start, t, normal } of reference.garch) {
      const data = Float64Array.from(returns)
      expect(Math.abs(garchTLogLikelihood(data, mu, omega, alpha, beta, nu, start) / t - 1)).toBeLessThan(1e-11)
      expect(Math.abs(garchNormalLogLikelihood(data, mu, omega, alpha, beta, start) / normal - 1)).toBeLessThan(1e-12)
    }
  })

  it('by products agrees with a logarithm an observation to 3e-13, relative, at scales from 1e-6 to 1e6', () => {
    fc.assert(
      fc.property(parameters, ({ scale, mu, omega, persistence, share, nu, start, length }) => {
        const returns = standard.slice(0, length).map(r => r * scale)
        const p = {
          mu: mu * scale,
          omega: omega * scale * scale,
          alpha: persistence * share,
          beta: persistence * (1 - share),
          nu,
          start: start * scale * scale,
        }
        const expected = plain(returns, p)
        expect(Math.abs(garchTLogLikelihood(returns, p.mu, p.omega, p.alpha, p.beta, nu, p.start) - expected.t)).toBeLessThan(
          3e-13 * expected.size,
        )
        expect(
          Math.abs(garchNormalLogLikelihood(returns, p.mu, p.omega, p.alpha, p.beta, p.start) - expected.normal),
        ).toBeLessThan(3e-13 * expected.size)
      }),
      { numRuns: 300 },
    )
  })

  it('agrees on the scale of its own value too: 3e-13 of the log-likelihood of a thousand returns', () => {
    for (const scale of [1e-6, 1e-3, 1, 1e3, 1e6]) {
      const returns = standard.map(r => r * scale)
      const p = { mu: 0.03 * scale, omega: 0.05 * scale ** 2, alpha: 0.12, beta: 0.84, nu: 4.4, start: 2 * scale ** 2 }
      const { t } = plain(returns, p)
      expect(Math.abs(garchTLogLikelihood(returns, p.mu, p.omega, p.alpha, p.beta, p.nu, p.start) / t - 1)).toBeLessThan(3e-13)
    }
  })

  it('changes with the unit as a density must: T log(unit) less', () => {
    const returns = standard.slice(0, 200)
    const one = garchTLogLikelihood(returns, 0.1, 0.05, 0.1, 0.85, 5, 1)
    const other = garchTLogLikelihood(
      returns.map(r => 8 * r),
      0.8,
      0.05 * 64,
      0.1,
      0.85,
      5,
      64,
    )
    expect(other).toBeCloseTo(one - 200 * Math.log(8), 9)
  })

  it('is -Infinity, never a number that means nothing, where it is not finite', () => {
    const returns = standard.slice(0, 100)
    const with_ = (index: number, value: number): Float64Array => returns.map((r, i) => (i === index ? value : r))
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e200]) {
      expect(garchTLogLikelihood(with_(40, bad), 0, 0.05, 0.1, 0.85, 5, 1)).toBe(Number.NEGATIVE_INFINITY)
      expect(garchNormalLogLikelihood(with_(40, bad), 0, 0.05, 0.1, 0.85, 1)).toBe(Number.NEGATIVE_INFINITY)
    }
    for (const bad of [Number.NaN, 0, -1, Number.POSITIVE_INFINITY]) {
      expect(garchTLogLikelihood(returns, 0, 1e-300, 0, 0.5, 5, bad)).toBe(Number.NEGATIVE_INFINITY)
    }
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, 1e308, 0, -1]) {
      expect(garchTLogLikelihood(returns, 0, bad, 0.1, 0.85, 5, 1)).toBe(Number.NEGATIVE_INFINITY)
      expect(garchNormalLogLikelihood(returns, 0, bad, 0.1, 0.85, 1)).toBe(Number.NEGATIVE_INFINITY)
    }
    expect(garchTLogLikelihood(returns, Number.NaN, 0.05, 0.1, 0.85, 5, 1)).toBe(Number.NEGATIVE_INFINITY)
    expect(garchTLogLikelihood(returns, 0, 0.05, 0.1, 0.85, Number.NaN, 1)).toBe(Number.NEGATIVE_INFINITY)
  })

  it('beyond what a running product of thirty-two factors can hold is worked out factor by factor', () => {
    for (const scale of [1e-12, 1e12]) {
      const returns = standard.map(r => r * scale)
      const p = { mu: 0, omega: 0.05 * scale ** 2, alpha: 0.12, beta: 0.84, nu: 4.4, start: 2 * scale ** 2 }
      const { t, normal } = plain(returns, p)
      expect(Math.abs(garchTLogLikelihood(returns, p.mu, p.omega, p.alpha, p.beta, p.nu, p.start) / t - 1)).toBeLessThan(3e-13)
      expect(Math.abs(garchNormalLogLikelihood(returns, p.mu, p.omega, p.alpha, p.beta, p.start) / normal - 1)).toBeLessThan(
        3e-13,
      )
    }
  })

  it('of many rows at once is that of each alone, bit for bit, for every member of the family', () => {
    const stream = openStream(rootKey('rows'))
    for (const family of Object.values(garchFamilies)) {
      const rows = Array.from({ length: 21 }, () => {
        const u = () => nextUniform(stream)
        return rowOf(family.name, {
          mu: u() - 0.5,
          omega: u(),
          alpha: 0.3 * u(),
          gamma: 0.2 * u(),
          beta: 0.5 * u(),
          nu: 3 + 5 * u(),
        })
      })
      const all = Float64Array.from(rows.flatMap(row => [...row]))
      const together = filterRows(family, all, standard, 1.3)
      rows.forEach((row, k) => {
        const alone = filterRows(family, row, standard, 1.3)
        expect(alone.logLikelihoods[0]).toBe(together.logLikelihoods[k])
        expect(alone.variances[0]).toBe(together.variances[k])
      })
    }
  })

  it('with leverage is that of an asymmetric recursion, observation by observation', () => {
    const p = { mu: 0.05, omega: 0.04, alpha: 0.03, gamma: 0.15, beta: 0.86, nu: 5.5 }
    let [expected, h] = [0, 1.7]
    for (const ret of standard) {
      const scale = Math.sqrt((h * (p.nu - 2)) / p.nu)
      expected += studentTLogPdf((ret - p.mu) / scale, p.nu) - Math.log(scale)
      const shock = ret - p.mu
      h = p.omega + (p.alpha + (shock < 0 ? p.gamma : 0)) * shock ** 2 + p.beta * h
    }
    expect(Math.abs(valueAt('gjrGarchT', standard, p, 1.7) / expected - 1)).toBeLessThan(3e-13)
    expect(Math.abs(logLikelihood(gjrGarchT(), p, standard, { start: 1.7 }) / expected - 1)).toBeLessThan(3e-13)
    expect(valueAt('gjrGarchT', standard, { ...p, gamma: 0 }, 1.7)).toBeCloseTo(valueAt('garchT', standard, p, 1.7), 9)
  })

  it('absorbed one return at a time adds up to the whole, and so does the variance', () => {
    for (const family of Object.values(garchFamilies)) {
      const row = rowOf(family.name, { mu: 0.05, omega: 0.04, alpha: 0.06, gamma: 0.1, beta: 0.86, nu: 5.5 })
      const variances = Float64Array.of(1.7)
      let sum = 0
      for (const ret of standard) sum += absorbRows(family, row, ret, variances)[0]
      const whole = filterRows(family, row, standard, 1.7)
      expect(Math.abs(sum / whole.logLikelihoods[0] - 1)).toBeLessThan(1e-12)
      expect(Math.abs(variances[0] / whole.variances[0] - 1)).toBeLessThan(1e-12)
    }
  })

  it('of a model starts at the sample variance, and refuses parameters that are none', () => {
    const p = { mu: 0.05, omega: 0.04, alpha: 0.06, beta: 0.86, nu: 5.5 }
    const mean = standard.reduce((a, b) => a + b) / standard.length
    const variance = standard.reduce((a, b) => a + (b - mean) ** 2, 0) / (standard.length - 1)
    expect(logLikelihood(garchT(), p, standard)).toBeCloseTo(logLikelihood(garchT(), p, standard, { start: variance }), 8)
    const refusal = (code: string) => expect.objectContaining({ code })
    const { nu: _, ...withoutNu } = p
    expect(Number.isFinite(logLikelihood(garchNormal(), withoutNu, standard))).toBe(true)
    for (const bad of [withoutNu, { ...p, nu: 2 }, { ...p, alpha: 0.2 }, { ...p, omega: 0 }, { ...p, kappa: 1 }])
      expect(() => logLikelihood(garchT(), bad, standard)).toThrow(refusal('BAD_PARAMETERS'))
    expect(() => logLikelihood(garchT(), p, [Number.NaN])).toThrow(refusal('BAD_RETURN'))
    expect(() => logLikelihood(garchT(), p, standard, { start: 0 })).toThrow(refusal('BAD_START'))
  })

  it('of no returns is 0, and the variance filter then stands at its start', () => {
    expect(garchTLogLikelihood(new Float64Array(0), 0, 0.05, 0.1, 0.85, 5, 1)).toBeCloseTo(0, 15)
    const row = Float64Array.of(1, 0.5, 0.25, 0.5)
    expect(filterRows(garchFamilies.garchNormal, row, new Float64Array(0), 1.5).variances[0]).toBe(1.5)
    expect(filterRows(garchFamilies.garchNormal, row, Float64Array.of(2), 3).variances[0]).toBe(0.5 + 0.25 + 1.5)
  })
})
