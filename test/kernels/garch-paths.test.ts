import { describe, expect, it } from 'vitest'
import { openStream, rootKey } from '../../src/base/index.js'
import { normalCdf, studentTCdf } from '../../src/distributions/index.js'
import { doublesAt, kernels, put, putRandomState, reserveDoubles, scratch } from '../../src/kernels/index.js'

interface Row {
  readonly mu: number
  readonly omega: number
  readonly alpha: number
  readonly gamma: number
  readonly beta: number
  /** 0 for normal errors. */
  readonly nu: number
}

const simulate = ({ mu, omega, alpha, gamma, beta, nu }: Row, variance: number, days: number, paths: number): Float64Array =>
  scratch(() => {
    const row = put(Float64Array.of(mu, omega, alpha, gamma, beta, nu))
    const state = putRandomState(openStream(rootKey('garch paths')))
    const out = reserveDoubles(days * paths)
    kernels().garchPaths(row, variance, days, paths, state, out)
    return doublesAt(out, days * paths).slice()
  })

/** Kolmogorov's distance times the square root of the number: exceeds 1.95 once in a thousand. */
function kolmogorov(values: Float64Array, cdf: (x: number) => number): number {
  const ascending = values.slice().sort()
  let distance = 0
  ascending.forEach((x, i) => {
    distance = Math.max(distance, Math.abs(cdf(x) - i / values.length), Math.abs(cdf(x) - (i + 1) / values.length))
  })
  return distance * Math.sqrt(values.length)
}

/** The shocks over the volatility that the recursion, written here again, gives them. */
function residuals({ mu, omega, alpha, gamma, beta }: Row, variance: number, days: number, returns: Float64Array): Float64Array {
  let h = variance
  return returns.map((ret, i) => {
    if (i % days === 0) h = variance
    const r = ret - mu
    const z = r / Math.sqrt(h)
    h = omega + (alpha + (r < 0 ? gamma : 0)) * r * r + beta * h
    return z
  })
}

describe('simulated GARCH paths', () => {
  it.each<[string, Row]>([
    ['Student-t errors', { mu: 0.08, omega: 0.03, alpha: 0.24, gamma: 0, beta: 0.7, nu: 4.6 }],
    ['errors that hardly have a variance', { mu: 0, omega: 0.03, alpha: 0.1, gamma: 0, beta: 0.8, nu: 2.1 }],
    ['leverage', { mu: -0.1, omega: 0.02, alpha: 0.02, gamma: 0.2, beta: 0.85, nu: 8 }],
    ['normal errors', { mu: 0.05, omega: 0.1, alpha: 0.1, gamma: 0, beta: 0.85, nu: 0 }],
  ])('have residuals of unit variance that follow their distribution, every day: %s', (_, row) => {
    const [days, paths, variance] = [5, 20_000, 2.5]
    const z = residuals(row, variance, days, simulate(row, variance, days, paths))
    const unit = row.nu > 0 ? Math.sqrt((row.nu - 2) / row.nu) : 1
    const cdf = (x: number): number => (row.nu > 0 ? studentTCdf(x / unit, row.nu) : normalCdf(x))
    for (let day = 0; day < days; day++) {
      const ofDay = z.filter((_value, i) => i % days === day)
      expect(ofDay).toHaveLength(paths)
      expect(kolmogorov(ofDay, cdf)).toBeLessThan(1.95)
    }
  })

  it('are independent of each other and of the day before, and replay', () => {
    const row = { mu: 0, omega: 0.03, alpha: 0.1, gamma: 0, beta: 0.85, nu: 6 }
    const [days, paths] = [2, 20_000]
    const returns = simulate(row, 1, days, paths)
    expect(simulate(row, 1, days, paths)).toEqual(returns)
    const z = residuals(row, 1, days, returns)
    for (const lag of [1, 2]) {
      let sum = 0
      for (let i = 0; i + lag < z.length; i++) sum += Math.sign(z[i]) * Math.sign(z[i + lag])
      expect(Math.abs(sum) / Math.sqrt(z.length)).toBeLessThan(4)
    }
  })
})
