import { lowestScores } from './krum-scores.js'
import { onMatrix } from './matrix.js'
import { checkCount, checkEnough, countParameter } from './parameters.js'
import { checkRows, type Rows } from './rows.js'
import { defineRule } from './rule.js'

/**
 * Krum: of n rows the one with the least score, the sum of squared distances to its n - f - 2 nearest others; ties go to the
 * lower index. A copy of that row. Blanchard, El Mhamdi, Guerraoui & Stainer 2017.
 * Errors: BAD_REPORT, BAD_PARAMETER, TOO_MANY_FAULTS (n < 2f + 3).
 */
export function krum(rows: Rows, f: number): Float64Array {
  checkRows(rows)
  checkCount('krum', 'f', f)
  const n = rows.length
  checkEnough('krum', n, 2 * f + 3, `f = ${f}`, '2f + 3')
  const [best] = onMatrix(rows, matrix => lowestScores(matrix, n - f - 2, 1))
  return Float64Array.from(rows[best])
}

export const krumRule = defineRule<{ readonly f: number }>({
  name: 'krum',
  source: 'Blanchard, El Mhamdi, Guerraoui & Stainer, 2017',
  breakdown: '1/2, for f as large as n allows',
  order: 'convex',
  parameters: countParameter('krum', 'f'),
  bound: (_n, { f }) => f,
  needs: ({ f }) => 2 * f + 3,
  aggregate: (rows, { f }) => krum(rows, f),
})
