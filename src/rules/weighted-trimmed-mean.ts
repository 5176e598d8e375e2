import { refuse } from '../base/index.js'
import { averageOf } from './average.js'
import { checkCount, countParameter } from './parameters.js'
import { checkRows, type Rows } from './rows.js'
import { defineRule } from './rule.js'
import { checkedWeights } from './weights.js'

/**
 * Per coordinate, the f smallest and the f largest of n rows are left out, whatever they weigh, and the rest is averaged by
 * weight; by equal weights where all that is left weighs nothing. Trimming comes first: with at most f faulty rows every
 * value that is left lies between two honest ones, so no weight lets a faulty row out of their range. Ties go to the lower index.
 * Weights break monotony where two rows change places, so forecasts are rearranged (see vincentize).
 * After Yin et al. 2018. Errors: BAD_REPORT, BAD_WEIGHTS, BAD_PARAMETER, TOO_MANY_FAULTS (n < 2f + 1).
 */
export function weightedTrimmedMean(rows: Rows, weights: ArrayLike<number> | undefined, f: number): Float64Array {
  checkRows(rows)
  checkCount('weightedTrimmedMean', 'f', f)
  const n = rows.length
  if (n < 2 * f + 1)
    refuse('TOO_MANY_FAULTS', `f = ${f} of ${n} reports`, `at least 2f + 1 = ${2 * f + 1} reports`, 'weightedTrimmedMean')
  const shares = checkedWeights(weights, n)
  const order = Array.from(rows, (_, i) => i)
  return rows[0].map((_, j) => {
    order.sort((a, b) => rows[a][j] - rows[b][j] || a - b)
    return weightedAverage(rows, shares, order.slice(f, n - f), j)
  })
}

/** Measured from the least value, so that equal values return exactly that one; never outside their range. */
function weightedAverage(rows: Rows, shares: Float64Array, kept: readonly number[], j: number): number {
  const low = rows[kept[0]][j]
  const high = rows[kept[kept.length - 1]][j]
  let total = 0
  for (const i of kept) total += shares[i]
  if (total === 0)
    return averageOf(
      Float64Array.from(kept, i => rows[i][j]),
      0,
      kept.length,
    )
  let sum = 0
  // Halves, because a difference of two numbers may be larger than any number.
  for (const i of kept) sum += (shares[i] / total) * (rows[i][j] / 2 - low / 2)
  return Math.min(Math.max(low + sum + sum, low), high)
}

export const weightedTrimmedMeanRule = defineRule<{ readonly f: number }>({
  name: 'weightedTrimmedMean',
  source: 'after Yin, Chen, Ramchandran & Bartlett, 2018',
  breakdown: 'f/n',
  order: 'rearranged',
  parameters: countParameter('weightedTrimmedMean', 'f'),
  bound: (_n, { f }) => f,
  needs: ({ f }) => 2 * f + 1,
  weighs: true,
  aggregate: (rows, { f }, weights) => weightedTrimmedMean(rows, weights, f),
})
