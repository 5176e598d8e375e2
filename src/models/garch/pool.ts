import { assert, childKey, type Key, nextUniform, openStream } from '../../base/index.js'
import { drawNormal } from '../../distributions/index.js'
import { type Belief, beliefProblem, poolBeliefs, psis, resampled, squaredDistance } from '../../inference/index.js'
import { cholesky } from '../../math/index.js'
import { familyOf, type GarchState, garchBelief, moveTo } from './posterior.js'
import type { GarchFamily } from './prior.js'
import { isInside } from './target.js'

/** Why a peer's belief cannot be pooled, or null. */
export const garchBeliefProblem = (state: GarchState, belief: unknown): string | null => beliefProblem(belief, garchBelief(state))

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
  const n = state.logWeights.length
  const logRatios = Float64Array.from({ length: n }, (_, k) => {
    const x = state.points.subarray(k * d, (k + 1) * d)
    return 0.5 * (squaredDistance(x, own.mean, ownFactor) - squaredDistance(x, pooled.mean, pooledFactor))
  })
  // Equal beliefs leave ratios that differ by rounding alone, in which a tail's shape would mean nothing.
  if (Math.max(...logRatios) - Math.min(...logRatios) < 1e-9)
    return { paretoK: 0, method: 'own draws kept: the peers believe the same' }
  const { logWeights, paretoK } = psis(logRatios)
  if (paretoK > 0.7) {
    const points = gaussianPoints(familyOf(state), pooled.mean, pooledFactor, n, key)
    if (points === null) return { paretoK, method: 'own draws kept: the pooled Gaussian lies outside the support' }
    moveTo(state, points)
    state.isPooled = true
    return { paretoK, method: 'renewed from the pooled Gaussian' }
  }
  const moved = { points: state.points, logWeights: logWeights.map((w, k) => w + state.logWeights[k]) }
  moveTo(state, resampled(moved, nextUniform(openStream(key))).points)
  state.isPooled = true
  return { paretoK, method: 'own draws reweighted' }
}

/** `n` draws of a Gaussian inside the support, row-major; null when fewer than one in fifty lies there. */
export function gaussianPoints(
  family: GarchFamily,
  mean: Float64Array,
  factor: Float64Array,
  n: number,
  key: Key,
): Float64Array | null {
  const d = mean.length
  const points = new Float64Array(n * d)
  const candidates = new Float64Array(n * d)
  const stream = openStream(childKey(key, 'renewed'))
  let found = 0
  for (let round = 0; round < 50 && found < n; round++) {
    for (let k = 0; k < n; k++) {
      const x = candidates.subarray(k * d, (k + 1) * d)
      x.set(mean)
      for (let i = 0; i < d; i++) {
        const z = drawNormal(stream)
        for (let j = i; j < d; j++) x[j] += z * factor[j * d + i]
      }
    }
    const inside = isInside(family, candidates)
    for (let k = 0; k < n && found < n; k++) if (inside[k]) points.set(candidates.subarray(k * d, (k + 1) * d), found++ * d)
  }
  return found < n ? null : points
}
