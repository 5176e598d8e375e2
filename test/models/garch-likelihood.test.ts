import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openStream, rootKey } from '../../src/base/index.js'
import { drawStudentT, normalLogPdf, studentTLogPdf } from '../../src/distributions/index.js'
import { filterVariance } from '../../src/models/garch-likelihood.js'
import { garchNormalLogLikelihood, garchTLogLikelihood } from '../../src/models/index.js'

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
    for (const bad of [Number.NaN, 0, Number.POSITIVE_INFINITY, 1e-300, 1e300]) {
      expect(garchTLogLikelihood(returns, 0, 1e-300, 0, 0.5, 5, bad)).toBe(Number.NEGATIVE_INFINITY)
    }
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, 1e300, -1]) {
      expect(garchTLogLikelihood(returns, 0, bad, 0.1, 0.85, 5, 1)).toBe(Number.NEGATIVE_INFINITY)
      expect(garchNormalLogLikelihood(returns, 0, bad, 0.1, 0.85, 1)).toBe(Number.NEGATIVE_INFINITY)
    }
    expect(garchTLogLikelihood(returns, Number.NaN, 0.05, 0.1, 0.85, 5, 1)).toBe(Number.NEGATIVE_INFINITY)
    expect(garchTLogLikelihood(returns, 0, 0.05, 0.1, 0.85, Number.NaN, 1)).toBe(Number.NEGATIVE_INFINITY)
  })

  it('of no returns is 0, and the variance filter then stands at its start', () => {
    expect(garchTLogLikelihood(new Float64Array(0), 0, 0.05, 0.1, 0.85, 5, 1)).toBeCloseTo(0, 15)
    expect(filterVariance([], 0, 0.05, 0.1, 0.85, 1.5)).toBe(1.5)
    expect(filterVariance([2], 1, 0.5, 0.25, 0.5, 3)).toBe(0.5 + 0.25 + 1.5)
  })
})
