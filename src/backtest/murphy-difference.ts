import { lowerBound, meanOf, sorted } from '../math/index.js'
import { type Lag, lagOf, longRunVariance } from './long-run-variance.js'
import { checkNumbers, checkReturns } from './murphy-checks.js'
import { shortfallTerms } from './murphy-shortfall.js'

/** Murphy curve of A less that of B at each threshold, with pointwise 95 % bounds. */
export interface MurphyDifference {
  readonly difference: Float64Array
  readonly standardError: Float64Array
  readonly lower: Float64Array
  readonly upper: Float64Array
}

/** The two-sided 5 % point of the normal. */
const CRITICAL = 1.959963984540054

/**
 * The difference of two Murphy curves of VaR, below 0 where A is better, with Newey-West standard errors (`lag` default 'automatic').
 * Where the forecasts of no day differ it is 0 without error. The score of a day changes only between its two forecasts, so sums over
 * days are kept as steps along the thresholds: O(T (lag + log K) + K). Errors: BAD_RETURN, NO_DAYS, BAD_VAR, BAD_LEVEL,
 * BAD_THRESHOLD, BAD_LAG, LENGTH_MISMATCH.
 */
export function murphyDifference(
  returns: ArrayLike<number>,
  varsA: ArrayLike<number>,
  varsB: ArrayLike<number>,
  level: number,
  thresholds: ArrayLike<number>,
  options: { readonly lag?: Lag } = {},
): MurphyDifference {
  checkReturns(returns, level)
  checkNumbers(varsA, 'BAD_VAR', 'varsA', returns.length)
  checkNumbers(varsB, 'BAD_VAR', 'varsB', returns.length)
  checkNumbers(thresholds, 'BAD_THRESHOLD', 'thresholds')
  const days = returns.length
  const lag = lagOf(options?.lag ?? 'automatic', days)
  const grid = sorted(thresholds)
  const spans = spansOf(returns, varsA, varsB, grid)
  const { sums, squares, edges, active } = accumulate(spans, level, lag, days, grid.length)
  const total = weightsTotal(lag, days)
  const place = Int32Array.from(thresholds, threshold => lowerBound(grid, threshold))
  const difference = Float64Array.from(place, k => (active[k] === 0 ? 0 : sums[k] / days))
  const standardError = Float64Array.from(place, k => {
    if (active[k] === 0) return 0
    const mean = sums[k] / days
    const variance = (squares[k] - mean * (2 * total.weights * sums[k] - edges[k]) + mean * mean * total.pairs) / days
    return Math.sqrt(Math.max(0, variance) / days)
  })
  return bandOf(difference, standardError)
}

/** The weight of lag k in a long-run variance. */
const weightOf = (k: number, lag: number): number => (k === 0 ? 1 : 2 * (1 - k / (lag + 1)))

function weightsTotal(lag: number, days: number): { weights: number; pairs: number } {
  let weights = 0
  let pairs = 0
  for (let k = 0; k <= lag; k++) {
    weights += weightOf(k, lag)
    pairs += weightOf(k, lag) * (days - k)
  }
  return { weights, pairs }
}

/** For each day where its score difference begins, changes and ends among the thresholds, and its sign. */
interface Spans {
  readonly from: Int32Array
  readonly turn: Int32Array
  readonly to: Int32Array
  readonly sign: Int8Array
}

/** Between the quantiles the score of the lower less that of the higher is level - 1(return <= threshold). */
function spansOf(returns: ArrayLike<number>, varsA: ArrayLike<number>, varsB: ArrayLike<number>, grid: Float64Array): Spans {
  const from = Int32Array.from(returns, (_, t) => lowerBound(grid, Math.min(-varsA[t], -varsB[t])))
  const to = Int32Array.from(returns, (_, t) => lowerBound(grid, Math.max(-varsA[t], -varsB[t])))
  const turn = Int32Array.from(returns, (ret, t) => Math.min(to[t], Math.max(from[t], lowerBound(grid, ret))))
  return { from, turn, to, sign: Int8Array.from(returns, (_, t) => (varsA[t] > varsB[t] ? 1 : -1)) }
}

