import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openStream, rootKey } from '../../src/base/index.js'
import { drawFlatDirichlet, drawStudentT } from '../../src/distributions/index.js'
import { bayesianBootstrap, historicalSimulation } from '../../src/models/index.js'

const reference: { bootstrapRanks: { n: number; level: number; low: number; high: number }[] } = JSON.parse(
  readFileSync(join(__dirname, '../fixtures/models.json'), 'utf8'),
)

const stream = openStream(rootKey('bootstrap'))
const returns = Float64Array.from({ length: 1200 }, () => drawStudentT(stream, 4))
const key = rootKey('key')

describe('the Bayesian bootstrap', () => {
  it('has as its VaR interval the order statistics that the beta distribution names', () => {
    for (const { n, level, low, high } of reference.bootstrapRanks) {
      const model = bayesianBootstrap({ window: n })
      const ascending = returns.slice(-n).sort()
      expect(model.varInterval95!(model.init(returns, key), level), `n ${n}, level ${level}`).toEqual([
        -ascending[high - 1],
        -ascending[low - 1],
      ])
    }
  })

  it('has a VaR interval that a brute-force simulation of Dirichlet weights confirms', () => {
    const n = 60
    const model = bayesianBootstrap({ window: n })
    const state = model.init(returns, key)
    const ascending = returns.slice(-n).sort()
    const draws = 4000
    const dirichlet = openStream(rootKey('dirichlet'))
    const levels = [0.025, 0.05, 0.2, 0.5]
    const quantiles = levels.map(() => new Float64Array(draws))
    for (let d = 0; d < draws; d++) {
      const weights = drawFlatDirichlet(dirichlet, n)
      let cumulative = 0
      let next = 0
      for (let i = 0; i < n && next < levels.length; i++) {
        cumulative += weights[i]
        while (next < levels.length && cumulative >= levels[next]) quantiles[next++][d] = ascending[i]
      }
    }
    levels.forEach((level, l) => {
      const [low, high] = model.varInterval95!(state, level)
      const share = (isIn: (q: number) => boolean): number => quantiles[l].filter(isIn).length / draws
      const error = 4 * Math.sqrt((0.025 * 0.975) / draws)
      // An interval of order statistics: each end is the least rank that reaches its probability.
      expect(share(q => q <= -high)).toBeGreaterThan(0.025 - error)
      expect(share(q => q < -high)).toBeLessThan(0.025 + error)
      expect(share(q => q <= -low)).toBeGreaterThan(0.975 - error)
      expect(share(q => q < -low)).toBeLessThan(0.975 + error)
    })
  })

  it('forecasts the empirical distribution of its window: left quantiles, and the exact tail average as ES', () => {
    const n = 100
    const model = bayesianBootstrap({ window: n })
    let state = model.init(returns.slice(0, 1100), key)
    for (const ret of returns.slice(1100, 1130)) state = model.update(state, ret, key)
    const ascending = returns.slice(1030, 1130).sort()
    const levels = Float64Array.of(0.01, 0.015, 0.05, 0.5, 0.99)
    const { quantiles, shortfalls } = model.forecast(state, { levels, riskLevels: Float64Array.of(0.01, 0.025, 0.05) })
    expect([...quantiles]).toEqual([ascending[0], ascending[1], ascending[4], ascending[49], ascending[98]])
    expect(shortfalls[0]).toBeCloseTo(-ascending[0], 14)
    expect(shortfalls[1]).toBeCloseTo(-(ascending[0] + ascending[1] + 0.5 * ascending[2]) / 2.5, 13)
    expect(shortfalls[2]).toBeCloseTo(-(ascending[0] + ascending[1] + ascending[2] + ascending[3] + ascending[4]) / 5, 13)
  })

  it('has a posterior whose mean is the window’s, with the bootstrap’s standard deviation s / sqrt(n + 1)', () => {
    const n = 200
    const model = bayesianBootstrap({ window: n })
    const window = returns.slice(-n)
    const mean = window.reduce((a, b) => a + b) / n
    const s = Math.sqrt(window.reduce((a, b) => a + (b - mean) ** 2, 0) / n)
    const draws = model.posterior(model.init(returns, key)).draws.mean[0]
    const drawn = draws.reduce((a, b) => a + b) / draws.length
    const spread = Math.sqrt(draws.reduce((a, b) => a + (b - drawn) ** 2, 0) / (draws.length - 1))
    expect(Math.abs(drawn - mean)).toBeLessThan((4 * s) / Math.sqrt((n + 1) * draws.length))
    expect(Math.abs(spread / (s / Math.sqrt(n + 1)) - 1)).toBeLessThan(4 / Math.sqrt(2 * draws.length))
  })
})

describe('historical simulation', () => {
  it('takes type 7 quantiles of its window, and an ES that is the tail average or the VaR if that is larger', () => {
    const model = historicalSimulation({ window: 101 })
    const ascending = returns.slice(-101).sort()
    const state = model.init(returns, key)
    const { quantiles, shortfalls } = model.forecast(state, {
      levels: Float64Array.of(0.01, 0.025, 0.5),
      riskLevels: Float64Array.of(0.01, 0.025),
    })
    expect(quantiles[0]).toBe(ascending[1])
    expect(quantiles[1]).toBeCloseTo(ascending[2] + 0.5 * (ascending[3] - ascending[2]), 13)
    expect(quantiles[2]).toBe(ascending[50])
    // 1 % of 101 points: the least one and a hundredth of the next.
    expect(shortfalls[0]).toBeCloseTo(-(ascending[0] + 0.01 * ascending[1]) / 1.01, 12)
    expect(shortfalls[1]).toBeCloseTo(-(ascending[0] + ascending[1] + 0.525 * ascending[2]) / 2.525, 12)
  })

  it('needs its window and no more: a longer past is not looked at', () => {
    const model = historicalSimulation({ window: 250 })
    expect(model.init(returns, key)).toEqual(model.init(returns.slice(-250), key))
    expect(() => model.init(returns.slice(-249), key)).toThrow(expect.objectContaining({ code: 'TOO_FEW_RETURNS' }))
    expect(() => bayesianBootstrap({ window: 250 }).init(returns.slice(-249), key)).toThrow(
      expect.objectContaining({ code: 'TOO_FEW_RETURNS' }),
    )
  })
})
