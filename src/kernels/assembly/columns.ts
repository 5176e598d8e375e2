// Sorted columns of a matrix of reports. Eight columns at a time are copied out of the rows and sorted by Batcher's merge exchange
// (Knuth, The Art of Computer Programming 3, algorithm 5.2.2M): it compares the same places whatever they hold, so two columns
// share a register, no branch depends on the data, and a column never depends on its neighbours.

/** Bytes of eight columns of a row, which is what rows are padded to. */
export const BLOCK: usize = 64

/** A power of two: shrinking by it is exact, and makes room to add 2^64 values of any size. */
export const SHRINK: f64 = 5.421010862427522e-20

/** Copies eight columns of n rows (of `row` bytes) to `work`, -0 as 0, and sorts each, ascending. */
export function sortBlock(from: usize, n: i32, row: usize, work: usize): void {
  const zero = f64x2.splat(0)
  for (let i = 0; i < n; i++) {
    const source = from + row * <usize>i
    const place = work + BLOCK * <usize>i
    v128.store(place, f64x2.add(v128.load(source), zero))
    v128.store(place, f64x2.add(v128.load(source, 16), zero), 16)
    v128.store(place, f64x2.add(v128.load(source, 32), zero), 32)
    v128.store(place, f64x2.add(v128.load(source, 48), zero), 48)
  }
  if (n < 2) return
  const top = 1 << (31 - clz<i32>(n - 1))
  for (let p = top; p > 0; p >>= 1) {
    let q = top
    let r = 0
    let d = p
    for (;;) {
      for (let start = r; start + d < n; start += p << 1) {
        const end = min(start + p, n - d)
        for (let i = start; i < end; i++) exchange(work + BLOCK * <usize>i, work + BLOCK * <usize>(i + d))
      }
      if (q == p) break
      d = q - p
      q >>= 1
      r = p
    }
  }
}

// @ts-ignore: decorator
@inline
function exchange(a: usize, b: usize): void {
  const a0 = v128.load(a), a1 = v128.load(a, 16), a2 = v128.load(a, 32), a3 = v128.load(a, 48)
  const b0 = v128.load(b), b1 = v128.load(b, 16), b2 = v128.load(b, 32), b3 = v128.load(b, 48)
  v128.store(a, f64x2.pmin(a0, b0))
  v128.store(a, f64x2.pmin(a1, b1), 16)
  v128.store(a, f64x2.pmin(a2, b2), 32)
  v128.store(a, f64x2.pmin(a3, b3), 48)
  v128.store(b, f64x2.pmax(a0, b0))
  v128.store(b, f64x2.pmax(a1, b1), 16)
  v128.store(b, f64x2.pmax(a2, b2), 32)
  v128.store(b, f64x2.pmax(a3, b3), 48)
}

/** (a + b) / 2 without overflow. */
// @ts-ignore: decorator
@inline
export function midpoint(a: f64, b: f64): f64 {
  const sum = a + b
  return abs(sum) <= f64.MAX_VALUE ? sum / 2 : a / 2 + b / 2
}

/**
 * Per column the midpoint of two order statistics, numbered from 0: the median, a trimmed midpoint, or, where they are the
 * same, an order statistic. `columns` is a multiple of 8, `work` room for 8 n doubles.
 */
export function midpoints(rows: usize, n: i32, columns: i32, low: i32, high: i32, work: usize, out: usize): void {
  const row = (<usize>columns) << 3
  for (let at: usize = 0; at < row; at += BLOCK) {
    sortBlock(rows + at, n, row, work)
    for (let j: usize = 0; j < BLOCK; j += 8) {
      const a = load<f64>(work + BLOCK * <usize>low + j)
      store<f64>(out + at + j, midpoint(a, load<f64>(work + BLOCK * <usize>high + j)))
    }
  }
}

