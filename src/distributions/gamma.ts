import { nextUniform, type Stream } from '../base/index.js'
import { gammainc, ln, lnGamma, pow } from '../math/index.js'
import { drawNormal } from './normal.js'

/** log density of Gamma(shape, rate) at x > 0. */
export const gammaLogPdf = (x: number, shape: number, rate: number): number =>
  shape * ln(rate) - lnGamma(shape) + (shape - 1) * ln(x) - rate * x

/** P(X > x) for chi-square with `df` degrees of freedom; accurate in the far tail. */
export const chiSquareSurvival = (x: number, df: number): number => (x <= 0 ? 1 : gammainc(x / 2, df / 2, true, true))

/** A Gamma(shape, 1) draw: Marsaglia & Tsang (2000). */
export function drawGamma(stream: Stream, shape: number): number {
  if (shape < 1) return drawGamma(stream, shape + 1) * pow(nextUniform(stream), 1 / shape)
  const d = shape - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const x = drawNormal(stream)
    const root = 1 + c * x
    if (root <= 0) continue
    const v = root * root * root
    const u = nextUniform(stream)
    if (u < 1 - 0.0331 * x * x * x * x || ln(u) < 0.5 * x * x + d * (1 - v + ln(v))) return d * v
  }
}

export const drawChiSquare = (stream: Stream, df: number): number => 2 * drawGamma(stream, df / 2)

export const drawExponential = (stream: Stream): number => -ln(nextUniform(stream))

/** Weights from the flat Dirichlet: normalised exponentials. */
export function drawFlatDirichlet(stream: Stream, n: number): Float64Array {
  const weights = new Float64Array(n)
  let sum = 0
  for (let i = 0; i < n; i++) {
    weights[i] = drawExponential(stream)
    sum += weights[i]
  }
  for (let i = 0; i < n; i++) weights[i] /= sum
  return weights
}
