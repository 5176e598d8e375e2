import { describe, expect, it } from 'vitest'
import { childKey, openStream, rootKey } from '../../src/base/index.js'
import { drawNormal, normalCdf } from '../../src/distributions/index.js'
import { parseForecast, riskLevels, studyGrid } from '../../src/forecast/index.js'
import { fit as fitModel, stochasticVolatility } from '../../src/models/index.js'
import { filterVolatility } from '../../src/models/volatility/likelihood.js'
import { paramsOf, type VolatilityState } from '../../src/models/volatility/posterior.js'
import { sp500Returns } from './data.js'

const levels = { levels: studyGrid, riskLevels }
const model = stochasticVolatility()
const truth = { mu: -0.4, phi: 0.96, sigma: 0.25 }
const history = model.parametric!.simulate(truth, 400, openStream(rootKey('sv truth')))
const trained = model.init(history, rootKey('sv')) as VolatilityState
const key = (label: string | number) => childKey(rootKey('sv test'), label)

/** Every draw and grid point of the predictive, by plain summation: pairs of a weight and a standard deviation. */
function components({ draws }: VolatilityState): { weight: number; sd: number }[] {
  return Array.from(draws.mu).flatMap((_, k) => {
    const { mu, phi, sigma } = paramsOf(draws, k)
    const { low, step, points } = draws.grids[k]
    const s = sigma / Math.sqrt(1 - phi * phi)
    const x = Array.from({ length: points }, (_, j) => low + j * step)
    const tau = Math.sqrt(1 - phi * phi)
    return x
      .filter(to => Math.abs(to) < 9)
      .map(to => {
        let density = 0
        x.forEach((from, i) => {
          density += draws.densities[k][i] * Math.exp(-0.5 * ((to - phi * from) / tau) ** 2)
        })
        const weight = (Math.exp(draws.logWeights[k]) * density * step) / (tau * Math.sqrt(2 * Math.PI))
        return { weight, sd: Math.exp(0.5 * (mu + s * to)) }
      })
  })
}

describe('the posterior of stochastic volatility', () => {
  it('holds the parameters that made the returns within three standard deviations, converged, by the first choice of method', () => {
    const { summary, fallback, paretoK, names } = fitModel(model, history, { seed: 'truth' })
    expect(names).toEqual(['mu', 'phi', 'sigma'])
    expect(fallback).toBeUndefined()
    expect(paretoK).toBeLessThan(0.7)
    for (const row of summary) {
      expect(Math.abs(row.mean - truth[row.name as keyof typeof truth]), row.name).toBeLessThan(3 * row.sd)
      expect(row.rhat).toBeLessThan(1.01)
      expect(row.essBulk).toBeGreaterThan(400)
    }
  })

  it('agrees between seeds and efforts, within four Monte Carlo standard errors', () => {
    const one = fitModel(model, history, { seed: 'one' }).summary
    const other = fitModel(model, history, { seed: 'other', chains: 2, draws: 900 }).summary
    one.forEach((row, i) => {
      const error = Math.sqrt(row.mcse ** 2 + other[i].mcse ** 2)
      expect(Math.abs(row.mean - other[i].mean), row.name).toBeLessThan(4 * error)
    })
  })

  it('leans towards a prior that is told, and refuses one that is none', () => {
    const tight = fitModel(stochasticVolatility({ sigmaScale: 0.01 }), history, { seed: 's' }).summary[2]
    expect(tight.mean).toBeLessThan(0.1)
    for (const bad of [{ muSd: 0 }, { phiShape1: -1 }, { sigmaScale: Number.NaN }, { mu: 1 }])
      expect(() => stochasticVolatility(bad)).toThrow(expect.objectContaining({ code: 'BAD_MODEL' }))
  })

  it('starts the log variance where it is told', () => {
    const start = model.init(history, rootKey('sv'), { start: 4 }) as VolatilityState
    expect(start.start).toBe(4)
    expect(start.chains).not.toEqual(trained.chains)
    for (const bad of [0, -1, Number.NaN])
      expect(() => model.init(history, rootKey('s'), { start: bad })).toThrow(expect.objectContaining({ code: 'BAD_START' }))
  })

  it('draws priors inside the support, with the moments of the prior', () => {
    const stream = openStream(rootKey('prior'))
    const draws = Array.from({ length: 4000 }, () => model.parametric!.drawPrior(stream))
    for (const draw of draws) expect(model.parametric!.problem(draw)).toBeNull()
    const mean = (f: (p: (typeof draws)[0]) => number) => draws.reduce((sum, p) => sum + f(p), 0) / draws.length
    expect(Math.abs(mean(p => p.mu))).toBeLessThan((4 * 3) / Math.sqrt(4000))
    expect(Math.abs(mean(p => (p.phi + 1) / 2) - 20 / 21.5)).toBeLessThan((4 * 0.054) / Math.sqrt(4000))
    expect(Math.abs(mean(p => p.sigma) - Math.sqrt(2 / Math.PI))).toBeLessThan((4 * 0.603) / Math.sqrt(4000))
  })
})

