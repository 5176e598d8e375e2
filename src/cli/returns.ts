import { resolve } from 'node:path'
import type { Command } from 'commander'
import { isSwarmvarError, refuse } from '../base/index.js'
import { logReturns, readPrices, readReturns, SP500_PATH } from '../scenario/index.js'
import { whole } from './arguments.js'

/** Which file and column a command reads, as its flags say it. */
export interface SeriesFlags {
  readonly data?: string
  readonly date?: string
  /** A column of prices. */
  readonly column?: string
  /** A column of returns in percent. */
  readonly returns?: string
  readonly window?: number
}

/** The flags themselves, of every command that learns from one series. */
export const addSeriesFlags = (command: Command): Command =>
  command
    .option('--data <file.csv>', 'a CSV file with a header (default: the S&P 500 closes that ship with swarmvar)')
    .option('--date <column>', 'its date column (default: date)')
    .option('--column <column>', 'its column of closing prices (default: close); returns are 100 ln(p / previous p)')
    .option('--returns <column>', 'in place of --column: a column of returns in percent')
    .option('--window <n>', 'learn from the last n returns only', whole(1, 10_000_000))

export interface ReturnSeries {
  /** In words. */
  readonly source: string
  readonly labels: readonly string[]
  /** Percent, oldest first. */
  readonly returns: Float64Array
}

/** The returns that the flags name, the last `window` of them; without --data those of the S&P 500 closes that ship with the package. */
export function readSeries(flags: SeriesFlags): ReturnSeries {
  const { data, date, column, returns, window } = flags
  if (data === undefined && (date !== undefined || column !== undefined || returns !== undefined))
    refuse('BAD_USAGE', '--date, --column or --returns without --data', '--data FILE beside them')
  if (column !== undefined && returns !== undefined)
    refuse('BAD_USAGE', '--column and --returns', 'one of them: a column of prices or a column of returns in percent')
  const all =
    returns === undefined ? fromPrices(data, date ?? 'date', column ?? 'close') : fromReturns(data!, date ?? 'date', returns)
  if (window === undefined) return all
  if (all.returns.length < window) refuse('TOO_FEW_RETURNS', `${all.returns.length} returns`, `at least ${window}`, '--window')
  return { ...all, labels: all.labels.slice(-window), returns: all.returns.slice(-window) }
}

function fromPrices(data: string | undefined, date: string, column: string): ReturnSeries {
  try {
    const { dates, closes } = readPrices(data === undefined ? SP500_PATH : resolve(data), date, column)
    const source = data === undefined ? 'the S&P 500 closes that ship with swarmvar' : `${data}, column ${column}`
    return { source, labels: dates.slice(1), returns: logReturns(closes) }
  } catch (error) {
    if (isSwarmvarError(error) && error.expected === 'a price above zero')
      refuse(
        error.code,
        error.found,
        `a price above zero; a column of returns in percent is named with --returns ${column}`,
        error.where,
      )
    throw error
  }
}

/** From as many values on, a column without a single loss is no column of returns. */
const LOSSLESS_MIN = 20

function fromReturns(data: string, date: string, column: string): ReturnSeries {
  const { dates, returns } = readReturns(resolve(data), date, column)
  if (returns.length >= LOSSLESS_MIN && returns.every(ret => ret > 0))
    refuse(
      'BAD_CSV',
      `${returns.length} positive numbers and no loss in column ${column}`,
      `returns in percent; a column of prices is named with --column ${column}`,
      data,
    )
  return { source: `${data}, column ${column} (returns in percent)`, labels: dates, returns }
}
