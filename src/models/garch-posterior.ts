import { assert, childKey, type Key, nextUniform, openStream, refuse } from '../base/index.js'
import { drawNormal } from '../distributions/index.js'
import {
  type Belief,
  beliefProblem,
  type LogDensity,
  type Posterior,
  poolBeliefs,
  psis,
  sampleDensity,
} from '../inference/index.js'
import { cholesky, exp, meanOf, momentsOf, solveLower, varianceOf } from '../math/index.js'
import { filterVariance, garchNormalLogLikelihood, garchTLogLikelihood } from './garch-likelihood.js'
import { fromParameters, type GarchParameters, type GarchPrior, garchLogPrior, toParameters } from './garch-prior.js'
import { checkHistory } from './history.js'
import type { Effort } from './model.js'

/** Draws of a GARCH posterior: coordinates of every chain, and the equally weighted draws that forecast, each with its volatility. */
export interface GarchState {
  readonly family: 'garchT' | 'garchNormal'
  /** Variance of the window's first return. */
  readonly start: number
  /** The window and every return absorbed since. */
  readonly returns: number[]
  /** [coordinate][chain]. */
  readonly chains: readonly (readonly Float64Array[])[]
  readonly method: string
  readonly paretoK: number | null
  readonly fallback: string | null
  /** [coordinate], D draws each. */
  points: readonly Float64Array[]
  /** Parameters of those draws, and the variance of the next return under each. */
  mu: Float64Array
  omega: Float64Array
  alpha: Float64Array
  beta: Float64Array
  nu: Float64Array
  variance: Float64Array
}

const NAMES = { garchT: ['mu', 'omega', 'alpha', 'beta', 'nu'], garchNormal: ['mu', 'omega', 'alpha', 'beta'] } as const

/** The log posterior in the sampler's coordinates. */
export function garchLogPosterior(
  family: GarchState['family'],
  prior: GarchPrior,
  returns: Float64Array,
  start: number,
): LogDensity {
  const logPrior = garchLogPrior(prior)
  const p: GarchParameters = { mu: 0, omega: 0, alpha: 0, beta: 0, nu: 0 }
  return x => {
    if (!toParameters(x, p)) return Number.NEGATIVE_INFINITY
    const logLikelihood =
      family === 'garchT'
        ? garchTLogLikelihood(returns, p.mu, p.omega, p.alpha, p.beta, p.nu, start)
        : garchNormalLogLikelihood(returns, p.mu, p.omega, p.alpha, p.beta, start)
    const value = logLikelihood + logPrior(x, p)
    return Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value
  }
}

/** Full posterior of a GARCH(1,1) on a window. `forecastDraws` equally spaced draws of it carry the volatility on. */
export function trainGarch(
  family: GarchState['family'],
  prior: GarchPrior,
  history: Float64Array,
  key: Key,
  effort: Effort,
  forecastDraws: number,
): GarchState {
  checkHistory(history)
  const variance = varianceOf(history)
  const start = effort.start ?? variance
  if (!(start > 0 && Number.isFinite(start))) refuse('BAD_START', start, 'a positive variance', 'start')
  const guess = {
    mu: meanOf(history),
    omega: 0.04 * variance,
    alpha: 0.1,
    beta: 0.86,
    nu: family === 'garchT' ? 7 : Number.POSITIVE_INFINITY,
  }
  const scales = [Math.sqrt(variance / history.length), 0.1 * fromParameters(guess)[1], 0.05, 0.3, 0.3].slice(
    0,
    NAMES[family].length,
  )
  const sample = sampleDensity(
    garchLogPosterior(family, prior, history, start),
    {
      start: fromParameters(guess),
      scales: Float64Array.from(scales),
      chains: effort.chains ?? 4,
      draws: effort.draws ?? 600,
      essTarget: 400,
    },
    key,
  )
  const state: GarchState = {
    family,
    start,
    returns: [...history],
    chains: sample.draws,
    method: sample.method,
    paretoK: sample.paretoK ?? null,
    fallback: sample.fallback ?? null,
    ...place([], family),
  }
  const all = sample.draws.map(chains => Float64Array.from(chains.flatMap(chain => [...chain])))
  const count = Math.min(forecastDraws, all[0].length)
  moveTo(
    state,
    all.map(column => Float64Array.from({ length: count }, (_, k) => column[Math.floor((k * column.length) / count)])),
  )
  return state
}

function place(
  points: readonly Float64Array[],
  family: GarchState['family'],
): Pick<GarchState, 'points' | 'mu' | 'omega' | 'alpha' | 'beta' | 'nu' | 'variance'> {
  const n = points[0]?.length ?? 0
  const columns = Array.from({ length: 5 }, () => new Float64Array(n))
  const [mu, omega, alpha, beta, nu] = columns
  const p: GarchParameters = { mu: 0, omega: 0, alpha: 0, beta: 0, nu: 0 }
  const x = new Float64Array(NAMES[family].length)
  for (let k = 0; k < n; k++) {
    for (let i = 0; i < x.length; i++) x[i] = points[i][k]
    assert(toParameters(x, p), 'a draw lies in the support')
    mu[k] = p.mu
    omega[k] = p.omega
    alpha[k] = p.alpha
    beta[k] = p.beta
    nu[k] = p.nu
  }
  return { points, mu, omega, alpha, beta, nu, variance: new Float64Array(n) }
}

