import { describe, expect, it } from 'vitest'
import { childKey, rootKey } from '../../src/base/index.js'
import { studentTQuantile } from '../../src/distributions/index.js'
import { riskLevels, studyGrid } from '../../src/forecast/index.js'
import { essBulk, mcseMean } from '../../src/inference/index.js'
import { quantileOfSorted } from '../../src/math/index.js'
import type { GarchState } from '../../src/models/garch/posterior.js'
import { fit as fitModel, garchT, logLikelihood } from '../../src/models/index.js'
import { filterVariance, garchColumns, relativeGap, simulateGarch, sp500Returns } from './data.js'

const levels = { levels: studyGrid, riskLevels }

// reference/inference.md: the last 1000 returns of the S&P 500 to 2020-04-17, default priors; mean and sd as printed.
const reference = [
  { name: 'mu', mean: 0.0826, sd: 0.016, unit: 1e-4 },
  { name: 'omega', mean: 0.0334, sd: 0.0094, unit: 1e-4 },
  { name: 'alpha', mean: 0.2388, sd: 0.0391, unit: 1e-4 },
  { name: 'beta', mean: 0.7367, sd: 0.039, unit: 1e-4 },
  { name: 'nu', mean: 4.59, sd: 0.601, unit: 1e-3 },
]

describe('the posterior of garchT on a thousand S&P 500 returns', () => {
  for (const seed of ['one', 'two', 'three']) {
    it(`is the reference one, within three Monte Carlo standard errors and the printed digits: seed ${seed}`, () => {
      const { summary, draws, fallback, paretoK, names } = fitModel(garchT(), sp500Returns().slice(-1000), { seed })
      expect(fallback).toBeUndefined()
      expect(paretoK).toBeLessThan(0.7)
      expect(names).toEqual(reference.map(r => r.name))
      for (const { name, mean, sd, unit } of reference) {
        const row = summary.find(s => s.name === name)!
        expect(row.rhat, name).toBeLessThan(1.01)
        expect(row.essBulk, name).toBeGreaterThan(400)
        expect(Math.abs(row.mean - mean), `mean of ${name}`).toBeLessThan(3 * row.mcse + unit / 2)
        // The standard error of the sd, by the delta method on the squared distances from the mean.
        const squares = draws[name].map(chain => chain.map(x => (x - row.mean) ** 2))
        const sdError = mcseMean(squares) / (2 * row.sd)
        expect(Math.abs(row.sd - sd), `sd of ${name}`).toBeLessThan(3 * sdError + unit / 2)
      }
    })
  }

  it('does not change with the number of chains and draws, beyond Monte Carlo error', () => {
    const history = sp500Returns().slice(-1000)
    const { summary, draws } = fitModel(garchT(), history, { seed: 'wide', chains: 2, draws: 1500 })
    expect(draws.mu).toHaveLength(2)
    expect(draws.mu[0].length).toBeGreaterThanOrEqual(1500)
    for (const { name, mean, unit } of reference) {
      const row = summary.find(s => s.name === name)!
      expect(Math.abs(row.mean - mean)).toBeLessThan(3 * row.mcse + unit / 2)
    }
  })
})

describe('garchT', () => {
  const truth = { mu: 0.06, omega: 0.04, alpha: 0.09, beta: 0.88, nu: 6 }
  const history = simulateGarch(truth, 1000, 'garch truth')
  const model = garchT()
  const trained = model.init(history, rootKey('garchT'))

  it('finds the parameters that made the returns, within three posterior standard deviations', () => {
    for (const row of fitModel(model, history, { seed: 'truth' }).summary) {
      expect(Math.abs(row.mean - truth[row.name as keyof typeof truth])).toBeLessThan(3 * row.sd)
    }
  })

  it('filters every draw’s volatility through the returns that come: the same as filtering all of them at once', () => {
    const later = simulateGarch(truth, 30, 'later')
    let state = model.copy(trained) as GarchState
    later.forEach((ret, day) => {
      state = model.update(state, ret, childKey(rootKey('u'), day)) as GarchState
    })
    const all = [...history, ...later]
    const { mu, omega, alpha, beta } = garchColumns(state)
    state.variance.forEach((h, k) => {
      expect(relativeGap(h, filterVariance(all, mu[k], omega[k], alpha[k], beta[k], state.start))).toBeLessThan(1e-12)
    })
  })

  it('forecasts the mixture of its draws: the distribution function at each quantile is the level', () => {
    const { quantiles } = model.forecast(trained, levels)
    const state = trained as GarchState
    // P(T <= z) summed over the draws by inverting each draw's own quantile at the study's levels would be circular; integrate instead.
    const cdf = (x: number): number => {
      let total = 0
      const { mu, nu } = garchColumns(state)
      mu.forEach((m, k) => {
        const scale = Math.sqrt((state.variance[k] * (nu[k] - 2)) / nu[k])
        total += tCdfBySimpson((x - m) / scale, nu[k])
      })
      return total / mu.length
    }
    for (const level of [0.01, 0.05, 0.5, 0.9]) expect(cdf(quantiles[studyGrid.indexOf(level)])).toBeCloseTo(level, 5)
  })

  it('gives as its VaR interval the 2.5 % and 97.5 % quantiles of the draws’ own VaR', () => {
    const state = trained as GarchState
    for (const level of riskLevels) {
      const columns = garchColumns(state)
      const vars = Float64Array.from(columns.mu, (mu, k) => {
        const nu = columns.nu[k]
        return -(mu + Math.sqrt((state.variance[k] * (nu - 2)) / nu) * studentTQuantile(level, nu))
      }).sort()
      const [low, high] = model.varInterval95!(trained, level)
      expect(low).toBeCloseTo(quantileOfSorted(vars, 0.025), 9)
      expect(high).toBeCloseTo(quantileOfSorted(vars, 0.975), 9)
      expect(quantileOfSorted(vars, 0.5)).toBeGreaterThan(low)
      expect(quantileOfSorted(vars, 0.5)).toBeLessThan(high)
    }
  })

  it('starts the variance where it is told, else at the sample variance, and refuses a start that is none', () => {
    const mean = history.reduce((a, b) => a + b) / history.length
    const variance = history.reduce((a, b) => a + (b - mean) ** 2, 0) / (history.length - 1)
    expect((trained as GarchState).start).toBeCloseTo(variance, 12)
    expect((model.init(history, rootKey('s'), { start: 7 }) as GarchState).start).toBe(7)
    for (const start of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => model.init(history, rootKey('s'), { start })).toThrow(expect.objectContaining({ code: 'BAD_START' }))
    }
  })

  it('leans towards a prior that is told, and is refused a prior with an unknown field', () => {
    const tight = fitModel(garchT({ muMean: 3, muSd: 0.01 }), history, { seed: 'tight' }).summary[0]
    expect(tight.mean).toBeGreaterThan(2.5)
    expect(() => garchT({ mean: 1 })).toThrow(expect.objectContaining({ code: 'BAD_MODEL' }))
  })
})

