import { readFileSync } from 'node:fs'
import { parse } from 'csv-parse/sync'
import { refuse } from '../base/index.js'

/** Closing prices and their dates, oldest first. */
export interface PriceSeries {
  readonly dates: readonly string[]
  readonly closes: Float64Array
}

interface Row {
  readonly record: { readonly [column: string]: string }
  readonly info: { readonly lines: number }
}

/**
 * Reads a price file: header line, a date and a close column, comma, semicolon or tab. Refused with the line number:
 * missing, non-numeric and non-positive prices, dates that are not ISO-like, unordered or duplicate.
 */
export function readPrices(path: string, dateColumn: string, closeColumn: string): PriceSeries {
  return parsePrices(readText(path), dateColumn, closeColumn, path)
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    return refuse('UNREADABLE_FILE', (error as NodeJS.ErrnoException).code ?? String(error), 'a CSV file that can be read', path)
  }
}

export function parsePrices(text: string, dateColumn: string, closeColumn: string, path: string): PriceSeries {
  const rows = parseRows(text, path)
  if (rows.length === 0)
    refuse('EMPTY_CSV', text.trim() === '' ? 'an empty file' : 'no rows below the header', 'a header and at least two rows', path)
  const date = columnOf(rows[0], dateColumn, path)
  const close = columnOf(rows[0], closeColumn, path)
  const dates: string[] = []
  const closes = new Float64Array(rows.length)
  rows.forEach(({ record, info }, i) => {
    const where = `${path}, line ${info.lines}`
    closes[i] = priceOf(record[close], `${where}, column ${close}`)
    dates.push(dateOf(record[date], `${where}, column ${date}`))
    if (i === 0) return
    if (dates[i] === dates[i - 1]) refuse('BAD_CSV', `date ${dates[i]} twice`, 'one row a date', where)
    if (dates[i] < dates[i - 1])
      refuse('BAD_CSV', `date ${dates[i]} after ${dates[i - 1]}`, 'dates in ascending order, oldest first', where)
  })
  return { dates, closes }
}

function parseRows(text: string, path: string): Row[] {
  try {
    return parse(text, {
      bom: true,
      columns: true,
      delimiter: delimiterOf(text),
      info: true,
      skip_empty_lines: true,
      trim: true,
    }) as unknown as Row[]
  } catch (error) {
    const { message } = error as Error
    return refuse('BAD_CSV', message, 'rows with as many fields as the header', path)
  }
}

/** Whichever of comma, semicolon and tab the header has most of: a semicolon file may hold decimal commas. */
function delimiterOf(text: string): string {
  const header = text.split(/\r?\n/, 1)[0]
  const count = (mark: string): number => header.split(mark).length
  return [',', ';', '\t'].reduce((best, mark) => (count(mark) > count(best) ? mark : best))
}

function columnOf({ record }: Row, name: string, path: string): string {
  const columns = Object.keys(record)
  const found = columns.find(column => column === name) ?? columns.find(column => column.toLowerCase() === name.toLowerCase())
  return found ?? refuse('MISSING_COLUMN', `columns ${columns.join(', ')}`, `a column '${name}'`, `${path}, line 1`)
}

function priceOf(text: string, where: string): number {
  const isDecimalComma = /^[+-]?\d+,\d+$/.test(text)
  const price = text === '' ? Number.NaN : Number(isDecimalComma ? text.replace(',', '.') : text)
  if (!Number.isFinite(price)) refuse('BAD_CSV', text === '' ? 'nothing' : `'${text}'`, 'a price', where)
  if (price <= 0) refuse('BAD_CSV', price, 'a price above zero', where)
  return price
}

function dateOf(text: string, where: string): string {
  const match = /^(\d{4})[-/.]?(\d{2})[-/.]?(\d{2})([T ][0-9:.Z+-]*)?$/.exec(text)
  if (match === null) refuse('BAD_CSV', text === '' ? 'nothing' : `'${text}'`, 'a date like 2020-04-17', where)
  const [, year, month, day, time = ''] = match as unknown as [string, string, string, string, string?]
  if (Number(month) < 1 || Number(month) > 12 || Number(day) < 1 || Number(day) > 31)
    refuse('BAD_CSV', `'${text}'`, 'a date like 2020-04-17', where)
  return `${year}-${month}-${day}${time}`
}
