import { assert } from '../base/index.js'
import { cholesky, inverseFromCholesky, solveCholesky } from '../math/index.js'
import { asTarget, type LogDensity, logDensityOf, type Target } from './target.js'

export interface Mode {
  readonly x: Float64Array
  readonly logDensity: number
  /** Lower Cholesky factor of the inverse of minus the Hessian at the mode (row-major d x d). */
  readonly factor: Float64Array
}

/** Gradient and Hessian by central differences with the given steps, all points asked at once; null where the density vanishes nearby. */
function differences(
  target: Target,
  x: Float64Array,
  steps: Float64Array,
  centre: number,
): { gradient: Float64Array; hessian: Float64Array } | null {
  const d = x.length
  const count = d * (d + 1)
  const points = new Float64Array(count * d)
  for (let k = 0; k < count; k++) points.set(x, k * d)
  // Rows 2 i and 2 i + 1: coordinate i up and down. Then, for every pair j < i: both up, both down.
  let row = 0
  for (let i = 0; i < d; i++) {
    points[row++ * d + i] += steps[i]
    points[row++ * d + i] -= steps[i]
  }
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < i; j++) {
      for (const sign of [1, -1]) {
        points[row * d + i] += sign * steps[i]
        points[row++ * d + j] += sign * steps[j]
      }
    }
  }
  const values = new Float64Array(count)
  target.evaluate(points, count, values)
  if (!values.every(Number.isFinite)) return null
  const gradient = new Float64Array(d)
  const hessian = new Float64Array(d * d)
  row = 2 * d
  for (let i = 0; i < d; i++) {
    const [plus, minus] = [values[2 * i], values[2 * i + 1]]
    gradient[i] = (plus - minus) / (2 * steps[i])
    hessian[i * d + i] = (plus - 2 * centre + minus) / (steps[i] * steps[i])
    for (let j = 0; j < i; j++) {
      const both = values[row++] + values[row++]
      const mixed = (both + 2 * centre - plus - minus - values[2 * j] - values[2 * j + 1]) / (2 * steps[i] * steps[j])
      hessian[i * d + j] = hessian[j * d + i] = mixed
    }
  }
  return { gradient, hessian }
}

const RIDGE_MIN = 1e-3
const RIDGE_MAX = 1e12

/**
 * The mode of a log density by damped Newton steps on finite differences. Where the Hessian is not negative definite, or no step
 * climbs, Levenberg's ridge grows until one does; it shrinks again from point to point. Null when none is found within `iterations`.
 * @param scales rough standard deviations, one a coordinate: they set the difference steps
 */
export function findMode(given: Target | LogDensity, start: Float64Array, scales: Float64Array, iterations = 100): Mode | null {
  const d = start.length
  const target = asTarget(given, d)
  let x: Float64Array = Float64Array.from(start)
  let value = logDensityOf(target)(x)
  if (!Number.isFinite(value)) return null
  const steps = scales.map(s => 0.02 * s)
  let ridge = 0
  for (let i = 0; i < iterations; i++) {
    const local = differences(target, x, steps, value)
    if (local === null) return null
    const factor = factorOfNegative(local.hessian, scales, 0)
    const decrement = factor === null ? Number.POSITIVE_INFINITY : decrementOf(factor, local.gradient)
    if (factor !== null && decrement < 1e-4) return { x, logDensity: value, factor: inverseFactor(factor, d) }
    const moved = climb(target, x, value, local, scales, ridge)
    if (moved === null)
      return factor !== null && decrement < 1e-2 ? { x, logDensity: value, factor: inverseFactor(factor, d) } : null
    x = moved.x
    value = moved.value
    ridge = moved.ridge <= RIDGE_MIN ? 0 : moved.ridge / 8
  }
  return null
}

/** Newton's decrement: twice what the quadratic model still promises. */
function decrementOf(factor: Float64Array, gradient: Float64Array): number {
  const step = solveCholesky(factor, gradient)
  let decrement = 0
  for (let k = 0; k < step.length; k++) decrement += step[k] * gradient[k]
  return decrement
}

/** The first point that climbs, with ridges from `ridge` on; null when none does. */
function climb(
  target: Target,
  x: Float64Array,
  value: number,
  { gradient, hessian }: { gradient: Float64Array; hessian: Float64Array },
  scales: Float64Array,
  ridge: number,
): { x: Float64Array; value: number; ridge: number } | null {
  for (let r = ridge; r < RIDGE_MAX; r = Math.max(RIDGE_MIN, 4 * r)) {
    const factor = factorOfNegative(hessian, scales, r)
    if (factor === null) continue
    const moved = lineSearch(target, x, solveCholesky(factor, gradient), value)
    if (moved !== null) return { ...moved, ridge: r }
  }
  return null
}

function factorOfNegative(hessian: Float64Array, scales: Float64Array, ridge: number): Float64Array | null {
  const d = scales.length
  const matrix = hessian.map(h => -h)
  for (let i = 0; i < d; i++) matrix[i * d + i] += ridge / (scales[i] * scales[i])
  return cholesky(matrix, d)
}

/** The first of the steps 1, 1/2, 1/4 ... 1/512 that climbs: the whole one is asked alone, as it mostly does, the others at once. */
function lineSearch(
  target: Target,
  x: Float64Array,
  step: Float64Array,
  value: number,
): { x: Float64Array; value: number } | null {
  const d = x.length
  const whole = x.map((v, k) => v + step[k])
  const there = logDensityOf(target)(whole)
  if (there > value) return { x: whole, value: there }
  const points = new Float64Array(HALVINGS * d)
  for (let i = 0, scale = 0.5; i < HALVINGS; i++, scale /= 2)
    for (let k = 0; k < d; k++) points[i * d + k] = x[k] + scale * step[k]
  const values = new Float64Array(HALVINGS)
  target.evaluate(points, HALVINGS, values)
  const first = values.findIndex(v => v > value)
  return first < 0 ? null : { x: points.slice(first * d, (first + 1) * d), value: values[first] }
}

const HALVINGS = 9

/** From L with L L' = A to the lower factor of the inverse of A. */
function inverseFactor(factor: Float64Array, d: number): Float64Array {
  const inverse = cholesky(inverseFromCholesky(factor, d), d)
  assert(inverse !== null, 'the inverse of a positive definite matrix is positive definite')
  return inverse
}
