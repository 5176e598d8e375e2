import { meansOf, onMatrix } from './matrix.js'
import { noParameters } from './parameters.js'
import type { Rows } from './rows.js'
import { defineRule } from './rule.js'

/** The mean of n rows of length d, per coordinate: the baseline, which one faulty report ruins. Errors: BAD_REPORT. */
export const mean = (rows: Rows): Float64Array => onMatrix(rows, matrix => meansOf(matrix, [Array.from(rows, (_, i) => i)])[0])

export const meanRule = defineRule({
  name: 'mean',
  source: 'Gauss, 1809',
  breakdown: '0',
  order: 'monotone',
  parameters: noParameters('mean'),
  bound: () => 0,
  needs: () => 1,
  aggregate: mean,
})
