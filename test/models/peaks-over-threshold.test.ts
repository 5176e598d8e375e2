import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { childKey, openStream, rootKey } from '../../src/base/index.js'
import { drawGeneralisedPareto, drawNormal, generalisedParetoSurvival } from '../../src/distributions/index.js'
import { riskLevels, studyGrid } from '../../src/forecast/index.js'
import { drawTailPrior, fitGeneralisedPareto, peaksOverThreshold, fit as posteriorOf } from '../../src/models/index.js'
import { type TailComponent, tailMixtureCdf, tailMixtureForecast } from '../../src/models/tails/tail-mixture.js'
import { simulateGarch } from './data.js'

interface Reference {
  readonly exceedances: number[]
  readonly mean: [number, number]
  readonly sd: [number, number]
  readonly upper10: number
  readonly prior: { [name: string]: number }
}

const { posteriors } = JSON.parse(readFileSync(join(__dirname, '../fixtures/generalised-pareto.json'), 'utf8')) as {
  posteriors: Reference[]
}
const levels = { levels: studyGrid, riskLevels }
const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0) / values.length
const refusal = (code: string) => expect.objectContaining({ name: 'SwarmvarError', code })
const normals = (count: number, seed: string): Float64Array => {
  const stream = openStream(rootKey(seed))
  return Float64Array.from({ length: count }, () => drawNormal(stream))
}
const market = simulateGarch({ mu: 0.05, omega: 0.05, alpha: 0.12, beta: 0.85, nu: 5 }, 1000, 'peaks')

describe('the posterior of a generalised Pareto tail', () => {
  it('has the moments and the predictive quantile of a fine grid', () => {
    for (const { exceedances, mean: centre, sd, upper10, prior } of posteriors) {
      const { draws, paretoK, fallback } = fitGeneralisedPareto(exceedances, prior, rootKey('grid'), { draws: 3000 })
      expect(fallback).toBeUndefined()
      expect(paretoK).toBeLessThan(0.7)
      const [xi, sigma] = [draws.xi, draws.sigma].map(chains => chains.flatMap(chain => [...chain]))
      for (const [values, i] of [
        [xi, 0],
        [sigma, 1],
      ] as const) {
        const found = mean(values)
        expect(Math.abs(found - centre[i]) / sd[i]).toBeLessThan(0.06)
        expect(Math.abs(Math.sqrt(mean(values.map(v => (v - found) * (v - found)))) / sd[i] - 1)).toBeLessThan(0.06)
      }
      const beyond = mean(xi.map((x, i) => generalisedParetoSurvival(upper10, x, sigma[i])))
      expect(Math.abs(beyond / 0.1 - 1)).toBeLessThan(0.02)
    }
  })

  it('is the prior when nothing exceeds, stays proper for exceedances of 0, and learns where there are many', () => {
    const stream = openStream(rootKey('prior'))
    const prior = Array.from({ length: 4000 }, () => drawTailPrior(undefined, stream))
    const none = fitGeneralisedPareto([], undefined, rootKey('none'), { draws: 1000 })
    expect(Math.abs(mean(none.draws.xi.map(mean)) - mean(prior.map(({ xi }) => xi)))).toBeLessThan(0.02)
    expect(Math.abs(mean(none.draws.sigma.map(c => mean(c.map(Math.log)))) - Math.log(0.5))).toBeLessThan(0.1)
    const zeros = fitGeneralisedPareto(new Float64Array(5), undefined, rootKey('zeros'))
    expect(zeros.draws.sigma.flatMap(chain => [...chain]).every(s => s > 0 && Number.isFinite(s))).toBe(true)
    const draws = openStream(rootKey('many'))
    const many = fitGeneralisedPareto(
      Float64Array.from({ length: 3000 }, () => drawGeneralisedPareto(draws, 0.25, 0.7)),
      undefined,
      rootKey('many'),
    )
    expect(Math.abs(mean(many.draws.xi.map(mean)) - 0.25)).toBeLessThan(0.08)
    expect(Math.abs(mean(many.draws.sigma.map(mean)) - 0.7)).toBeLessThan(0.07)
  })

  it('refuses what are no exceedances, and priors without mass where shapes may lie', () => {
    for (const bad of [[1, -0.1], [Number.NaN], [Number.POSITIVE_INFINITY], null as never])
      expect(() => fitGeneralisedPareto(bad, undefined, rootKey('bad'))).toThrow(refusal('BAD_EXCEEDANCES'))
    expect(() => fitGeneralisedPareto([1], { shapeMean: 5 }, rootKey('bad'))).toThrow(refusal('BAD_MODEL'))
    expect(() => fitGeneralisedPareto([1], { shape: 0 }, rootKey('bad'))).toThrow(refusal('BAD_MODEL'))
  })
})

