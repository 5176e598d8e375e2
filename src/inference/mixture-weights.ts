import { assert, refuse } from '../base/index.js'
import { cholesky, ln, solveCholesky } from '../math/index.js'

type Rows = readonly Float64Array[]

const GAP_MAX = 1e-10
const GAP_GOAL = 1e-12
const STEPS_MAX = 100
// Weights below these may be the barrier's alone: the first bound that leaves the certificate intact is taken.
const SMALL = [1e-6, 1e-8, 1e-10]

/**
 * The weights on the simplex that maximise mean_i ln (p w)_i, within 1e-10 by certificate: by concavity the shortfall is at most
 * max_k g_k - 1, g_k = mean_i p_ki / (p w)_i. A primal-dual interior point method with a backtracking search on the barrier
 * function (Nocedal & Wright 2006, chapter 19) for the same problem freed of its constraint on the sum: minimise
 * sum_k w_k - mean_i ln (p w)_i over w >= 0, whose solution lies on the simplex.
 * @param p one row a component: densities in [0, 1], the largest of each observation 1
 */
export function mixtureWeights(p: Rows): Float64Array {
  const models = p.length
  let weights: Float64Array = new Float64Array(models).fill(1 / models)
  let duals: Float64Array = new Float64Array(models).fill(1)
  let best: { weights: Float64Array; gap: number } = { weights, gap: Number.POSITIVE_INFINITY }
  for (let step = 0; step < STEPS_MAX && best.gap > GAP_GOAL; step++) {
    const mixed = mixture(p, weights)
    const gradient = p.map(row => meanRatio(row, mixed))
    const total = weights.reduce((a, b) => a + b)
    const gap = total * Math.max(...gradient) - 1
    if (gap < best.gap) best = { weights: weights.map(w => w / total), gap }
    const barrier = (0.1 * weights.reduce((sum, w, k) => sum + w * duals[k], 0)) / models
    const slope = weights.map((w, k) => 1 - gradient[k] - barrier / w)
    const direction = newtonDirection(curvature(p, mixed), slope, weights, duals)
    const next = search(p, weights, direction, slope, barrier)
    duals = duals.map((s, k) => {
      const centre = barrier / next[k]
      return Math.min(1e4 * centre, Math.max(1e-4 * centre, (barrier - s * direction[k]) / weights[k]))
    })
    weights = next
  }
  if (!(best.gap <= GAP_MAX)) refuse('STACKING_NOT_CERTIFIED', `a gap of ${best.gap}`, `a gap of at most ${GAP_MAX}`, 'elpd')
  for (const bound of SMALL) {
    const pruned = scaledToOne(best.weights.map(w => (w < bound ? 0 : w)))
    if (gapAt(p, pruned) <= GAP_MAX) return pruned
  }
  return best.weights
}

/** The most by which a point of the simplex falls short of the maximum, in nats an observation. */
function gapAt(p: Rows, weights: Float64Array): number {
  const mixed = mixture(p, weights)
  return Math.max(...p.map(row => meanRatio(row, mixed))) - 1
}

function scaledToOne(weights: Float64Array): Float64Array {
  const total = weights.reduce((a, b) => a + b)
  return weights.map(w => w / total)
}

function mixture(p: Rows, weights: Float64Array): Float64Array {
  const mixed = new Float64Array(p[0].length)
  p.forEach((row, k) => {
    for (let i = 0; i < mixed.length; i++) mixed[i] += weights[k] * row[i]
  })
  return mixed
}

function meanRatio(row: Float64Array, mixed: Float64Array): number {
  let sum = 0
  for (let i = 0; i < row.length; i++) sum += row[i] / mixed[i]
  return sum / row.length
}

/** The mean of p_ik p_il / (p w)_i^2, row-major. */
function curvature(p: Rows, mixed: Float64Array): Float64Array {
  const models = p.length
  const matrix = new Float64Array(models * models)
  const scaled = p.map(row => row.map((x, i) => x / mixed[i]))
  for (let k = 0; k < models; k++) {
    for (let l = 0; l <= k; l++) {
      let sum = 0
      for (let i = 0; i < mixed.length; i++) sum += scaled[k][i] * scaled[l][i]
      matrix[k * models + l] = matrix[l * models + k] = sum / mixed.length
    }
  }
  return matrix
}

/** Minus (curvature + diag(duals / weights))^-1 slope; nearly dependent models need a ridge. */
function newtonDirection(matrix: Float64Array, slope: Float64Array, weights: Float64Array, duals: Float64Array): Float64Array {
  const models = weights.length
  let largest = 0
  for (let k = 0; k < models; k++) {
    matrix[k * (models + 1)] += duals[k] / weights[k]
    largest = Math.max(largest, matrix[k * (models + 1)])
  }
  let ridge = 1e-15 * largest
  for (let attempt = 0; attempt < 12; attempt++) {
    const factor = cholesky(matrix, models)
    if (factor !== null)
      return solveCholesky(
        factor,
        slope.map(x => -x),
      )
    for (let k = 0; k < models; k++) matrix[k * (models + 1)] += ridge
    ridge *= 10
  }
  assert(false, 'a positive definite matrix plus a ridge has a Cholesky factor')
}

/** The step along `direction` that stays inside and lowers the barrier function (Armijo's rule). */
function search(p: Rows, weights: Float64Array, direction: Float64Array, slope: Float64Array, barrier: number): Float64Array {
  const value = barrierFunction(p, weights, barrier)
  const descent = direction.reduce((sum, d, k) => sum + d * slope[k], 0)
  let share = direction.reduce((least, d, k) => (d < 0 ? Math.min(least, (-0.995 * weights[k]) / d) : least), 1)
  for (let halving = 0; halving < 40; halving++, share /= 2) {
    const next = weights.map((w, k) => w + share * direction[k])
    // The slack is the value's own rounding.
    if (barrierFunction(p, next, barrier) <= value + 1e-4 * share * descent + 1e-14 * (1 + Math.abs(value))) return next
  }
  return weights
}

function barrierFunction(p: Rows, weights: Float64Array, barrier: number): number {
  const total = weights.reduce((a, b) => a + b)
  return total - sumOfLogs(mixture(p, weights)) / p[0].length - barrier * sumOfLogs(weights)
}

/** The sum of ln x_i, by logarithms of products. */
function sumOfLogs(values: Float64Array): number {
  let sum = 0
  let product = 1
  for (let i = 0; i < values.length; i++) {
    product *= values[i]
    if (product < 1e-100 || product > 1e100) {
      sum += ln(product)
      product = 1
    }
  }
  return sum + ln(product)
}