/** Per column the sum of the order statistics [from, to), added up in ascending order; Infinity where that overflows. */
export function sumsOfSorted(rows: usize, n: i32, columns: i32, from: i32, to: i32, work: usize, out: usize): void {
  const row = (<usize>columns) << 3
  for (let at: usize = 0; at < row; at += BLOCK) {
    sortBlock(rows + at, n, row, work)
    for (let j: usize = 0; j < BLOCK; j += 16) {
      let sum = v128.load(work + BLOCK * <usize>from + j)
      for (let i = from + 1; i < to; i++) sum = f64x2.add(sum, v128.load(work + BLOCK * <usize>i + j))
      v128.store(out + at + j, sum)
    }
  }
}

/** Per column the mean of the order statistics [from, to), added up in ascending order; see averageOf in src/rules. */
export function trimmedMeans(rows: usize, n: i32, columns: i32, from: i32, to: i32, work: usize, out: usize): void {
  const row = (<usize>columns) << 3
  for (let at: usize = 0; at < row; at += BLOCK) {
    sortBlock(rows + at, n, row, work)
    let s0 = v128.load(work + BLOCK * <usize>from), s1 = v128.load(work + BLOCK * <usize>from, 16)
    let s2 = v128.load(work + BLOCK * <usize>from, 32), s3 = v128.load(work + BLOCK * <usize>from, 48)
    for (let i = from + 1; i < to; i++) {
      const place = work + BLOCK * <usize>i
      s0 = f64x2.add(s0, v128.load(place))
      s1 = f64x2.add(s1, v128.load(place, 16))
      s2 = f64x2.add(s2, v128.load(place, 32))
      s3 = f64x2.add(s3, v128.load(place, 48))
    }
    v128.store(out + at, s0)
    v128.store(out + at, s1, 16)
    v128.store(out + at, s2, 32)
    v128.store(out + at, s3, 48)
    for (let j: usize = 0; j < BLOCK; j += 8) store<f64>(out + at + j, settle(load<f64>(out + at + j), work + j, from, to))
  }
}

/** Per column the mean of the `keep` values nearest the median, by (distance, value). */
export function meansAroundMedian(rows: usize, n: i32, columns: i32, keep: i32, work: usize, out: usize): void {
  const row = (<usize>columns) << 3
  for (let at: usize = 0; at < row; at += BLOCK) {
    sortBlock(rows + at, n, row, work)
    for (let j: usize = 0; j < BLOCK; j += 8) {
      const column = work + j
      const middle = midpoint(value(column, (n - 1) >> 1), value(column, n >> 1))
      let low = 0
      let high = n - 1
      // The farther end goes; at equal distances the larger value.
      while (high - low + 1 > keep) {
        if (isFarther(middle, value(column, low), value(column, high))) low++
        else high--
      }
      let sum = value(column, low)
      for (let i = low + 1; i <= high; i++) sum += value(column, i)
      store<f64>(out + at + j, settle(sum, column, low, high + 1))
    }
  }
}

// @ts-ignore: decorator
@inline
export function value(column: usize, i: i32): f64 {
  return load<f64>(column + BLOCK * <usize>i)
}

/** Whether `low` is farther below the middle than `high` is above it. Halves, where a difference is larger than any number. */
function isFarther(middle: f64, low: f64, high: f64): bool {
  const below = middle - low
  const above = high - middle
  return below < Infinity || above < Infinity ? below > above : middle / 2 - low / 2 > high / 2 - middle / 2
}

/** The mean from the sum of sorted values [from, to): within their range, and right where the sum overflowed. */
function settle(sum: f64, column: usize, from: i32, to: i32): f64 {
  const count = <f64>(to - from)
  let mean = sum / count
  if (!(abs(sum) <= f64.MAX_VALUE)) {
    let shrunk: f64 = 0
    for (let i = from; i < to; i++) shrunk += value(column, i) * SHRINK
    mean = shrunk / count / SHRINK
  }
  return min(max(mean, value(column, from)), value(column, to - 1))
}
