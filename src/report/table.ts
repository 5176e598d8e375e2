import { shortened } from './numbers.js'

/** A table of ready-made texts, for the terminal and for the page alike. */
export interface Table {
  readonly title: string
  readonly columns: readonly Column[]
  readonly rows: readonly (readonly Cell[])[]
  /** Lines that stand under the table. */
  readonly notes: readonly string[]
}

export interface Column {
  readonly title: string
  readonly align: 'left' | 'right'
}

export interface Cell {
  readonly text: string
  /** Worth noticing: a rejected test, an exceeded bound. */
  readonly striking?: boolean
}

/** One column and how it reads a row. */
export interface Field<Row> {
  readonly title: string
  readonly align?: 'left' | 'right'
  readonly text: (row: Row) => string
  readonly striking?: (row: Row) => boolean
}

export function tableOf<Row>(
  title: string,
  fields: readonly Field<Row>[],
  rows: readonly Row[],
  notes: readonly string[] = [],
): Table {
  return {
    title,
    columns: fields.map(({ title, align = 'right' }) => ({ title, align })),
    rows: rows.map(row =>
      fields.map(({ text, striking }) => ({ text: text(row), ...(striking?.(row) ? { striking: true } : {}) })),
    ),
    notes,
  }
}

const GAP = '  '
const NARROWEST = 6

/**
 * Aligned columns for a terminal, at most `width` characters wide as far as shortening the left-aligned columns
 * allows. Words of a heading stand above each other.
 */
export function textTable({ title, columns, rows, notes }: Table, width = 100): string {
  const cells = rows.map(row => row.map(({ text }) => printable(text)))
  const headings = columns.map(column => headingLines(column.title))
  const widths = columns.map((_, j) => Math.max(...headings[j].map(length), ...cells.map(row => length(row[j]))))
  shrink(widths, columns, width)
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, j) => pad(shortened(text, widths[j]), widths[j], columns[j].align))
      .join(GAP)
      .trimEnd()
  const height = Math.max(0, ...headings.map(lines => lines.length))
  const head = Array.from({ length: height }, (_, i) => line(headings.map(lines => lines[i - height + lines.length] ?? '')))
  const rule = '-'.repeat(Math.min(width, total(widths)))
  return [printable(title), rule, ...head, rule, ...cells.map(line), rule, ...notes.map(printable), ''].join('\n')
}

/** Takes the excess from the widest left-aligned columns first. */
function shrink(widths: number[], columns: readonly Column[], width: number): void {
  for (let excess = total(widths) - width; excess > 0; excess--) {
    let widest = -1
    for (let j = 0; j < widths.length; j++) {
      if (columns[j].align === 'left' && widths[j] > NARROWEST && (widest < 0 || widths[j] > widths[widest])) widest = j
    }
    if (widest < 0) return
    widths[widest]--
  }
}

const total = (widths: readonly number[]): number =>
  widths.reduce((sum, w) => sum + w, 0) + GAP.length * Math.max(0, widths.length - 1)

/** Long headings break at their first space. */
function headingLines(title: string): string[] {
  const space = title.indexOf(' ')
  return space < 0 ? [title] : [title.slice(0, space), title.slice(space + 1)]
}

const length = (text: string): number => [...text].length
const pad = (text: string, width: number, align: 'left' | 'right'): string => {
  const space = ' '.repeat(Math.max(0, width - length(text)))
  return align === 'left' ? text + space : space + text
}

/** Names come from users: nothing in one may move the cursor or colour the terminal. */
const printable = (text: string): string => text.replace(/\p{C}/gu, '?')
