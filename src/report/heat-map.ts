import { fixed, NONE } from './numbers.js'
import { type Table, tableOf } from './table.js'

/** A matrix of numbers to look at: plain data, which a scenario file may make of its sweep's results. */
export interface HeatMap {
  readonly title: string
  readonly caption: string
  /** What rows and columns are. */
  readonly rowTitle: string
  readonly columnTitle: string
  readonly rows: readonly string[]
  readonly columns: readonly string[]
  /** [row][column]; null where there is nothing to show. */
  readonly values: readonly (readonly (number | null)[])[]
  /** Logarithmic for values that span orders of magnitude. */
  readonly scale: 'linear' | 'log'
  /** Values at which the colours end; those beyond have the last one. By default the least and the largest. */
  readonly range?: readonly [number, number]
  /** Written after numbers in the legend, such as '%'. */
  readonly unit?: string
  readonly digits?: number
}

/** The colours' ends: of positive values only where the scale is logarithmic. */
export function rangeOf({ values, scale, range }: HeatMap): readonly [number, number] {
  if (range !== undefined) return range
  const known = values.flat().filter((x): x is number => x !== null && Number.isFinite(x) && (scale === 'linear' || x > 0))
  if (known.length === 0) return scale === 'log' ? [1, 10] : [0, 1]
  const [low, high] = [Math.min(...known), Math.max(...known)]
  if (low < high) return [low, high]
  return scale === 'log' ? [low, low * 10] : [low, low + 1]
}

/** Where a value stands between the colours' ends, from 0 to 1. */
export function shareOf(value: number, [low, high]: readonly [number, number], scale: HeatMap['scale']): number {
  const share = scale === 'log' ? Math.log(Math.max(value, low) / low) / Math.log(high / low) : (value - low) / (high - low)
  return Math.min(1, Math.max(0, share))
}

/** The same numbers as a table. */
export const heatMapTable = ({ title, rowTitle, rows, columns, values, digits = 2 }: HeatMap): Table =>
  tableOf<number>(
    title,
    [
      { title: rowTitle, align: 'left', text: i => rows[i] },
      ...columns.map((column, j) => ({ title: column, text: (i: number) => fixed(values[i]?.[j] ?? null, digits) })),
    ],
    rows.map((_, i) => i),
  )

/** A value that fits a cell: about three significant digits. */
export function cellText(value: number | null, digits: number): string {
  if (value === null || !Number.isFinite(value)) return NONE
  const size = Math.abs(value)
  if (size >= 1e5) return value.toExponential(0).replace('e+', 'e')
  if (size >= 100) return value.toFixed(0)
  if (size >= 10) return value.toFixed(Math.min(digits, 1))
  return fixed(value, digits)
}
