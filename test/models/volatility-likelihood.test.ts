import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openStream, rootKey } from '../../src/base/index.js'
import { logLikelihood, stochasticVolatility } from '../../src/models/index.js'
import { LAYOUT } from '../../src/models/volatility/grid.js'
import { filterVolatility } from '../../src/models/volatility/likelihood.js'
import { sp500Returns } from './data.js'

interface Fixture {
  readonly series: { readonly [name: string]: number[] }
  readonly cases: {
    readonly series: string
    readonly mu: number
    readonly phi: number
    readonly sigma: number
    readonly start: number | null
    readonly logLikelihood: number
  }[]
}
const fixture: Fixture = JSON.parse(readFileSync(join(__dirname, '..', 'fixtures', 'volatility.json'), 'utf8'))

const fine = { spacing: LAYOUT.spacing / 2, spacingMax: LAYOUT.spacingMax / 2, range: LAYOUT.range + 1, reach: LAYOUT.reach + 1 }

describe('the exact likelihood of stochastic volatility', () => {
  for (const { series, start, logLikelihood: expected, ...params } of fixture.cases) {
    const options = start === null ? {} : { start }
    it(`is scipy’s by another quadrature: ${series}, phi ${params.phi}, sigma ${params.sigma}, start ${start}`, () => {
      const { logLikelihood: found } = filterVolatility(params, Float64Array.from(fixture.series[series]), options)
      expect(Math.abs(found - expected)).toBeLessThan(1e-8 * Math.abs(expected))
    })
  }

  it('does not change on a grid twice as fine, by 1e-8 relative: S&P 500 returns, calm, in crisis and in a crash', () => {
    const all = sp500Returns()
    const grid = [0.5, 0.9, 0.98, 0.995].flatMap(phi => [0.05, 0.2, 0.4, 0.8].map(sigma => ({ mu: -0.3, phi, sigma })))
    for (const returns of [all.slice(3300, 3600), all.slice(2000, 2400), all.slice(-300)]) {
      const usual = grid.map(params => filterVolatility(params, returns).logLikelihood)
      const best = Math.max(...usual)
      grid.forEach((params, i) => {
        const { logLikelihood: finer } = filterVolatility(params, returns, { layout: fine })
        // exp(-150) of the best: parameters under which the crash would be a wonder.
        const tolerance = usual[i] > best - 150 ? 1e-8 : 1e-6
        expect(Math.abs(usual[i] - finer), JSON.stringify(params)).toBeLessThan(tolerance * Math.abs(finer))
      })
    }
  })

  it('holds over random parameters and random outliers, likewise', () => {
    const { parametric } = stochasticVolatility()
    const params = fc.record({
      mu: fc.double({ min: -2, max: 2, noNaN: true }),
      phi: fc.double({ min: -0.9, max: 0.995, noNaN: true }),
      sigma: fc.double({ min: 0.05, max: 1, noNaN: true }),
    })
    fc.assert(
      fc.property(params, fc.double({ min: -20, max: 20, noNaN: true }), (p, outlier) => {
        const returns = parametric!.simulate(p, 40, openStream(rootKey('outliers')))
        returns[20] = outlier
        const { logLikelihood: usual } = filterVolatility(p, returns)
        const { logLikelihood: finer } = filterVolatility(p, returns, { layout: fine })
        expect(Number.isFinite(usual)).toBe(true)
        expect(Math.abs(usual - finer)).toBeLessThan(1e-8 * Math.max(100, Math.abs(finer)))
      }),
      { seed: 7, numRuns: 150 },
    )
  })

  it('moves with the unit of the returns: twice as large returns and mu + 2 ln 2 cost T ln 2', () => {
    const returns = sp500Returns().slice(-200)
    const { logLikelihood: one } = filterVolatility({ mu: 0, phi: 0.97, sigma: 0.3 }, returns)
    const { logLikelihood: two } = filterVolatility(
      { mu: 2 * Math.LN2, phi: 0.97, sigma: 0.3 },
      returns.map(r => 2 * r),
    )
    expect(two + 200 * Math.LN2).toBeCloseTo(one, 8)
  })

  it('tends to that of independent normal returns as sigma vanishes', () => {
    const returns = sp500Returns().slice(3300, 3400)
    const normal = returns.reduce((sum, r) => sum - 0.5 * (Math.log(2 * Math.PI) - 0.5 + r * r * Math.exp(0.5)), 0)
    expect(filterVolatility({ mu: -0.5, phi: 0.9, sigma: 1e-5 }, returns).logLikelihood).toBeCloseTo(normal, 5)
  })

  it('keeps a filtered density that sums to one, and goes on from it: part by part is the same as all at once', () => {
    const { state } = filterVolatility({ mu: 0, phi: 0.98, sigma: 0.2 }, sp500Returns().slice(-250))
    expect(state!.density.reduce((a, b) => a + b)).toBeCloseTo(1, 12)
    expect(state!.density.every(p => p >= 0)).toBe(true)
  })

  it('is -Infinity, never NaN, where the grid would be absurd', () => {
    const returns = sp500Returns().slice(-100)
    for (const params of [
      { mu: 0, phi: 0.9999, sigma: 10 },
      { mu: -600, phi: 0.9, sigma: 0.01 },
      { mu: 600, phi: 0.9, sigma: 0.01 },
    ])
      expect(filterVolatility(params, returns).logLikelihood).not.toBeNaN()
    expect(filterVolatility({ mu: 0, phi: 0.9999, sigma: 10 }, returns).logLikelihood).toBe(Number.NEGATIVE_INFINITY)
  })

  it('is what logLikelihood answers, which refuses parameters outside the model', () => {
    const model = stochasticVolatility()
    const returns = sp500Returns().slice(-100)
    const params = { mu: 0, phi: 0.98, sigma: 0.2 }
    expect(logLikelihood(model, params, returns)).toBe(filterVolatility(params, returns).logLikelihood)
    for (const bad of [{ phi: 1 }, { phi: -1 }, { sigma: 0 }, { sigma: Number.NaN }, { mu: Number.POSITIVE_INFINITY }])
      expect(() => logLikelihood(model, { ...params, ...bad }, returns)).toThrow(
        expect.objectContaining({ code: 'BAD_PARAMETERS' }),
      )
    expect(() => logLikelihood(model, params, returns, { start: -1 })).toThrow(expect.objectContaining({ code: 'BAD_START' }))
  })
})
