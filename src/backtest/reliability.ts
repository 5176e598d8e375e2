import { refuse } from '../base/index.js'
import { checkLevel } from './hits.js'

export interface QuantileReliability {
  readonly days: number
  /** VaR forecasts, ascending, percent. */
  readonly vars: Float64Array
  /** What each should have been, by the returns: non-decreasing, equal where forecasts are equal. On the diagonal of a right model. */
  readonly recalibrated: Float64Array
  /** Mean pinball loss of the forecasts: miscalibration - discrimination + uncertainty. */
  readonly score: number
  /** What recalibration would gain: 0 for a forecast on the diagonal. */
  readonly miscalibration: number
  /** What the recalibrated forecasts gain over the best constant one. */
  readonly discrimination: number
  /** The mean pinball loss of the best constant forecast. */
  readonly uncertainty: number
}

/**
 * The reliability diagram of a VaR forecast, and the parts of its mean pinball loss (Gneiting, Wolffram, Resin, Kraus, Bracher,
 * Dimitriadis, Hagenmeyer, Jordan, Lerch, Phipps & Schienle 2023; CORP of Dimitriadis, Gneiting & Jordan 2021). Recalibrated VaR is
 * the isotonic regression of returns on forecasts for the pinball loss, the one that pooling adjacent violators gives with lower
 * quantiles, computed in O(T log T) from a heap of the loss's kinks. Errors: BAD_RETURNS, BAD_VAR (not arrays of finite numbers),
 * LENGTH_MISMATCH, TOO_FEW_DAYS (none), BAD_LEVEL.
 */
export function reliabilityQuantile(returns: ArrayLike<number>, vars: ArrayLike<number>, level: number): QuantileReliability {
  checkLevel(level)
  checkFinite(returns, 'BAD_RETURNS', 'returns')
  checkFinite(vars, 'BAD_VAR', 'vars')
  const days = returns.length
  if (vars.length !== days) refuse('LENGTH_MISMATCH', `${days} returns and ${vars.length} VaRs`, 'one VaR a return', 'vars')
  if (days === 0) refuse('TOO_FEW_DAYS', '0 days', 'at least 1', 'returns')
  // From the largest VaR, the lowest quantile, to the smallest.
  const order = Uint32Array.from({ length: days }, (_, t) => t).sort((a, b) => vars[b] - vars[a] || a - b)
  const forecasts = Float64Array.from(order, t => 0 - vars[t])
  const observed = Float64Array.from(order, t => returns[t])
  const fitted = isotonicQuantiles(forecasts, observed, level)
  const constant = isotonicQuantiles(new Float64Array(days), observed, level)
  const [score, recalibratedScore, uncertainty] = [forecasts, fitted, constant].map(each => meanPinball(observed, each, level))
  return {
    days,
    vars: forecasts.map(each => 0 - each).reverse(),
    recalibrated: fitted.map(each => 0 - each).reverse(),
    score,
    miscalibration: score - recalibratedScore,
    discrimination: uncertainty - recalibratedScore,
    uncertainty,
  }
}

function checkFinite(values: ArrayLike<number>, code: string, where: string): void {
  const isArray = Array.isArray(values) || (ArrayBuffer.isView(values) && 'length' in values)
  if (!isArray) refuse(code, values, 'an array of finite numbers', where)
  for (let t = 0; t < values.length; t++)
    if (!Number.isFinite(values[t])) refuse(code, values[t], 'a finite number', `${where}[${t}]`)
}

function meanPinball(observed: Float64Array, quantiles: Float64Array, level: number): number {
  let sum = 0
  for (let t = 0; t < observed.length; t++) {
    const above = observed[t] - quantiles[t]
    sum += above < 0 ? (level - 1) * above : level * above
  }
  return sum / observed.length
}

// Weights are sums of levels: what is left of one below this is rounding.
const REST = 1e-9

/**
 * The non-decreasing x, one value for equal forecasts, that minimises the sum of pinball losses of `observed`, both in the order of
 * the ascending forecasts. Going from left to right, f(x) = the least loss so far with the last value at most x is convex and flat at
 * the right: a heap holds its kinks, the greatest on top. A day adds a kink of weight 1 and lifts the right end to slope 1 - level,
 * which popping that much weight makes flat again; the greatest kink left is the lowest minimiser. Going back, each value is the
 * least of those to its right (Ahuja & Orlin 2001).
 */
function isotonicQuantiles(forecasts: Float64Array, observed: Float64Array, level: number): Float64Array {
  const days = observed.length
  const heap = kinks(days)
  const lowest = new Float64Array(days)
  for (let from = 0; from < days; ) {
    let to = from
    for (; to < days && forecasts[to] === forecasts[from]; to++) heap.push(observed[to])
    const minimiser = heap.take((1 - level) * (to - from))
    lowest.fill(minimiser, from, to)
    from = to
  }
  for (let t = days - 2; t >= 0; t--) lowest[t] = Math.min(lowest[t], lowest[t + 1])
  return lowest
}

interface Kinks {
  /** A kink of weight 1. */
  push(value: number): void
  /** Removes weight from the greatest kinks; the greatest that is left. */
  take(weight: number): number
}

function kinks(capacity: number): Kinks {
  const values = new Float64Array(capacity)
  const weights = new Float64Array(capacity)
  let size = 0
  const put = (i: number, value: number, weight: number): void => {
    values[i] = value
    weights[i] = weight
  }
  const sink = (value: number, weight: number): void => {
    let i = 0
    for (let child = 1; child < size; child = 2 * i + 1) {
      if (child + 1 < size && values[child + 1] > values[child]) child++
      if (!(values[child] > value)) break
      put(i, values[child], weights[child])
      i = child
    }
    put(i, value, weight)
  }
  return {
    push(value) {
      let i = size++
      while (i > 0) {
        const parent = (i - 1) >> 1
        if (!(values[parent] < value)) break
        put(i, values[parent], weights[parent])
        i = parent
      }
      put(i, value, 1)
    },
    take(weight) {
      let left = weight
      while (size > 1 && weights[0] <= left + REST) {
        left -= weights[0]
        size--
        sink(values[size], weights[size])
      }
      weights[0] = Math.max(weights[0] - Math.max(left, 0), 0)
      return values[0]
    },
  }
}
