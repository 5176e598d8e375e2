import { medianOfSorted } from '../math/index.js'
import { noParameters } from './parameters.js'
import { perColumn, type Rows } from './rows.js'
import { defineRule } from './rule.js'

/**
 * The median of n rows of length d, per coordinate; for even n the midpoint of the two central values. With f < n / 2 faulty
 * rows it lies between the honest extremes of every coordinate. Yin et al. 2018. Errors: BAD_REPORT.
 */
export const median = (rows: Rows): Float64Array => perColumn(rows, column => medianOfSorted(column.sort()))

export const medianRule = defineRule({
  name: 'median',
  source: 'Yin, Chen, Ramchandran & Bartlett, 2018',
  parameters: noParameters('median'),
  bound: n => Math.floor((n - 1) / 2),
  needs: () => 1,
  aggregate: median,
})
