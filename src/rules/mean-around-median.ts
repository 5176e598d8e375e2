import { kernels } from '../kernels/index.js'
import { perColumn } from './matrix.js'
import { checkCount, checkEnough, countParameter } from './parameters.js'
import { checkRows, type Rows } from './rows.js'
import { defineRule } from './rule.js'

/**
 * The mean around the median: per coordinate, the mean of the n - f values nearest the median, by (distance, value). It is not
 * monotone: a report that rises can leave the nearest ones and lower the result, so forecasts are rearranged. Xie, Koyejo &
 * Gupta 2018. Errors: BAD_REPORT, BAD_PARAMETER, TOO_MANY_FAULTS (n < 2f + 1).
 */
export function meanAroundMedian(rows: Rows, f: number): Float64Array {
  checkRows(rows)
  checkCount('meanAroundMedian', 'f', f)
  checkEnough('meanAroundMedian', rows.length, 2 * f + 1, `f = ${f}`, '2f + 1')
  return perColumn(rows, ({ at, n, columns }, work, out) => kernels().meansAroundMedian(at, n, columns, n - f, work, out))
}

export const meanAroundMedianRule = defineRule<{ readonly f: number }>({
  name: 'meanAroundMedian',
  source: 'Xie, Koyejo & Gupta, 2018',
  breakdown: 'f/n',
  order: 'rearranged',
  parameters: countParameter('meanAroundMedian', 'f'),
  bound: (_n, { f }) => f,
  needs: ({ f }) => 2 * f + 1,
  aggregate: (rows, { f }) => meanAroundMedian(rows, f),
})
