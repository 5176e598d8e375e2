import { lowerBound, sorted } from '../math/index.js'
import { checkNumbers, checkReturns } from './murphy-checks.js'

/**
 * The Murphy curve of VaR and ES forecasts together: at each threshold h, a return in percent, the mean of the elementary scores of
 * Ziegel, Krüger, Jordan & Fasciati (2020, section 2), with q = -VaR and e = -ES:
 * 1(h <= e) ((q - r)+ / level - q + h) + 1(h <= r) (r - h). Integrated with weight 1 / h^2 over h < 0, differences of curves are
 * differences of mean FZ0 losses. O(T log T). Errors: BAD_RETURN, NO_DAYS, BAD_VAR, BAD_ES, BAD_LEVEL, BAD_THRESHOLD, LENGTH_MISMATCH.
 */
export function murphyShortfall(
  returns: ArrayLike<number>,
  vars: ArrayLike<number>,
  ess: ArrayLike<number>,
  level: number,
  thresholds: ArrayLike<number>,
): Float64Array {
  checkReturns(returns, level)
  checkNumbers(vars, 'BAD_VAR', 'vars', returns.length)
  checkNumbers(ess, 'BAD_ES', 'ess', returns.length)
  checkNumbers(thresholds, 'BAD_THRESHOLD', 'thresholds')
  const days = returns.length
  const forecasts = stepsOf(ess, shortfallTerms(returns, vars, level))
  const ascending = sorted(returns)
  const above = sumsFrom(ascending)
  return Float64Array.from(thresholds, threshold => {
    const i = lowerBound(forecasts.at, threshold)
    const j = lowerBound(ascending, threshold)
    return (forecasts.above[i] + above[j] + threshold * (j - i)) / days
  })
}

/** (q - r)+ / level - q of every day: what the elementary scores of thresholds below its ES hold besides the threshold. */
export const shortfallTerms = (returns: ArrayLike<number>, vars: ArrayLike<number>, level: number): Float64Array =>
  Float64Array.from(returns, (ret, t) => Math.max(-vars[t] - ret, 0) / level + vars[t])

/** The values -ES ascending, and the sums of the terms from each on. */
export function stepsOf(
  ess: ArrayLike<number>,
  terms: Float64Array,
): { readonly at: Float64Array; readonly above: Float64Array } {
  const order = Uint32Array.from(terms, (_, t) => t).sort((a, b) => ess[b] - ess[a] || a - b)
  return { at: Float64Array.from(order, t => -ess[t]), above: sumsFrom(Float64Array.from(order, t => terms[t])) }
}

/** The sums of all values from each on, and 0. */
function sumsFrom(values: Float64Array): Float64Array {
  const sums = new Float64Array(values.length + 1)
  for (let k = values.length - 1; k >= 0; k--) sums[k] = sums[k + 1] + values[k]
  return sums
}
