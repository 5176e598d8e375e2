import { childKey, type Key, openStream } from '../../base/index.js'
import { essOf, rejuvenate, reweighted } from '../../inference/index.js'
import { exp, LN_2PI, ln } from '../../math/index.js'
import { nextRegimes, observed } from './likelihood.js'
import { pointLength } from './point.js'
import { moveTo, type RegimeState, regimeTarget } from './posterior.js'
import type { RegimePrior } from './prior.js'

/**
 * Absorbs one return, in place: every draw's regime probabilities move by it, and its weight by its predictive density (IBIS: Chopin
 * 2002). When fewer than half as many effective draws are left as there are draws, they are resampled and moved by
 * Metropolis-Hastings on the posterior of all returns since the window's start.
 */
export function absorbRegimes(state: RegimeState, prior: RegimePrior, ret: number, key: Key): void {
  const { regimes, parameters, filtered } = state
  const length = pointLength(regimes)
  const logDensities = state.logWeights.map((_, k) => {
    const p = filtered.subarray(k * regimes, (k + 1) * regimes)
    return moveByReturn(p, nextRegimes(regimes, p, parameters, k * length), parameters, k * length, ret)
  })
  state.logWeights = reweighted({ points: state.points, logWeights: state.logWeights }, logDensities).set.logWeights
  state.returns.push(ret)
  state.absorbed++
  state.rejuvenated = null
  const ess = essOf(state.logWeights)
  const n = state.logWeights.length
  if (ess >= n / 2) return
  const target = regimeTarget(regimes, prior, observed(state.returns))
  const { set, moves, moved, method } = rejuvenate(
    target,
    { points: state.points, logWeights: state.logWeights },
    openStream(childKey(key, 'rejuvenate')),
  )
  moveTo(state, set.points)
  state.rejuvenated =
    `${ess.toFixed(0)} effective of ${n} draws after ${state.absorbed} returns: resampled, ` +
    `${moves} passes of ${method} moved ${(100 * moved).toFixed(0)} %`
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
