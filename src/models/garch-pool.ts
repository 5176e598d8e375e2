import { assert, childKey, type Key, nextUniform, openStream } from '../base/index.js'
import { drawNormal } from '../distributions/index.js'
import { type Belief, beliefProblem, poolBeliefs, psis } from '../inference/index.js'
import { cholesky, exp, solveLower, systematicIndices } from '../math/index.js'
import { familyOf, type GarchState, garchBelief, moveTo, normalised } from './garch-posterior.js'
import { type GarchFamily, garchProblem } from './garch-prior.js'
import { parametersOf } from './garch-target.js'

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
  const stream = openStream(key)
  if (paretoK > 0.7) {
    const points = gaussianPoints(familyOf(state), pooled.mean, pooledFactor, n, key)
    if (points === null) return { paretoK, method: 'own draws kept: the pooled Gaussian lies outside the support' }
    moveTo(state, points)
    return { paretoK, method: 'renewed from the pooled Gaussian' }
  }
  const moved = normalised(logWeights.map((w, k) => w + state.logWeights[k])).map(exp)
  const chosen = systematicIndices(moved, n, nextUniform(stream))
  const points = new Float64Array(n * d)
  chosen.forEach((from, k) => {
    points.set(state.points.subarray(from * d, (from + 1) * d), k * d)
  })
  moveTo(state, points)
  return { paretoK, method: 'own draws reweighted' }
}

function squaredDistance(x: Float64Array, mean: Float64Array, factor: Float64Array): number {
  const z = solveLower(
    factor,
    x.map((v, i) => v - mean[i]),
  )
  let sum = 0
  for (const v of z) sum += v * v
  return sum
}

/** `n` draws of a Gaussian inside the support, row-major; null when fewer than one in fifty lies there. */
function gaussianPoints(family: GarchFamily, mean: Float64Array, factor: Float64Array, n: number, key: Key): Float64Array | null {
  const d = mean.length
  const points = new Float64Array(n * d)
  const stream = openStream(childKey(key, 'renewed'))
  for (let k = 0, tries = 0; k < n; ) {
    if (++tries > 50 * n) return null
    const x = points.subarray(k * d, (k + 1) * d)
    x.set(mean)
    for (let i = 0; i < d; i++) {
      const z = drawNormal(stream)
      for (let j = i; j < d; j++) x[j] += z * factor[j * d + i]
    }
    if (isInside(family, x)) k++
  }
  return points
}

function isInside(family: GarchFamily, x: Float64Array): boolean {
  const parameters = parametersOf(family, Float64Array.from(x))
  const named = Object.fromEntries(family.names.map((name, i) => [name, parameters[i]]))
  return x[1] > 0 && x[2] > 0 && garchProblem(named) === null
}
