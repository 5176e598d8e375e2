import type { Stream } from '../base/index.js'
import { betainc, exp, LN_PI, ln, lnGamma, log1p } from '../math/index.js'
import { drawChiSquare, drawGamma } from './gamma.js'
import { drawNormal, normalQuantile } from './normal.js'

/** log density of the standard Student-t with `nu` degrees of freedom (scale 1, not variance 1). */
export const studentTLogPdf = (z: number, nu: number): number =>
  studentTLogConstant(nu) - 0.5 * (nu + 1) * log1p((z * z) / nu) - 0.5 * ln(nu)

/** lnGamma((nu + 1) / 2) - lnGamma(nu / 2) - ln(pi) / 2. */
export const studentTLogConstant = (nu: number): number => lnGamma((nu + 1) / 2) - lnGamma(nu / 2) - LN_PI / 2

/** P(T <= z), accurate in both tails. */
export function studentTCdf(z: number, nu: number): number {
  const square = z * z
  const tail =
    square < nu ? 0.5 * betainc(square / (nu + square), 0.5, nu / 2, true, true) : 0.5 * betainc(nu / (nu + square), nu / 2, 0.5)
  return z < 0 ? tail : 1 - tail
}

/**
 * The p-quantile, 1e-150 < p < 1: Newton on the log of the tail, from a normal start. Relative error below 1e-13; within 1e-3 of
 * p = 1/2, where the quantile passes through 0, absolute error below 1e-15.
 */
export function studentTQuantile(p: number, nu: number): number {
  if (!(p > 0 && p < 1)) return p === 0 ? Number.NEGATIVE_INFINITY : p === 1 ? Number.POSITIVE_INFINITY : Number.NaN
  if (p > 0.5) return -studentTQuantile(1 - p, nu)
  if (p === 0.5) return 0
  const target = ln(p)
  const start = normalQuantile(p)
  let z = start * (1 + (start * start + 1) / (4 * nu))
  for (let i = 0; i < 100; i++) {
    const tail = studentTCdf(z, nu)
    const step = ((ln(tail) - target) * tail) / exp(studentTLogPdf(z, nu))
    const next = z - step
    // The log tail is steeper nearer the centre: a step across zero is halved back.
    z = next < 0 ? next : z / 2
    if (Math.abs(step) <= 1e-14 * Math.abs(z)) break
  }
  return z
}

/** The left partial expectation E[T; T <= z] = -(nu + z^2) / (nu - 1) * pdf(z), for nu > 1. */
export const studentTPartialMean = (z: number, nu: number, pdf: number): number => (-(nu + z * z) / (nu - 1)) * pdf

/** A standard Student-t draw. */
export const drawStudentT = (stream: Stream, nu: number): number => {
  const z = drawNormal(stream)
  return z / Math.sqrt(drawChiSquare(stream, nu) / nu)
}

/** A draw from the inverse gamma distribution with the given shape and scale. */
export const drawInverseGamma = (stream: Stream, shape: number, scale: number): number => scale / drawGamma(stream, shape)