describe('a mixture of tails', () => {
  const body = normals(400, 'body').map(Math.abs).sort()
  const component = (weight: number, location: number, scale: number, threshold: number, shapes: number[]): TailComponent => ({
    weight,
    location,
    scale,
    threshold,
    fraction: 0.1,
    shapes: Float64Array.from(shapes),
    scales: Float64Array.of(0.5, 0.7, 0.6),
    body: body.map(z => z - threshold + 1e-9),
  })
  const mixture = [component(0.5, 0.1, 1, 1.3, [0.1, 0.3, -0.3]), component(0.5, -0.2, 1.4, 1.1, [0, 0.5, 0.2])]
  const grid = Float64Array.of(1e-7, 1e-4, 0.001, 0.01, 0.05, 0.09, 0.1, 0.11, 0.2, 0.5, 0.9)

  it('has quantiles that are the least points to reach their levels', () => {
    const { quantiles } = tailMixtureForecast(mixture, grid, new Float64Array(0))
    quantiles.forEach((q, i) => {
      const step = 1e-9 * (1 + Math.abs(q))
      expect(tailMixtureCdf(mixture, q + step)).toBeGreaterThanOrEqual(grid[i])
      expect(tailMixtureCdf(mixture, q - step)).toBeLessThanOrEqual(grid[i])
    })
  })

  it('has the shortfalls of its quantile function: their mean below the level', () => {
    const risk = Float64Array.of(0.01, 0.05, 0.1, 0.3)
    const { shortfalls } = tailMixtureForecast(mixture, risk, risk)
    // The integral of the quantile function from 0 to p by Gauss-Legendre's midpoints in u = p v^6: heavy tails have no mass there.
    const steps = 4000
    risk.forEach((p, j) => {
      const v = Float64Array.from({ length: steps }, (_, i) => (i + 0.5) / steps)
      const at = v.map(x => p * x ** 6)
      const { quantiles } = tailMixtureForecast(mixture, at, new Float64Array(0))
      const integral = quantiles.reduce((sum, q, i) => sum + (q * p * 6 * v[i] ** 5) / steps, 0)
      expect(Math.abs(-integral / p / shortfalls[j] - 1)).toBeLessThan(2e-5)
    })
  })

  it('with an empty body or a tail that ends still answers', () => {
    const odd = [{ ...mixture[0], weight: 1, body: new Float64Array(0), shapes: Float64Array.of(-0.4, -0.45, -0.2) }]
    const { quantiles, shortfalls } = tailMixtureForecast(odd, grid, Float64Array.of(0.01, 0.5))
    for (const x of [...quantiles, ...shortfalls]) expect(Number.isFinite(x)).toBe(true)
    expect(quantiles[quantiles.length - 1]).toBe(0.1 - 1.3)
  })
})

