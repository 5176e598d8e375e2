import { meansOf, onMatrix } from './matrix.js'
import { median } from './median.js'
import { checkCount, checkEnough, countParameter } from './parameters.js'
import { checkRows, type Rows } from './rows.js'
import { defineRule } from './rule.js'

/**
 * The median, per coordinate, of the means of consecutive blocks of the n rows; where `blocks` does not divide n, the first
 * n mod blocks of them hold one row more. Monotone, but dependent on the order of the rows. Nemirovsky & Yudin 1983.
 * Errors: BAD_REPORT, BAD_PARAMETER, TOO_MANY_FAULTS (n < blocks).
 */
export function medianOfMeans(rows: Rows, blocks: number): Float64Array {
  checkRows(rows)
  checkCount('medianOfMeans', 'blocks', blocks, 1)
  const n = rows.length
  checkEnough('medianOfMeans', n, blocks, `${blocks} blocks`, 'one a block')
  return median(
    onMatrix(rows, matrix =>
      meansOf(
        matrix,
        Array.from({ length: blocks }, (_, k) => block(n, blocks, k)),
      ),
    ),
  )
}

function block(n: number, blocks: number, k: number): number[] {
  const size = Math.floor(n / blocks)
  const larger = n % blocks
  const from = k * size + Math.min(k, larger)
  return Array.from({ length: size + (k < larger ? 1 : 0) }, (_, i) => from + i)
}

export const medianOfMeansRule = defineRule<{ readonly blocks: number }>({
  name: 'medianOfMeans',
  source: 'Nemirovsky & Yudin, 1983',
  breakdown: 'half of the blocks: blocks / 2n',
  order: 'monotone',
  parameters: countParameter('medianOfMeans', 'blocks', 1),
  bound: (_n, { blocks }) => Math.floor((blocks - 1) / 2),
  needs: ({ blocks }) => blocks,
  aggregate: (rows, { blocks }) => medianOfMeans(rows, blocks),
})
