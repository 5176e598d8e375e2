import { describe, expect, it } from 'vitest'
import { childKey, rootKey } from '../../src/base/index.js'
import { normalCdf, normalQuantile, studentTQuantile } from '../../src/distributions/index.js'
import { type LogDensity, mcseMean, rhat, type Sample, sampleDensity } from '../../src/inference/index.js'
import { gammaincinv } from '../../src/math/index.js'

interface Target {
  name: string
  d: number
  f: LogDensity
  start?: number
  /** Mean and quantile function of each coordinate's marginal. */
  mean: number
  quantile: (p: number) => number
  fallback?: RegExp
  /** Where another proposal than the split t serves. */
  method?: RegExp
}

const sum = (x: Float64Array, term: (v: number) => number): number => x.reduce((s, v) => s + term(v), 0)

/** Stationary AR(1) with correlation `rho` between neighbours: every marginal is standard normal. */
const correlated =
  (rho: number): LogDensity =>
  x => {
    let s = x[0] * x[0]
    for (let i = 1; i < x.length; i++) s += ((x[i] - rho * x[i - 1]) * (x[i] - rho * x[i - 1])) / (1 - rho * rho)
    return -0.5 * s
  }

/** log of a Gamma(a, 1) variate: skewed to the left. */
const logGamma = (a: number, d: number): Target => ({
  name: `skewed: log of a Gamma(${a}), dimension ${d}`,
  d,
  f: x => sum(x, v => a * v - Math.exp(v)),
  // digamma(2) = 1 - Euler's constant.
  mean: 1 - 0.5772156649015329,
  quantile: p => Math.log(gammaincinv(p, a)),
})

const studentT = (nu: number, d: number, fallback?: RegExp): Target => ({
  name: `heavy-tailed: Student-t of ${nu}, dimension ${d}`,
  d,
  f: x => -0.5 * (nu + d) * Math.log1p(sum(x, v => v * v) / nu),
  mean: 0,
  quantile: p => studentTQuantile(p, nu),
  ...(fallback === undefined ? {} : { fallback }),
})

const hills = (gap: number): Target => ({
  name: `bimodal: hills ${gap} standard deviations apart`,
  d: 1,
  start: -1,
  f: ([x]) => Math.log(Math.exp(-0.5 * x * x) + Math.exp(-0.5 * (x - gap) * (x - gap))),
  mean: gap / 2,
  quantile: p => bisect(x => (normalCdf(x) + normalCdf(x - gap)) / 2 - p, -9, gap + 9),
})

function bisect(f: (x: number) => number, low: number, high: number): number {
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2
    if (f(middle) < 0) low = middle
    else high = middle
  }
  return low
}

const targets: Target[] = [
  ...[1, 2, 3, 4, 5].map(d => ({
    name: `Gaussian, correlated .9, dimension ${d}`,
    d,
    f: correlated(0.9),
    mean: 0,
    quantile: normalQuantile,
  })),
  ...[1, 2, 3, 4, 5].map(d => logGamma(2, d)),
  studentT(5, 1),
  studentT(5, 2),
  studentT(5, 5),
  studentT(3, 2),
  studentT(2, 1, /Pareto k-hat .* exceeds 0.7/),
  hills(3),
  hills(5),
  { ...hills(6), method: /Student-t kernels .* beside a split-t proposal/ },
  {
    name: 'an edge: exponential',
    d: 1,
    f: ([x]) => (x > 0 ? -x : Number.NEGATIVE_INFINITY),
    start: 1,
    mean: 1,
    quantile: p => -Math.log1p(-p),
    fallback: /no mode/,
  },
  {
    name: 'flat on a box',
    d: 2,
    f: x => (x.every(v => v > 0 && v < 1) ? 0 : Number.NEGATIVE_INFINITY),
    start: 0.4,
    mean: 0.5,
    quantile: p => p,
    fallback: /no mode/,
  },
  {
    name: 'a start outside the support',
    d: 1,
    f: ([x]) => (x > 0 && x < 1 ? 0 : Number.NEGATIVE_INFINITY),
    start: -3,
    mean: 0.5,
    quantile: p => p,
    fallback: /no mode/,
  },
  { name: 'a start far from everything', d: 2, f: correlated(0.5), start: 500, mean: 0, quantile: normalQuantile },
  {
    name: 'a cusp: Laplace',
    d: 1,
    f: ([x]) => -Math.abs(x),
    start: 0.8,
    mean: 0,
    quantile: p => (p < 0.5 ? Math.log(2 * p) : -Math.log(2 - 2 * p)),
    method: /Student-t kernels/,
  },
]

const draw = ({ d, f, start = 0.5 }: Target, seed: string): Sample =>
  sampleDensity(
    f,
    { start: new Float64Array(d).fill(start), scales: new Float64Array(d).fill(1), chains: 4, draws: 600, essTarget: 400 },
    childKey(rootKey('sample'), seed),
  )