describe('conditional extreme value theory', () => {
  it('reports filter and tail with their diagnostics, and that the posterior is a cut one', () => {
    const found = posteriorOf(peaksOverThreshold(), market, { seed: 'peaks' })
    expect(found.names).toEqual(['mu', 'omega', 'alpha', 'beta', 'xi', 'sigma'])
    expect(found.method).toMatch(/cut posterior/)
    expect(found.paretoK).toBeLessThan(0.7)
    for (const { name, rhat } of found.summary) expect(rhat, name).toBeLessThan(1.015)
    const { xi, sigma } = Object.fromEntries(found.summary.map(row => [row.name, row]))
    // Student-t errors with 5 degrees of freedom have shape 1/5 far out; at a tenth of them it is nearer 0.
    expect(xi.mean).toBeGreaterThan(-0.25)
    expect(xi.mean).toBeLessThan(0.4)
    expect(sigma.sd).toBeGreaterThan(0.02)
  })

  it('has a VaR and ES near the truth of simulated returns', () => {
    const model = peaksOverThreshold()
    const ratios = [0, 1].map(i => {
      const normal = normals(1000, `truth ${i}`)
      const forecast = model.forecast(model.init(normal, rootKey('truth')), levels)
      return [forecast.quantiles[studyGrid.indexOf(0.01)] / -2.326, forecast.shortfalls[0] / 2.665]
    })
    for (const k of [0, 1]) expect(Math.abs(mean(ratios.map(row => row[k])) - 1)).toBeLessThan(0.1)
  })

  it('simulates paths whose first day is the forecast', () => {
    const model = peaksOverThreshold()
    const state = model.init(market, rootKey('paths'))
    const count = 20_000
    const paths = model.simulate!(state, 2, count, rootKey('paths'))
    const forecast = model.forecast(state, levels)
    const first = Float64Array.from({ length: count }, (_, i) => paths[2 * i])
    for (const level of [0.0025, 0.01, 0.05, 0.1, 0.5, 0.95]) {
      const q = forecast.quantiles[studyGrid.indexOf(level)]
      const below = first.filter(r => r <= q).length / count
      expect(Math.abs(below - level), `${level}`).toBeLessThan(4.5 * Math.sqrt((level * (1 - level)) / count))
    }
    expect(model.simulate!(state, 2, count, rootKey('paths'))).toEqual(paths)
  })

  it('updates, and learns new tails when the filter’s draws are moved', () => {
    const model = peaksOverThreshold()
    let state = model.init(market.slice(0, 600), rootKey('move'))
    const before = state.tails
    state = model.update(state, 0.1, rootKey('calm'))
    expect(model.rejuvenation!(state)).toBeUndefined()
    expect(state.tails).toBe(before)
    let moved: string | undefined
    for (let day = 0; day < 20 && moved === undefined; day++) {
      state = model.update(state, day % 2 === 0 ? -9 : 8, childKey(rootKey('wild'), day))
      moved = model.rejuvenation!(state)
    }
    expect(moved).toMatch(/effective of 60 draws/)
    expect(state.tails).not.toEqual(before)
    const { names, draws } = model.posterior(state)
    for (const name of names) expect(draws[name].map(chain => chain.length)).toEqual([60])
  })

  it('takes tail fractions and priors that make sense, and refuses others by name', () => {
    const model = peaksOverThreshold({ shapeMean: 0.2, omegaScale: 2 }, { tailFraction: 0.2 })
    const forecast = model.forecast(model.init(market.slice(0, 300), rootKey('fraction')), levels)
    expect([...forecast.quantiles].every(Number.isFinite)).toBe(true)
    for (const tailFraction of [0, 0.005, 0.6, Number.NaN])
      expect(() => peaksOverThreshold({}, { tailFraction })).toThrow(refusal('BAD_MODEL'))
    for (const prior of [{ nuShape: 2 }, { shapeSd: 0 }, { xi: 0.1 }])
      expect(() => peaksOverThreshold(prior)).toThrow(refusal('BAD_MODEL'))
    expect(() => peaksOverThreshold({}, { tailFraction: 0.05 }).init(market.slice(0, 80), rootKey('few'))).toThrow(
      refusal('TOO_FEW_RETURNS'),
    )
  })

  const walk = normals(120, 'walk')
  walk.forEach((z, i) => {
    walk[i] = i === 0 ? z : walk[i - 1] + z
  })
  const outlier = (size: number): Float64Array => normals(120, 'outlier').map((z, i) => (i === 60 ? size : z))
  it.each<[string, Float64Array, number[]]>([
    ['one return of a million', outlier(1e6), [0.1]],
    ['one return of minus a million', outlier(-1e6), [0.1]],
    ['returns that are all but constant', new Float64Array(120).map((_, i) => (i === 73 ? 0.4 : 0)), [0.1]],
    ['returns of the size of 1e-7', normals(120, 'tiny').map(z => 1e-7 * z), [0.1]],
    ['an integrated series', walk, [0.1]],
    ['fifty returns', normals(50, 'fifty'), [-1e6, 0.1]],
  ])('%s: a finite forecast, also the day after', (_, history, later) => {
    const model = peaksOverThreshold()
    let state = model.init(history, rootKey('awkward'), { chains: 2, draws: 200 })
    for (const ret of [null, ...later]) {
      if (ret !== null) state = model.update(state, ret, rootKey('next'))
      const { quantiles, shortfalls } = model.forecast(state, levels)
      for (const x of [...quantiles, ...shortfalls]) expect(Number.isFinite(x)).toBe(true)
      shortfalls.forEach((es, i) => {
        expect(es).toBeGreaterThanOrEqual(-quantiles[studyGrid.indexOf(riskLevels[i])] * (1 - 1e-9) - 1e-12)
      })
    }
  })
})
