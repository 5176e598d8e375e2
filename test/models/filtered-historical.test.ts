import { describe, expect, it } from 'vitest'
import { childKey, rootKey } from '../../src/base/index.js'
import { riskLevels, studyGrid } from '../../src/forecast/index.js'
import { weightedQuantiles } from '../../src/math/index.js'
import type { FilteredHistoricalState } from '../../src/models/filtered-historical.js'
import { filteredHistorical } from '../../src/models/index.js'
import { garchColumns, simulateGarch } from './data.js'

const truth = { mu: 0.05, omega: 0.05, alpha: 0.1, beta: 0.85, nu: 5 }
const returns = simulateGarch(truth, 540, 'filtered')
const model = filteredHistorical()
const trained = model.init(returns.slice(0, 500), rootKey('fhs')) as FilteredHistoricalState
let moved = model.copy(trained) as FilteredHistoricalState
returns.slice(500).forEach((ret, day) => {
  moved = model.update(moved, ret, childKey(rootKey('u'), day)) as FilteredHistoricalState
})

const own = model.belief!(moved)
if (own.kind !== 'gaussian') throw new Error('a Gaussian belief')
const told = {
  names: [],
  draws: {},
  method: 'told',
  belief: { ...own, mean: own.mean.map((m, i) => m + 0.7 * Math.sqrt(own.covariance[5 * i])) },
}
const pooled = model.assimilate!(model.copy(moved), [told], Float64Array.of(0.4, 0.6), rootKey('pool'))
  .state as FilteredHistoricalState

/** Every draw's residuals of the last 500 returns, its next volatility and its weight, filtered again from the first return. */
function filterAgain(
  { filter }: FilteredHistoricalState,
  all: ArrayLike<number>,
): { residuals: Float64Array; sd: number; mu: number; weight: number }[] {
  const { mu, omega, alpha, beta } = garchColumns(filter)
  return Array.from(mu, (m, k) => {
    let h = filter.start
    const residuals = Float64Array.from(all, ret => {
      const r = ret - m
      const z = r / Math.sqrt(h)
      h = omega[k] + alpha[k] * r * r + beta[k] * h
      return z
    })
    return { residuals: residuals.slice(-500), sd: Math.sqrt(h), mu: m, weight: Math.exp(filter.logWeights[k]) }
  })
}

describe('filtered historical simulation', () => {
  for (const [name, state, all] of [
    ['after training', trained, returns.slice(0, 500)],
    ['after forty updates', moved, returns],
    ['after pooling with a peer', pooled, returns],
  ] as const) {
    it(`forecasts the mixture of all draws’ scaled residuals: a brute-force sort has the same quantiles and ES, ${name}`, () => {
      const points = filterAgain(state, all)
        .flatMap(({ residuals, sd, mu, weight }) => Array.from(residuals, z => ({ x: mu + sd * z, weight: weight / 500 })))
        .sort((a, b) => a.x - b.x)
      expect(points).toHaveLength(60 * 500)
      const { quantiles, shortfalls } = model.forecast(state, { levels: studyGrid, riskLevels })
      studyGrid.forEach((level, i) => {
        let before = 0
        const expected = points.find(({ weight }) => {
          before += weight
          return before >= level - 1e-9
        })!
        expect(quantiles[i]).toBeCloseTo(expected.x, 10)
      })
      riskLevels.forEach((level, i) => {
        let left = level
        let sum = 0
        for (const { x, weight } of points) {
          sum += Math.min(weight, left) * x
          left = Math.max(0, left - weight)
        }
        expect(shortfalls[i]).toBeCloseTo(-sum / level, 9)
      })
    })

    it(`has as its VaR interval the weighted quantiles of the draws’ own VaR, ${name}`, () => {
      const draws = filterAgain(state, all)
      for (const level of riskLevels) {
        const vars = Float64Array.from(
          draws,
          ({ residuals, sd, mu }) => -(mu + sd * residuals.sort()[Math.ceil(level * 500 - 1e-9) - 1]),
        )
        const weights = Float64Array.from(draws, ({ weight }) => weight)
        const expected = weightedQuantiles(vars, weights, [0.025, 0.975])
        const [low, high] = model.varInterval95!(state, level)
        expect(low).toBeCloseTo(expected[0], 10)
        expect(high).toBeCloseTo(expected[1], 10)
      }
    })
  }

  it('has moved by the pooling that the brute force follows', () => {
    expect(pooled.filter.points).not.toEqual(moved.filter.points)
  })

  it('has a posterior of the filter’s parameters alone, near the truth', () => {
    const { names, draws } = model.posterior(trained)
    expect(names).toEqual(['mu', 'omega', 'alpha', 'beta'])
    for (const name of names) {
      const all = draws[name].flatMap(chain => [...chain])
      const mean = all.reduce((a, b) => a + b) / all.length
      const sd = Math.sqrt(all.reduce((a, b) => a + (b - mean) ** 2, 0) / all.length)
      expect(Math.abs(mean - truth[name as 'mu' | 'omega' | 'alpha' | 'beta'])).toBeLessThan(4 * sd)
    }
  })
})
