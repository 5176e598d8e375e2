import { childKey, type Key, openStream } from '../../base/index.js'
import { essOf, rejuvenate, reweighted } from '../../inference/index.js'
import { cholesky } from '../../math/index.js'
import { gaussianPoints } from './pool.js'
import { familyOf, type GarchState, garchBelief, moveTo } from './posterior.js'
import type { GarchPrior } from './prior.js'
import { absorbRows, garchTarget } from './target.js'

/**
 * Moves every draw's volatility by one return, and its weight by the return's density (IBIS, Chopin 2002), in place. When fewer
 * than half as many effective draws are left as there are draws, they are resampled and moved by Metropolis-Hastings on the
 * posterior of all returns since the window's start. A pooled belief is no such posterior: its draws are renewed from the
 * Gaussian of their weighted moments, which is the family that beliefs are pooled in. `state.rejuvenated` says which.
 */
export function absorb(state: GarchState, prior: GarchPrior, ret: number, key: Key): void {
  const logDensities = absorbRows(familyOf(state), state.parameters, ret, state.variance)
  const { set, logPredictive } = reweighted({ points: state.points, logWeights: state.logWeights }, logDensities)
  state.logWeights = set.logWeights
  state.returns.push(ret)
  state.absorbed++
  state.rejuvenated = logPredictive === Number.NEGATIVE_INFINITY ? 'no draw could give the return a density: weights kept' : null
  const ess = essOf(state.logWeights)
  const n = state.logWeights.length
  if (ess >= n / 2) return
  const why = `${ess.toFixed(0)} effective of ${n} draws after ${state.absorbed} returns`
  state.rejuvenated = state.isPooled
    ? renew(state, key, why)
    : move(state, garchTarget(familyOf(state), prior, Float64Array.from(state.returns), state.start), key, why)
}

function move(state: GarchState, target: ReturnType<typeof garchTarget>, key: Key, why: string): string {
  const { points, logWeights } = state
  const { set, moves, moved, method } = rejuvenate(target, { points, logWeights }, openStream(childKey(key, 'rejuvenate')))
  moveTo(state, set.points)
  return `${why}: resampled, ${moves} passes of ${method} moved ${(100 * moved).toFixed(0)} %`
}

function renew(state: GarchState, key: Key, why: string): string {
  const { mean, covariance } = garchBelief(state)
  const factor = cholesky(covariance, mean.length)
  const points = factor === null ? null : gaussianPoints(familyOf(state), mean, factor, state.logWeights.length, key)
  if (points === null) return `${why}: kept, since their Gaussian does not lie in the support`
  moveTo(state, points)
  return `${why}: renewed from the Gaussian of the pooled draws' weighted moments`
}
