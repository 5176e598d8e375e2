import { kernels } from '../kernels/index.js'
import { perColumn } from './matrix.js'
import { mean } from './mean.js'
import { checkCount, checkEnough, countParameter } from './parameters.js'
import { checkRows, type Rows } from './rows.js'
import { defineRule } from './rule.js'

/**
 * The f-trimmed mean of n rows of length d: per coordinate, the f smallest and the f largest values are left out. f = 0 is the
 * mean. With at most f faulty rows it lies between the means of the n - 2f smallest and of the n - 2f largest honest values.
 * Yin et al. 2018. Errors: BAD_REPORT, BAD_PARAMETER, TOO_MANY_FAULTS (n < 2f + 1).
 */
export function trimmedMean(rows: Rows, f: number): Float64Array {
  checkRows(rows)
  checkCount('trimmedMean', 'f', f)
  checkEnough('trimmedMean', rows.length, 2 * f + 1, `f = ${f}`, '2f + 1')
  if (f === 0) return mean(rows)
  return perColumn(rows, ({ at, n, columns }, work, out) => kernels().trimmedMeans(at, n, columns, f, n - f, work, out))
}

export const trimmedMeanRule = defineRule<{ readonly f: number }>({
  name: 'trimmedMean',
  source: 'Yin, Chen, Ramchandran & Bartlett, 2018',
  breakdown: 'f/n',
  order: 'monotone',
  parameters: countParameter('trimmedMean', 'f'),
  bound: (_n, { f }) => f,
  needs: ({ f }) => 2 * f + 1,
  aggregate: (rows, { f }) => trimmedMean(rows, f),
})
