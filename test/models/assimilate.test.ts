import { describe, expect, it } from 'vitest'
import { childKey, rootKey } from '../../src/base/index.js'
import { riskLevels, studyGrid } from '../../src/forecast/index.js'
import { type Belief, type Posterior, poolBeliefs, psis } from '../../src/inference/index.js'
import { cholesky, momentsOf, solveCholesky } from '../../src/math/index.js'
import type { GarchState } from '../../src/models/garch/posterior.js'
import { filteredHistorical, garchT, type Model } from '../../src/models/index.js'
import { filterVariance, garchColumns, relativeGap, simulateGarch } from './data.js'

type Gaussian = Belief & { kind: 'gaussian' }
const gaussian = (belief: Belief): Gaussian => {
  if (belief.kind !== 'gaussian') throw new Error('a Gaussian belief')
  return belief
}
const peer = (belief: Belief): Posterior => ({ names: [], draws: {}, method: 'told', belief })
const key = (label: string | number) => childKey(rootKey('assimilate'), label)

const history = simulateGarch({ mu: 0.05, omega: 0.05, alpha: 0.1, beta: 0.85, nu: 6 }, 500, 'assimilate')
const later = simulateGarch({ mu: 0.05, omega: 0.05, alpha: 0.1, beta: 0.85, nu: 6 }, 10, 'assimilate later')

const models: { model: Model; garchOf: (state: unknown) => GarchState }[] = [
  { model: garchT() as Model, garchOf: state => state as GarchState },
  { model: filteredHistorical() as Model, garchOf: state => (state as { filter: GarchState }).filter },
]

