import { refuse } from '../base/index.js'
import { chiSquareSurvival } from '../distributions/index.js'
import type { TestCard } from './card.js'
import type { Test } from './coverage.js'
import { type Lag, lagOf } from './long-run-variance.js'
import { lossDifferences } from './losses.js'
import { solveSemidefinite } from './semidefinite.js'

export interface GiacominiWhiteOptions {
  /**
   * What may tell which forecast will be better, one row for each day, known before its losses; a constant must be among its columns.
   * 'lagged' (default): a constant and the loss difference of the day before, which leaves the first day out.
   */
  readonly instruments?: 'lagged' | readonly ArrayLike<number>[]
  /** Bartlett lags for forecasts of several days ahead; default 0, right for one day ahead. */
  readonly lag?: Lag
}

export interface GiacominiWhiteTest extends Test {
  /** The rank of instruments times loss difference; 0 when the losses are equal throughout. */
  readonly df: number
  /** Least squares of the loss difference (A - B) on the instruments: the rule by which A or B is predicted to be better. */
  readonly coefficients: Float64Array
  /** The share of days on which A is predicted to have the smaller loss. */
  readonly shareBetterA: number
  /** What the rule predicts for the day after the last, of lagged instruments: below 0, A. */
  readonly nextDifference: number | null
}

export const giacominiWhiteCard: TestCard = {
  name: 'giacominiWhite',
  title: 'Giacomini-White',
  null: 'Nothing that was known the day before tells which forecast will have the smaller loss.',
  source: 'Giacomini & White (2006), theorems 1 and 3, with a constant and the lagged loss difference',
  caution:
    'It compares forecasting methods as they were run, their estimation windows included. At 1,000 days its size is 4 to 6 % for symmetric differences, heavy tails included, but 15 % for extremely skewed ones (fourth powers of normals), which flipped signs do not mend.',
}

/** The most instruments. */
const INSTRUMENTS_MAX = 50
/** Lagged differences below this share of the largest count as 0: their squares vanish. */
const VANISHING = 1e-140

/**
 * Equal conditional predictive ability (Giacomini & White 2006): T m' W^-1 m against chi-square, m the mean of instruments times loss
 * difference and W its uncentred variance (with Bartlett weights up to `lag`), degrees of freedom the rank of W. Errors: BAD_LOSS,
 * LENGTH_MISMATCH, TOO_FEW_DAYS (fewer than 2), BAD_LAG, BAD_INSTRUMENTS.
 */
export function giacominiWhite(
  lossesA: ArrayLike<number>,
  lossesB: ArrayLike<number>,
  options: GiacominiWhiteOptions = {},
): GiacominiWhiteTest {
  const { shares, scale } = lossDifferences(lossesA, lossesB)
  const instruments = options?.instruments ?? 'lagged'
  const { rows, differences, columnScales } = momentsOf(shares, instruments)
  const lag = lagOf(options?.lag ?? 0, differences.length)
  const { form, rank } = waldOf(rows, differences, lag)
  const rule = leastSquares(rows, differences)
  let better = 0
  for (const row of rows) if (product(row, rule) < 0) better++
  const last = Float64Array.of(1, shares[shares.length - 1])
  return {
    statistic: form,
    df: rank,
    pValue: rank === 0 ? 1 : chiSquareSurvival(form, rank),
    coefficients: rule.map((value, j) => finite(instruments === 'lagged' && j === 1 ? value : value * (scale / columnScales[j]))),
    shareBetterA: better / rows.length,
    nextDifference: instruments === 'lagged' ? finite(product(last, rule) * scale) : null,
  }
}

/** The rows of instruments as shares of their columns' largest, and the differences of their days. Errors: BAD_INSTRUMENTS. */
export function momentsOf(
  shares: Float64Array,
  instruments: 'lagged' | readonly ArrayLike<number>[],
): { readonly rows: Float64Array[]; readonly differences: Float64Array; readonly columnScales: Float64Array } {
  if (instruments === 'lagged') {
    const differences = shares.slice(1)
    return {
      rows: Array.from(differences, (_, t) => Float64Array.of(1, Math.abs(shares[t]) < VANISHING ? 0 : shares[t])),
      differences,
      columnScales: Float64Array.of(1, 1),
    }
  }
  const days = shares.length
  if (!Array.isArray(instruments) || instruments.length !== days)
    refuse('BAD_INSTRUMENTS', instruments, `'lagged' or ${days} rows`, 'instruments')
  const given: readonly ArrayLike<number>[] = instruments
  const columns = given[0]?.length
  if (!(columns >= 1 && columns <= INSTRUMENTS_MAX))
    refuse('BAD_INSTRUMENTS', columns, `1 to ${INSTRUMENTS_MAX} instruments`, 'instruments[0]')
  const columnScales = new Float64Array(columns)
  for (let t = 0; t < days; t++) {
    const row = given[t]
    for (let j = 0; j < columns; j++) {
      if (row?.length !== columns || !Number.isFinite(row[j]))
        refuse('BAD_INSTRUMENTS', row, `${columns} finite numbers`, `instruments[${t}]`)
      columnScales[j] = Math.max(columnScales[j], Math.abs(row[j]))
    }
  }
  for (let j = 0; j < columns; j++) if (columnScales[j] === 0) columnScales[j] = 1
  return {
    rows: given.map(row => Float64Array.from(row, (value, j) => value / columnScales[j])),
    differences: shares,
    columnScales,
  }
}

/** n m' W^+ m and the rank of W, for rows of instruments and n differences. */
export function waldOf(
  rows: readonly Float64Array[],
  differences: Float64Array,
  lag: number,
): { readonly form: number; readonly rank: number; readonly mean: Float64Array; readonly variance: Float64Array } {
  const q = rows[0].length
  const n = differences.length
  const products = new Float64Array(n * q)
  const mean = new Float64Array(q)
  for (let t = 0; t < n; t++) {
    for (let j = 0; j < q; j++) {
      products[t * q + j] = rows[t][j] * differences[t]
      mean[j] += products[t * q + j] / n
    }
  }
  const variance = new Float64Array(q * q)
  for (let k = 0; k <= lag; k++) {
    const weight = (k === 0 ? 0.5 : 1 - k / (lag + 1)) / n
    for (let i = 0; i < q; i++) {
      for (let j = 0; j < q; j++) {
        let sum = 0
        for (let t = k; t < n; t++) sum += products[t * q + i] * products[(t - k) * q + j]
        variance[i * q + j] += weight * sum
        variance[j * q + i] += weight * sum
      }
    }
  }
  const { form, rank } = solveSemidefinite(variance, mean)
  return { form: n * form, rank, mean, variance }
}

function leastSquares(rows: readonly Float64Array[], differences: Float64Array): Float64Array {
  const q = rows[0].length
  const squares = new Float64Array(q * q)
  const right = new Float64Array(q)
  for (let t = 0; t < rows.length; t++) {
    for (let i = 0; i < q; i++) {
      right[i] += rows[t][i] * differences[t]
      for (let j = 0; j < q; j++) squares[i * q + j] += rows[t][i] * rows[t][j]
    }
  }
  return solveSemidefinite(squares, right).x
}

const finite = (value: number): number => Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, value))

function product(row: Float64Array, coefficients: Float64Array): number {
  let sum = 0
  for (let j = 0; j < row.length; j++) sum += row[j] * coefficients[j]
  return sum
}