/** Makes `points` the draws that forecast, and filters the volatility of each through all returns seen. */
function moveTo(state: GarchState, points: readonly Float64Array[]): void {
  Object.assign(state, place(points, state.family))
  const { mu, omega, alpha, beta, variance } = state
  for (let k = 0; k < variance.length; k++)
    variance[k] = filterVariance(state.returns, mu[k], omega[k], alpha[k], beta[k], state.start)
}

/** Moves every draw's volatility by one return, in place. */
export function absorb(state: GarchState, ret: number): void {
  const { mu, omega, alpha, beta, variance } = state
  for (let k = 0; k < variance.length; k++) {
    const r = ret - mu[k]
    variance[k] = omega[k] + alpha[k] * r * r + beta[k] * variance[k]
  }
  state.returns.push(ret)
}

export function garchPosterior(state: GarchState): Posterior {
  const names = NAMES[state.family]
  const p: GarchParameters = { mu: 0, omega: 0, alpha: 0, beta: 0, nu: 0 }
  const x = new Float64Array(names.length)
  const draws: { [name: string]: Float64Array[] } = {}
  for (const name of names) draws[name] = state.chains[0].map(chain => new Float64Array(chain.length))
  for (let c = 0; c < state.chains[0].length; c++) {
    for (let k = 0; k < state.chains[0][c].length; k++) {
      for (let i = 0; i < x.length; i++) x[i] = state.chains[i][c][k]
      toParameters(x, p)
      for (const name of names) draws[name][c][k] = p[name]
    }
  }
  return {
    names,
    draws,
    method: state.method,
    belief: garchBelief(state),
    ...(state.paretoK === null ? {} : { paretoK: state.paretoK }),
    ...(state.fallback === null ? {} : { fallback: state.fallback }),
  }
}

/** Why a peer's belief cannot be pooled, or null. */
export const garchBeliefProblem = (state: GarchState, belief: unknown): string | null => beliefProblem(belief, garchBelief(state))

/** The draws' mean and covariance in the sampler's coordinates. */
export function garchBelief({ points, family }: GarchState): Belief & { kind: 'gaussian' } {
  const n = points[0].length
  return { kind: 'gaussian', family, ...momentsOf(points, new Float64Array(n).fill(1 / n)) }
}

/**
 * Moves the forecasting draws towards the geometric pool of the own belief and the peers': importance weights of pooled
 * over own Gaussian, Pareto smoothed, then systematic resampling. When k-hat exceeds .7 the draws are renewed from the
 * pooled Gaussian itself. Pooling with equal beliefs leaves every draw in place.
 */
export function assimilateGarch(
  state: GarchState,
  peers: readonly Belief[],
  weights: Float64Array,
  key: Key,
): { paretoK: number; method: string } {
  const own = garchBelief(state)
  const pooled = poolBeliefs([own, ...peers], weights)
  assert(pooled.kind === 'gaussian', 'Gaussian beliefs pool to one')
  const d = own.mean.length
  const ownFactor = cholesky(own.covariance, d)
  const pooledFactor = cholesky(pooled.covariance, d)
  assert(ownFactor !== null && pooledFactor !== null, 'covariances of draws are positive definite')
  const n = state.points[0].length
  const logRatios = Float64Array.from({ length: n }, (_, k) => {
    const x = Float64Array.from(state.points, column => column[k])
    return 0.5 * (squaredDistance(x, own.mean, ownFactor) - squaredDistance(x, pooled.mean, pooledFactor))
  })
  const { logWeights, paretoK } = psis(logRatios)
  const stream = openStream(key)
  if (paretoK > 0.7) {
    moveTo(state, gaussianPoints(pooled.mean, pooledFactor, n, key))
    return { paretoK, method: 'renewed from the pooled Gaussian' }
  }
  const chosen = systematic(logWeights, nextUniform(stream))
  moveTo(
    state,
    state.points.map(column => Float64Array.from(chosen, k => column[k])),
  )
  return { paretoK, method: 'own draws reweighted' }
}

function squaredDistance(x: Float64Array, mean: Float64Array, factor: Float64Array): number {
  const z = solveLower(
    factor,
    x.map((v, i) => v - mean[i]),
  )
  let sum = 0
  for (const v of z) sum += v * v
  return sum
}

/** Systematic resampling: index k is taken floor or ceil of n w_k times, in order; equal weights take each once. */
function systematic(logWeights: Float64Array, uniform: number): Uint32Array {
  const n = logWeights.length
  const chosen = new Uint32Array(n)
  let cumulative = exp(logWeights[0])
  let k = 0
  // The offset keeps a half away from the cell borders, so that rounding cannot skip a draw when weights are equal.
  const offset = 0.25 + 0.5 * uniform
  for (let i = 0; i < n; i++) {
    while (cumulative * n < i + offset && k < n - 1) cumulative += exp(logWeights[++k])
    chosen[i] = k
  }
  return chosen
}

function gaussianPoints(mean: Float64Array, factor: Float64Array, n: number, key: Key): Float64Array[] {
  const d = mean.length
  const points = Array.from({ length: d }, () => new Float64Array(n))
  const stream = openStream(childKey(key, 'renewed'))
  const x = new Float64Array(d)
  const p: GarchParameters = { mu: 0, omega: 0, alpha: 0, beta: 0, nu: 0 }
  for (let k = 0; k < n; ) {
    x.set(mean)
    for (let i = 0; i < d; i++) {
      const z = drawNormal(stream)
      for (let j = i; j < d; j++) x[j] += z * factor[j * d + i]
    }
    if (!toParameters(x, p)) continue
    for (let i = 0; i < d; i++) points[i][k] = x[i]
    k++
  }
  return points
}
