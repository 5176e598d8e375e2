import { assert, type Key, refuse } from '../../base/index.js'
import { type Belief, type LogDensity, sampleDensity } from '../../inference/index.js'
import { exp, ln } from '../../math/index.js'
import { checkHistory } from '../history.js'
import type { Effort } from '../model.js'
import type { VolatilityGrid, VolatilityParameters } from './grid.js'
import { filterVolatility, roughLogVariance } from './likelihood.js'
import { fromCoordinates, toCoordinates, type VolatilityPrior, volatilityLogPrior } from './prior.js'

export const VOLATILITY_NAMES = ['mu', 'phi', 'sigma'] as const

/** The weighted draws that forecast, each with the filtered density of its log variance on a grid of its own. */
export interface VolatilityDraws {
  readonly mu: Float64Array
  readonly phi: Float64Array
  readonly sigma: Float64Array
  /** Log weights, which sum (as weights) to 1. */
  readonly logWeights: Float64Array
  readonly grids: readonly VolatilityGrid[]
  readonly densities: readonly Float64Array[]
}

export interface VolatilityState {
  /** Variance of the window's first return; null: its log variance is stationary. */
  readonly start: number | null
  /** Where the sampler's first coordinate is 0. */
  readonly centre: number
  /** Smaller returns count as this large. */
  readonly floor: number
  /** The window and every return absorbed since, none nearer to 0 than the floor. */
  readonly returns: number[]
  /** How many of them the training saw. */
  readonly trained: number
  /** The training's draws, [mu, phi, sigma][chain]. */
  readonly chains: readonly (readonly Float64Array[])[]
  readonly method: string
  readonly paretoK: number | null
  readonly fallback: string | null
  draws: VolatilityDraws
  /** Pools taken part in since the training: the draws stand for the posterior times pooled over own Gaussian belief. */
  readonly pools: { readonly own: Gaussian; readonly pooled: Gaussian }[]
  /** What the last update had to do beyond reweighting. */
  rejuvenated: string | null
}

export type Gaussian = Belief & { readonly kind: 'gaussian' }

/**
 * Of a typical return. The density of an exact 0 grows without bound as its variance shrinks: with a few of them in a window the
 * likelihood would grow with sigma for ever. But prices are rounded, and a 0 stands for some return too small to show.
 */
const FLOOR = 1e-3

export const offZero = (ret: number, floor: number): number => (Math.abs(ret) >= floor ? ret : ret < 0 ? -floor : floor)

/** The log posterior in the sampler's coordinates, up to a constant. */
export function volatilityLogPosterior(
  prior: VolatilityPrior,
  returns: Float64Array,
  centre: number,
  start: number | null,
): LogDensity {
  const logPrior = volatilityLogPrior(prior)
  const options = start === null ? {} : { start }
  return x => {
    const at = fromCoordinates(x, centre)
    if (at === null) return Number.NEGATIVE_INFINITY
    return logPrior(at.params) + at.logJacobian + filterVolatility(at.params, returns, options).logLikelihood
  }
}

/** Full posterior on a window; `forecastDraws` equally spaced draws of it carry the volatility on. */
export function trainVolatility(
  prior: VolatilityPrior,
  history: Float64Array,
  key: Key,
  effort: Effort,
  forecastDraws: number,
): VolatilityState {
  checkHistory(history)
  const start = effort.start ?? null
  if (start !== null && !(start > 0 && Number.isFinite(start))) refuse('BAD_START', start, 'a positive variance', 'start')
  const centre = roughLogVariance(history)
  const floor = FLOOR * exp(0.5 * centre)
  const returns = history.map(ret => offZero(ret, floor))
  const density = volatilityLogPosterior(prior, returns, centre, start)
  const sample = sampleDensity(
    density,
    {
      start: bestGuess(density, centre),
      scales: Float64Array.of(0.25, 0.06, 0.05),
      chains: effort.chains ?? 4,
      draws: effort.draws ?? 250,
      essTarget: 400,
      dear: true,
      proposals: PROPOSALS,
      monitor: x => parametersAt(x, centre),
    },
    key,
  )
  const chains = parameterChains(sample.draws, centre)
  const all = chains.map(each => Float64Array.from(each.flatMap(chain => [...chain])))
  const count = Math.min(forecastDraws, all[0].length)
  const [mu, phi, sigma] = all.map(column =>
    Float64Array.from({ length: count }, (_, k) => column[Math.floor((k * column.length) / count)]),
  )
  const draws = filterDraws(mu, phi, sigma, new Float64Array(count).fill(-ln(count)), returns, start)
  assert(draws !== null, 'draws of a posterior have a likelihood')
  return {
    start,
    centre,
    floor,
    returns: [...returns],
    trained: returns.length,
    chains,
    method: `${sample.method} on the exact likelihood, by quadrature`,
    paretoK: sample.paretoK ?? null,
    fallback: sample.fallback ?? null,
    draws,
    pools: [],
    rejuvenated: null,
  }
}

