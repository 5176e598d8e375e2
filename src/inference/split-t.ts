import { nextUniform, type Stream } from '../base/index.js'
import { drawChiSquare, drawNormal } from '../distributions/index.js'
import { exp, log1p, solveLower } from '../math/index.js'
import type { Mode } from './mode.js'
import type { LogDensity } from './target.js'

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

export function splitT(f: LogDensity, mode: Mode, df: number): SplitT {
  const d = mode.x.length
  const below = new Float64Array(d)
  const above = new Float64Array(d)
  const point = new Float64Array(d)
  for (let i = 0; i < d; i++) {
    for (const [side, scales] of [[-1, below] as const, [1, above] as const]) {
      let widest = 0.4
      for (const distance of DISTANCES) {
        for (let k = 0; k < d; k++) point[k] = mode.x[k] + side * distance * mode.factor[k * d + i]
        const drop = mode.logDensity - f(point)
        if (!(drop > 1e-8 && drop < 700)) continue
        // The scale at which a t kernel has fallen as far as the target here.
        const scale = distance / Math.sqrt(df * (exp((2 * drop) / (df + d)) - 1))
        if (scale > widest) widest = scale
      }
      scales[i] = Math.min(widest, 3)
    }
  }
  return { mode, df, below, above }
}

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