describe('sampling a density', () => {
  for (const target of targets) {
    it(`finds mean and quantiles within four Monte Carlo standard errors: ${target.name}`, () => {
      const { draws, method, paretoK, fallback } = draw(target, target.name)
      expect(draws).toHaveLength(target.d)
      for (const chains of draws) {
        expect(chains).toHaveLength(4)
        expect(chains.every(chain => chain.every(Number.isFinite))).toBe(true)
        expect(rhat(chains)).toBeLessThan(1.02)
        const all = chains.flatMap(chain => [...chain])
        expect(Math.abs(all.reduce((a, b) => a + b) / all.length - target.mean) / mcseMean(chains)).toBeLessThan(4)
        for (const p of [0.05, 0.25, 0.5, 0.75, 0.95]) {
          const q = target.quantile(p)
          const isBelow = chains.map(chain => chain.map(x => (x <= q ? 1 : 0)))
          const share = all.filter(x => x <= q).length / all.length
          expect(Math.abs(share - p) / mcseMean(isBelow), `quantile ${p}`).toBeLessThan(4)
        }
      }
      if (target.fallback === undefined) {
        expect(fallback).toBeUndefined()
        expect(method).toMatch(target.method ?? /independence Metropolis-Hastings from a split-t proposal/)
        expect(paretoK).toBeLessThan(0.7)
      } else {
        expect(fallback).toMatch(target.fallback)
        expect(method).toMatch(/adaptive random-walk/)
        expect(paretoK).toBeUndefined()
      }
    })
  }

  it('has the right spread to a hundredth, when there are draws enough to tell', () => {
    // An acceptance ratio that is slightly wrong makes the draws slightly too wide or too narrow.
    const target = targets[1]
    const plan = {
      start: new Float64Array(2).fill(0.5),
      scales: new Float64Array(2).fill(1),
      chains: 4,
      draws: 40_000,
      essTarget: 400,
    }
    const { draws, fallback } = sampleDensity(target.f, plan, rootKey('spread'))
    expect(fallback).toBeUndefined()
    for (const chains of draws) {
      const squares = chains.map(chain => chain.map(x => x * x))
      const found = squares.reduce((sum, chain) => sum + chain.reduce((x, y) => x + y), 0) / (4 * squares[0].length)
      expect(mcseMean(squares)).toBeLessThan(0.007)
      expect(Math.abs(found - 1) / mcseMean(squares)).toBeLessThan(4)
    }
  })

  it('may be asked to watch other quantities than its coordinates: they converge, and the draws stay coordinates', () => {
    const f = correlated(0)
    const plan = { start: Float64Array.of(0.5), scales: Float64Array.of(1), chains: 4, draws: 100, essTarget: 300 }
    const asked: number[] = []
    const monitor = (x: Float64Array): Float64Array => {
      asked.push(x[0])
      return Float64Array.of(x[0] * x[0], Math.exp(x[0]))
    }
    const { draws } = sampleDensity(f, { ...plan, monitor }, rootKey('monitor'))
    expect(draws).toHaveLength(1)
    expect(asked).toContain(draws[0][0][0])
    for (const map of [(x: number) => x * x, Math.exp]) expect(rhat(draws[0].map(chain => chain.map(map)))).toBeLessThan(1.01)
  })

  it('is a pure function of the key, for both samplers', () => {
    for (const target of [targets[2], targets[18]]) {
      expect(draw(target, 'a')).toEqual(draw(target, 'a'))
      expect(draw(target, 'a').draws[0][0]).not.toEqual(draw(target, 'b').draws[0][0])
      expect(draw(target, 'a').draws[0][0]).not.toEqual(draw(target, 'a').draws[0][1])
    }
  })

  it('leaves the plan alone', () => {
    const plan = { start: Float64Array.of(0.5), scales: Float64Array.of(1), chains: 2, draws: 200, essTarget: 50 }
    const before = structuredClone(plan)
    sampleDensity(correlated(0), plan, rootKey('plan'))
    expect(plan).toEqual(before)
  })

  it('gives as many chains and draws as asked, more when the target of effective draws needs them', () => {
    const plan = { start: Float64Array.of(0.1), scales: Float64Array.of(1), chains: 3, draws: 100, essTarget: 1000 }
    const { draws } = sampleDensity(correlated(0), plan, rootKey('more'))
    expect(draws[0]).toHaveLength(3)
    expect(draws[0][0].length).toBeGreaterThan(300)
    expect((draws[0][0].length - 100) % 50).toBe(0)
  })

  it('on a density that is positive nowhere it ends, and says that it failed', () => {
    const { fallback } = draw({ name: '', d: 1, f: () => Number.NEGATIVE_INFINITY, mean: 0, quantile: p => p }, 'nowhere')
    expect(fallback).toMatch(/no mode was found; R-hat NaN/)
  })
})