/** No narrower than what is found about the mode: this posterior has the longer tails, and a second try would cost as much as the first. */
const PROPOSALS = [
  { df: 6, width: 1 },
  { df: 4, width: 1 },
]

/** (phi, sigma) where posteriors of calm, usual, restless, jumping and integrated series begin to rise. */
const GUESSES = [
  [0.95, 0.25],
  [0.98, 0.12],
  [0.9, 0.05],
  [0.6, 0.8],
  [0.3, 1.6],
  [0.999, 0.3],
] as const

function bestGuess(density: LogDensity, centre: number): Float64Array {
  const points = GUESSES.map(([phi, sigma]) => toCoordinates({ mu: centre, phi, sigma }, centre))
  const values = points.map(density)
  const best = Math.max(...values)
  if (best === Number.NEGATIVE_INFINITY)
    refuse('BAD_START', 'a first variance or returns without any likelihood', 'a start of the size of squared returns', 'start')
  return points[values.indexOf(best)]
}

export function parametersAt(x: Float64Array, centre: number): Float64Array {
  const at = fromCoordinates(x, centre)
  if (at === null) return new Float64Array(3).fill(Number.NaN)
  return Float64Array.of(at.params.mu, at.params.phi, at.params.sigma)
}

function parameterChains(draws: readonly (readonly Float64Array[])[], centre: number): Float64Array[][] {
  const chains = VOLATILITY_NAMES.map(() => draws[0].map(chain => new Float64Array(chain.length)))
  const x = new Float64Array(3)
  for (let c = 0; c < draws[0].length; c++) {
    for (let k = 0; k < draws[0][c].length; k++) {
      for (let i = 0; i < 3; i++) x[i] = draws[i][c][k]
      parametersAt(x, centre).forEach((value, i) => {
        chains[i][c][k] = value
      })
    }
  }
  return chains
}

/** Filters every draw through all returns; neighbours that are the same draw share the work. Null where the quadrature gives one up. */
export function filterDraws(
  mu: Float64Array,
  phi: Float64Array,
  sigma: Float64Array,
  logWeights: Float64Array,
  returns: Float64Array,
  start: number | null,
): VolatilityDraws | null {
  const grids: VolatilityGrid[] = []
  const densities: Float64Array[] = []
  for (let k = 0; k < mu.length; k++) {
    if (k > 0 && mu[k] === mu[k - 1] && phi[k] === phi[k - 1] && sigma[k] === sigma[k - 1]) {
      grids.push(grids[k - 1])
      densities.push(densities[k - 1])
      continue
    }
    const { state } = filterVolatility(paramsOf({ mu, phi, sigma }, k), returns, start === null ? {} : { start })
    if (state === null) return null
    grids.push(state.grid)
    densities.push(state.density)
  }
  return { mu, phi, sigma, logWeights, grids, densities }
}

export const paramsOf = ({ mu, phi, sigma }: Pick<VolatilityDraws, 'mu' | 'phi' | 'sigma'>, k: number): VolatilityParameters => ({
  mu: mu[k],
  phi: phi[k],
  sigma: sigma[k],
})
