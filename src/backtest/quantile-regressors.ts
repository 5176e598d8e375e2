import { meanOf } from '../math/index.js'

// The regression of the dynamic quantile test from the days of the hits alone: sums over 0/1 regressors are counts, exact, so a
// simulated sample costs its hits and not its days.

export const LAGS_MAX = 100

/** What does not change from sample to sample. */
export interface Design {
  readonly days: number
  readonly level: number
  readonly lags: number
  /** By day, centred over the rows and scaled to a largest deviation of about 1; 0 on days that are no row. Null: constant. */
  readonly vars: Float64Array | null
}

export interface Regression {
  readonly statistic: number
  /** The regressors that count: 0 the constant, k the hit k days before, lags + 1 the VaR. */
  readonly kept: readonly number[]
}

// A VaR that varies by less than this, relative, is constant but for rounding.
const CONSTANT = 1e-12
// Squares of a regressor left over after those before it, relative, below which it is a combination of them. Those of lagged hits
// come from exact counts; that of the VaR is computed from its residuals when it is small (R's lm takes the same 1e-7 of the norm).
const DEPENDENT_HITS = 1e-10
const DEPENDENT_VAR = 1e-14
const SMALL = 1e-3

export function designOf(vars: ArrayLike<number>, level: number, lags: number): Design {
  const days = vars.length
  // Halves: a difference of finite numbers may be too large for one.
  const rows = Float64Array.from({ length: days - lags }, (_, row) => vars[row + lags] / 2 - vars[lags] / 2)
  let size = 0
  let spread = 0
  for (let row = 0; row < rows.length; row++) {
    size = Math.max(size, Math.abs(vars[row + lags]) / 2)
    spread = Math.max(spread, Math.abs(rows[row]))
  }
  if (!(spread > CONSTANT * size)) return { days, level, lags, vars: null }
  for (let row = 0; row < rows.length; row++) rows[row] /= spread
  const centred = new Float64Array(days)
  centred.set(centre(centre(rows)), lags)
  return { days, level, lags, vars: centred }
}

function centre(values: Float64Array): Float64Array {
  const mean = meanOf(values)
  return values.map(value => value - mean)
}

/** The statistic of the hits on the first `count` days of `positions`. */
export function regress(design: Design, positions: Int32Array, count: number): Regression {
  const { days, level, lags, vars } = design
  const rows = days - lags
  const { pairs, withVars } = crossCounts(design, positions, count)
  const width = lags + 1
  const hits = pairs[0]
  const excess = hits - rows * level
  let squares = (excess * excess) / rows
  const kept = [0]
  // The Cholesky factor of the centred regressors that are kept, row by row, and the projections of the hits on them.
  const factor: Float64Array[] = []
  const projections: number[] = []
  const centred = (j: number, k: number): number =>
    (rows * pairs[Math.min(j, k) * width + Math.max(j, k)] - pairs[j * width + j] * pairs[k * width + k]) / rows
  for (let k = 1; k <= lags; k++) {
    const square = centred(k, k)
    const row = solved(factor, kept.length - 1, i => centred(kept[i + 1], k))
    const { left, projection } = remainder(row, square, centred(0, k), projections)
    if (!(left > DEPENDENT_HITS * square)) continue
    squares += append(factor, projections, row, left, projection)
    kept.push(k)
  }
  if (vars !== null) {
    let square = 0
    for (let t = lags; t < days; t++) square += vars[t] * vars[t]
    const row = solved(factor, kept.length - 1, i => withVars[kept[i + 1]])
    let { left, projection } = remainder(row, square, withVars[0], projections)
    if (left < SMALL * square) ({ left, projection } = residual(design, positions, count, kept, factor))
    if (left > DEPENDENT_VAR * square) {
      squares += append(factor, projections, row, left, projection)
      kept.push(width)
    }
  }
  return { statistic: squares / (level * (1 - level)), kept }
}

/** L^-1 b. */
function solved(factor: readonly Float64Array[], size: number, b: (i: number) => number): Float64Array {
  const x = new Float64Array(size + 1)
  for (let i = 0; i < size; i++) {
    let sum = b(i)
    for (let k = 0; k < i; k++) sum -= factor[i][k] * x[k]
    x[i] = sum / factor[i][i]
  }
  return x
}

/** A regressor's square, and its product with the hits, after those before it. */
function remainder(
  row: Float64Array,
  square: number,
  product: number,
  projections: readonly number[],
): { left: number; projection: number } {
  let left = square
  let projection = product
  for (let i = 0; i < projections.length; i++) {
    left -= row[i] * row[i]
    projection -= row[i] * projections[i]
  }
  return { left, projection }
}

/** Takes a regressor in; what it adds to the sum of squares that is explained. */
function append(factor: Float64Array[], projections: number[], row: Float64Array, left: number, projection: number): number {
  row[row.length - 1] = Math.sqrt(left)
  factor.push(row)
  projections.push(projection / Math.sqrt(left))
  return (projection * projection) / left
}

/** The VaR's remainder from its residuals, taken twice, when the difference of squares would cancel. */
function residual(
  { days, lags, vars }: Design,
  positions: Int32Array,
  count: number,
  kept: readonly number[],
  factor: readonly Float64Array[],
): { left: number; projection: number } {
  const size = kept.length - 1
  let rest = Float64Array.from(vars!)
  for (let pass = 0; pass < 2; pass++) {
    const x = solved(factor, size, i => sumAt(rest, positions, count, kept[i + 1]))
    for (let i = size - 1; i >= 0; i--) {
      for (let k = i + 1; k < size; k++) x[i] -= factor[k][i] * x[k]
      x[i] /= factor[i][i]
    }
    for (let i = 0; i < size; i++) {
      for (let s = 0; s < count; s++) {
        const t = positions[s] + kept[i + 1]
        if (t >= lags && t < days) rest[t] -= x[i]
      }
    }
    const rows = centre(centre(rest.subarray(lags)))
    rest = new Float64Array(days)
    rest.set(rows, lags)
  }
  let left = 0
  for (let t = lags; t < days; t++) left += rest[t] * rest[t]
  return { left, projection: sumAt(rest, positions, count, 0) }
}

/** The sum over the rows of a series (0 on other days) times the hit `lag` days before. */
function sumAt(series: Float64Array, positions: Int32Array, count: number, lag: number): number {
  let sum = 0
  for (let i = 0; i < count; i++) {
    const t = positions[i] + lag
    if (t < series.length) sum += series[t]
  }
  return sum
}

/** Rows with a hit both j and k days before, at [j, k] for j <= k; and the sums of the VaR over rows with a hit k days before. */
function crossCounts(
  { days, lags, vars }: Design,
  positions: Int32Array,
  count: number,
): { pairs: Float64Array; withVars: Float64Array } {
  const width = lags + 1
  const pairs = new Float64Array(width * width)
  const withVars = new Float64Array(width)
  for (let i = 0; i < count; i++) {
    const day = positions[i]
    const first = Math.max(0, lags - day)
    const last = Math.min(lags, days - 1 - day)
    for (let next = i; next < count && positions[next] - day <= lags; next++) {
      const apart = positions[next] - day
      for (let k = Math.max(first, apart); k <= last; k++) pairs[(k - apart) * width + k]++
    }
    if (vars !== null) for (let k = first; k <= last; k++) withVars[k] += vars[day + k]
  }
  return { pairs, withVars }
}
