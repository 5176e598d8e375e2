import { childKey, type Key, openStream } from '../../base/index.js'
import {
  findMode,
  type Posterior,
  resampled,
  runChains,
  type Sample,
  sampleDensity,
  squaredDistance,
  type Target,
} from '../../inference/index.js'
import { exp, ln, medianOfSorted, sorted } from '../../math/index.js'
import { spacedRows } from '../garch/posterior.js'
import { checkHistory } from '../history.js'
import type { Effort } from '../model.js'
import { regimeGibbs } from './gibbs.js'
import { type Observed, observed, regimeLikelihoods } from './likelihood.js'
import { fromPoint, pointLength, type Regimes, regimeNames, toPoint, valuesOf } from './point.js'
import { drawRegimePrior, type RegimePrior, regimeLogPrior } from './prior.js'

export interface RegimeState {
  readonly regimes: Regimes
  /** The window and every return absorbed since. */
  readonly returns: number[]
  /** The last training's draws in the sampler's coordinates, [coordinate][chain]. */
  readonly chains: readonly (readonly Float64Array[])[]
  readonly method: string
  readonly paretoK: number | null
  readonly fallback: string | null
  /** The draws that forecast: points in the sampler's coordinates, their parameters as the kernels take them, log weights (summing to 1). */
  points: Float64Array
  parameters: Float64Array
  logWeights: Float64Array
  /** The regimes' probabilities at the last return under each, a draw after the other. */
  filtered: Float64Array
  /** Returns absorbed since the training. */
  absorbed: number
  /** What the last update did beyond reweighting. */
  rejuvenated: string | null
}

export const dimensionOf = (regimes: Regimes): number => (regimes === 2 ? 5 : 10)

/** The log posterior in the sampler's coordinates. */
export function regimeTarget(regimes: Regimes, prior: RegimePrior, data: Observed): Target {
  const dimension = dimensionOf(regimes)
  const length = pointLength(regimes)
  const logPrior = regimeLogPrior(prior, regimes)
  return {
    dimension,
    evaluate(rows, count, out) {
      const points = new Float64Array(count * length)
      const inside = new Int32Array(count)
      let kept = 0
      out.fill(Number.NEGATIVE_INFINITY, 0, count)
      for (let i = 0; i < count; i++)
        if (toPoint(regimes, rows.subarray(i * dimension, (i + 1) * dimension), points, kept * length)) inside[kept++] = i
      const results = new Float64Array(kept * (1 + regimes))
      regimeLikelihoods(regimes, data, points, kept, results)
      for (let k = 0; k < kept; k++) {
        const i = inside[k]
        const x = rows.subarray(i * dimension, (i + 1) * dimension)
        const value = results[k * (1 + regimes)] + logPrior(x, points, k * length)
        if (!Number.isNaN(value)) out[i] = value
      }
    },
  }
}

/** Days in typical deviations, stress at least, and the probabilities of staying: usual unrest, a crisis of a few days, one between. */
const GUESSES = [
  { calm: 0.75, stress: 1.6, stayCalm: 0.98, stayStressed: 0.95 },
  { calm: 1.15, stress: 4, stayCalm: 0.99, stayStressed: 0.99 },
  { calm: 1, stress: 3, stayCalm: 0.995, stayStressed: 0.96 },
] as const

/** Coordinates to start a mode search from: calm days as most days are, stress at least as the spread says. */
function guess(
  { returns, squares }: Observed,
  { calm, stress, stayCalm, stayStressed }: (typeof GUESSES)[number] = GUESSES[0],
): { start: Float64Array; scales: Float64Array } {
  const spread = Math.sqrt(squares / (returns.length - 1))
  const median = medianOfSorted(sorted(returns))
  const typical = Math.max(1.4826 * medianOfSorted(sorted(returns.map(ret => Math.abs(ret - median)))), 0.05 * spread)
  const point = Float64Array.of(
    median,
    calm * typical,
    Math.max(stress * typical, 1.5 * spread),
    stayCalm,
    1 - stayCalm,
    1 - stayStressed,
    stayStressed,
  )
  return {
    start: fromPoint(2, point),
    scales: Float64Array.of(spread / Math.sqrt(returns.length), 0.06, 0.1, 0.05, 0.05),
  }
}

