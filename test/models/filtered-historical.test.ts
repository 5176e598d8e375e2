import { describe, expect, it } from 'vitest'
import { childKey, rootKey } from '../../src/base/index.js'
import { riskLevels, studyGrid } from '../../src/forecast/index.js'
import { quantileOfSorted } from '../../src/math/index.js'
import type { FilteredHistoricalState } from '../../src/models/filtered-historical.js'
import { filteredHistorical } from '../../src/models/index.js'
import { simulateGarch } from './data.js'

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

/** Every draw's residuals of the last 500 returns and its next volatility, filtered again from the first return. */
function filterAgain(
  { filter }: FilteredHistoricalState,
  all: ArrayLike<number>,
): { residuals: Float64Array; sd: number; mu: number }[] {
  return Array.from(filter.mu, (mu, k) => {
    let h = filter.start
    const residuals = Float64Array.from(all, ret => {
      const r = ret - mu
      const z = r / Math.sqrt(h)
      h = filter.omega[k] + filter.alpha[k] * r * r + filter.beta[k] * h
      return z
    })
    return { residuals: residuals.slice(-500), sd: Math.sqrt(h), mu }
  })
}

describe('filtered historical simulation', () => {
  for (const [name, state, all] of [
    ['after training', trained, returns.slice(0, 500)],
    ['after forty updates', moved, returns],
    ['after pooling with a peer', pooled, returns],
  ] as const) {
    it(`forecasts the mixture of all draws’ scaled residuals: a brute-force sort has the same quantiles and ES, ${name}`, () => {
      const draws = filterAgain(state, all)
      const points = Float64Array.from(draws.flatMap(({ residuals, sd, mu }) => Array.from(residuals, z => mu + sd * z))).sort()
      expect(points).toHaveLength(60 * 500)
      const { quantiles, shortfalls } = model.forecast(state, { levels: studyGrid, riskLevels })
      studyGrid.forEach((level, i) => {
        expect(quantiles[i]).toBe(points[Math.ceil(level * points.length - 1e-9) - 1])
      })
      riskLevels.forEach((level, i) => {
        // 30,000 points: every level is a whole number of them.
        const k = Math.round(level * points.length)
        const average = points.slice(0, k).reduce((a, b) => a + b) / k
        expect(shortfalls[i]).toBeCloseTo(-average, 10)
      })
    })

    it(`has as its VaR interval the quantiles of the draws’ own VaR, ${name}`, () => {
      const draws = filterAgain(state, all)
      for (const level of riskLevels) {
        const vars = Float64Array.from(
          draws,
          ({ residuals, sd, mu }) => -(mu + sd * residuals.sort()[Math.ceil(level * 500 - 1e-9) - 1]),
        ).sort()
        const [low, high] = model.varInterval95!(state, level)
        expect(low).toBeCloseTo(quantileOfSorted(vars, 0.025), 12)
        expect(high).toBeCloseTo(quantileOfSorted(vars, 0.975), 12)
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
