import { doublesAt, integersAt, kernels, type Pointer, reserve, reserveDoubles, scratch } from '../kernels/index.js'
import { checkRows, type Rows } from './rows.js'

/** n rows of d numbers in the kernels' memory, each padded with zeros to `columns` numbers, a multiple of 8. */
export interface Matrix {
  readonly at: Pointer
  readonly n: number
  readonly d: number
  readonly columns: number
}

/** Runs `work` on a copy of the rows in scratch memory. Errors: BAD_REPORT. */
export function onMatrix<T>(rows: Rows, work: (matrix: Matrix) => T): T {
  checkRows(rows)
  const n = rows.length
  const d = rows[0].length
  const columns = (d + 7) & ~7
  return scratch(() => {
    const matrix = { at: reserveDoubles(n * columns), n, d, columns }
    fill(matrix, rows)
    return work(matrix)
  })
}

function fill({ at, n, d, columns }: Matrix, rows: Rows): void {
  const all = doublesAt(at, n * columns)
  for (let i = 0; i < n; i++) {
    all.set(rows[i], i * columns)
    if (d < columns) all.fill(0, i * columns + d, (i + 1) * columns)
  }
}

/** The vector of a kernel's statistic of every column. `work` has room for 9 n doubles. */
export const perColumn = (rows: Rows, kernel: (matrix: Matrix, work: Pointer, out: Pointer) => void): Float64Array =>
  onMatrix(rows, matrix => columnsOf(matrix, kernel))

/** The same of a matrix in memory. */
export function columnsOf(matrix: Matrix, kernel: (matrix: Matrix, work: Pointer, out: Pointer) => void): Float64Array {
  return scratch(() => {
    const [work, out] = [reserveDoubles(9 * matrix.n), reserveDoubles(matrix.columns)]
    kernel(matrix, work, out)
    return doublesAt(out, matrix.d).slice()
  })
}

/** The mean of the rows that each list names, added up in the list's order and within the range of all rows. */
export function meansOf({ at, n, d, columns }: Matrix, lists: readonly ArrayLike<number>[]): Float64Array[] {
  return scratch(() => {
    const total = lists.reduce((sum, list) => sum + list.length, 0)
    const [named, ends] = [reserve(4 * total), reserve(4 * lists.length)]
    const [work, out] = [reserveDoubles(8 * n), reserveDoubles(lists.length * columns)]
    let end = 0
    for (let k = 0; k < lists.length; k++) {
      integersAt(named, total).set(lists[k], end)
      end += lists[k].length
      integersAt(ends, lists.length)[k] = end
    }
    kernels().meansOfRows(at, n, columns, named, ends, lists.length, work, out)
    return lists.map((_, k) => doublesAt(out + 8 * k * columns, d).slice())
  })
}

// 2^600: differences of the smallest numbers leave the subnormal ones.
const GROW = 4.149515568880993e180

/** A power of two that leaves room for sums of n differences, and for lengths in d dimensions, of the largest numbers. */
function shrinkFor(n: number, d: number): number {
  let shrink = 0.25
  for (let bits = 32 - Math.clz32(n) + ((33 - Math.clz32(d)) >> 1); bits > 0; bits--) shrink /= 2
  return shrink
}

/**
 * Puts the rows' differences from `centre` in memory, in a unit that is returned: a power of two, 1 but for the largest and the
 * smallest of numbers. What is near the centre keeps all its digits.
 */
export function fillAbout(matrix: Matrix, rows: Rows, centre: Float64Array): number {
  const { at, n, columns } = matrix
  fill(matrix, rows)
  const all = doublesAt(at, n * columns)
  let largest = 0
  for (let k = 0; k < all.length; k++) largest = Math.max(largest, Math.abs(all[k]))
  for (let j = 0; j < centre.length; j++) largest = Math.max(largest, Math.abs(centre[j]))
  const unit = largest > 1e290 ? shrinkFor(n, centre.length) : largest < 1e-150 ? GROW : 1
  scratch(() => {
    const point = reserveDoubles(columns)
    const place = doublesAt(point, columns)
    place.fill(0)
    place.set(centre)
    kernels().shiftRows(at, n, columns, point, Math.min(unit, 1), Math.max(unit, 1))
  })
  return unit
}

/** The vector that is `difference`, in that unit, from the centre; finite although the difference itself may not be. */
export const fromCentre = (centre: Float64Array, difference: Float64Array, unit: number): Float64Array =>
  centre.map((x, j) => {
    const sum = x + difference[j] / unit
    return Number.isFinite(sum) ? sum : (x * unit + difference[j]) / unit
  })
