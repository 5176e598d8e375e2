import { assert } from '../base/index.js'
import { cholesky, inverseFromCholesky, solveCholesky } from '../math/index.js'
import type { LogDensity } from './target.js'

export interface Mode {
  readonly x: Float64Array
  readonly logDensity: number
  /** Lower Cholesky factor of the inverse of minus the Hessian at the mode (row-major d x d). */
  readonly factor: Float64Array
}

/** Gradient and Hessian by central differences with the given steps; null where the density vanishes nearby. */
function differences(
  f: LogDensity,
  x: Float64Array,
  steps: Float64Array,
  centre: number,
): { gradient: Float64Array; hessian: Float64Array } | null {
  const d = x.length
  const gradient = new Float64Array(d)
  const hessian = new Float64Array(d * d)
  const y = Float64Array.from(x)
  const plus = new Float64Array(d)
  const minus = new Float64Array(d)
  for (let i = 0; i < d; i++) {
    y[i] = x[i] + steps[i]
    plus[i] = f(y)
    y[i] = x[i] - steps[i]
    minus[i] = f(y)
    y[i] = x[i]
    if (!(Number.isFinite(plus[i]) && Number.isFinite(minus[i]))) return null
    gradient[i] = (plus[i] - minus[i]) / (2 * steps[i])
    hessian[i * d + i] = (plus[i] - 2 * centre + minus[i]) / (steps[i] * steps[i])
  }
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < i; j++) {
      y[i] = x[i] + steps[i]
      y[j] = x[j] + steps[j]
      const both = f(y)
      y[i] = x[i] - steps[i]
      y[j] = x[j] - steps[j]
      const neither = f(y)
      y[i] = x[i]
      y[j] = x[j]
      if (!(Number.isFinite(both) && Number.isFinite(neither))) return null
      const mixed = (both + neither + 2 * centre - plus[i] - minus[i] - plus[j] - minus[j]) / (2 * steps[i] * steps[j])
      hessian[i * d + j] = hessian[j * d + i] = mixed
    }
  }
  return { gradient, hessian }
}

/**
 * The mode of a log density by damped Newton steps on finite differences (Levenberg's ridge where the Hessian is not
 * negative definite). Null when none is found within `iterations`.
 * @param scales rough standard deviations, one a coordinate: they set the difference steps
 */
export function findMode(f: LogDensity, start: Float64Array, scales: Float64Array, iterations = 60): Mode | null {
  const d = start.length
  let x: Float64Array = Float64Array.from(start)
  let value = f(x)
  if (!Number.isFinite(value)) return null
  const steps = scales.map(s => 0.02 * s)
  let ridge = 0
  for (let i = 0; i < iterations; i++) {
    const local = differences(f, x, steps, value)
    if (local === null) return null
    const factor = factorOfNegative(local.hessian, scales, ridge)
    if (factor === null) {
      ridge = Math.max(1, ridge * 4)
      if (ridge > 1e12) return null
      continue
    }
    const step = solveCholesky(factor, local.gradient)
    let decrement = 0
    for (let k = 0; k < d; k++) decrement += step[k] * local.gradient[k]
    if (ridge === 0 && decrement < 1e-4) return { x, logDensity: value, factor: inverseFactor(factor, d) }
    const moved = lineSearch(f, x, step, value)
    if (moved === null) {
      if (ridge === 0 && decrement < 1e-2) return { x, logDensity: value, factor: inverseFactor(factor, d) }
      ridge = Math.max(1, ridge * 4)
      if (ridge > 1e12) return null
      continue
    }
    x = moved.x
    value = moved.value
    ridge = ridge <= 1 ? 0 : ridge / 8
  }
  return null
}

function factorOfNegative(hessian: Float64Array, scales: Float64Array, ridge: number): Float64Array | null {
  const d = scales.length
  const matrix = hessian.map(h => -h)
  for (let i = 0; i < d; i++) matrix[i * d + i] += ridge / (scales[i] * scales[i])
  return cholesky(matrix, d)
}

function lineSearch(
  f: LogDensity,
  x: Float64Array,
  step: Float64Array,
  value: number,
): { x: Float64Array; value: number } | null {
  for (let scale = 1; scale > 1e-3; scale /= 2) {
    const candidate = x.map((v, k) => v + scale * step[k])
    const there = f(candidate)
    if (there > value) return { x: candidate, value: there }
  }
  return null
}

/** From L with L L' = A to the lower factor of the inverse of A. */
function inverseFactor(factor: Float64Array, d: number): Float64Array {
  const inverse = cholesky(inverseFromCholesky(factor, d), d)
  assert(inverse !== null, 'the inverse of a positive definite matrix is positive definite')
  return inverse
}
