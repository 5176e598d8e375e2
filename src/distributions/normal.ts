import { nextUniform, type Stream } from '../base/index.js'
import { erfc, erfcinv, exp, LN_2PI, ln, SQRT_2, SQRT_2PI } from '../math/index.js'

export const normalLogPdf = (z: number): number => -0.5 * (z * z + LN_2PI)
export const normalPdf = (z: number): number => exp(-0.5 * z * z) / SQRT_2PI

/** P(Z <= z), with full relative accuracy in the left tail. */
export const normalCdf = (z: number): number => 0.5 * erfc(-z / SQRT_2)

/** P(Z > z), with full relative accuracy in the right tail. */
export const normalSurvival = (z: number): number => 0.5 * erfc(z / SQRT_2)

/** The p-quantile: @stdlib's erfcinv polished by two Newton steps on the cdf of the nearer tail. p = 0 and 1 are infinite. */
export function normalQuantile(p: number): number {
  if (!(p > 0)) return p === 0 ? Number.NEGATIVE_INFINITY : Number.NaN
  if (p >= 1) return p === 1 ? Number.POSITIVE_INFINITY : Number.NaN
  if (p > 0.5) return -normalQuantile(1 - p)
  let z = -SQRT_2 * erfcinv(2 * p)
  for (let i = 0; i < 2; i++) {
    const density = normalPdf(z)
    if (density === 0) break
    z -= (normalCdf(z) - p) / density
  }
  return z
}

/** A standard normal draw: Marsaglia's polar method (1964), one of the pair. */
export function drawNormal(stream: Stream): number {
  for (;;) {
    const u = 2 * nextUniform(stream) - 1
    const v = 2 * nextUniform(stream) - 1
    const s = u * u + v * v
    if (s < 1 && s > 0) return u * Math.sqrt((-2 * ln(s)) / s)
  }
}
