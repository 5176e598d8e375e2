import { childKey, type Key, nextUniform, openStream, type Stream } from '../base/index.js'
import { drawNormal } from '../distributions/index.js'
import type { Target } from '../inference/index.js'
import { cholesky, exp, LN_2PI, ln, momentsOf } from '../math/index.js'
import { nextRegimes, observed } from './regime-likelihood.js'
import { fromPoint, pointLength, toPoint } from './regime-point.js'
import { dimensionOf, filteredAt, type RegimeState, regimeTarget } from './regime-posterior.js'
import type { RegimePrior } from './regime-prior.js'

/** The draws' weights, summing to 1. */
export function weightsOf({ logWeights }: RegimeState): Float64Array {
  let largest = Number.NEGATIVE_INFINITY
  for (const w of logWeights) if (w > largest) largest = w
  const weights = logWeights.map(w => exp(w - largest))
  let sum = 0
  for (const w of weights) sum += w
  return weights.map(w => w / sum)
}

/**
 * Absorbs one return, in place: every draw's regime probabilities move by it and its weight is multiplied by its predictive density
 * (IBIS: Chopin 2002). Once the effective number of draws is below half of them, they are resampled and moved on the posterior of
 * all returns seen.
 */
export function absorbRegimes(state: RegimeState, prior: RegimePrior, ret: number, key: Key): void {
  const { regimes, points, filtered, logWeights } = state
  const length = pointLength(regimes)
  for (let k = 0; k < logWeights.length; k++) {
    const p = filtered.subarray(k * regimes, (k + 1) * regimes)
    logWeights[k] += moveByReturn(p, nextRegimes(regimes, p, points, k * length), points, k * length, ret)
  }
  state.returns.push(ret)
  state.rejuvenated = null
  const weights = weightsOf(state)
  let squares = 0
  for (const w of weights) squares += w * w
  if (squares * weights.length > 2) rejuvenate(state, prior, weights, 1 / squares, key)
}

/** Writes the regimes' probabilities after a return to `p`; returns the return's log predictive density. */
function moveByReturn(p: Float64Array, predicted: Float64Array, points: Float64Array, at: number, ret: number): number {
  const regimes = p.length
  const r = ret - points[at]
  const largest = points[at + regimes]
  let sum = 0
  for (let j = 0; j < regimes; j++) {
    const sigma = points[at + 1 + j]
    // The largest sigma's exponential is factored out: no return is so far that every density vanishes.
    const density = exp(0.5 * r * r * (1 / (largest * largest) - 1 / (sigma * sigma))) / sigma
    p[j] = predicted[j] * density
    sum += p[j]
  }
  for (let j = 0; j < regimes; j++) p[j] /= sum
  const z = r / largest
  return ln(sum) - 0.5 * (z * z + LN_2PI)
}

const SWEEPS_LEAST = 5
const SWEEPS_MAX = 20

/** Resampling, then random-walk Metropolis sweeps over all draws until on average each has moved three times. */
function rejuvenate(state: RegimeState, prior: RegimePrior, weights: Float64Array, effective: number, key: Key): void {
  const { regimes } = state
  const n = weights.length
  const d = dimensionOf(regimes)
  const data = observed(state.returns)
  const target = regimeTarget(regimes, prior, data)
  const rows = coordinatesOf(state)
  const factor = spreadOf(rows, d, weights, effective)
  const picked = systematic(weights, openStream(childKey(key, 'resample')))
  const held = new Float64Array(n * d)
  for (let k = 0; k < n; k++) held.set(rows.subarray(picked[k] * d, (picked[k] + 1) * d), k * d)
  const { sweeps, accepted } = metropolisSweeps(target, held, factor, openStream(childKey(key, 'move')))
  const length = pointLength(regimes)
  for (let k = 0; k < n; k++) toPoint(regimes, held.subarray(k * d, (k + 1) * d), state.points, k * length)
  state.filtered = filteredAt(regimes, data, state.points, n)
  state.logWeights.fill(0)
  const rate = Math.round((100 * accepted) / (sweeps * n))
  state.rejuvenated = `effective draws ${Math.round(effective)} of ${n}: resampled, ${sweeps} Metropolis sweeps, ${rate} % accepted`
}

function coordinatesOf({ regimes, points, logWeights }: RegimeState): Float64Array {
  const d = dimensionOf(regimes)
  const length = pointLength(regimes)
  const rows = new Float64Array(logWeights.length * d)
  for (let k = 0; k < logWeights.length; k++) rows.set(fromPoint(regimes, points.subarray(k * length, (k + 1) * length)), k * d)
  return rows
}

/** The Cholesky factor of the draws' covariance: weighted, or where too few carry the weight, of all. */
function spreadOf(rows: Float64Array, d: number, weights: Float64Array, effective: number): Float64Array {
  const n = weights.length
  const columns = Array.from({ length: d }, (_, i) => Float64Array.from({ length: n }, (_, k) => rows[k * d + i]))
  const equal = new Float64Array(n).fill(1 / n)
  const factor = cholesky(momentsOf(columns, effective > 10 * d ? weights : equal).covariance, d)
  if (factor !== null) return factor
  // Draws on a line or a point: small steps in every direction.
  const small = new Float64Array(d * d)
  for (let i = 0; i < d; i++) small[i * d + i] = 0.05
  return small
}

/** Systematic resampling: the ancestors of n equally weighted draws, ascending. */
function systematic(weights: Float64Array, stream: Stream): Int32Array {
  const n = weights.length
  const ancestors = new Int32Array(n)
  const u = nextUniform(stream)
  let cumulative = weights[0]
  let j = 0
  for (let k = 0; k < n; k++) {
    while (cumulative * n < k + u && j < n - 1) cumulative += weights[++j]
    ancestors[k] = j
  }
  return ancestors
}

/** Moves n points (row-major, in place), the scale of the steps towards an acceptance of a quarter. */
function metropolisSweeps(
  target: Target,
  held: Float64Array,
  factor: Float64Array,
  stream: Stream,
): { sweeps: number; accepted: number } {
  const d = target.dimension
  const n = held.length / d
  const values = new Float64Array(n)
  target.evaluate(held, n, values)
  const proposed = new Float64Array(held.length)
  const proposedValues = new Float64Array(n)
  let scale = 2.38 / Math.sqrt(d)
  let accepted = 0
  let sweeps = 0
  while (sweeps < SWEEPS_LEAST || (accepted < 3 * n && sweeps < SWEEPS_MAX)) {
    proposed.set(held)
    for (let k = 0; k < n; k++) {
      for (let i = 0; i < d; i++) {
        const z = scale * drawNormal(stream)
        for (let j = i; j < d; j++) proposed[k * d + j] += z * factor[j * d + i]
      }
    }
    target.evaluate(proposed, n, proposedValues)
    let now = 0
    for (let k = 0; k < n; k++) {
      if (!(ln(nextUniform(stream)) < proposedValues[k] - values[k])) continue
      held.set(proposed.subarray(k * d, (k + 1) * d), k * d)
      values[k] = proposedValues[k]
      now++
    }
    scale *= now < 0.1 * n ? 0.5 : now > 0.4 * n ? 1.5 : 1
    accepted += now
    sweeps++
  }
  return { sweeps, accepted }
}
