import { doublesAt, kernels, scratch } from '../kernels/index.js'
import { squaredDistances, type Unit, unitFor } from './distances.js'
import { columnsOf, type Matrix, meansOf, onMatrix } from './matrix.js'
import { checkCount, checkEnough } from './parameters.js'
import { checkRows, type Rows } from './rows.js'

/**
 * Nearest-neighbour mixing, before aggregation: each of n rows becomes the mean of the n - f rows nearest to it, itself
 * included, by (distance, index). Every new row is a convex combination of the old ones. Allouah et al. 2023.
 * Errors: BAD_REPORT, BAD_PARAMETER, TOO_MANY_FAULTS (n < 2f + 1).
 */
export function nearestNeighbourMixing(rows: Rows, f: number): Float64Array[] {
  checkRows(rows)
  checkCount('nearestNeighbourMixing', 'f', f)
  const n = rows.length
  checkEnough('nearestNeighbourMixing', n, 2 * f + 1, `f = ${f}`, '2f + 1')
  return onMatrix(rows, matrix => meansOf(matrix, neighboursOf(matrix, n - f)))
}

interface Neighbours {
  /** The squared distance of the farthest of them. */
  readonly size: number
  /** Ascending. */
  readonly list: Int32Array
}

function neighboursOf(matrix: Matrix, keep: number): Int32Array[] {
  const found = new Map<Unit, Neighbours[]>([['plain', inOneUnit(matrix, keep, 'plain')]])
  return found.get('plain')!.map(({ size }, i) => {
    const unit = unitFor(size)
    if (!found.has(unit)) found.set(unit, inOneUnit(matrix, keep, unit))
    return found.get(unit)![i].list
  })
}

function inOneUnit(matrix: Matrix, keep: number, unit: Unit): Neighbours[] {
  return scratch(() => {
    const squares = squaredDistances(matrix, unit)
    const { at, n, columns } = squares
    // Columns are rows: the matrix is symmetric.
    const limits = columnsOf(squares, (_, work, out) => kernels().midpoints(at, n, columns, keep - 1, keep - 1, work, out))
    const all = doublesAt(at, n * columns)
    return Array.from(limits, (size, i) => ({ size, list: within(all.subarray(i * columns, i * columns + n), size, keep) }))
  })
}

/** The places of the `keep` least values, of which `limit` is the largest; of equal ones the first. */
function within(values: Float64Array, limit: number, keep: number): Int32Array {
  let below = 0
  for (let i = 0; i < values.length; i++) if (values[i] < limit) below++
  let ties = keep - below
  const list = new Int32Array(keep)
  let count = 0
  for (let i = 0; i < values.length; i++) if (values[i] < limit || (values[i] === limit && ties-- > 0)) list[count++] = i
  return list
}
