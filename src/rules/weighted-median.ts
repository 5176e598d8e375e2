import { refuse } from '../base/index.js'
import { kernels, put } from '../kernels/index.js'
import { perColumn } from './matrix.js'
import { checkFields } from './parameters.js'
import { checkRows, type Rows } from './rows.js'
import { defineRule } from './rule.js'
import { checkedWeights } from './weights.js'

const variants = ['lower', 'upper', 'mid'] as const
export type WhichMedian = (typeof variants)[number]

/**
 * The weighted median of n rows, per coordinate: 'lower' is the first value, ascending, at which the weight so far is at least
 * half of it all, 'upper' the first at which it is above half, 'mid' their midpoint. Reports without weight are never chosen.
 * It lies in the honest range while the faulty weight is below half. Edgeworth 1888.
 * Errors: BAD_REPORT, BAD_WEIGHTS, BAD_PARAMETER.
 */
export function weightedMedian(rows: Rows, weights: ArrayLike<number> | undefined, which: WhichMedian = 'lower'): Float64Array {
  checkRows(rows)
  checkWhich(which)
  checkedWeights(weights, rows.length)
  return perColumn(rows, ({ at, n, columns }, work, out) => {
    // As given, not scaled: whole numbers add up exactly.
    const shares = put(weights === undefined ? new Float64Array(n).fill(1) : summable(weights))
    kernels().weightedMedians(at, n, columns, shares, variants.indexOf(which), work, out)
  })
}

// 2^-60.
const SHRINK = 8.673617379884035e-19

/** Weights whose sum would be larger than any number shrink by a power of two. */
function summable(weights: ArrayLike<number>): Float64Array {
  const given = Float64Array.from(weights)
  return given.every(weight => weight < 1e290) ? given : given.map(weight => weight * SHRINK)
}

function checkWhich(which: unknown): asserts which is WhichMedian {
  if (!variants.includes(which as WhichMedian))
    refuse('BAD_PARAMETER', which, `one of ${variants.join(', ')}`, 'weightedMedian.which')
}

export const weightedMedianRule = defineRule<{ readonly which: WhichMedian }>({
  name: 'weightedMedian',
  source: 'Edgeworth, 1888',
  breakdown: '1/2 of the weight',
  order: 'monotone',
  weighs: true,
  parameters(given) {
    checkFields('weightedMedian', given, [], ['which'])
    const { which = 'lower' } = given
    checkWhich(which)
    return { which }
  },
  bound: n => Math.floor((n - 1) / 2),
  needs: () => 1,
  aggregate: (rows, { which }, weights) => weightedMedian(rows, weights, which),
})
