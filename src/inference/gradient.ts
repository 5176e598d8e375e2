import type { Target } from './target.js'

/** Difference steps as shares of the scales: errors near 1e-6 from curvature and 1e-9 from rounding. */
const SHARE = 1e-3

/** Log densities and gradients (row-major) at `count` row-major points. Outside the support -Infinity, and a gradient that says nothing. */
export type Gradients = (points: Float64Array, count: number, values: Float64Array, gradients: Float64Array) => void

/**
 * The gradients of a target: its own, or central differences, 2 d + 1 points each, all asked at once; one-sided at an edge of
 * the support. Always finite, and a function of the point alone.
 * @param scales rough standard deviations of the coordinates: they set the difference steps
 */
export function gradientsOf(target: Target, scales: Float64Array): Gradients {
  const d = target.dimension
  const own = target.gradient
  if (own === undefined) return differences(target, scales)
  const x = new Float64Array(d)
  const gradient = new Float64Array(d)
  return (points, count, values, gradients) => {
    for (let row = 0; row < count; row++) {
      x.set(points.subarray(row * d, (row + 1) * d))
      const value = own.call(target, x, gradient)
      values[row] = Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value
      for (let i = 0; i < d; i++) gradients[row * d + i] = finite(gradient[i])
    }
  }
}

function differences(target: Target, scales: Float64Array): Gradients {
  const d = target.dimension
  const each = 2 * d + 1
  let around = new Float64Array(0)
  let found = new Float64Array(0)
  return (points, count, values, gradients) => {
    if (found.length < count * each) {
      around = new Float64Array(count * each * d)
      found = new Float64Array(count * each)
    }
    for (let row = 0; row < count; row++) {
      const first = row * each
      for (let k = 0; k < each; k++) for (let i = 0; i < d; i++) around[(first + k) * d + i] = points[row * d + i]
      for (let i = 0; i < d; i++) {
        around[(first + 2 * i + 1) * d + i] += SHARE * scales[i]
        around[(first + 2 * i + 2) * d + i] -= SHARE * scales[i]
      }
    }
    target.evaluate(around, count * each, found)
    for (let row = 0; row < count; row++) {
      const centre = found[row * each]
      values[row] = centre
      for (let i = 0; i < d; i++) {
        const up = found[row * each + 2 * i + 1]
        const down = found[row * each + 2 * i + 2]
        const sides = (Number.isFinite(up) ? 1 : 0) + (Number.isFinite(down) ? 1 : 0)
        const rise = (Number.isFinite(up) ? up : centre) - (Number.isFinite(down) ? down : centre)
        gradients[row * d + i] = finite(rise / (SHARE * scales[i] * sides))
      }
    }
  }
}

const finite = (value: number): number => (Number.isFinite(value) ? value : 0)
