import { type Key, openStream, refuse } from '../base/index.js'
import { exp, ln } from '../math/index.js'
import type { Proposal } from './proposal.js'
import { psis } from './psis.js'
import { essOf, logSumExp } from './resampling.js'
import { columnsOf } from './run-chains.js'
import { asTarget, type LogDensity, type Target } from './target.js'

export interface ImportanceSample {
  /** Independent draws from the proposal, one array a coordinate. */
  readonly draws: readonly Float64Array[]
  /** Pareto smoothed; as weights they sum to one. */
  readonly logWeights: Float64Array
  /** Reliable below .7 (Vehtari et al. 2024). */
  readonly paretoK: number
  /** 1 / sum w^2. */
  readonly ess: number
  /** Log of the target's integral, from the weights before smoothing (unbiased), and its standard error (delta method). */
  readonly logEvidence: number
  readonly logEvidenceError: number
}

/**
 * Importance sampling from a proposal, its weights Pareto smoothed. OUTSIDE_SUPPORT: not one draw lay where the density is
 * positive. BAD_COUNT: fewer than two draws.
 */
export function importanceSample(given: Target | LogDensity, proposal: Proposal, count: number, key: Key): ImportanceSample {
  if (!(Number.isInteger(count) && count >= 2)) refuse('BAD_COUNT', count, 'a whole number of at least 2', 'count')
  const d = proposal.dimension
  const stream = openStream(key)
  const points = new Float64Array(count * d)
  const logDensities = new Float64Array(count)
  for (let i = 0; i < count; i++) logDensities[i] = proposal.draw(stream, points.subarray(i * d, (i + 1) * d))
  const logRatios = new Float64Array(count)
  asTarget(given, d).evaluate(points, count, logRatios)
  for (let i = 0; i < count; i++) logRatios[i] -= logDensities[i]
  const logSum = logSumExp(logRatios)
  if (logSum === Number.NEGATIVE_INFINITY)
    refuse(
      'OUTSIDE_SUPPORT',
      `a density of zero at all ${count} draws`,
      `a proposal that overlaps the target, not ${proposal.name}`,
    )
  const { logWeights, paretoK } = psis(logRatios)
  return {
    draws: columnsOf(points, count, d),
    logWeights,
    paretoK,
    ess: essOf(logWeights),
    logEvidence: logSum - ln(count),
    logEvidenceError: relativeError(logRatios, logSum),
  }
}

/** Standard error of the mean weight over the mean weight. */
function relativeError(logRatios: Float64Array, logSum: number): number {
  const n = logRatios.length
  let sum = 0
  for (const ratio of logRatios) {
    const gap = n * exp(ratio - logSum) - 1
    sum += gap * gap
  }
  return Math.sqrt(sum / (n * (n - 1)))
}
