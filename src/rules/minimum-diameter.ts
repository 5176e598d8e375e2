import { refuse } from '../base/index.js'
import { doublesAt, scratch } from '../kernels/index.js'
import { inUnit, squaredDistances, type Unit } from './distances.js'
import { type Matrix, meansOf, onMatrix } from './matrix.js'
import { checkCount, checkEnough, countParameter } from './parameters.js'
import { checkRows, type Rows } from './rows.js'
import { defineRule } from './rule.js'

/** More subsets than this are refused: a search that may take so long is no rule. */
const SUBSETS_MAX = 5e6

/**
 * Minimum-diameter averaging: the mean of those n - f rows of n whose largest distance from each other is least; on ties the first
 * subset in lexicographic order. Every subset is considered, and left as soon as it is no better than the best so far.
 * Rousseeuw 1985; El Mhamdi et al. 2018.
 * Errors: BAD_REPORT, BAD_PARAMETER, TOO_MANY_FAULTS (n < 2f + 1), TOO_MANY_SUBSETS (above 5e6).
 */
export function minimumDiameter(rows: Rows, f: number): Float64Array {
  checkRows(rows)
  checkCount('minimumDiameter', 'f', f)
  const n = rows.length
  checkEnough('minimumDiameter', n, 2 * f + 1, `f = ${f}`, '2f + 1')
  checkSubsets(n, f)
  return onMatrix(rows, matrix => meansOf(matrix, [inUnit(unit => narrowest(matrix, n - f, unit))])[0])
}

function checkSubsets(n: number, f: number): void {
  let subsets = 1
  for (let k = 1; k <= f && subsets <= SUBSETS_MAX; k++) subsets = (subsets * (n - f + k)) / k
  if (subsets > SUBSETS_MAX)
    refuse('TOO_MANY_SUBSETS', `f = ${f} of ${n} reports`, `at most ${SUBSETS_MAX} subsets of n - f`, 'minimumDiameter')
}

/** The first subset of `keep` rows, in lexicographic order, with the least largest squared distance. */
function narrowest(matrix: Matrix, keep: number, unit: Unit): { size: number; outcome: number[] } {
  const { n } = matrix
  const width = (n + 7) & ~7
  const squares = scratch(() => doublesAt(squaredDistances(matrix, unit).at, n * width).slice())
  const chosen = new Int32Array(keep)
  let outcome: number[] = []
  let size = Number.POSITIVE_INFINITY
  const extend = (count: number, from: number, diameter: number): void => {
    if (count === keep) {
      outcome = Array.from(chosen)
      size = diameter
      return
    }
    for (let i = from; i <= n - keep + count; i++) {
      let wider = diameter
      for (let k = 0; k < count; k++) wider = Math.max(wider, squares[chosen[k] * width + i])
      if (wider >= size && outcome.length > 0) continue
      chosen[count] = i
      extend(count + 1, i + 1, wider)
    }
  }
  extend(0, 0, 0)
  return { size, outcome }
}

export const minimumDiameterRule = defineRule<{ readonly f: number }>({
  name: 'minimumDiameter',
  source: 'Rousseeuw, 1985; El Mhamdi, Guerraoui & Rouault, 2018',
  breakdown: '1/2, for f as large as n allows',
  order: 'convex',
  parameters: countParameter('minimumDiameter', 'f'),
  bound(n, { f }) {
    checkSubsets(n, f)
    return f
  },
  needs: ({ f }) => 2 * f + 1,
  aggregate: (rows, { f }) => minimumDiameter(rows, f),
})
