import { studentTLogConstant } from '../distributions/index.js'
import { LN_2, LN_2PI, ln } from '../math/index.js'

// Products instead of logs: running products of the factors, whose binary exponents move into an integer every few
// observations. Factors between 1e-38 and 1e38 are safe.
const CHUNK = 8
const scratch = new Float64Array(1)
const words = new Uint32Array(scratch.buffer)
// Which of the two words carries the exponent.
const HIGH = (() => {
  scratch[0] = 2
  return words[1] !== 0 ? 1 : 0
})()

let exponent = 0

/** The mantissa in [1, 2) of a positive normal number; its exponent is added to `exponent`. NaN for any other number. */
function mantissa(x: number): number {
  if (!(x >= 2.2250738585072014e-308 && x < Number.POSITIVE_INFINITY)) return Number.NaN
  scratch[0] = x
  exponent += ((words[HIGH] >>> 20) & 2047) - 1023
  words[HIGH] = (words[HIGH] & 0x800fffff) | 0x3ff00000
  return scratch[0]
}

/**
 * Log-likelihood of GARCH(1,1) with Student-t errors of unit variance (Bollerslev 1987): r_t = mu + sqrt(h_t) z_t,
 * h_(t+1) = omega + alpha (r_t - mu)^2 + beta h_t, h_1 = `start`. With g = (nu - 2) h it is
 * -(nu + 1)/2 sum log(g + r^2) + nu/2 sum log g + T c(nu). -Infinity where it is not finite.
 */
export function garchTLogLikelihood(
  returns: Float64Array,
  mu: number,
  omega: number,
  alpha: number,
  beta: number,
  nu: number,
  start: number,
): number {
  const n = returns.length
  const excess = nu - 2
  const w = excess * omega
  const a = excess * alpha
  let g = excess * start
  let sums = 1
  let scales = 1
  let sumsExponent = 0
  let scalesExponent = 0
  for (let from = 0; from < n; from += CHUNK) {
    const to = Math.min(from + CHUNK, n)
    for (let t = from; t < to; t++) {
      const r = returns[t] - mu
      const square = r * r
      sums *= g + square
      scales *= g
      g = w + a * square + beta * g
    }
    exponent = 0
    sums = mantissa(sums)
    sumsExponent += exponent
    exponent = 0
    scales = mantissa(scales)
    scalesExponent += exponent
  }
  const value =
    -0.5 * (nu + 1) * (ln(sums) + sumsExponent * LN_2) +
    0.5 * nu * (ln(scales) + scalesExponent * LN_2) +
    n * studentTLogConstant(nu)
  return Number.isFinite(value) ? value : Number.NEGATIVE_INFINITY
}

/** Gaussian (quasi-)log-likelihood of the same recursion. -Infinity where it is not finite. */
export function garchNormalLogLikelihood(
  returns: Float64Array,
  mu: number,
  omega: number,
  alpha: number,
  beta: number,
  start: number,
): number {
  const n = returns.length
  let h = start
  let scales = 1
  let scalesExponent = 0
  let squares = 0
  for (let from = 0; from < n; from += CHUNK) {
    const to = Math.min(from + CHUNK, n)
    for (let t = from; t < to; t++) {
      const r = returns[t] - mu
      const square = r * r
      scales *= h
      squares += square / h
      h = omega + alpha * square + beta * h
    }
    exponent = 0
    scales = mantissa(scales)
    scalesExponent += exponent
  }
  const value = -0.5 * (ln(scales) + scalesExponent * LN_2 + squares + n * LN_2PI)
  return Number.isFinite(value) ? value : Number.NEGATIVE_INFINITY
}

/** The variance of the return after the last one. */
export function filterVariance(
  returns: ArrayLike<number>,
  mu: number,
  omega: number,
  alpha: number,
  beta: number,
  start: number,
): number {
  let h = start
  for (let t = 0; t < returns.length; t++) {
    const r = returns[t] - mu
    h = omega + alpha * r * r + beta * h
  }
  return h
}
