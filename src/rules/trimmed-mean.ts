import { refuse } from '../base/index.js'
import { averageOf } from './average.js'
import { mean } from './mean.js'
import { checkCount, countParameter } from './parameters.js'
import { checkRows, perColumn, type Rows } from './rows.js'
import { defineRule } from './rule.js'

/**
 * The f-trimmed mean of n rows of length d: per coordinate, the f smallest and the f largest values are left out. f = 0 is the
 * mean. With at most f faulty rows it lies between the means of the n - 2f smallest and of the n - 2f largest honest values.
 * Yin et al. 2018. Errors: BAD_REPORT, BAD_PARAMETER, TOO_MANY_FAULTS (n < 2f + 1).
 */
export function trimmedMean(rows: Rows, f: number): Float64Array {
  checkRows(rows)
  checkCount('trimmedMean', 'f', f)
  const n = rows.length
  if (n < 2 * f + 1)
    refuse('TOO_MANY_FAULTS', `f = ${f} of ${n} reports`, `at least 2f + 1 = ${2 * f + 1} reports`, 'trimmedMean')
  return f === 0 ? mean(rows) : perColumn(rows, column => averageOf(column.sort(), f, n - f))
}

export const trimmedMeanRule = defineRule<{ readonly f: number }>({
  name: 'trimmedMean',
  source: 'Yin, Chen, Ramchandran & Bartlett, 2018',
  parameters: countParameter('trimmedMean', 'f'),
  bound: (_n, { f }) => f,
  needs: ({ f }) => 2 * f + 1,
  aggregate: (rows, { f }) => trimmedMean(rows, f),
})
