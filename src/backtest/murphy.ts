import { refuse } from '../base/index.js'
import { quantileOfSorted, sorted, upperBound } from '../math/index.js'
import type { TestCard } from './card.js'
import { checkNumbers, checkReturns } from './murphy-checks.js'

export const murphyCard: TestCard = {
  name: 'murphy',
  title: 'Murphy diagram',
  null: 'One forecast has the smaller expected score under every consistent score at once: its curve lies below everywhere.',
  source: 'Ehm, Gneiting, Jordan & Krüger (2016), theorem 1; Ziegel, Krüger, Jordan & Fasciati (2020), for VaR and ES together',
  caution: 'The bands are pointwise: of 201 thresholds some ten leave a 95 % band by chance.',
}

/**
 * The Murphy curve of VaR forecasts: at each threshold, a return in percent, the mean of the elementary scores of the quantile
 * (Ehm et al. 2016, theorem 1): 1 - level when return <= threshold < -VaR, level when -VaR <= threshold < return, else 0. The integral over
 * all thresholds is the mean pinball loss. O(T log T). Errors: BAD_RETURN, NO_DAYS, BAD_VAR, BAD_LEVEL, BAD_THRESHOLD, LENGTH_MISMATCH.
 */
export function murphyQuantile(
  returns: ArrayLike<number>,
  vars: ArrayLike<number>,
  level: number,
  thresholds: ArrayLike<number>,
): Float64Array {
  checkReturns(returns, level)
  checkNumbers(vars, 'BAD_VAR', 'vars', returns.length)
  checkNumbers(thresholds, 'BAD_THRESHOLD', 'thresholds')
  const days = returns.length
  const isHit = Uint8Array.from(returns, (ret, t) => (ret < -vars[t] ? 1 : 0))
  const pick = (hit: number, of: (t: number) => number): Float64Array => {
    const values: number[] = []
    for (let t = 0; t < days; t++) if (isHit[t] === hit) values.push(of(t))
    return sorted(values)
  }
  const [hitReturns, otherReturns] = [1, 0].map(hit => pick(hit, t => returns[t]))
  const [hitQuantiles, otherQuantiles] = [1, 0].map(hit => pick(hit, t => -vars[t]))
  return Float64Array.from(thresholds, threshold => {
    const below = upperBound(hitReturns, threshold) - upperBound(hitQuantiles, threshold)
    const above = upperBound(otherQuantiles, threshold) - upperBound(otherReturns, threshold)
    return ((1 - level) * below + level * above) / days
  })
}

/**
 * Thresholds for Murphy curves of several forecasts (positive VaR, or ES), ascending: outside the range of all forecasts their
 * curves do not differ by more than a constant. Half are evenly spaced, half are quantiles of the forecasts, so that neither a crisis
 * nor one absurd forecast leaves the rest without. Forecasts that are all the same are joined by the returns.
 * Errors: BAD_RETURN, NO_DAYS, BAD_VAR, LENGTH_MISMATCH, BAD_COUNT.
 */
export function murphyThresholds(returns: ArrayLike<number>, forecasts: readonly ArrayLike<number>[], count = 201): Float64Array {
  checkReturns(returns, 0.5)
  if (!Array.isArray(forecasts) || forecasts.length === 0)
    refuse('BAD_VAR', forecasts, 'one array for each forecaster', 'forecasts')
  for (const [i, each] of forecasts.entries()) checkNumbers(each, 'BAD_VAR', `forecasts[${i}]`, returns.length)
  if (!(Number.isInteger(count) && count >= 2 && count <= 1e6))
    refuse('BAD_COUNT', count, 'a whole number from 2 to 1,000,000', 'count')
  const pooled = new Float64Array(forecasts.length * returns.length)
  for (const [i, each] of forecasts.entries()) for (let t = 0; t < returns.length; t++) pooled[i * returns.length + t] = -each[t]
  pooled.sort()
  const values = pooled[0] < pooled[pooled.length - 1] ? pooled : sorted([...pooled, ...Array.from(returns)])
  const even = Math.ceil(count / 2)
  const low = values[0]
  const high = values[values.length - 1]
  const thresholds = new Float64Array(count)
  for (let k = 0; k < even; k++) {
    const share = even === 1 ? 0 : k / (even - 1)
    thresholds[k] = (1 - share) * low + share * high
  }
  const others = count - even
  for (let k = 0; k < others; k++) thresholds[even + k] = quantileOfSorted(values, (k + 1) / (others + (even === 1 ? 0 : 1)))
  return thresholds.sort()
}