for (const { model, garchOf } of models) {
  describe(`pooling what peers believe into ${model.name}`, () => {
    let trained = model.init(history, key('train'))
    later.forEach((ret, day) => {
      trained = model.update(trained, ret, key(day))
    })
    const own = gaussian(model.belief!(trained))
    const d = own.mean.length
    const sd = (i: number): number => Math.sqrt(own.covariance[i * d + i])
    const n = garchOf(trained).logWeights.length
    /** A belief like the own one, its mean moved by so many standard deviations. */
    const moved = (steps: number | ArrayLike<number>): Gaussian => ({
      ...own,
      mean: own.mean.map((m, i) => m + (typeof steps === 'number' ? steps : steps[i]) * sd(i)),
    })
    const pool = (beliefs: Belief[], weights: number[], label: string | number = 'pool') =>
      model.assimilate!(model.copy(trained), beliefs.map(peer), Float64Array.from(weights), key(label))

    const levels = { levels: studyGrid, riskLevels }
    const expectUnmoved = (state: unknown): void => {
      expect(garchOf(state)).toEqual(garchOf(trained))
      expect(model.forecast(state, levels)).toEqual(model.forecast(trained, levels))
      const next = (from: unknown) => model.forecast(model.update(model.copy(from), -2, key('next')), levels)
      expect(next(state)).toEqual(next(trained))
    }

    it('with beliefs that are all the own one leaves every draw and the forecast in place, bit for bit', () => {
      for (const count of [1, 2, 5, 30]) {
        for (const share of [0.02, 1 / 3, 0.9]) {
          const weights = [share, ...new Array<number>(count).fill((1 - share) / count)]
          const { state, paretoK } = pool(Array(count).fill(structuredClone(own)), weights, count)
          expect(paretoK).toBe(0)
          expectUnmoved(state)
        }
      }
    })

    it('gives draws whose mean and spread are the pool’s, and which stand in the support with volatilities of their own', () => {
      const narrow = { ...moved(0.5), covariance: own.covariance.map(v => 0.8 * v) }
      const { state, paretoK, method } = pool([narrow], [0.5, 0.5])
      expect(method).toBe('own draws reweighted')
      expect(paretoK).toBeLessThan(0.7)
      const target = gaussian(poolBeliefs([own, narrow], Float64Array.of(0.5, 0.5)))
      const found = gaussian(model.belief!(state))
      for (let i = 0; i < d; i++) {
        expect(Math.abs(found.mean[i] - target.mean[i])).toBeLessThan((4 * sd(i)) / Math.sqrt(n))
        expect(Math.abs(Math.sqrt(found.covariance[i * d + i] / target.covariance[i * d + i]) - 1)).toBeLessThan(5 / Math.sqrt(n))
      }
      // Systematic resampling adds its own noise to importance weighting with the ratio of the two Gaussians.
      const { points } = garchColumns(garchOf(trained))
      const logDensity = ({ mean, covariance }: Gaussian, k: number): number => {
        const solved = solveCholesky(
          cholesky(covariance, d)!,
          Float64Array.from(points, (column, i) => column[k] - mean[i]),
        )
        return -0.5 * points.reduce((sum, column, i) => sum + (column[k] - mean[i]) * solved[i], 0)
      }
      const { logWeights } = psis(Float64Array.from(points[0], (_, k) => logDensity(target, k) - logDensity(own, k)))
      const weights = logWeights.map((w, k) => Math.exp(w + garchOf(trained).logWeights[k]))
      const total = weights.reduce((a, b) => a + b)
      for (let i = 0; i < d; i++) {
        const weighted = points[i].reduce((sum, x, k) => sum + (x * weights[k]) / total, 0)
        expect(Math.abs(found.mean[i] - weighted) / sd(i)).toBeLessThan(2 / Math.sqrt(n))
      }
      const garch = garchOf(state)
      const { mu, omega, alpha, beta, points: chosen } = garchColumns(garch)
      garch.variance.forEach((h, k) => {
        expect(relativeGap(h, filterVariance(garch.returns, mu[k], omega[k], alpha[k], beta[k], garch.start))).toBeLessThan(1e-12)
      })
      const ownPoints = new Set(points[0])
      expect(chosen[0].every(v => ownPoints.has(v))).toBe(true)
    })

    it('moves the belief towards the peers, the more the more they weigh', () => {
      const there = moved(0.8)
      const distance = (belief: Gaussian): number => belief.mean.reduce((s, m, i) => s + ((m - there.mean[i]) / sd(i)) ** 2, 0)
      let last = distance(own)
      for (const weight of [0.2, 0.5, 0.9]) {
        const next = distance(gaussian(model.belief!(pool([there], [1 - weight, weight]).state)))
        // Few draws of the sixty or four hundred carry a pool far from them.
        expect(next).toBeLessThan(last + (8 * d) / n)
        last = next
      }
    })

    it('far from the own draws renews them from the pooled Gaussian, and says so', () => {
      const far = moved(own.mean.map((_, i) => (i === 0 ? 9 : 0)))
      const { state, paretoK, method } = pool([far], [0.3, 0.7])
      expect(paretoK).toBeGreaterThan(0.7)
      expect(method).toBe('renewed from the pooled Gaussian')
      const target = gaussian(poolBeliefs([own, far], Float64Array.of(0.3, 0.7)))
      const found = gaussian(model.belief!(state))
      // The support cuts a little off: only mu, whose distance was told, is compared closely.
      expect(Math.abs(found.mean[0] - target.mean[0])).toBeLessThan(4.5 * Math.sqrt(target.covariance[0] / n))
      const garch = garchOf(state)
      const { mu, omega, alpha, beta, points } = garchColumns(garch)
      const ownPoints = new Set(garchColumns(garchOf(trained)).points[0])
      expect(points[0].some(v => ownPoints.has(v))).toBe(false)
      for (let k = 0; k < n; k++) {
        expect(omega[k]).toBeGreaterThan(0)
        expect(alpha[k] + beta[k]).toBeLessThan(1)
        expect(
          relativeGap(garch.variance[k], filterVariance(garch.returns, mu[k], omega[k], alpha[k], beta[k], garch.start)),
        ).toBeLessThan(1e-12)
      }
    })

    it('ends, with the own draws kept, when the pool lies where no model is', () => {
      // The second coordinate is the square root of omega: never negative.
      const lie: Gaussian = {
        ...own,
        mean: own.mean.map((m, i) => (i === 1 ? -50 * sd(1) : m)),
        covariance: own.covariance.map(v => v / 100),
      }
      expect(model.beliefProblem!(trained, lie)).toBeNull()
      const { state, method } = pool([lie], [0.01, 0.99])
      expect(method).toMatch(/own draws kept: the pooled Gaussian lies outside the support/)
      expectUnmoved(state)
    })

    it('refuses beliefs that would break it, before they reach the pool', () => {
      const bad: unknown[] = [
        { ...own, mean: own.mean.map(() => 1e300) },
        { ...own, covariance: own.covariance.map(v => v * 1e-300) },
        { ...own, covariance: own.covariance.map(v => -v) },
        { ...own, covariance: own.covariance.map((_, k) => sd(Math.floor(k / d)) * sd(k % d)) },
        { ...own, mean: own.mean.slice(1) },
        { ...own, mean: own.mean.map(() => Number.NaN) },
        { ...own, family: 'normalInverseGamma' },
      ]
      for (const belief of bad) expect(typeof model.beliefProblem!(trained, belief)).toBe('string')
    })

    it('replays with the key, leaves the peers’ beliefs alone, and never touches a copy', () => {
      const there = moved(0.5)
      const before = structuredClone(there)
      const kept = model.copy(trained)
      expect(pool([there], [0.6, 0.4])).toEqual(pool([there], [0.6, 0.4]))
      expect(there).toEqual(before)
      expect(trained).toEqual(kept)
      const far = moved(own.mean.map((_, i) => (i === 0 ? 9 : 0)))
      expect(garchOf(pool([far], [0.3, 0.7], 'a').state).points).not.toEqual(garchOf(pool([far], [0.3, 0.7], 'b').state).points)
    })

    it('goes on after pooling as any belief does: updates, forecasts, pools again, for weeks', () => {
      let state = model.copy(trained)
      for (let day = 0; day < 25; day++) {
        const there = { ...own, mean: own.mean.map((m, i) => m + 0.4 * Math.sin(day + i) * sd(i)) }
        expect(model.beliefProblem!(state, there)).toBeNull()
        state = model.assimilate!(state, [peer(there)], Float64Array.of(0.7, 0.3), key(day)).state
        state = model.update(state, later[day % later.length], key(day))
        const { quantiles } = model.forecast(state, { levels: Float64Array.of(0.01, 0.5), riskLevels: Float64Array.of(0.01) })
        expect(quantiles.every(Number.isFinite)).toBe(true)
      }
      const { points } = garchColumns(garchOf(state))
      const { covariance } = momentsOf(points, new Float64Array(n).fill(1 / n))
      for (let i = 0; i < d; i++) {
        const ratio = Math.sqrt(covariance[i * d + i]) / sd(i)
        expect(ratio).toBeGreaterThan(0.4)
        expect(ratio).toBeLessThan(2)
      }
    })
  })
}

describe('beliefs of different families', () => {
  it('are not pooled: garchT and filteredHistorical refuse each other’s, with the reason that a note leaves out', () => {
    const [t, fhs] = models
    const one = t.model.init(history, key('t'))
    const other = fhs.model.init(history, key('fhs'))
    expect(t.model.beliefProblem!(one, fhs.model.belief!(other))).toBe('another family')
    expect(fhs.model.beliefProblem!(other, t.model.belief!(one))).toBe('another family')
  })
})
