import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { childKey, openStream, rootKey } from '../../src/base/index.js'
import { drawNormal } from '../../src/distributions/index.js'
import { riskLevels, studyGrid } from '../../src/forecast/index.js'
import { runChains, summarise } from '../../src/inference/index.js'
import { exp } from '../../src/math/index.js'
import { filteredProbabilities, markovSwitching, fit as posteriorOf, smoothedProbabilities } from '../../src/models/index.js'
import { regimeGibbs } from '../../src/models/regimes/gibbs.js'
import { observed } from '../../src/models/regimes/likelihood.js'
import { fromPoint, pointLength, pointOf, type Regimes, toPoint, valuesOf } from '../../src/models/regimes/point.js'
import { filteredAt, regimeTarget } from '../../src/models/regimes/posterior.js'
import { drawRegimePrior, regimeLogPrior, regimePrior } from '../../src/models/regimes/prior.js'

const { posterior } = JSON.parse(readFileSync(join(__dirname, '../fixtures/regimes.json'), 'utf8')) as {
  posterior: { returns: number[]; mean: number[]; sd: number[]; names: string[] }
}
const levels = { levels: studyGrid, riskLevels }
const two = { mu: 0.05, sigma1: 0.6, sigma2: 1.9, p11: 0.97, p22: 0.92 }
const three = {
  mu: 0.05,
  sigma1: 0.4,
  sigma2: 0.9,
  sigma3: 2.6,
  p11: 0.96,
  p22: 0.95,
  p33: 0.92,
  p12: 0.03,
  p21: 0.03,
  p31: 0.02,
}
const simulated = (params: { [name: string]: number }, days: number, seed: string): Float64Array =>
  markovSwitching(undefined, { regimes: 'p33' in params ? 3 : 2 }).parametric!.simulate(params, days, openStream(rootKey(seed)))
const normals = (days: number, seed: string): Float64Array => {
  const stream = openStream(rootKey(seed))
  return Float64Array.from({ length: days }, () => drawNormal(stream))
}
const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0) / values.length

describe('the posterior of Markov-switching volatility', () => {
  it('has the moments that weighted draws of the prior give, by either sampler', () => {
    const history = Float64Array.from(posterior.returns)
    const independent = posteriorOf(markovSwitching(), history, { seed: 'reference', draws: 1500 })
    expect(independent.fallback).toBeUndefined()
    independent.summary.forEach(({ mean: found, sd, rhat }, i) => {
      expect(rhat).toBeLessThan(1.01)
      expect(Math.abs(found - posterior.mean[i]) / posterior.sd[i], posterior.names[i]).toBeLessThan(0.1)
      expect(Math.abs(sd / posterior.sd[i] - 1)).toBeLessThan(0.1)
    })
    const prior = regimePrior(undefined)
    const stream = openStream(rootKey('starts'))
    const { draws } = runChains(
      regimeGibbs(2, prior, history, regimeTarget(2, prior, observed(history))),
      {
        starts: [0, 1].map(() => fromPoint(2, drawRegimePrior(prior, 2, stream))),
        warmup: [300, 300],
        draws: 4000,
        furtherDraws: 1,
        blocksMax: 1,
        essTarget: 1,
      },
      rootKey('gibbs'),
    )
    const point = new Float64Array(pointLength(2))
    const rows = draws[0].flatMap((chain, c) =>
      Array.from(chain, (_, i) => {
        toPoint(
          2,
          Float64Array.from(draws, column => column[c][i]),
          point,
        )
        return valuesOf(2, point)
      }),
    )
    posterior.mean.forEach((expected, i) => {
      const found = mean(rows.map(row => row[i]))
      expect(Math.abs(found - expected) / posterior.sd[i], `Gibbs ${posterior.names[i]}`).toBeLessThan(0.1)
    })
  })

  it('has a prior density, Jacobians and ordering included, that integrates to one in the sampler’s coordinates', () => {
    for (const [regimes, spec] of [
      [2, undefined],
      [2, { stayWeight: 8, moveWeight: 2, varianceShape: 3, varianceScale: 2, muMean: 0.3, muSd: 0.5 }],
      [3, { varianceShape: 3, moveWeight: 2 }],
    ] as const) {
      const prior = regimePrior(spec)
      const logPrior = regimeLogPrior(prior, regimes)
      const stream = openStream(rootKey('prior'))
      const points = Array.from({ length: 20_000 }, () => drawRegimePrior(prior, regimes, stream))
      const rows = points.map(point => fromPoint(regimes, point))
      const d = rows[0].length
      const centre = Array.from({ length: d }, (_, i) => rows.map(row => row[i]).sort((a, b) => a - b)[rows.length >> 1])
      const width = centre.map((c, i) => 0.7 * Math.sqrt(mean(rows.map(row => Math.min(1, (row[i] - c) * (row[i] - c))))))
      // For a density g inside the support the mean of g / p over draws of p is 1.
      const ratios = rows.map((row, k) => {
        let logG = 0
        row.forEach((x, i) => {
          const z = (x - centre[i]) / width[i]
          logG -= 0.5 * z * z + Math.log(width[i]) + 0.5 * Math.log(2 * Math.PI)
        })
        return exp(logG - logPrior(row, points[k]))
      })
      const average = mean(ratios)
      const error = Math.sqrt(mean(ratios.map(r => (r - average) * (r - average))) / ratios.length)
      expect(error).toBeLessThan(0.05)
      expect(Math.abs(average - 1)).toBeLessThan(4 * error)
    }
  })

  it('of returns of one regime is found by the fallback, which is named', () => {
    const found = posteriorOf(markovSwitching(), normals(500, 'one regime'), { seed: 'one' })
    expect(found.fallback).toMatch(/no mode|Pareto k-hat|R-hat/)
    expect(found.method).toMatch(/Gibbs/)
    for (const { rhat } of found.summary) expect(rhat).toBeLessThan(1.02)
  })
})

