import { childKey, type Key, openStream } from '../base/index.js'
import { type Posterior, runChains, type Sample, sampleDensity, type Target } from '../inference/index.js'
import { medianOfSorted, sorted } from '../math/index.js'
import { checkHistory } from './history.js'
import type { Effort } from './model.js'
import { regimeGibbs } from './regime-gibbs.js'
import { type Observed, observed, regimeLikelihoods } from './regime-likelihood.js'
import { fromPoint, pointLength, type Regimes, regimeNames, toPoint, valuesOf } from './regime-point.js'
import { drawRegimePrior, type RegimePrior, regimeLogPrior } from './regime-prior.js'

export interface RegimeState {
  readonly regimes: Regimes
  /** The window and every return absorbed since. */
  readonly returns: number[]
  /** The last training's draws in the sampler's coordinates, [coordinate][chain]. */
  readonly chains: readonly (readonly Float64Array[])[]
  readonly method: string
  readonly paretoK: number | null
  readonly fallback: string | null
  /** The D draws that forecast, as points (row-major), their log weights, and the regimes' probabilities at the last return (D x K). */
  points: Float64Array
  logWeights: Float64Array
  filtered: Float64Array
  /** What the last update had to do beyond reweighting. */
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

/** Coordinates to start a mode search from: calm days as most days are, stress as the spread says. */
function guess({ returns, squares }: Observed): { start: Float64Array; scales: Float64Array } {
  const spread = Math.sqrt(squares / (returns.length - 1))
  const median = medianOfSorted(sorted(returns))
  const typical = Math.max(1.4826 * medianOfSorted(sorted(returns.map(ret => Math.abs(ret - median)))), 0.05 * spread)
  const calm = 0.75 * typical
  const stress = Math.max(1.6 * typical, 1.5 * spread)
  return {
    start: fromPoint(2, Float64Array.of(median, calm, stress, 0.98, 0.02, 0.05, 0.95)),
    scales: Float64Array.of(spread / Math.sqrt(returns.length), 0.06, 0.1, 0.05, 0.05),
  }
}

type Size = { readonly chains: number; readonly draws: number }

const ESS_TARGET = 400

export const regimeValues = (regimes: Regimes): ((x: Float64Array) => Float64Array) => {
  const point = new Float64Array(pointLength(regimes))
  return x => {
    toPoint(regimes, x, point)
    return valuesOf(regimes, point)
  }
}

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
  const all = sample.draws.map(column => Float64Array.from(column.flatMap(chain => [...chain])))
  const count = Math.min(forecastDraws, all[0].length)
  const points = new Float64Array(count * pointLength(regimes))
  for (let k = 0; k < count; k++) {
    const from = Math.floor((k * all[0].length) / count)
    toPoint(
      regimes,
      Float64Array.from(all, column => column[from]),
      points,
      k * pointLength(regimes),
    )
  }
  return {
    regimes,
    returns: [...history],
    chains: sample.draws,
    method: sample.method,
    paretoK: sample.paretoK ?? null,
    fallback: sample.fallback ?? null,
    points,
    logWeights: new Float64Array(count),
    filtered: filteredAt(regimes, data, points, count),
    rejuvenated: null,
  }
}

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
  return sampleDensity(
    regimeTarget(2, prior, data),
    {
      ...guess(data),
      ...size,
      essTarget: ESS_TARGET,
      monitor: regimeValues(2),
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
      monitor: regimeValues(regimes),
    },
    key,
  )
  const shortcomings = [reason, unmet].filter(each => each !== undefined)
  return {
    draws: outcome.draws,
    method: transition.method,
    ...(shortcomings.length === 0 ? {} : { fallback: shortcomings.join('; ') }),
  }
}

export function regimePosterior({ regimes, chains, method, paretoK, fallback }: RegimeState): Posterior {
  const names = regimeNames(regimes)
  const values = regimeValues(regimes)
  const draws: { [name: string]: Float64Array[] } = {}
  for (const name of names) draws[name] = chains[0].map(chain => new Float64Array(chain.length))
  for (let c = 0; c < chains[0].length; c++) {
    for (let i = 0; i < chains[0][c].length; i++) {
      const row = values(Float64Array.from(chains, column => column[c][i]))
      names.forEach((name, j) => {
        draws[name][c][i] = row[j]
      })
    }
  }
  return {
    names,
    draws,
    method,
    ...(paretoK === null ? {} : { paretoK }),
    ...(fallback === null ? {} : { fallback }),
  }
}
