import { refuse } from '../base/index.js'

/** Reports to aggregate: n rows, one a sender, each of length d. */
export type Rows = readonly Float64Array[]

/** Refuses rows that no rule can work on, BAD_REPORT: none at all, empty, ragged, or not finite. */
export function checkRows(rows: Rows): void {
  if (!Array.isArray(rows) || rows.length === 0)
    refuse('BAD_REPORT', Array.isArray(rows) ? 'no rows' : rows, 'at least one row', 'rows')
  const d = lengthOf(rows[0])
  if (d === 0) refuse('BAD_REPORT', rows[0], 'a row of at least one number', 'rows[0]')
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]
    if (lengthOf(row) !== d) refuse('BAD_REPORT', row, `a row of ${d} numbers, as the first`, `rows[${i}]`)
    for (let j = 0; j < d; j++) if (!Number.isFinite(row[j])) refuse('BAD_REPORT', row[j], 'a finite number', `rows[${i}][${j}]`)
  }
}

const lengthOf = (row: unknown): number =>
  Array.isArray(row) || (ArrayBuffer.isView(row) && 'length' in row) ? (row as Float64Array).length : 0

/** The vector of `statistic` of every column. Each column comes as a scratch copy, which the statistic may sort in place. */
export function perColumn(rows: Rows, statistic: (column: Float64Array) => number): Float64Array {
  checkRows(rows)
  const result = new Float64Array(rows[0].length)
  const column = new Float64Array(rows.length)
  for (let j = 0; j < result.length; j++) {
    for (let i = 0; i < rows.length; i++) column[i] = rows[i][j]
    result[j] = statistic(column)
  }
  return result
}