describe('Markov-switching volatility as a model of its own', () => {
  it('has a score of mean zero at the truth: simulate and logLikelihood share their conventions', () => {
    for (const truth of [two, three] as { [name: string]: number }[]) {
      const { names, logLikelihood } = markovSwitching(undefined, { regimes: 'p33' in truth ? 3 : 2 }).parametric!
      const worlds = Array.from({ length: 300 }, (_, i) => simulated(truth, 60, `score ${i}`))
      for (const name of names) {
        const h = 1e-4 * truth[name]
        const scores = worlds.map(
          returns =>
            (logLikelihood({ ...truth, [name]: truth[name] + h }, returns) -
              logLikelihood({ ...truth, [name]: truth[name] - h }, returns)) /
            (2 * h),
        )
        const average = mean(scores)
        const sd = Math.sqrt(mean(scores.map(s => (s - average) * (s - average))))
        expect(Math.abs(average) / (sd / Math.sqrt(scores.length)), name).toBeLessThan(3.5)
      }
    }
  })

  it('draws priors that it finds no problem with, and refuses parameters that are none', () => {
    for (const regimes of [2, 3] as const) {
      const { drawPrior, problem, simulate, logLikelihood } = markovSwitching(undefined, { regimes }).parametric!
      const stream = openStream(rootKey('prior'))
      for (let i = 0; i < 200; i++) expect(problem(drawPrior(stream))).toBeNull()
      const good: { [name: string]: number } = regimes === 2 ? two : three
      for (const bad of [
        { sigma1: 0 },
        { sigma1: 3 },
        { p11: 1 },
        { p22: Number.NaN },
        { mu: Number.POSITIVE_INFINITY },
        { p11: -0.1 },
      ] as { [name: string]: number }[]) {
        const params: { [name: string]: number } = { ...good, ...bad }
        expect(typeof problem(params)).toBe('string')
        expect(() => simulate(params, 5, stream)).toThrow(expect.objectContaining({ code: 'BAD_PARAMETERS' }))
        expect(() => logLikelihood(params, Float64Array.of(1, 2))).toThrow(expect.objectContaining({ code: 'BAD_PARAMETERS' }))
      }
    }
    for (const regimes of [1, 4, 2.5]) expect(() => markovSwitching(undefined, { regimes })).toThrow('2 or 3')
  })

  it('simulates paths whose first day is the forecast and whose volatility persists', () => {
    const model = markovSwitching()
    const state = model.init(simulated(two, 600, 'paths'), rootKey('paths'))
    const count = 20_000
    const paths = model.simulate!(state, 3, count, rootKey('paths'))
    const forecast = model.forecast(state, levels)
    const day = (t: number): Float64Array => Float64Array.from({ length: count }, (_, i) => paths[3 * i + t])
    for (const level of [0.01, 0.05, 0.5, 0.95]) {
      const q = forecast.quantiles[studyGrid.indexOf(level)]
      const below = day(0).filter(r => r <= q).length / count
      expect(Math.abs(below - level)).toBeLessThan(4.5 * Math.sqrt((level * (1 - level)) / count))
    }
    const centred = [0, 1].map(t => day(t).map(r => (r - two.mu) * (r - two.mu)))
    const [x, y] = centred.map(mean)
    expect(mean(centred[0].map((square, i) => (square - x) * (centred[1][i] - y)))).toBeGreaterThan(0)
    expect(model.simulate!(state, 3, count, rootKey('paths'))).toEqual(paths)
  })
})

