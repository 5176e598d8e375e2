import { readFileSync } from 'node:fs'
import { parse } from 'csv-parse/sync'
import { isSwarmvarError, refuse } from '../base/index.js'

/** Closing prices and their dates, oldest first. */
export interface PriceSeries {
  readonly dates: readonly string[]
  readonly closes: Float64Array
}

/** Closing prices of several columns of one file, one array a column, oldest first. */
export interface PriceTable {
  readonly dates: readonly string[]
  readonly closes: readonly Float64Array[]
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

/** Reads several columns of closes from one price file, with the same refusals. */
export function readPriceTable(path: string, dateColumn: string, closeColumns: readonly string[]): PriceTable {
  const { dates, values } = parseTable(readText(path), dateColumn, closeColumns, path, priceOf)
  return { dates, closes: values }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    return refuse('UNREADABLE_FILE', (error as NodeJS.ErrnoException).code ?? String(error), 'a CSV file that can be read', path)
  }
}

export function parsePrices(text: string, dateColumn: string, closeColumn: string, path: string): PriceSeries {
  const { dates, values } = parseTable(text, dateColumn, [closeColumn], path, priceOf)
  return { dates, closes: values[0] }
}

/** Reads a column of returns in percent and its dates; refused as prices are, but for the sign. */
export function readReturns(
  path: string,
  dateColumn: string,
  returnColumn: string,
): { readonly dates: readonly string[]; readonly returns: Float64Array } {
  const { dates, values } = parseTable(readText(path), dateColumn, [returnColumn], path, returnOf)
  return { dates, returns: values[0] }
}

function parseTable(
  text: string,
  dateColumn: string,
  valueColumns: readonly string[],
  path: string,
  readValue: (given: string, delimiter: string, where: string) => number,
): { readonly dates: readonly string[]; readonly values: readonly Float64Array[] } {
  const delimiter = delimiterOf(text)
  const rows = parseRows(text, delimiter, path)
  if (rows.length === 0)
    refuse('EMPTY_CSV', text.trim() === '' ? 'an empty file' : 'no rows below the header', 'a header and at least two rows', path)
  const date = columnOf(rows[0], dateColumn, path)
  const columns = valueColumns.map(name => columnOf(rows[0], name, path))
  const twice = [date, ...columns].find((column, i, all) => all.indexOf(column) < i)
  if (twice !== undefined)
    refuse('AMBIGUOUS_COLUMN', `column '${twice}' asked for twice`, 'a column for each name', `${path}, line 1`)
  const dates: string[] = []
  const values = columns.map(() => new Float64Array(rows.length))
  rows.forEach(({ record, info }, i) => {
    const where = `${path}, line ${info.lines}`
    columns.forEach((column, k) => {
      values[k][i] = readValue(record[column], delimiter, `${where}, column ${column}`)
    })
    dates.push(dateOf(record[date], `${where}, column ${date}`))
    if (i === 0) return
    if (dates[i] === dates[i - 1]) refuse('BAD_CSV', `date ${dates[i]} twice`, 'one row a date', where)
    if (dates[i] < dates[i - 1])
      refuse('BAD_CSV', `date ${dates[i]} after ${dates[i - 1]}`, 'dates in ascending order, oldest first', where)
  })
  return { dates, values }
}

function parseRows(text: string, delimiter: string, path: string): Row[] {
  try {
    return parse(text, {
      bom: true,
      columns: names => uniqueNames(names, path),
      delimiter,
      info: true,
      skip_empty_lines: true,
      trim: true,
    }) as unknown as Row[]
  } catch (error) {
    if (isSwarmvarError(error)) throw error
    const { message } = error as Error
    return refuse('BAD_CSV', message, 'rows with as many fields as the header', path)
  }
}

function uniqueNames(names: readonly string[], path: string): string[] {
  const twice = names.find((name, i) => names.indexOf(name) < i)
  if (twice !== undefined) refuse('BAD_CSV', `two columns '${twice}'`, 'columns with names that differ', `${path}, line 1`)
  return [...names]
}

/** Whichever of comma, semicolon and tab the header has most of: a semicolon file may hold decimal commas. */
function delimiterOf(text: string): string {
  const header = text.split(/\r?\n/, 1)[0]
  const count = (mark: string): number => header.split(mark).length
  return [',', ';', '\t'].reduce((best, mark) => (count(mark) > count(best) ? mark : best))
}

/** The column of that name, or the only one that differs from it in upper and lower case alone. */
function columnOf({ record }: Row, name: string, path: string): string {
  const columns = Object.keys(record)
  if (columns.includes(name)) return name
  const alike = columns.filter(column => column.toLowerCase() === name.toLowerCase())
  const where = `${path}, line 1`
  if (alike.length > 1)
    refuse('AMBIGUOUS_COLUMN', `columns ${alike.join(', ')}`, `one column '${name}', or its name spelled exactly`, where)
  return alike[0] ?? refuse('MISSING_COLUMN', `columns ${columns.join(', ')}`, `a column '${name}'`, where)
}

const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i

function numberOf(given: string, delimiter: string, what: string, where: string): number {
  // A comma is a decimal mark only where it separates nothing; thousands separators are refused.
  const text = delimiter === ',' ? given : given.replace(/^([+-]?\d+),(\d+)$/, '$1.$2')
  const number = DECIMAL.test(text) ? Number(text) : Number.NaN
  if (!Number.isFinite(number)) refuse('BAD_CSV', text === '' ? 'nothing' : `'${text}'`, what, where)
  return number
}

function priceOf(given: string, delimiter: string, where: string): number {
  const price = numberOf(given, delimiter, 'a price', where)
  if (price <= 0) refuse('BAD_CSV', price, 'a price above zero', where)
  return price
}

const returnOf = (given: string, delimiter: string, where: string): number =>
  numberOf(given, delimiter, 'a return in percent', where)

/** Days of a month of the Gregorian calendar; 0 for a month that is none. */
function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return [31, 0, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0
}

function dateOf(text: string, where: string): string {
  const match = /^(\d{4})[-/.]?(\d{2})[-/.]?(\d{2})([T ][0-9:.Z+-]*)?$/.exec(text)
  if (match === null) refuse('BAD_CSV', text === '' ? 'nothing' : `'${text}'`, 'a date like 2020-04-17', where)
  const [, year, month, day, time = ''] = match as unknown as [string, string, string, string, string?]
  if (Number(day) < 1 || Number(day) > daysIn(Number(year), Number(month)))
    refuse('BAD_CSV', `'${text}'`, 'a date like 2020-04-17', where)
  return `${year}-${month}-${day}${time}`
}
