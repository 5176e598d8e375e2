import { kernels } from '../kernels/index.js'
import { perColumn } from './matrix.js'
import { noParameters } from './parameters.js'
import type { Rows } from './rows.js'
import { defineRule } from './rule.js'

/**
 * The median of n rows of length d, per coordinate; for even n the midpoint of the two central values. With f < n / 2 faulty
 * rows it lies between the honest extremes of every coordinate, but for d > 1 it can lie outside the convex hull of the rows: a
 * covariance needs a rule that is a convex combination (Rule.rearranges and Rule.monotone both false). Yin et al. 2018.
 * Errors: BAD_REPORT.
 */
export const median = (rows: Rows): Float64Array =>
  perColumn(rows, ({ at, n, columns }, work, out) => kernels().midpoints(at, n, columns, (n - 1) >> 1, n >> 1, work, out))

export const medianRule = defineRule({
  name: 'median',
  source: 'Yin, Chen, Ramchandran & Bartlett, 2018',
  breakdown: '1/2',
  order: 'monotone',
  parameters: noParameters('median'),
  bound: n => Math.floor((n - 1) / 2),
  needs: () => 1,
  aggregate: median,
})
