import { nextUniform, type Stream } from '../base/index.js'
import { drawChiSquare, drawNormal } from '../distributions/index.js'
import { expm1, LN_PI, ln, lnGamma, log1p, solveLower } from '../math/index.js'
import type { Mode } from './mode.js'
import { asTarget, type LogDensity, type Target } from './target.js'

/**
 * A split-t proposal around a mode (after Geweke 1989, section 4): along each principal direction of the mode's
 * curvature the two sides have scales of their own, chosen to cover the target at several distances. A direction's side
 * is picked in proportion to its scale, so that the density is continuous.
 */
export interface SplitT {
  readonly mode: Mode
  readonly df: number
  readonly below: Float64Array
  readonly above: Float64Array
}

const DISTANCES = [0.5, 1, 1.5, 2, 3, 4]

export function splitT(given: Target | LogDensity, mode: Mode, df: number): SplitT {
  const d = mode.x.length
  const points = new Float64Array(2 * d * DISTANCES.length * d)
  const count = 2 * d * DISTANCES.length
  for (let row = 0; row < count; row++) {
    const { direction, side, distance } = probe(row)
    for (let k = 0; k < d; k++) points[row * d + k] = mode.x[k] + side * distance * mode.factor[k * d + direction]
  }
  const values = new Float64Array(count)
  asTarget(given, d).evaluate(points, count, values)
  const below = new Float64Array(d).fill(0.4)
  const above = new Float64Array(d).fill(0.4)
  for (let row = 0; row < count; row++) {
    const { direction, side, distance } = probe(row)
    const drop = mode.logDensity - values[row]
    if (!(drop > 1e-8 && drop < 700)) continue
    // The scale at which a t kernel has fallen as far as the target here.
    const scale = distance / Math.sqrt(df * expm1((2 * drop) / (df + d)))
    const scales = side < 0 ? below : above
    scales[direction] = Math.min(Math.max(scales[direction], scale), 3)
  }
  return { mode, df, below, above }
}

/** Which of the points around the mode a row is: directions outermost, then sides, then distances. */
const probe = (row: number): { direction: number; side: number; distance: number } => ({
  direction: Math.floor(row / (2 * DISTANCES.length)),
  side: Math.floor(row / DISTANCES.length) % 2 === 0 ? -1 : 1,
  distance: DISTANCES[row % DISTANCES.length],
})

/** Draws into `x`; returns the log density of the proposal there, up to a constant. */
export function drawSplitT({ mode, df, below, above }: SplitT, stream: Stream, x: Float64Array): number {
  const d = x.length
  const radius = Math.sqrt(df / drawChiSquare(stream, df))
  x.set(mode.x)
  let square = 0
  for (let i = 0; i < d; i++) {
    const standard = Math.abs(drawNormal(stream)) * radius
    square += standard * standard
    const up = nextUniform(stream) * (below[i] + above[i]) < above[i]
    const z = up ? standard * above[i] : -standard * below[i]
    for (let k = i; k < d; k++) x[k] += z * mode.factor[k * d + i]
  }
  return -0.5 * (df + d) * log1p(square / df)
}

/** The log density of the proposal at x, up to the same constant. */
export function splitTLogDensity({ mode, df, below, above }: SplitT, x: Float64Array): number {
  const z = solveLower(
    mode.factor,
    x.map((v, i) => v - mode.x[i]),
  )
  let square = 0
  for (let i = 0; i < z.length; i++) {
    const standard = z[i] / (z[i] < 0 ? below[i] : above[i])
    square += standard * standard
  }
  return -0.5 * (df + z.length) * log1p(square / df)
}

/** What both lack of the log of a density that integrates to one. */
export function splitTLogConstant({ mode, df, below, above }: SplitT): number {
  const d = mode.x.length
  let constant = lnGamma((df + d) / 2) - lnGamma(df / 2) - 0.5 * d * (ln(df) + LN_PI)
  for (let i = 0; i < d; i++) constant -= ln(0.5 * mode.factor[i * d + i] * (below[i] + above[i]))
  return constant
}
