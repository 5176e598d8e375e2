import { describe, expect, it } from 'vitest'
import { childKey, openStream, rootKey, type Stream } from '../../src/base/index.js'
import { drawNormal, normalLogPdf } from '../../src/distributions/index.js'
import { bootstrapFilter, particleFilter } from '../../src/inference/index.js'
import { stochasticVolatility } from '../../src/models/index.js'
import { filterVolatility } from '../../src/models/volatility/likelihood.js'

const params = { mu: -0.3, phi: 0.95, sigma: 0.3 }
const returns = stochasticVolatility().parametric!.simulate(params, 60, openStream(rootKey('particles')))
const key = (i: number) => childKey(rootKey('particle filter'), i)

/** How many standard errors the mean of exp(estimate - exact) lies from 1. */
function biasOf(estimates: readonly number[], exact: number): number {
  const ratios = estimates.map(value => Math.exp(value - exact))
  const mean = ratios.reduce((a, b) => a + b) / ratios.length
  const variance = ratios.reduce((a, b) => a + (b - mean) ** 2, 0) / (ratios.length - 1)
  return (mean - 1) / Math.sqrt(variance / ratios.length)
}

describe('the particle filter of stochastic volatility', () => {
  const exact = filterVolatility(params, returns)

  for (const particles of [200, 333, 1000]) {
    it(`estimates the exact likelihood without bias: ${particles} particles`, () => {
      const estimates = Array.from({ length: 1000 }, (_, i) => particleFilter(params, returns, { particles, key: key(i) }))
      const bias = biasOf(
        estimates.map(e => e.logLikelihood),
        exact.logLikelihood,
      )
      expect(Math.abs(bias)).toBeLessThan(4)
    })
  }

  it('would show a bias: the same estimates against a likelihood four percent larger', () => {
    const estimates = Array.from({ length: 400 }, (_, i) => particleFilter(params, returns, { particles: 2000, key: key(i) }))
    const bias = biasOf(
      estimates.map(e => e.logLikelihood),
      exact.logLikelihood + 0.04,
    )
    expect(Math.abs(bias)).toBeGreaterThan(4)
  })

  it('finds the filtered mean: the exact one on the last day', () => {
    const { grid, density } = exact.state!
    const s = params.sigma / Math.sqrt(1 - params.phi ** 2)
    const mean = density.reduce((sum, p, j) => sum + p * (params.mu + s * (grid.low + j * grid.step)), 0)
    const found = Array.from({ length: 50 }, (_, i) => particleFilter(params, returns, { particles: 1000, key: key(i) }))
    const means = found.map(each => each.filteredMean[returns.length - 1])
    const average = means.reduce((a, b) => a + b) / means.length
    const sd = Math.sqrt(means.reduce((a, b) => a + (b - average) ** 2, 0) / (means.length - 1))
    expect(Math.abs(average - mean)).toBeLessThan((4 * sd) / Math.sqrt(means.length) + 1e-3)
  })

  it('replays from its key, differs with another, and survives returns beyond all particles', () => {
    const one = particleFilter(params, returns, { particles: 500, key: key(1) })
    expect(particleFilter(params, returns, { particles: 500, key: key(1) })).toEqual(one)
    expect(particleFilter(params, returns, { particles: 500, key: key(2) }).logLikelihood).not.toBe(one.logLikelihood)
    for (const giant of [1e3, 1e8, 1e160]) {
      const { logLikelihood, filteredMean } = particleFilter(params, Float64Array.of(1, giant, 0, 0), {
        particles: 50,
        key: key(3),
      })
      expect(logLikelihood).toBeLessThan(-1000)
      expect(filteredMean.every(Number.isFinite)).toBe(true)
    }
  })

  it('refuses what it cannot run', () => {
    const run =
      (change: object, y = returns, particles = 100) =>
      () =>
        particleFilter({ ...params, ...change }, y, { particles, key: key(0) })
    const refusal = (code: string) => expect.objectContaining({ code })
    for (const bad of [{ phi: 1 }, { sigma: 0 }, { mu: Number.NaN }]) expect(run(bad)).toThrow(refusal('BAD_PARAMETERS'))
    for (const bad of [1, 2.5, Number.NaN, 1e9]) expect(run({}, returns, bad)).toThrow(refusal('BAD_PARTICLES'))
    expect(run({}, Float64Array.of(1, Number.NaN))).toThrow(refusal('BAD_RETURN'))
  })
})

describe('the general particle filter', () => {
  // A Gaussian random walk observed with noise: Kalman's filter is exact.
  const model = {
    init: (stream: Stream) => drawNormal(stream),
    move: (x: number, stream: Stream) => 0.9 * x + 0.5 * drawNormal(stream),
    logWeight: (x: number, y: number) => normalLogPdf(y - x),
    summary: (x: number) => x,
  }
  const stream = openStream(rootKey('kalman'))
  const observations = Array.from({ length: 25 }, () => 1.5 * drawNormal(stream))
  let mean = 0
  let variance = 1
  let exact = 0
  observations.forEach((y, t) => {
    if (t > 0) {
      mean *= 0.9
      variance = 0.81 * variance + 0.25
    }
    exact += normalLogPdf((y - mean) / Math.sqrt(variance + 1)) - 0.5 * Math.log(variance + 1)
    const gain = variance / (variance + 1)
    mean += gain * (y - mean)
    variance *= 1 - gain
  })

  it('is unbiased for the likelihood that Kalman’s filter gives, and finds its filtered mean', () => {
    const runs = Array.from({ length: 400 }, (_, i) => bootstrapFilter(model, observations, { particles: 100, key: key(i) }))
    const bias = biasOf(
      runs.map(run => run.logLikelihood),
      exact,
    )
    expect(Math.abs(bias)).toBeLessThan(4)
    const average = runs.reduce((sum, run) => sum + run.filteredMean[24], 0) / runs.length
    expect(Math.abs(average - mean)).toBeLessThan(0.03)
  })

  it('says -Infinity, and no NaN, when an observation is impossible', () => {
    const strict = { ...model, logWeight: (x: number, y: number) => (y > 100 ? Number.NEGATIVE_INFINITY : normalLogPdf(y - x)) }
    const { logLikelihood, filteredMean } = bootstrapFilter(strict, [0, 200, 0], { particles: 20, key: key(0) })
    expect(logLikelihood).toBe(Number.NEGATIVE_INFINITY)
    expect(filteredMean.every(Number.isFinite)).toBe(true)
  })
})
