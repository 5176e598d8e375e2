import { BLOCK, SHRINK } from './columns'

// Sums and means of rows of a matrix of reports, n rows padded to a multiple of 8 columns.

/**
 * `means` rows to `out`: the k-th is the mean of the rows that the k-th list names, added up in the list's order, and within the
 * range of its column; see averageOf in src/rules. The lists of row numbers stand one behind the other, `ends` holds where each
 * ends. Eight columns at a time are copied to `work` (room for 8 n doubles), where they stay near while many means are taken.
 */
export function meansOfRows(
  rows: usize, n: i32, columns: i32, lists: usize, ends: usize, means: i32, work: usize, out: usize,
): void {
  const row = (<usize>columns) << 3
  for (let at: usize = 0; at < row; at += BLOCK) {
    copyBlock(rows + at, n, row, work)
    let list = lists
    for (let k = 0; k < means; k++) {
      const end = lists + ((<usize>load<i32>(ends + ((<usize>k) << 2))) << 2)
      meanOfBlock(work, list, end, out + row * <usize>k + at)
      list = end
    }
  }
}

/** The least and the largest value of each of the eight columns. */
const least: usize = memory.data(64, 16)
const largest: usize = memory.data(64, 16)

function copyBlock(from: usize, n: i32, row: usize, work: usize): void {
  for (let j: usize = 0; j < BLOCK; j += 16) {
    let low = v128.load(from + j)
    let high = low
    for (let i = 0; i < n; i++) {
      const x = v128.load(from + row * <usize>i + j)
      v128.store(work + BLOCK * <usize>i + j, x)
      low = f64x2.pmin(low, x)
      high = f64x2.pmax(high, x)
    }
    v128.store(least + j, low)
    v128.store(largest + j, high)
  }
}

function meanOfBlock(work: usize, list: usize, end: usize, out: usize): void {
  const first = work + ((<usize>load<i32>(list)) << 6)
  let s0 = v128.load(first), s1 = v128.load(first, 16), s2 = v128.load(first, 32), s3 = v128.load(first, 48)
  for (let at = list + 4; at < end; at += 4) {
    const x = work + ((<usize>load<i32>(at)) << 6)
    s0 = f64x2.add(s0, v128.load(x))
    s1 = f64x2.add(s1, v128.load(x, 16))
    s2 = f64x2.add(s2, v128.load(x, 32))
    s3 = f64x2.add(s3, v128.load(x, 48))
  }
  const count = f64x2.splat(<f64>((end - list) >> 2))
  v128.store(out, within(f64x2.div(s0, count), 0))
  v128.store(out, within(f64x2.div(s1, count), 16), 16)
  v128.store(out, within(f64x2.div(s2, count), 32), 32)
  v128.store(out, within(f64x2.div(s3, count), 48), 48)
  // x - x is 0 for a finite x alone.
  const finite = f64x2.add(f64x2.add(f64x2.sub(s0, s0), f64x2.sub(s1, s1)), f64x2.add(f64x2.sub(s2, s2), f64x2.sub(s3, s3)))
  if (f64x2.extract_lane(finite, 0) + f64x2.extract_lane(finite, 1) == 0) return
  for (let j: usize = 0; j < BLOCK; j += 8) store<f64>(out + j, wideMean(work + j, list, end, j))
}

// @ts-ignore: decorator
@inline
function within(x: v128, j: usize): v128 {
  return f64x2.pmin(v128.load(largest + j), f64x2.pmax(v128.load(least + j), x))
}

/** The mean of one column, whose sum may be larger than any number. */
function wideMean(column: usize, list: usize, end: usize, j: usize): f64 {
  let sum: f64 = 0
  let shrunk: f64 = 0
  for (let at = list; at < end; at += 4) {
    const x = load<f64>(column + ((<usize>load<i32>(at)) << 6))
    sum += x
    shrunk += x * SHRINK
  }
  const count = <f64>((end - list) >> 2)
  const mean = abs(sum) <= f64.MAX_VALUE ? sum / count : shrunk / count / SHRINK
  return min(max(mean, load<f64>(least + j)), load<f64>(largest + j))
}

/** Replaces every row by ((row before - point before) after), two powers of two. */
export function shiftRows(rows: usize, n: i32, columns: i32, point: usize, before: f64, after: f64): void {
  const row = (<usize>columns) << 3
  const first = f64x2.splat(before)
  const last = f64x2.splat(after)
  for (let i = 0; i < n; i++) {
    const x = rows + row * <usize>i
    for (let k: usize = 0; k < row; k += 16) {
      const difference = f64x2.sub(f64x2.mul(v128.load(x + k), first), f64x2.mul(v128.load(point + k), first))
      v128.store(x + k, f64x2.mul(difference, last))
    }
  }
}

/** The sum over all rows of coefficient times (row - point), to `out`; rows are added in their order. */
export function combineRows(rows: usize, n: i32, columns: i32, point: usize, coefficients: usize, out: usize): void {
  const row = (<usize>columns) << 3
  memory.fill(out, 0, row)
  let i = 0
  for (; i + 4 <= n; i += 4) {
    const place = coefficients + ((<usize>i) << 3)
    const c0 = v128.load64_splat(place), c1 = v128.load64_splat(place, 8)
    const c2 = v128.load64_splat(place, 16), c3 = v128.load64_splat(place, 24)
    const x0 = rows + row * <usize>i
    const x1 = x0 + row
    const x2 = x1 + row
    const x3 = x2 + row
    for (let k: usize = 0; k < row; k += 16) {
      const p = v128.load(point + k)
      let sum = v128.load(out + k)
      sum = f64x2.add(sum, f64x2.mul(c0, f64x2.sub(v128.load(x0 + k), p)))
      sum = f64x2.add(sum, f64x2.mul(c1, f64x2.sub(v128.load(x1 + k), p)))
      sum = f64x2.add(sum, f64x2.mul(c2, f64x2.sub(v128.load(x2 + k), p)))
      v128.store(out + k, f64x2.add(sum, f64x2.mul(c3, f64x2.sub(v128.load(x3 + k), p))))
    }
  }
  for (; i < n; i++) {
    const c = v128.load64_splat(coefficients + ((<usize>i) << 3))
    const x = rows + row * <usize>i
    for (let k: usize = 0; k < row; k += 16) {
      const term = f64x2.mul(c, f64x2.sub(v128.load(x + k), v128.load(point + k)))
      v128.store(out + k, f64x2.add(v128.load(out + k), term))
    }
  }
}
