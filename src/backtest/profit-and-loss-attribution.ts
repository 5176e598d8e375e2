import { refuse } from '../base/index.js'
import { meanOf, sorted } from '../math/index.js'
import type { TestCard } from './card.js'
import { DESK_DAYS } from './desk-tests.js'

export type AttributionZone = 'green' | 'amber' | 'red'

export interface ProfitAndLossAttribution {
  readonly days: typeof DESK_DAYS
  /** Rank correlation of the two series, ties at their mid-rank. */
  readonly spearman: number
  /** The largest distance between their distribution functions. */
  readonly kolmogorovSmirnov: number
  readonly spearmanZone: AttributionZone
  readonly kolmogorovSmirnovZone: AttributionZone
  /** The worse of the two. */
  readonly zone: AttributionZone
}

export const profitAndLossAttributionCard: TestCard = {
  name: 'profitAndLossAttribution',
  title: 'FRTB profit and loss attribution',
  null: 'Over the last 250 days the risk model reproduces the desk: rank correlation at least .80 and Kolmogorov-Smirnov distance at most .09 between risk-theoretical and hypothetical profits and losses.',
  source: 'Basel framework, MAR32 (profit and loss attribution test)',
  caution: 'Thresholds of a rule, not of a test of 5 %. Red below .70 or above .12.',
}

/**
 * Does the risk model move as the desk does? Spearman's correlation and the two-sample Kolmogorov-Smirnov distance of risk-theoretical
 * and hypothetical profits and losses, over the last 250 of the days given, and their zones: green from .80 and to .09, red below .70
 * and above .12, amber between. Errors: BAD_PROFITS (not finite numbers), LENGTH_MISMATCH, TOO_FEW_DAYS (fewer than 250),
 * CONSTANT_PROFITS (a series without ranks).
 */
export function profitAndLossAttribution(
  riskTheoretical: ArrayLike<number>,
  hypothetical: ArrayLike<number>,
): ProfitAndLossAttribution {
  const risk = lastDays(riskTheoretical, 'riskTheoretical')
  const hypo = lastDays(hypothetical, 'hypothetical')
  if (riskTheoretical.length !== hypothetical.length)
    refuse('LENGTH_MISMATCH', `${riskTheoretical.length} and ${hypothetical.length} days`, 'the same days', 'hypothetical')
  const spearman = correlation(midRanks(risk, 'riskTheoretical'), midRanks(hypo, 'hypothetical'))
  const kolmogorovSmirnov = distance(sorted(risk), sorted(hypo))
  const spearmanZone = spearman >= 0.8 ? 'green' : spearman < 0.7 ? 'red' : 'amber'
  const kolmogorovSmirnovZone = kolmogorovSmirnov <= 0.09 ? 'green' : kolmogorovSmirnov > 0.12 ? 'red' : 'amber'
  const zone = worse(spearmanZone, kolmogorovSmirnovZone)
  return { days: DESK_DAYS, spearman, kolmogorovSmirnov, spearmanZone, kolmogorovSmirnovZone, zone }
}

const worse = (a: AttributionZone, b: AttributionZone): AttributionZone =>
  a === 'red' || b === 'red' ? 'red' : a === 'amber' || b === 'amber' ? 'amber' : 'green'

function lastDays(profits: ArrayLike<number>, where: string): Float64Array {
  const isArray = Array.isArray(profits) || (ArrayBuffer.isView(profits) && 'length' in profits)
  if (!isArray) refuse('BAD_PROFITS', profits, 'an array of finite numbers', where)
  if (profits.length < DESK_DAYS) refuse('TOO_FEW_DAYS', `${profits.length} days`, `at least ${DESK_DAYS}`, where)
  for (let t = 0; t < profits.length; t++)
    if (!Number.isFinite(profits[t])) refuse('BAD_PROFITS', profits[t], 'a finite number', `${where}[${t}]`)
  return Float64Array.from(profits).subarray(profits.length - DESK_DAYS)
}

/** Ranks 1 to n, doubled so that mid-ranks are whole numbers and sums of them exact. */
function midRanks(values: Float64Array, where: string): Float64Array {
  const n = values.length
  const order = Array.from(values, (_, i) => i).sort((a, b) => values[a] - values[b])
  if (values[order[0]] === values[order[n - 1]])
    refuse('CONSTANT_PROFITS', `${n} days of ${values[0]}`, 'profits and losses that vary', where)
  const ranks = new Float64Array(n)
  for (let from = 0; from < n; ) {
    let to = from
    while (to + 1 < n && values[order[to + 1]] === values[order[from]]) to++
    for (let i = from; i <= to; i++) ranks[order[i]] = from + to + 2
    from = to + 1
  }
  return ranks
}

function correlation(a: Float64Array, b: Float64Array): number {
  const [meanA, meanB] = [meanOf(a), meanOf(b)]
  let product = 0
  let squareA = 0
  let squareB = 0
  for (let t = 0; t < a.length; t++) {
    product += (a[t] - meanA) * (b[t] - meanB)
    squareA += (a[t] - meanA) * (a[t] - meanA)
    squareB += (b[t] - meanB) * (b[t] - meanB)
  }
  return Math.min(Math.max(product / Math.sqrt(squareA * squareB), -1), 1)
}

/** The two-sample statistic of ascending samples of equal length: the counts are compared after each distinct value. */
function distance(a: Float64Array, b: Float64Array): number {
  const n = a.length
  let largest = 0
  let i = 0
  let j = 0
  while (i < n && j < n) {
    const value = Math.min(a[i], b[j])
    while (i < n && a[i] === value) i++
    while (j < n && b[j] === value) j++
    largest = Math.max(largest, Math.abs(i - j))
  }
  return largest / n
}
