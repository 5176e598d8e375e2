import { erfc, exp, ln, SQRT_2, SQRT_2PI } from '../../math/index.js'

// Scale mixtures of centred normals on one lattice: component c has the log variance c STEP. At x = exp(i STEP / 2) the tail of
// a mixture is then a sum of weights times a table in i - c, so that quantiles cost no error function.

/** Spacing of the lattice in the log variance. */
const STEP = 0.05
const HALF = STEP / 2
/** The table spans x / sd from exp(DEEP HALF), 3e-11, to exp(FAR HALF), 39. */
const DEEP = -970
const FAR = 147

/** Weights of the lattice's components `first`, `first + 1` ...; they sum to 1. */
export interface ScaleMixture {
  readonly first: number
  readonly weights: Float64Array
}

/** A mixture without components yet, with room for log variances between two values. */
export function emptyMixture(lowest: number, highest: number): ScaleMixture {
  const first = Math.floor(lowest / STEP) - 3
  return { first, weights: new Float64Array(Math.floor(highest / STEP) + 5 - first) }
}

/** Puts a mass at one log variance: onto six neighbours by Lagrange's weights, which integrates what is smooth to 1e-9. */
export function addComponent({ first, weights }: ScaleMixture, logVariance: number, mass: number): void {
  const position = logVariance / STEP
  const c = Math.floor(position)
  const t = position - c
  const [a, b, d, e] = [t + 2, t + 1, t - 1, t - 2]
  const f = t - 3
  const at = c - 2 - first
  weights[at] -= (mass * b * t * d * e * f) / 120
  weights[at + 1] += (mass * a * t * d * e * f) / 24
  weights[at + 2] -= (mass * a * b * d * e * f) / 12
  weights[at + 3] += (mass * a * b * t * e * f) / 12
  weights[at + 4] -= (mass * a * b * t * d * f) / 24
  weights[at + 5] += (mass * a * b * t * d * e) / 120
}

let table: { readonly tail: Float64Array; readonly inner: Float64Array } | undefined

/** P(Z > z) and P(0 < Z < z) at z = exp((DEEP + k) HALF). */
function normalTable(): { readonly tail: Float64Array; readonly inner: Float64Array } {
  if (table === undefined) {
    const z = Float64Array.from({ length: FAR - DEEP + 1 }, (_, k) => exp((DEEP + k) * HALF))
    // Below a thousandth the difference from one half loses digits that the series keeps.
    const inner = (x: number): number => (x < 1e-3 ? (x * (1 - (x * x) / 6)) / SQRT_2PI : 0.5 - 0.5 * erfc(x / SQRT_2))
    table = { tail: z.map(x => 0.5 * erfc(x / SQRT_2)), inner: z.map(inner) }
  }
  return table
}

/** The sum over components of the table at i - c: the mixture's tail (or inner) probability at x = exp(i HALF). */
function probabilityAt({ first, weights }: ScaleMixture, i: number, values: Float64Array): number {
  let sum = 0
  const base = i - first - DEEP
  const last = values.length - 1
  for (let k = 0; k < weights.length; k++) sum += weights[k] * values[Math.min(Math.max(base - k, 0), last)]
  return sum
}

const NEIGHBOURS = 6

/**
 * The x > 0 with P(X > x) = tail, for tail in (0, 1/2): bracketed on the lattice by bisection, then interpolated through six
 * neighbours in the logarithm of the tail (or near the centre of one half minus it), in which x is smooth: relative error below 1e-8.
 */
export function upperQuantile(mixture: ScaleMixture, tail: number): number {
  const { first, weights } = mixture
  const isInner = tail > 0.3
  const values = isInner ? normalTable().inner : normalTable().tail
  const target = isInner ? 0.5 - tail : tail
  const isBefore = (i: number): boolean => probabilityAt(mixture, i, values) < target === isInner
  let low = first + DEEP
  let high = first + weights.length + FAR
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (isBefore(middle)) low = middle
    else high = middle
  }
  const from = low - NEIGHBOURS / 2 + 1
  const logs = new Float64Array(NEIGHBOURS)
  for (let k = 0; k < NEIGHBOURS; k++) logs[k] = ln(Math.max(probabilityAt(mixture, from + k, values), 1e-320))
  return exp(HALF * (from + neville(logs, ln(target))))
}

/** The index, as a real number, at which values known at 0, 1 ... reach `y`: inverse interpolation by Neville's scheme. */
function neville(values: Float64Array, y: number): number {
  const n = values.length
  const index = Float64Array.from(values, (_, k) => k)
  for (let width = 1; width < n; width++) {
    for (let k = 0; k + width < n; k++) {
      const gap = values[k + width] - values[k]
      // Tails too far out to be told apart: the bracket itself serves.
      if (gap === 0) return n / 2 - 0.5
      index[k] = ((y - values[k]) * index[k + 1] + (values[k + width] - y) * index[k]) / gap
    }
  }
  return Math.min(Math.max(index[0], n / 2 - 1), n / 2)
}

/** The quantile at a level in (0, 1). */
export function mixtureQuantile(mixture: ScaleMixture, level: number): number {
  if (level === 0.5) return 0
  return level < 0.5 ? -upperQuantile(mixture, level) : upperQuantile(mixture, 1 - level)
}

/** The expected shortfall at a level whose quantile is known: minus the mean below it, a positive loss. */
export function mixtureShortfall({ first, weights }: ScaleMixture, level: number, quantile: number): number {
  let sum = 0
  for (let k = 0; k < weights.length; k++) {
    const sd = exp(HALF * (first + k))
    const z = quantile / sd
    sum += weights[k] * sd * exp(-0.5 * z * z)
  }
  return sum / SQRT_2PI / level
}
