import { assert } from '../base/index.js'

/** The log of an unnormalised density in unconstrained coordinates; -Infinity outside its support, never NaN. */
export type LogDensity = (x: Float64Array) => number

/** A log density that can be asked at many points at once, which is how kernels use both lanes and every port. */
export interface Target {
  readonly dimension: number
  /** How many points cost hardly more than one. Absent: one. */
  readonly lanes?: number
  /** Log densities at `count` points (row-major, count x dimension) into `out`. */
  evaluate(points: Float64Array, count: number, out: Float64Array): void
  /** The gradient at one point into `out`; returns the log density there. Absent: finite differences serve. */
  gradient?(x: Float64Array, out: Float64Array): number
}

/** A target from a function of one point; NaN counts as outside the support. */
export function targetOf(f: LogDensity, dimension: number): Target {
  const x = new Float64Array(dimension)
  return {
    dimension,
    evaluate(points, count, out) {
      assert(points.length >= count * dimension && out.length >= count, 'room for every point')
      for (let i = 0; i < count; i++) {
        x.set(points.subarray(i * dimension, (i + 1) * dimension))
        const value = f(x)
        out[i] = Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value
      }
    },
  }
}

/** The log density of a target at one point. */
export function logDensityOf(target: Target): LogDensity {
  const out = new Float64Array(1)
  return x => {
    target.evaluate(x, 1, out)
    return out[0]
  }
}

/** A target as it is, a function of one point made into one. */
export const asTarget = (given: Target | LogDensity, dimension: number): Target =>
  typeof given === 'function' ? targetOf(given, dimension) : given
