import { refuse } from '../base/index.js'

/** Bartlett lags of a long-run variance: a whole number below the days, or chosen by their number. */
export type Lag = number | 'automatic'

/**
 * floor(4 (T / 100)^(2/9)) lags (Newey & West 1994), fewer than the days: losses of one-day forecasts are correlated over days too,
 * since volatility is. Counted as the largest k with (k / 4)^9 <= (T / 100)^2, which is exact where powers are rounded.
 */
export function automaticLag(days: number): number {
  const size = (days / 100) * (days / 100)
  let lag = 0
  while (lag < days - 1 && ninthPower((lag + 1) / 4) <= size) lag++
  return lag
}

function ninthPower(x: number): number {
  const cube = x * x * x
  return cube * cube * cube
}

/** Errors: BAD_LAG. */
export function lagOf(lag: Lag, days: number): number {
  if (lag === 'automatic') return automaticLag(days)
  if (!(Number.isInteger(lag) && lag >= 0 && lag < days))
    refuse('BAD_LAG', lag, `a whole number from 0 to ${days - 1}, or 'automatic'`, 'lag')
  return lag
}

/** Newey & West (1987): gamma_0 + 2 sum_k (1 - k / (lag + 1)) gamma_k, every autocovariance with divisor T. */
export function longRunVariance(centred: Float64Array, lag: number): number {
  const days = centred.length
  let variance = 0
  for (let k = 0; k <= lag; k++) {
    let sum = 0
    for (let t = k; t < days; t++) sum += centred[t] * centred[t - k]
    variance += ((k === 0 ? 1 : 2 * (1 - k / (lag + 1))) * sum) / days
  }
  return variance
}