type Size = { readonly chains: number; readonly draws: number }

const ESS_TARGET = 400

/** Full posterior on a window; `forecastDraws` equally spaced draws of it carry the regimes' probabilities on. */
export function trainRegimes(
  regimes: Regimes,
  prior: RegimePrior,
  history: Float64Array,
  key: Key,
  effort: Effort,
  forecastDraws: number,
): RegimeState {
  checkHistory(history)
  const data = observed(history)
  const chains = effort.chains ?? 4
  const draws = effort.draws ?? 600
  const sample =
    regimes === 2
      ? twoRegimes(prior, data, { chains, draws }, key)
      : gibbs(regimes, prior, data, { chains, draws }, childKey(key, 'gibbs'))
  const state: RegimeState = {
    regimes,
    returns: [...history],
    chains: sample.draws,
    method: sample.method,
    paretoK: sample.paretoK ?? null,
    fallback: sample.fallback ?? null,
    points: new Float64Array(0),
    parameters: new Float64Array(0),
    logWeights: new Float64Array(0),
    filtered: new Float64Array(0),
    absorbed: 0,
    rejuvenated: null,
  }
  moveTo(state, spacedRows(sample.draws, forecastDraws))
  return state
}

/** Makes `points`, equally weighted, the draws that forecast, and filters the regimes of each through all returns seen. */
export function moveTo(state: RegimeState, points: Float64Array): void {
  const { regimes } = state
  const d = dimensionOf(regimes)
  const n = points.length / d
  const length = pointLength(regimes)
  state.points = points
  state.parameters = new Float64Array(n * length)
  for (let k = 0; k < n; k++) toPoint(regimes, points.subarray(k * d, (k + 1) * d), state.parameters, k * length)
  state.logWeights = new Float64Array(n).fill(-ln(n))
  state.filtered = filteredAt(regimes, observed(state.returns), state.parameters, n)
}

export const weightsOf = ({ logWeights }: RegimeState): Float64Array => logWeights.map(exp)

/** The regimes' probabilities at the last return under each point. */
export function filteredAt(regimes: Regimes, data: Observed, points: Float64Array, count: number): Float64Array {
  const results = new Float64Array(count * (1 + regimes))
  regimeLikelihoods(regimes, data, points, count, results)
  const filtered = new Float64Array(count * regimes)
  for (let k = 0; k < count; k++) filtered.set(results.subarray(k * (1 + regimes) + 1, (k + 1) * (1 + regimes)), k * regimes)
  return filtered
}

/**
 * Independence Metropolis-Hastings on the exact likelihood. The split-t's own scales serve where the posterior has one hill; wider
 * ones still cover a second hill nearby. Where neither does (as for returns of one regime), Gibbs sampling takes over.
 */
function twoRegimes(prior: RegimePrior, data: Observed, size: Size, key: Key): Sample {
  const target = regimeTarget(2, prior, data)
  const { best, rival } = hills(target, data)
  if (rival)
    return gibbs(2, prior, data, size, childKey(key, 'gibbs'), 'two modes of the posterior lie apart, neither negligible')
  return sampleDensity(
    target,
    {
      ...guess(data),
      ...(best === null ? {} : { start: best }),
      ...size,
      essTarget: ESS_TARGET,
      monitor: { columns: rows => parameterColumns(2, rows) },
      proposals: [
        { df: 6, width: 1 },
        { df: 4, width: 1.3 },
      ],
      blocksMax: 6,
      otherwise: (reason, child) => gibbs(2, prior, data, size, childKey(child, 'gibbs'), reason),
    },
    key,
  )
}

/** Hills whose masses (Laplace 1774) differ by more, in logs, leave the smaller one out. */
const MASS_GAP_MAX = 6
/** In the best mode's standard deviations. */
const APART = 3

