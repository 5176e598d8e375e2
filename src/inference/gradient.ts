import type { Target } from './target.js'

/** The log density at x and its gradient into `out`; -Infinity outside the support, where the gradient says nothing. */
export type Gradient = (x: Float64Array, out: Float64Array) => number

/** Difference steps as shares of the scales: errors near 1e-6 from curvature and 1e-9 from rounding. */
const SHARE = 1e-3

/**
 * The gradient of a target: its own, or central differences on all 2 d points and the centre at once, one-sided at an edge of
 * the support. Always finite, and a function of x alone.
 * @param scales rough standard deviations of the coordinates: they set the difference steps
 */
export function gradientOf(target: Target, scales: Float64Array): Gradient {
  const d = target.dimension
  if (target.gradient !== undefined) {
    return (x, out) => {
      const value = target.gradient!(x, out)
      for (let i = 0; i < d; i++) if (!Number.isFinite(out[i])) out[i] = 0
      return Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value
    }
  }
  const count = 2 * d + 1
  const points = new Float64Array(count * d)
  const values = new Float64Array(count)
  return (x, out) => {
    for (let row = 0; row < count; row++) points.set(x, row * d)
    for (let i = 0; i < d; i++) {
      points[(2 * i + 1) * d + i] += SHARE * scales[i]
      points[(2 * i + 2) * d + i] -= SHARE * scales[i]
    }
    target.evaluate(points, count, values)
    const centre = values[0]
    for (let i = 0; i < d; i++) {
      const up = values[2 * i + 1]
      const down = values[2 * i + 2]
      const [isUp, isDown] = [Number.isFinite(up), Number.isFinite(down)]
      const rise = (isUp ? up : centre) - (isDown ? down : centre)
      out[i] = isUp || isDown ? rise / (SHARE * scales[i] * (isUp && isDown ? 2 : 1)) : 0
      if (!Number.isFinite(out[i])) out[i] = 0
    }
    return centre
  }
}
