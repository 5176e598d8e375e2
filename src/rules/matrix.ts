import { doublesAt, integersAt, kernels, type Pointer, reserve, reserveDoubles, scratch } from '../kernels/index.js'
import { checkRows, type Rows } from './rows.js'

/** n rows of d numbers in the kernels' memory, each padded with zeros to `columns` numbers, a multiple of 8. */
export interface Matrix {
  readonly at: Pointer
  readonly n: number
  readonly d: number
  readonly columns: number
}

/** Runs `work` on a copy of the rows, multiplied by `unit`, in scratch memory. Errors: BAD_REPORT. */
export function onMatrix<T>(rows: Rows, work: (matrix: Matrix) => T, unit = 1): T {
  checkRows(rows)
  const n = rows.length
  const d = rows[0].length
  const columns = (d + 7) & ~7
  return scratch(() => {
    const at = reserveDoubles(n * columns)
    const all = doublesAt(at, n * columns)
    for (let i = 0; i < n; i++) {
      all.set(unit === 1 ? rows[i] : rows[i].map(x => x * unit), i * columns)
      if (d < columns) all.fill(0, i * columns + d, (i + 1) * columns)
    }
    return work({ at, n, d, columns })
  })
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

// 2^-60 and 2^600: sums of values and of their differences stay within the range of numbers, and out of the subnormal ones.
const SHRINK = 8.673617379884035e-19
const GROW = 4.149515568880993e180

/** The power of two to multiply rows by before lengths are measured; 1 but for the largest and the smallest of numbers. */
export function unitOf(rows: Rows): number {
  checkRows(rows)
  let largest = 0
  for (const row of rows) for (let j = 0; j < row.length; j++) largest = Math.max(largest, Math.abs(row[j]))
  return largest > 1e290 ? SHRINK : largest < 1e-150 && largest > 0 ? GROW : 1
}
