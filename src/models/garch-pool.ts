import { assert, childKey, type Key, nextUniform, openStream } from '../base/index.js'
import { drawNormal } from '../distributions/index.js'
import { type Belief, beliefProblem, poolBeliefs, psis, squaredDistance, systematic } from '../inference/index.js'
import { cholesky } from '../math/index.js'
import { type GarchState, garchBelief, moveTo } from './garch-posterior.js'
import { type GarchParameters, toParameters } from './garch-prior.js'

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
  const n = state.points[0].length
  const logRatios = Float64Array.from({ length: n }, (_, k) => {
    const x = Float64Array.from(state.points, column => column[k])
    return 0.5 * (squaredDistance(x, own.mean, ownFactor) - squaredDistance(x, pooled.mean, pooledFactor))
  })
  // Equal beliefs leave ratios that differ by rounding alone, in which a tail's shape would mean nothing.
  if (Math.max(...logRatios) - Math.min(...logRatios) < 1e-9)
    return { paretoK: 0, method: 'own draws kept: the peers believe the same' }
  const { logWeights, paretoK } = psis(logRatios)
  const stream = openStream(key)
  if (paretoK > 0.7) {
    const points = gaussianPoints(pooled.mean, pooledFactor, n, key)
    if (points === null) return { paretoK, method: 'own draws kept: the pooled Gaussian lies outside the support' }
    moveTo(state, points)
    return { paretoK, method: 'renewed from the pooled Gaussian' }
  }
  const chosen = systematic(logWeights, nextUniform(stream))
  moveTo(
    state,
    state.points.map(column => Float64Array.from(chosen, k => column[k])),
  )
  return { paretoK, method: 'own draws reweighted' }
}

/** `n` draws of a Gaussian inside the support; null when fewer than one in fifty lies there. */
function gaussianPoints(mean: Float64Array, factor: Float64Array, n: number, key: Key): Float64Array[] | null {
  const d = mean.length
  const points = Array.from({ length: d }, () => new Float64Array(n))
  const stream = openStream(childKey(key, 'renewed'))
  const x = new Float64Array(d)
  const p: GarchParameters = { mu: 0, omega: 0, alpha: 0, beta: 0, nu: 0 }
  for (let k = 0, tries = 0; k < n; ) {
    if (++tries > 50 * n) return null
    x.set(mean)
    for (let i = 0; i < d; i++) {
      const z = drawNormal(stream)
      for (let j = i; j < d; j++) x[j] += z * factor[j * d + i]
    }
    if (!toParameters(x, p)) continue
    for (let i = 0; i < d; i++) points[i][k] = x[i]
    k++
  }
  return points
}
