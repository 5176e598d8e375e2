import { assert } from '../base/index.js'
import { cholesky, inverseFromCholesky, medianOfSorted, multiply, solveCholesky, sorted } from '../math/index.js'
import type { Belief } from './posterior.js'

/**
 * The geometric mean prod p_i^w_i of beliefs of one family; weights are >= 0 and sum to 1, so a likelihood that all have
 * seen is counted once. Natural parameters average exactly; Gaussians pool by covariance intersection (Julier & Uhlmann
 * 1997): Lambda = sum w_i Lambda_i, Lambda m = sum w_i Lambda_i m_i.
 */
export function poolBeliefs(beliefs: readonly Belief[], weights: Float64Array): Belief {
  const first = beliefs[0]
  assert(beliefs.length === weights.length && beliefs.length > 0, 'one weight a belief')
  assert(
    beliefs.every(b => b.family === first.family && b.kind === first.kind),
    'only beliefs of one family are pooled',
  )
  if (first.kind === 'natural') {
    const values = new Float64Array(first.values.length)
    for (let i = 0; i < beliefs.length; i++) {
      const belief = beliefs[i]
      if (belief.kind === 'natural') for (let k = 0; k < values.length; k++) values[k] += weights[i] * belief.values[k]
    }
    return { kind: 'natural', family: first.family, values }
  }
  return poolGaussians(beliefs, weights)
}

function poolGaussians(beliefs: readonly Belief[], weights: Float64Array): Belief {
  const first = beliefs[0]
  assert(first.kind === 'gaussian', 'Gaussian beliefs')
  const d = first.mean.length
  const precision = new Float64Array(d * d)
  const shifted = new Float64Array(d)
  beliefs.forEach((belief, i) => {
    if (belief.kind !== 'gaussian' || weights[i] === 0) return
    const factor = cholesky(belief.covariance, d)
    assert(factor !== null, 'a parsed belief has a positive definite covariance')
    const own = inverseFromCholesky(factor, d)
    const moved = multiply(own, belief.mean)
    for (let k = 0; k < d * d; k++) precision[k] += weights[i] * own[k]
    for (let k = 0; k < d; k++) shifted[k] += weights[i] * moved[k]
  })
  const factor = cholesky(precision, d)
  assert(factor !== null, 'a sum of precisions is positive definite')
  return {
    kind: 'gaussian',
    family: first.family,
    mean: solveCholesky(factor, shifted),
    covariance: inverseFromCholesky(factor, d),
  }
}

/** The coordinates in which beliefs are compared: natural parameters, or means and standard deviations. */
function coordinates(belief: Belief): Float64Array {
  if (belief.kind === 'natural') return belief.values
  const d = belief.mean.length
  const point = new Float64Array(2 * d)
  for (let i = 0; i < d; i++) {
    point[i] = belief.mean[i]
    point[d + i] = Math.sqrt(belief.covariance[i * d + i])
  }
  return point
}

const medianOf = (values: readonly number[]): number => medianOfSorted(sorted(values))

/**
 * The unit of each coordinate: the median standard deviation, or the median size of a natural parameter. It lies among the
 * honest ones whatever fewer than half say. (The spread of the beliefs would not do: liars who copy one honest peer shrink it
 * to nothing, and make the other honest ones look far.)
 */
function units(points: readonly Float64Array[], kind: Belief['kind']): Float64Array {
  const width = points[0].length
  const offset = kind === 'gaussian' ? width / 2 : 0
  return Float64Array.from({ length: width }, (_, k) => medianOf(points.map(p => Math.abs(p[k < offset ? k + offset : k]))))
}

/**
 * Which peers to pool with: the indices (ascending) of the peers left when the `trim` farthest from the coordinate-wise
 * median of all beliefs, the own included, are dropped. A log pool alone has breakdown point 0; trimmed so, among
 * n >= 2 trim + 1 beliefs, a liar that is kept lies no farther from the median than an honest belief does.
 */
export function trimPeers(own: Belief, peers: readonly Belief[], trim: number): number[] {
  const indices = peers.map((_, i) => i)
  if (trim === 0) return indices
  const points = [own, ...peers].map(coordinates)
  const unit = units(points, own.kind)
  const distances = new Float64Array(points.length)
  for (let k = 0; k < unit.length; k++) {
    const median = medianOf(points.map(p => p[k]))
    for (let i = 0; i < points.length; i++) {
      const gap = Math.abs(points[i][k] - median)
      // A cap keeps one coordinate from overflowing the sum.
      const score = gap === 0 ? 0 : unit[k] > 0 ? Math.min(gap / unit[k], 1e6) : 1e6
      distances[i] += score * score
    }
  }
  const nearest = indices.sort((a, b) => distances[a + 1] - distances[b + 1] || a - b)
  return nearest.slice(0, Math.max(0, peers.length - trim)).sort((a, b) => a - b)
}

/** Why a value is not a belief that can be pooled with `family`, or null when it is one. */
export function beliefProblem(value: unknown, own: Belief): string | null {
  if (typeof value !== 'object' || value === null) return 'no belief'
  const belief = value as Belief
  if (belief.family !== own.family || belief.kind !== own.kind) return 'another family'
  const finite = (a: unknown, length: number): boolean =>
    a instanceof Float64Array && a.length === length && a.every(Number.isFinite)
  if (belief.kind === 'natural')
    return own.kind === 'natural' && finite(belief.values, own.values.length)
      ? null
      : 'natural parameters are not finite or of another length'
  if (own.kind !== 'gaussian' || !finite(belief.mean, own.mean.length) || !finite(belief.covariance, own.covariance.length))
    return 'mean or covariance is not finite or of another length'
  return gaussianProblem(belief, own)
}

/** A Gaussian of this condition and size pools with the own one without losing positive definiteness to rounding. */
const CONDITION_MAX = 1e8
const RATIO_MAX = 1e6

function gaussianProblem(belief: Belief & { kind: 'gaussian' }, own: Belief & { kind: 'gaussian' }): string | null {
  const d = own.mean.length
  const sd = Float64Array.from({ length: d }, (_, i) => Math.sqrt(belief.covariance[i * d + i]))
  for (let i = 0; i < d; i++) {
    const ownSd = Math.sqrt(own.covariance[i * d + i])
    if (!(sd[i] > 0)) return 'covariance is not positive definite'
    if (sd[i] > RATIO_MAX * ownSd || ownSd > RATIO_MAX * sd[i] || Math.abs(belief.mean[i] - own.mean[i]) > RATIO_MAX * ownSd)
      return 'mean or standard deviation beyond a million times the own one'
  }
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < i; j++) {
      const [a, b] = [belief.covariance[i * d + j], belief.covariance[j * d + i]]
      if (Math.abs(a - b) > 1e-9 * sd[i] * sd[j]) return 'covariance is not symmetric'
    }
  }
  const factor = cholesky(
    belief.covariance.map((v, k) => v / (sd[Math.floor(k / d)] * sd[k % d])),
    d,
  )
  if (factor === null) return 'covariance is not positive definite'
  const inverse = inverseFromCholesky(factor, d)
  let trace = 0
  for (let i = 0; i < d; i++) trace += inverse[i * d + i]
  return trace <= CONDITION_MAX ? null : 'covariance is close to singular'
}
