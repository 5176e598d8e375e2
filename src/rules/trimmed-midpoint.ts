import { kernels } from '../kernels/index.js'
import { perColumn } from './matrix.js'
import { checkCount, checkEnough, countParameter } from './parameters.js'
import { checkRows, type Rows } from './rows.js'
import { defineRule } from './rule.js'

/**
 * The midpoint, per coordinate, of the smallest and the largest of n rows once the f smallest and the f largest are left out.
 * With at most f faulty rows it lies in the honest range; used in rounds of agreement it halves that range, where the trimmed
 * mean shrinks it by f / (n - 2f). Dolev, Lynch, Pinter, Stark & Weihl 1986.
 * Errors: BAD_REPORT, BAD_PARAMETER, TOO_MANY_FAULTS (n < 2f + 1).
 */
export function trimmedMidpoint(rows: Rows, f: number): Float64Array {
  checkRows(rows)
  checkCount('trimmedMidpoint', 'f', f)
  checkEnough('trimmedMidpoint', rows.length, 2 * f + 1, `f = ${f}`, '2f + 1')
  return perColumn(rows, ({ at, n, columns }, work, out) => kernels().midpoints(at, n, columns, f, n - 1 - f, work, out))
}

export const trimmedMidpointRule = defineRule<{ readonly f: number }>({
  name: 'trimmedMidpoint',
  source: 'Dolev, Lynch, Pinter, Stark & Weihl, 1986',
  breakdown: 'f/n',
  order: 'monotone',
  parameters: countParameter('trimmedMidpoint', 'f'),
  bound: (_n, { f }) => f,
  needs: ({ f }) => 2 * f + 1,
  aggregate: (rows, { f }) => trimmedMidpoint(rows, f),
})