describe('between trainings, stochastic volatility', () => {
  const later = model.parametric!.simulate(truth, 15, openStream(rootKey('later')))
  let state = model.copy(trained)
  later.forEach((ret, day) => {
    state = model.update(state, ret, key(day)) as VolatilityState
  })
  const moved = state as VolatilityState

  it('filters every draw as if all returns had been filtered at once, and weighs it by what it said of them', () => {
    expect(moved.rejuvenated).toBeNull()
    const all = Float64Array.from([...history, ...later])
    let compared = 0
    const gains = Array.from(moved.draws.mu, (_, k) => {
      const params = paramsOf(moved.draws, k)
      const { logLikelihood: whole, state: filtered } = filterVolatility(params, all)
      if (filtered!.grid.points === moved.draws.grids[k].points) {
        compared++
        for (let j = 0; j < filtered!.density.length; j++)
          expect(moved.draws.densities[k][j]).toBeCloseTo(filtered!.density[j], 9)
      }
      return whole - filterVolatility(params, history).logLikelihood
    })
    expect(compared).toBeGreaterThan(100)
    const top = Math.max(...gains)
    const total = gains.reduce((sum, gain) => sum + Math.exp(gain - top), 0)
    gains.forEach((gain, k) => {
      expect(Math.exp(moved.draws.logWeights[k])).toBeCloseTo(Math.exp(gain - top) / total, 8)
    })
  })

  it('renews its draws when a shock leaves few of them with weight, and says so', () => {
    let shaken = model.copy(trained) as VolatilityState
    let said: string | undefined
    for (let day = 0; day < 12 && said === undefined; day++) {
      shaken = model.update(shaken, day % 2 === 0 ? 15 : 0.01, key(`shock ${day}`)) as VolatilityState
      said = model.rejuvenation!(shaken)
    }
    expect(said).toMatch(/^effective sample size \d+ of 150 draws: resampled, \d+ % moved/)
    const { mu, logWeights } = shaken.draws
    expect(new Set(mu).size).toBeGreaterThan(75)
    expect(logWeights.every(w => w === logWeights[0])).toBe(true)
    expect(parseForecast(model.forecast(shaken, levels), levels).ok).toBe(true)
  })

  it('forecasts the mixture over draws and log variances: the plain double sum gives each level, shortfall and symmetry', () => {
    for (const each of [trained, moved]) {
      const parts = components(each)
      const { quantiles, shortfalls } = model.forecast(each, levels)
      const cdf = (x: number) => parts.reduce((sum, { weight, sd }) => sum + weight * normalCdf(x / sd), 0)
      for (const level of [0.001, 0.01, 0.05, 0.25, 0.4]) {
        const q = quantiles[studyGrid.indexOf(level)]
        expect(Math.abs(cdf(q) / level - 1), `level ${level}`).toBeLessThan(1e-7)
        expect(quantiles[studyGrid.length - 1 - studyGrid.indexOf(level)]).toBeCloseTo(-q, 8)
      }
      expect(quantiles[studyGrid.indexOf(0.5)]).toBe(0)
      riskLevels.forEach((level, i) => {
        const q = quantiles[studyGrid.indexOf(level)]
        const mean = parts.reduce((sum, { weight, sd }) => sum + weight * sd * Math.exp(-0.5 * (q / sd) ** 2), 0)
        expect(Math.abs(shortfalls[i] / (mean / Math.sqrt(2 * Math.PI) / level) - 1)).toBeLessThan(1e-6)
      })
    }
  })

  it('simulates paths whose first day has the forecast’s distribution, and whose volatility moves on', () => {
    const paths = model.simulate!(trained, 20, 20_000, key('paths'))
    const first = Float64Array.from({ length: 20_000 }, (_, i) => paths[20 * i])
    const { quantiles } = model.forecast(trained, levels)
    for (const level of [0.01, 0.05, 0.5, 0.95]) {
      const below = first.filter(ret => ret <= quantiles[studyGrid.indexOf(level)]).length
      expect(Math.abs(below - 20_000 * level)).toBeLessThan(4 * Math.sqrt(20_000 * level * (1 - level)))
    }
    expect(model.simulate!(trained, 20, 100, key('paths'))).toEqual(paths.slice(0, 2000))
    expect(paths.every(Number.isFinite)).toBe(true)
  })

  it('pools: with equal beliefs nothing moves, with a peer’s the weights move towards it, from afar the draws are renewed', () => {
    const own = model.posterior(trained)
    const weights = Float64Array.of(0.5, 0.5)
    const same = model.assimilate!(model.copy(trained), [own], weights, key('same'))
    expect(same.state.draws).toEqual(trained.draws)
    const belief = model.belief!(trained)
    if (belief.kind !== 'gaussian') throw new Error('a Gaussian belief')
    const shift = (sds: number) => ({
      ...own,
      belief: { ...belief, mean: belief.mean.map((m, i) => m + (i === 0 ? sds : 0) * Math.sqrt(belief.covariance[4 * i])) },
    })
    for (const sds of [1, 30]) {
      const { state: pooled, paretoK } = model.assimilate!(model.copy(trained), [shift(sds)], weights, key('peer'))
      const after = model.belief!(pooled)
      if (after.kind !== 'gaussian') throw new Error('a Gaussian belief')
      expect(after.mean[0]).toBeGreaterThan(belief.mean[0])
      expect(paretoK! > 0.7).toBe(sds === 30)
      expect(parseForecast(model.forecast(pooled, levels), levels).ok).toBe(true)
    }
  })
})

