import { refuse } from '../base/index.js'
import { normalSurvival } from '../distributions/index.js'
import { meanOf } from '../math/index.js'
import type { Test } from './coverage.js'

export interface DieboldMarianoTest extends Test {
  /** The mean of lossesA - lossesB: negative when A is better. */
  readonly meanDifference: number
}

// The largest spread, relative to the losses, that rounding gives to differences that are really equal.
const ROUNDING = 4 * Number.EPSILON

/**
 * Equal expected loss of two forecasts (Diebold & Mariano 1995): the mean of the T loss differences over its Newey-West
 * standard error (Bartlett weights up to `lag`, divisor T), two-sided against the normal. Equal losses throughout give
 * statistic 0 and p-value 1. Errors: BAD_LOSS, LENGTH_MISMATCH, TOO_FEW_DAYS (fewer than 2), BAD_LAG (not a whole number below T),
 * ZERO_VARIANCE (a constant difference other than 0).
 */
export function dieboldMariano(
  lossesA: ArrayLike<number>,
  lossesB: ArrayLike<number>,
  options: { readonly lag?: number } = {},
): DieboldMarianoTest {
  const lag = options?.lag ?? 0
  checkLosses(lossesA, 'lossesA')
  checkLosses(lossesB, 'lossesB')
  const days = lossesA.length
  if (lossesB.length !== days)
    refuse('LENGTH_MISMATCH', `${days} and ${lossesB.length} losses`, 'as many of A as of B', 'lossesB')
  if (days < 2) refuse('TOO_FEW_DAYS', `${days} days`, 'at least 2', 'lossesA')
  if (!(Number.isInteger(lag) && lag >= 0 && lag < days)) refuse('BAD_LAG', lag, `a whole number from 0 to ${days - 1}`, 'lag')
  const { differences, scale, noise } = compare(lossesA, lossesB)
  if (scale === 0) return { meanDifference: 0, statistic: 0, pValue: 1 }
  const mean = meanOf(differences)
  const centred = differences.map(difference => difference - mean)
  const variance = centred.some(each => Math.abs(each) > noise) ? longRunVariance(centred, lag) : 0
  if (!(variance > 0))
    refuse('ZERO_VARIANCE', `a constant difference of ${mean * scale}`, 'differences that vary', 'lossesA - lossesB')
  const statistic = mean / Math.sqrt(variance / days)
  return { meanDifference: mean * scale, statistic, pValue: 2 * normalSurvival(Math.abs(statistic)) }
}

/** The differences as shares of the largest one, `scale`, so that squares of tiny or huge ones survive; and their rounding noise. */
function compare(a: ArrayLike<number>, b: ArrayLike<number>): { differences: Float64Array; scale: number; noise: number } {
  const differences = Float64Array.from(a, (loss, t) => loss - b[t])
  let scale = 0
  let largest = 0
  for (let t = 0; t < a.length; t++) {
    scale = Math.max(scale, Math.abs(differences[t]))
    largest = Math.max(largest, Math.abs(a[t]), Math.abs(b[t]))
  }
  if (scale === Number.POSITIVE_INFINITY)
    refuse('BAD_LOSS', 'a difference too large for a number', 'finite differences', 'lossesA - lossesB')
  return { differences: differences.map(each => (scale === 0 ? 0 : each / scale)), scale, noise: (ROUNDING * largest) / scale }
}

/** Newey & West (1987): gamma_0 + 2 sum_k (1 - k / (lag + 1)) gamma_k, every autocovariance with divisor T. */
function longRunVariance(centred: Float64Array, lag: number): number {
  const days = centred.length
  let variance = 0
  for (let k = 0; k <= lag; k++) {
    let sum = 0
    for (let t = k; t < days; t++) sum += centred[t] * centred[t - k]
    variance += ((k === 0 ? 1 : 2 * (1 - k / (lag + 1))) * sum) / days
  }
  return variance
}

function checkLosses(losses: ArrayLike<number>, where: string): void {
  const isArray = Array.isArray(losses) || (ArrayBuffer.isView(losses) && 'length' in losses)
  if (!isArray) refuse('BAD_LOSS', losses, 'an array of finite numbers', where)
  for (let t = 0; t < losses.length; t++)
    if (!Number.isFinite(losses[t])) refuse('BAD_LOSS', losses[t], 'a finite number', `${where}[${t}]`)
}