describe('fitting', () => {
  const history = simulateGarch({ mu: 0, omega: 0.05, alpha: 0.1, beta: 0.85, nu: 5 }, 300, 'fit')

  it('is a pure function of history, seed and effort, and leaves the history alone', () => {
    const before = Float64Array.from(history)
    const one = fitModel(garchT(), history, { seed: 's' })
    expect(fitModel(garchT(), [...history], { seed: 's' })).toEqual(one)
    expect(fitModel(garchT(), history, { seed: 't' }).draws).not.toEqual(one.draws)
    expect(history).toEqual(before)
    expect(essBulk(one.draws.mu)).toBe(one.summary[0].essBulk)
  })

  it('refuses an effort or a seed that is none', () => {
    for (const effort of [{ chains: 0 }, { chains: 1.5 }, { draws: 0 }, { draws: Number.NaN }, { draws: 3 }]) {
      expect(() => fitModel(garchT(), history, { seed: 's', ...effort })).toThrow(expect.objectContaining({ code: 'BAD_EFFORT' }))
    }
    expect(() => fitModel(garchT(), history, { seed: 3 } as never)).toThrow(expect.objectContaining({ code: 'BAD_SEED' }))
  })

  it('refuses a history that is no list of numbers: a missing value is not 0', () => {
    const holes: unknown[] = [...history]
    holes[7] = null
    const cases: [unknown, string][] = [
      [holes, 'history[7]'],
      ['0123456789'.repeat(20), 'history'],
      [{ length: Number.POSITIVE_INFINITY }, 'history'],
      [[...history].map(String), 'history[0]'],
    ]
    for (const [bad, where] of cases) {
      expect(() => fitModel(garchT(), bad as never, { seed: 's' })).toThrow(
        expect.objectContaining({ code: 'BAD_RETURN', where }),
      )
      expect(() => logLikelihood(garchT(), { mu: 0, omega: 0.1, alpha: 0.1, beta: 0.8, nu: 5 }, bad as never)).toThrow(
        expect.objectContaining({ code: 'BAD_RETURN' }),
      )
    }
    expect(() => fitModel(garchT(), history, { seed: 's', chain: 2 } as never)).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION' }),
    )
    expect(() => fitModel(garchT(), history, { seed: 's', draws: 1e9 })).toThrow(expect.objectContaining({ code: 'BAD_EFFORT' }))
  })

  it('serves the least effort that it accepts', () => {
    const { summary } = fitModel(garchT(), history, { seed: 's', chains: 1, draws: 4 })
    expect(summary.every(row => Number.isFinite(row.mean))).toBe(true)
  })
})

/** P(T <= z) by Simpson's rule on theta = atan(t / sqrt nu), in which the density is a power of a cosine. */
function tCdfBySimpson(z: number, nu: number): number {
  const top = Math.atan(Math.abs(z) / Math.sqrt(nu))
  const n = 40
  const power = (theta: number): number => Math.cos(theta) ** (nu - 1)
  const integral = (to: number): number => {
    let total = power(0) + power(to)
    for (let i = 1; i < n; i++) total += (i % 2 === 0 ? 2 : 4) * power((i * to) / n)
    return (total * to) / n / 3
  }
  const below = 0.5 * (1 - integral(top) / integral(Math.PI / 2))
  return z < 0 ? below : 1 - below
}