/** The mode with the largest mass, and whether another lies apart with a mass that counts: no proposal about one mode sees the other. */
function hills(target: Target, data: Observed): { best: Float64Array | null; rival: boolean } {
  const modes = GUESSES.flatMap(each => {
    const { start, scales } = guess(data, each)
    const mode = findMode(target, start, scales)
    if (mode === null) return []
    const d = mode.x.length
    const mass = mode.x.reduce((sum, _, i) => sum + ln(mode.factor[i * d + i]), mode.logDensity)
    return [{ mode, mass }]
  })
  if (modes.length === 0) return { best: null, rival: false }
  const [first, ...others] = modes.sort((a, b) => b.mass - a.mass)
  const { x, factor } = first.mode
  const rival = others.some(
    ({ mode, mass }) => first.mass - mass < MASS_GAP_MAX && squaredDistance(mode.x, x, factor) > APART * APART,
  )
  return { best: x, rival }
}

/** The first block finds the hills; what it passed on the way is not what proposals are tuned on. */
const GIBBS_WARMUP = [150, 250, 300]

/**
 * Gibbs sampling: for three regimes, whose ten coordinates an independence proposal covers poorly, and wherever `reason` names what
 * failed before. Chains start from prior draws.
 */
function gibbs(regimes: Regimes, prior: RegimePrior, data: Observed, { chains, draws }: Size, key: Key, reason?: string): Sample {
  const stream = openStream(childKey(key, 'start'))
  const { transition, unmet, ...outcome } = runChains(
    regimeGibbs(regimes, prior, data.returns, regimeTarget(regimes, prior, data)),
    {
      starts: Array.from({ length: chains }, () => fromPoint(regimes, drawRegimePrior(prior, regimes, stream))),
      warmup: GIBBS_WARMUP,
      draws,
      furtherDraws: Math.max(draws >> 1, 1),
      blocksMax: 20,
      essTarget: ESS_TARGET,
      monitor: { columns: rows => parameterColumns(regimes, rows) },
    },
    key,
  )
  const shortcomings = [reason, unmet].filter(each => each !== undefined)
  return {
    draws: outcome.draws,
    monitored: outcome.monitored,
    convergence: outcome.convergence,
    method: transition.method,
    ...(shortcomings.length === 0 ? {} : { fallback: shortcomings.join('; ') }),
  }
}

/** The training's chains; once returns were absorbed, the draws that forecast, resampled to equal weights. */
export function regimePosterior(state: RegimeState): Posterior {
  const { regimes, chains, method, paretoK, fallback, absorbed, points, logWeights } = state
  const names = regimeNames(regimes)
  const rows = absorbed === 0 ? chains[0].map((_, c) => rowsOf(chains, c)) : [resampled({ points, logWeights }, 0.5).points]
  const columns = rows.map(row => parameterColumns(regimes, row))
  return {
    names,
    draws: Object.fromEntries(names.map((name, i) => [name, columns.map(chain => chain[i])])),
    method: absorbed === 0 ? method : `${method}; reweighted by ${absorbed} returns since (IBIS), resampled to equal weights`,
    ...(paretoK === null ? {} : { paretoK }),
    ...(fallback === null ? {} : { fallback }),
  }
}

/** A chain's draws, row-major. */
function rowsOf(chains: readonly (readonly Float64Array[])[], c: number): Float64Array {
  const d = chains.length
  const rows = new Float64Array(chains[0][c].length * d)
  chains.forEach((column, i) => {
    for (let k = 0; k < column[c].length; k++) rows[k * d + i] = column[c][k]
  })
  return rows
}

/** The free parameters of points in coordinates (row-major), one array a parameter. */
function parameterColumns(regimes: Regimes, rows: Float64Array): Float64Array[] {
  const d = dimensionOf(regimes)
  const n = rows.length / d
  const columns = Array.from({ length: d }, () => new Float64Array(n))
  const point = new Float64Array(pointLength(regimes))
  for (let k = 0; k < n; k++) {
    toPoint(regimes, rows.subarray(k * d, (k + 1) * d), point)
    const values = valuesOf(regimes, point)
    for (let i = 0; i < d; i++) columns[i][k] = values[i]
  }
  return columns
}
