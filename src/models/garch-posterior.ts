import { assert, type Key, refuse } from '../base/index.js'
import { type Belief, type LogDensity, type Posterior, sampleDensity } from '../inference/index.js'
import { meanOf, momentsOf, varianceOf } from '../math/index.js'
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

const parameterMonitor = (names: readonly (keyof GarchParameters)[]): ((x: Float64Array) => Float64Array) => {
  const p: GarchParameters = { mu: 0, omega: 0, alpha: 0, beta: 0, nu: 0 }
  return x => {
    toParameters(x, p)
    return Float64Array.from(names, name => p[name])
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
      monitor: parameterMonitor(NAMES[family]),
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
export function moveTo(state: GarchState, points: readonly Float64Array[]): void {
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

/** The draws' mean and covariance in the sampler's coordinates. */
export function garchBelief({ points, family }: GarchState): Belief & { kind: 'gaussian' } {
  const n = points[0].length
  return { kind: 'gaussian', family, ...momentsOf(points, new Float64Array(n).fill(1 / n)) }
}
