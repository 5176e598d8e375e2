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
    if (!(row instanceof Float64Array && isAllFinite(row)))
      for (let j = 0; j < d; j++)
        if (!Number.isFinite(row[j])) refuse('BAD_REPORT', row[j], 'a finite number', `rows[${i}][${j}]`)
  }
}

const lengthOf = (row: unknown): number =>
  Array.isArray(row) || (ArrayBuffer.isView(row) && 'length' in row) ? (row as Float64Array).length : 0

/** x - x is 0 for a finite x alone. */
function isAllFinite(row: Float64Array): boolean {
  let even = 0
  let odd = 0
  for (let j = 1; j < row.length; j += 2) {
    even += row[j - 1] - row[j - 1]
    odd += row[j] - row[j]
  }
  const last = row[row.length - 1]
  return even + odd + (last - last) === 0
}
