import type { Stream } from '../base/index.js'
import { exp, expm1, ln, log1p } from '../math/index.js'
import { drawExponential } from './gamma.js'

// The generalised Pareto distribution (Pickands 1975) of exceedances y >= 0 with shape xi and scale sigma: survival
// (1 + xi y / sigma)^(-1 / xi), exponential at xi = 0, and for xi < 0 ending at -sigma / xi.

/** ln(1 + t) / t, 1 at t = 0: what makes xi = 0 no special case. */
const logRatio = (t: number): number => (t === 0 ? 1 : log1p(t) / t)

/** (exp(t) - 1) / t, 1 at t = 0. */
const expRatio = (t: number): number => (t === 0 ? 1 : expm1(t) / t)

/** -ln P(Y > y); Infinity beyond the end. */
function cumulativeHazard(y: number, xi: number, sigma: number): number {
  if (y <= 0) return 0
  const t = (xi * y) / sigma
  return t > -1 ? (y / sigma) * logRatio(t) : Number.POSITIVE_INFINITY
}

/** The log density; -Infinity below 0 and beyond the end. */
export function generalisedParetoLogPdf(y: number, xi: number, sigma: number): number {
  const t = (xi * y) / sigma
  if (!(y >= 0 && t > -1)) return Number.NEGATIVE_INFINITY
  return -ln(sigma) - log1p(t) - (y / sigma) * logRatio(t)
}

export const generalisedParetoCdf = (y: number, xi: number, sigma: number): number => -expm1(-cumulativeHazard(y, xi, sigma))

/** P(Y > y), with full relative accuracy in the tail. */
export const generalisedParetoSurvival = (y: number, xi: number, sigma: number): number => exp(-cumulativeHazard(y, xi, sigma))

/** The exceedance that is exceeded with probability q, 0 < q <= 1. */
export function generalisedParetoUpperQuantile(q: number, xi: number, sigma: number): number {
  const hazard = -ln(q)
  return sigma * hazard * expRatio(xi * hazard)
}

/** The p-quantile, 0 <= p < 1. */
export function generalisedParetoQuantile(p: number, xi: number, sigma: number): number {
  const hazard = -log1p(-p)
  return sigma * hazard * expRatio(xi * hazard)
}

/** E[Y - y | Y > y] for a y before the end; finite for xi < 1, else Infinity. */
export const generalisedParetoMeanExcess = (y: number, xi: number, sigma: number): number =>
  xi < 1 ? (sigma + xi * y) / (1 - xi) : Number.POSITIVE_INFINITY

export function drawGeneralisedPareto(stream: Stream, xi: number, sigma: number): number {
  const hazard = drawExponential(stream)
  return sigma * hazard * expRatio(xi * hazard)
}