describe('on series that it was not made for, stochastic volatility', () => {
  const stream = openStream(rootKey('bad series'))
  const usual = sp500Returns().slice(3000, 3090)
  let level = 0
  const series: { [name: string]: Float64Array } = {
    'a giant outlier': usual.map((r, i) => (i === 60 ? -60 : r)),
    'an outlier of a million percent': usual.map((r, i) => (i === 60 ? 1e6 : r)),
    'a long run of exact zeros': usual.map((r, i) => (i > 40 && i < 60 ? 0 : r)),
    'every other return an exact zero': usual.map((r, i) => (i % 2 === 0 ? 0 : r)),
    'returns that hardly vary': usual.map(r => 0.3 + 1e-6 * r),
    'an integrated series': usual.map(() => {
      level += drawNormal(stream)
      return level
    }),
    'returns in a small unit': usual.map(r => 1e-2 * r),
  }
  for (const [name, returns] of Object.entries(series)) {
    it(`fits and forecasts without NaN, and goes on: ${name}`, () => {
      let state = model.init(returns, key(name)) as VolatilityState
      for (const ret of [0, -8, 3]) state = model.update(state, ret, key(ret)) as VolatilityState
      const parsed = parseForecast(model.forecast(state, levels), levels)
      expect(parsed.ok ? '' : parsed.reason).toBe('')
      const { draws, method, fallback } = model.posterior(state)
      for (const chains of Object.values(draws)) for (const chain of chains) expect(chain.every(Number.isFinite)).toBe(true)
      expect(method.startsWith('independence Metropolis-Hastings') || fallback !== undefined).toBe(true)
    })
  }
})
