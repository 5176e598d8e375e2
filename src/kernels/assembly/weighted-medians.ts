import { midpoint } from './columns'

// Weighted medians of columns: values carry their weights through Batcher's merge exchange (see columns.ts), two columns at once.

/**
 * Per column the lower (`which` 0: first where the weight so far is at least half), upper (1: above half) or middle (2) weighted
 * median. The weight so far is compared with the weight behind, both added up from their own end, so that equal weights tie
 * exactly. `columns` is even, `work` has room for 5 n doubles.
 */
export function weightedMedians(rows: usize, n: i32, columns: i32, weights: usize, which: i32, work: usize, out: usize): void {
  const row = (<usize>columns) << 3
  const behind = work + ((<usize>n) << 5)
  for (let at: usize = 0; at < row; at += 16) {
    sortPairs(rows + at, n, row, weights, work)
    for (let lane: usize = 0; lane < 16; lane += 8) {
      const column = work + lane
      let rest: f64 = 0
      for (let i = n - 1; i >= 0; i--) {
        store<f64>(behind + ((<usize>i) << 3), rest)
        rest += load<f64>(column + ((<usize>i) << 5), 16)
      }
      const lower = reached(column, n, behind, false)
      const upper = which == 0 ? lower : reached(column, n, behind, true)
      store<f64>(out + at + lane, which == 0 ? lower : which == 1 ? upper : midpoint(lower, upper))
    }
  }
}

/** The first value at which the weight so far is at least, or above, what is behind it. */
function reached(column: usize, n: i32, behind: usize, above: bool): f64 {
  let soFar: f64 = 0
  let last: f64 = 0
  for (let i = 0; i < n; i++) {
    const weight = load<f64>(column + ((<usize>i) << 5), 16)
    if (weight == 0) continue
    last = load<f64>(column + ((<usize>i) << 5))
    soFar += weight
    const rest = load<f64>(behind + ((<usize>i) << 3))
    if (above ? soFar > rest : soFar >= rest) break
  }
  return last
}

/** Two columns and their weights, 32 bytes a row: values, then weights; ascending by value. */
function sortPairs(from: usize, n: i32, row: usize, weights: usize, work: usize): void {
  for (let i = 0; i < n; i++) {
    const place = work + ((<usize>i) << 5)
    v128.store(place, f64x2.add(v128.load(from + row * <usize>i), f64x2.splat(0)))
    v128.store(place, f64x2.splat(load<f64>(weights + ((<usize>i) << 3))), 16)
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
        for (let i = start; i < end; i++) exchange(work + ((<usize>i) << 5), work + ((<usize>(i + d)) << 5))
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
  const x = v128.load(a), y = v128.load(b)
  const wx = v128.load(a, 16), wy = v128.load(b, 16)
  const swaps = f64x2.lt(y, x)
  v128.store(a, v128.bitselect(y, x, swaps))
  v128.store(b, v128.bitselect(x, y, swaps))
  v128.store(a, v128.bitselect(wy, wx, swaps), 16)
  v128.store(b, v128.bitselect(wx, wy, swaps), 16)
}
