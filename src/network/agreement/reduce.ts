import { median, trimmedMean, trimmedMidpoint } from '../../rules/index.js'
import type { Value } from './body.js'

/** How a round's values become the next one. */
export type Reduction = 'trimmedMidpoint' | 'trimmedMean' | 'median'

/**
 * The next value of a participant that has heard `values`, at most f of them from faulty ones, per coordinate: the midpoint or the
 * mean of what is left without the f smallest and the f largest (Dolev et al. 1986), or the median. Order statistics, their
 * midpoints and trimmed means are monotone in every value, so where all quantiles ascend, those of faulty participants too (a plan's
 * `accepts` sees to it), the next ones ascend. They treat both ends alike, so shortfalls stay above their VaR too: to the last bit for
 * midpoints, up to rounding for trimmed means. With 2f values or fewer, which only unsafe plans allow, less is trimmed.
 */
export function reduceValues(values: readonly Value[], f: number, rule: Reduction): Value {
  const trim = Math.min(f, (values.length - 1) >> 1)
  if (rule === 'median') return median(values)
  return rule === 'trimmedMean' ? trimmedMean(values, trim) : trimmedMidpoint(values, trim)
}

/** By how much a round shrinks the honest spread at least: Dolev et al. (1986). The median's is 1: it need not shrink at all. */
export function contraction(rule: Reduction, n: number, f: number): number {
  if (rule === 'trimmedMidpoint') return 0.5
  return rule === 'median' || n <= 2 * f ? 1 : f / (n - 2 * f)
}
