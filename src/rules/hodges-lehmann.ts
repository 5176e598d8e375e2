import { kernels } from '../kernels/index.js'
import { perColumn } from './matrix.js'
import { noParameters } from './parameters.js'
import type { Rows } from './rows.js'
import { defineRule } from './rule.js'

/**
 * The Hodges-Lehmann estimator: per coordinate, the median of the n (n + 1) / 2 Walsh averages (x_i + x_j) / 2, i <= j. Nearly as
 * efficient as the mean for normal reports, and monotone. Hodges & Lehmann 1963. Errors: BAD_REPORT.
 */
export const hodgesLehmann = (rows: Rows): Float64Array =>
  perColumn(rows, ({ at, n, columns }, work, out) => kernels().walshMedians(at, n, columns, work, out))

export const hodgesLehmannRule = defineRule({
  name: 'hodgesLehmann',
  source: 'Hodges & Lehmann, 1963',
  breakdown: '1 - 1/sqrt(2), 29.3 %',
  order: 'monotone',
  parameters: noParameters('hodgesLehmann'),
  bound: mostFaulty,
  needs: () => 1,
  aggregate: hodgesLehmann,
})

/** Averages with a faulty part must leave the central one, or both, to the honest. */
function mostFaulty(n: number): number {
  const pairs = (n * (n + 1)) / 2
  let f = 0
  while (f + 1 < n && pairs - ((n - f - 1) * (n - f)) / 2 <= Math.floor((pairs - 1) / 2)) f++
  return f
}