describe('updates of Markov-switching volatility', () => {
  it('filter each draw exactly, and agree with a training on all returns', () => {
    for (const regimes of [2, 3] as Regimes[]) {
      const model = markovSwitching(undefined, { regimes })
      const history = simulated(regimes === 2 ? two : three, 700, 'update')
      let state = model.init(history.slice(0, 600), rootKey('update'))
      let moved = 0
      history.slice(600).forEach((ret, day) => {
        state = model.update(state, ret, childKey(rootKey('update'), day))
        if (model.rejuvenation!(state) !== undefined) moved++
      })
      expect(moved).toBeLessThan(10)
      const exact = filteredAt(regimes, observed(history), state.parameters, state.logWeights.length)
      state.filtered.forEach((p, i) => {
        expect(Math.abs(p - exact[i])).toBeLessThan(1e-9)
      })
      const updated = model.forecast(state, levels)
      const trained = model.forecast(model.init(history, rootKey('again')), levels)
      for (const level of riskLevels) {
        const at = studyGrid.indexOf(level)
        expect(Math.abs(updated.quantiles[at] / trained.quantiles[at] - 1)).toBeLessThan(0.05)
      }
      updated.shortfalls.forEach((es, i) => {
        expect(Math.abs(es / trained.shortfalls[i] - 1)).toBeLessThan(0.05)
      })
    }
  })

  it('resample and move the draws when a shock leaves few of them credible, and say so for that day alone', () => {
    const model = markovSwitching()
    const history = simulated(two, 600, 'shock')
    let state = model.init(history, rootKey('shock'))
    state = model.update(state, -15, rootKey('shock day'))
    expect(model.rejuvenation!(state)).toMatch(/^\d+ effective of 400 draws after 1 returns: resampled, \d+ passes of/)
    const trained = model.init(Float64Array.of(...history, -15), rootKey('after'))
    const sigma = (s: typeof state): number => -model.forecast(s, levels).quantiles[studyGrid.indexOf(0.01)]
    expect(Math.abs(sigma(state) / sigma(trained) - 1)).toBeLessThan(0.1)
    state = model.update(state, 0.1, rootKey('next day'))
    expect(model.rejuvenation!(state)).toBeUndefined()
  })
})

describe('regime probabilities', () => {
  it('sum to one, follow the simulated regimes, and are smoother with all returns than with the past alone', () => {
    const stream = openStream(rootKey('regimes'))
    const calm = Float64Array.from({ length: 300 }, () => 0.5 * drawNormal(stream))
    const wild = Float64Array.from({ length: 100 }, () => 3 * drawNormal(stream))
    const history = Float64Array.of(...calm, ...wild, ...calm)
    const state = markovSwitching().init(history, rootKey('regimes'))
    const filtered = filteredProbabilities(state)
    const smoothed = smoothedProbabilities(state)
    for (const rows of [filtered, smoothed])
      for (let t = 0; t < history.length; t++) expect(rows[0][t] + rows[1][t]).toBeCloseTo(1, 12)
    expect(mean(smoothed[1].subarray(310, 390))).toBeGreaterThan(0.98)
    expect(mean(smoothed[0].subarray(20, 280))).toBeGreaterThan(0.95)
    const roughness = (p: Float64Array): number => mean(Array.from(p.subarray(1), (x, i) => Math.abs(x - p[i])))
    expect(roughness(smoothed[1])).toBeLessThan(roughness(filtered[1]))
    expect(smoothed[1][history.length - 1]).toBeCloseTo(filtered[1][history.length - 1], 12)
  })
})

describe('awkward histories', () => {
  const walk = (seed: string): Float64Array => {
    let level = 0
    return normals(400, seed).map(z => {
      level += z
      return level
    })
  }
  const outlier = normals(400, 'outlier')
  outlier[200] = 1e6
  const negative = outlier.map(r => -r)
  const spike = new Float64Array(400)
  spike[123] = 0.4
  it.each<[string, Float64Array]>([
    ['one return of a million', outlier],
    ['one return of minus a million', negative],
    ['returns that are all but constant', spike],
    ['returns of the size of 1e-7', normals(400, 'tiny').map(z => 1e-7 * z)],
    ['an integrated series', walk('walk')],
    ['fifty returns', normals(50, 'fifty')],
  ])('%s: a finite forecast, and whatever is weaker is named', (_, history) => {
    for (const regimes of history === outlier || history === spike ? [2, 3] : [2]) {
      const model = markovSwitching(undefined, { regimes })
      const state = model.init(history, rootKey('awkward'), { chains: 2, draws: 200 })
      const { summary, fallback } = { summary: summarise(model.posterior(state)), fallback: model.fallback!(state) }
      const worst = Math.max(...summary.map(({ rhat }) => rhat))
      if (!(worst < 1.02)) expect(fallback).toMatch(/R-hat/)
      const forecast = model.forecast(state, levels)
      for (const x of [...forecast.quantiles, ...forecast.shortfalls]) expect(Number.isFinite(x)).toBe(true)
      const next = model.update(state, 1e6, rootKey('next'))
      expect([...model.forecast(next, levels).quantiles].every(Number.isFinite)).toBe(true)
    }
  })
})

describe('points', () => {
  it('go to coordinates and back', () => {
    for (const [regimes, params] of [
      [2, two],
      [3, three],
    ] as const) {
      const point = pointOf(regimes, params)
      const back = new Float64Array(point.length)
      expect(toPoint(regimes, fromPoint(regimes, point), back)).toBe(true)
      back.forEach((x, i) => {
        expect(Math.abs(x - point[i])).toBeLessThan(1e-13)
      })
    }
  })
})
