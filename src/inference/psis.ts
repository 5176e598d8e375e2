import { refuse } from '../base/index.js'
import { exp, expm1, ln, log1p, sorted } from '../math/index.js'

/** Fit of a generalised Pareto distribution to exceedances: shape k and scale sigma. */
interface ParetoFit {
  readonly k: number
  readonly sigma: number
}

/**
 * Zhang & Stephens' (2009) quasi-Bayesian fit to ascending positive exceedances, the shape shrunk towards 1/2 as if by ten
 * further observations (Vehtari et al. 2024, appendix).
 */
function fitPareto(exceedances: Float64Array): ParetoFit {
  const n = exceedances.length
  const points = 30 + Math.floor(Math.sqrt(n))
  const quartile = exceedances[Math.floor(n / 4 + 0.5) - 1]
  const largest = exceedances[n - 1]
  const shapeAt = (theta: number): number => {
    let sum = 0
    for (let i = 0; i < n; i++) sum += log1p(-theta * exceedances[i])
    return sum / n
  }
  const theta = new Float64Array(points)
  const logLik = new Float64Array(points)
  for (let j = 0; j < points; j++) {
    theta[j] = 1 / largest + (1 - Math.sqrt(points / (j + 0.5))) / (3 * quartile)
    const k = shapeAt(theta[j])
    logLik[j] = n * (ln(-theta[j] / k) - k - 1)
  }
  let mean = 0
  for (let j = 0; j < points; j++) {
    let sum = 0
    for (let i = 0; i < points; i++) sum += exp(logLik[i] - logLik[j])
    mean += theta[j] / sum
  }
  const k = shapeAt(mean)
  return { k: (k * n + 0.5 * 10) / (n + 10), sigma: -k / mean }
}

/**
 * Pareto smoothed importance sampling (Vehtari, Simpson, Gelman, Yao & Gabry 2024).
 * @param logRatios log importance ratios, up to a constant
 * @param options.relativeEss relative efficiency of the draws (1 for independent ones)
 * @returns log weights that sum (as weights) to 1, in the given order, and the shape k-hat of the fitted tail: the
 *   estimate is reliable for k < .7. k is Infinity when the tail has fewer than 5 draws, 0 when all weights are equal.
 */
export function psis(
  logRatios: ArrayLike<number>,
  options: { relativeEss?: number } = {},
): {
  logWeights: Float64Array
  paretoK: number
} {
  const n = logRatios?.length
  const relativeEss = options?.relativeEss ?? 1
  if (!(relativeEss > 0 && relativeEss < Number.POSITIVE_INFINITY))
    refuse('BAD_RELATIVE_ESS', relativeEss, 'a positive number', 'relativeEss')
  if (typeof n !== 'number' || n === 0) refuse('BAD_LOG_RATIOS', 'no draws', 'at least one log ratio', 'logRatios')
  let largest = Number.NEGATIVE_INFINITY
  for (let i = 0; i < n; i++) {
    const ratio = logRatios[i]
    if (typeof ratio !== 'number' || Number.isNaN(ratio) || ratio === Number.POSITIVE_INFINITY)
      refuse('BAD_LOG_RATIOS', ratio, 'finite log ratios', `logRatios[${i}]`)
    if (ratio > largest) largest = ratio
  }
  if (largest === Number.NEGATIVE_INFINITY) refuse('BAD_LOG_RATIOS', 'all -Infinity', 'a positive ratio', 'logRatios')
  const logWeights = Float64Array.from(logRatios, x => x - largest)
  const tail = Math.ceil(Math.min(0.2 * n, 3 * Math.sqrt(n / relativeEss)))
  const paretoK = tail < 5 ? Number.POSITIVE_INFINITY : smoothTail(logWeights, tail)
  return { logWeights: normalised(logWeights), paretoK }
}

/** Replaces the largest `tail` log weights by the expected order statistics of the fitted Pareto, in place; returns k. */
function smoothTail(logWeights: Float64Array, tail: number): number {
  const n = logWeights.length
  const order = Uint32Array.from(logWeights, (_, i) => i).sort((a, b) => logWeights[a] - logWeights[b] || a - b)
  const cutoff = Math.max(logWeights[order[n - tail - 1]], -700)
  if (logWeights[order[n - 1]] - cutoff < 1e-12) return 0
  const base = exp(cutoff)
  const members = order.subarray(n - tail)
  const exceedances = sorted(Float64Array.from(members, i => base * expm1(Math.max(logWeights[i] - cutoff, 1e-15))))
  const { k, sigma } = fitPareto(exceedances)
  if (!Number.isFinite(k)) return Number.POSITIVE_INFINITY
  for (let j = 0; j < tail; j++) {
    const p = (j + 0.5) / tail
    const quantile = Math.abs(k) < 1e-12 ? -sigma * log1p(-p) : (sigma * expm1(-k * log1p(-p))) / k
    logWeights[members[j]] = Math.min(0, ln(base + quantile))
  }
  return k
}

function normalised(logWeights: Float64Array): Float64Array {
  let largest = Number.NEGATIVE_INFINITY
  for (const w of logWeights) if (w > largest) largest = w
  let sum = 0
  for (const w of logWeights) sum += exp(w - largest)
  const total = largest + ln(sum)
  return logWeights.map(w => w - total)
}