function accumulate({ from, turn, to, sign }: Spans, level: number, lag: number, days: number, points: number) {
  const [sums, squares, edges, active] = [0, 1, 2, 3].map(() => new Float64Array(points + 1))
  const add = (steps: Float64Array, first: number, end: number, value: number): void => {
    if (first >= end) return
    steps[first] += value
    steps[end] -= value
  }
  for (let t = 0; t < days; t++) {
    if (from[t] === to[t]) continue
    const [low, high] = [sign[t] * level, sign[t] * (level - 1)]
    let edge = 0
    for (let k = 1; k <= lag; k++) edge += weightOf(k, lag) * ((k > t ? 1 : 0) + (k > days - 1 - t ? 1 : 0))
    add(active, from[t], to[t], 1)
    add(sums, from[t], turn[t], low)
    add(sums, turn[t], to[t], high)
    add(edges, from[t], turn[t], low * edge)
    add(edges, turn[t], to[t], high * edge)
    for (let k = 0; k <= lag && k <= t; k++) {
      const s = t - k
      const weight = weightOf(k, lag) * sign[s]
      add(squares, Math.max(from[t], from[s]), Math.min(turn[t], turn[s]), weight * low * level)
      add(squares, Math.max(from[t], turn[s]), Math.min(turn[t], to[s]), weight * low * (level - 1))
      add(squares, Math.max(turn[t], from[s]), Math.min(to[t], turn[s]), weight * high * level)
      add(squares, Math.max(turn[t], turn[s]), Math.min(to[t], to[s]), weight * high * (level - 1))
    }
  }
  for (const steps of [sums, squares, edges, active]) for (let k = 1; k <= points; k++) steps[k] += steps[k - 1]
  return { sums, squares, edges, active }
}

/** As `murphyDifference`, of the curves of VaR and ES together. O(T lag K). Other errors: BAD_ES. */
export function murphyShortfallDifference(
  returns: ArrayLike<number>,
  a: { readonly vars: ArrayLike<number>; readonly ess: ArrayLike<number> },
  b: { readonly vars: ArrayLike<number>; readonly ess: ArrayLike<number> },
  level: number,
  thresholds: ArrayLike<number>,
  options: { readonly lag?: Lag } = {},
): MurphyDifference {
  checkReturns(returns, level)
  const [termsA, termsB] = [a, b].map(({ vars, ess }, i) => {
    checkNumbers(vars, 'BAD_VAR', `${'ab'[i]}.vars`, returns.length)
    checkNumbers(ess, 'BAD_ES', `${'ab'[i]}.ess`, returns.length)
    return shortfallTerms(returns, vars, level)
  })
  checkNumbers(thresholds, 'BAD_THRESHOLD', 'thresholds')
  const days = returns.length
  const lag = lagOf(options?.lag ?? 'automatic', days)
  const scores = new Float64Array(days)
  const standardError = new Float64Array(thresholds.length)
  const difference = Float64Array.from(thresholds, (threshold, k) => {
    for (let t = 0; t < days; t++) {
      scores[t] = 0
      if (threshold <= -a.ess[t]) scores[t] += termsA[t] + threshold
      if (threshold <= -b.ess[t]) scores[t] -= termsB[t] + threshold
    }
    const mean = meanOf(scores)
    for (let t = 0; t < days; t++) scores[t] -= mean
    standardError[k] = Math.sqrt(Math.max(0, longRunVariance(scores, lag)) / days)
    return mean
  })
  return bandOf(difference, standardError)
}

const bandOf = (difference: Float64Array, standardError: Float64Array): MurphyDifference => ({
  difference,
  standardError,
  lower: difference.map((value, k) => value - CRITICAL * standardError[k]),
  upper: difference.map((value, k) => value + CRITICAL * standardError[k]),
})
