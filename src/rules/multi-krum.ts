import { lowestScores } from './krum-scores.js'
import { meansOf, onMatrix } from './matrix.js'
import { checkCount, checkEnough, checkFields } from './parameters.js'
import { checkRows, type Rows } from './rows.js'
import { defineRule } from './rule.js'

/**
 * Multi-Krum: the mean of the m rows with the least Krum scores, ties to the lower index; m = 1 is Krum. With more than n - f
 * rows a faulty one is always among them. Blanchard, El Mhamdi, Guerraoui & Stainer 2017.
 * Errors: BAD_REPORT, BAD_PARAMETER (m is 0), TOO_MANY_FAULTS (n < 2f + 3, or n < m).
 */
export function multiKrum(rows: Rows, f: number, m: number): Float64Array {
  checkRows(rows)
  checkMultiKrum(f, m)
  const n = rows.length
  checkEnough('multiKrum', n, 2 * f + 3, `f = ${f}`, '2f + 3')
  checkEnough('multiKrum', n, m, `m = ${m}`, 'm')
  return onMatrix(rows, matrix => meansOf(matrix, [lowestScores(matrix, n - f - 2, m).sort((a, b) => a - b)])[0])
}

function checkMultiKrum(f: unknown, m: unknown): asserts m is number {
  checkCount('multiKrum', 'f', f)
  checkCount('multiKrum', 'm', m, 1)
}

export const multiKrumRule = defineRule<{ readonly f: number; readonly m: number }>({
  name: 'multiKrum',
  source: 'Blanchard, El Mhamdi, Guerraoui & Stainer, 2017',
  breakdown: '1/2, for f as large as n allows and m <= n - f',
  order: 'convex',
  parameters(given) {
    checkFields('multiKrum', given, ['f', 'm'])
    const { f, m } = given
    checkMultiKrum(f, m)
    return { f: f as number, m }
  },
  bound: (n, { f, m }) => Math.min(f, n - m),
  needs: ({ f, m }) => Math.max(2 * f + 3, m),
  aggregate: (rows, { f, m }) => multiKrum(rows, f, m),
})
