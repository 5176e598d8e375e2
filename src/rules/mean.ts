import { averageOf } from './average.js'
import { noParameters } from './parameters.js'
import { perColumn, type Rows } from './rows.js'
import { defineRule } from './rule.js'

/** The mean of n rows of length d, per coordinate: the baseline, which one faulty report ruins. Errors: BAD_REPORT. */
export const mean = (rows: Rows): Float64Array => perColumn(rows, column => averageOf(column, 0, column.length))

export const meanRule = defineRule({
  name: 'mean',
  source: 'Gauss, 1809',
  parameters: noParameters('mean'),
  bound: () => 0,
  needs: () => 1,
  aggregate: mean,
})
