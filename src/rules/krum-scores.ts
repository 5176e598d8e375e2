import { kernels, scratch } from '../kernels/index.js'
import { inUnit, squaredDistances, type Unit } from './distances.js'
import { columnsOf, type Matrix } from './matrix.js'

/** The `count` rows with the least sum of squared distances to their `neighbours` nearest others, by (score, index). */
export function lowestScores(matrix: Matrix, neighbours: number, count: number): number[] {
  return inUnit(unit => {
    const scores = scoresOf(matrix, neighbours, unit)
    const order = Array.from(scores, (_, i) => i).sort((a, b) => compare(scores[a], scores[b]) || a - b)
    return { size: scores[order[count - 1]], outcome: order.slice(0, count) }
  })
}

/** Two infinities are equal. */
const compare = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0)

/** Summed in ascending order, so that a score does not depend on the order of the rows. */
function scoresOf(matrix: Matrix, neighbours: number, unit: Unit): Float64Array {
  return scratch(() => {
    const squares = squaredDistances(matrix, unit)
    const { at, n, columns } = squares
    // Sorted, a column begins with the row's distance to itself, 0.
    return columnsOf(squares, (_, work, out) => kernels().sumsOfSorted(at, n, columns, 1, neighbours + 1, work, out))
  })
}
