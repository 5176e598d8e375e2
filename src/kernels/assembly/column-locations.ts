import { BLOCK, midpoint, sortBlock, value } from './columns'

// Locations of columns that need more than their order statistics: M-estimators and the Hodges-Lehmann estimator.

const STEPS_MAX = 1000
/** A MAD times this estimates the standard deviation of normal values: 1 / Phi^-1(3/4). */
const MAD_TO_SCALE: f64 = 1.482602218505602

/** Per column Huber's (`redescends` false) or Tukey's location, with `tuning` in units of the MAD's scale. `work`: 9 n doubles. */
export function mLocations(rows: usize, n: i32, columns: i32, redescends: bool, tuning: f64, work: usize, out: usize): void {
  const row = (<usize>columns) << 3
  const standard = work + BLOCK * <usize>n
  for (let at: usize = 0; at < row; at += BLOCK) {
    sortBlock(rows + at, n, row, work)
    for (let j: usize = 0; j < BLOCK; j += 8) store<f64>(out + at + j, mLocation(work + j, n, redescends, tuning, standard))
  }
}

/** Of a sorted column. `standard` has room for n doubles: the values' distances from the median in units of the scale. */
function mLocation(column: usize, n: i32, redescends: bool, tuning: f64, standard: usize): f64 {
  const middle = midpoint(value(column, (n - 1) >> 1), value(column, n >> 1))
  const low = value(column, 0)
  const high = value(column, n - 1)
  // Powers of two that keep differences within the range of numbers, and the scale out of the subnormal ones.
  const shrink: f64 = max(-low, high) > 1e300 ? 9.313225746154785e-10 : 1
  for (let i = 0; i < n; i++) store<f64>(standard + ((<usize>i) << 3), value(column, i) * shrink - middle * shrink)
  let mad = medianDistance(standard, n)
  if (mad == 0) return middle
  const grow: f64 = mad < 1e-290 ? 1.2676506002282294e30 : 1
  const scale = MAD_TO_SCALE * (mad * grow)
  for (let i = 0; i < n; i++) {
    const place = standard + ((<usize>i) << 3)
    store<f64>(place, (load<f64>(place) * grow) / scale)
  }
  const location = redescends ? tukey(standard, n, tuning) : huber(standard, n, tuning)
  return min(max(middle + ((location * scale) / grow) / shrink, low), high)
}

/** The median of |x| over ascending x, some of which are not above 0 and some not below: the two sides are merged. */
function medianDistance(ascending: usize, n: i32): f64 {
  let right = 0
  while (right < n && load<f64>(ascending + ((<usize>right) << 3)) < 0) right++
  let left = right - 1
  let before: f64 = 0
  let found: f64 = 0
  for (let k = 0; k <= n >> 1; k++) {
    before = found
    const below = left >= 0 ? -load<f64>(ascending + ((<usize>left) << 3)) : Infinity
    const above = right < n ? load<f64>(ascending + ((<usize>right) << 3)) : Infinity
    if (below <= above) {
      found = below
      left--
    } else {
      found = above
      right++
    }
  }
  return (n & 1) == 1 ? found : midpoint(before, found)
}

/** Reweighted means from 0: on a line each step stops short of the nearest root in its direction, so they reach that one. */
function tukey(standard: usize, n: i32, c: f64): f64 {
  let location: f64 = 0
  for (let step = 0; step < STEPS_MAX; step++) {
    let pull: f64 = 0
    let total: f64 = 0
    for (let i = 0; i < n; i++) {
      const distance = load<f64>(standard + ((<usize>i) << 3)) - location
      const share = distance / c
      const rest = 1 - share * share
      if (!(rest > 0)) continue
      pull += rest * rest * distance
      total += rest * rest
    }
    const move = total > 0 ? pull / total : 0
    location += move
    if (abs(move) <= 1e-15 * (1 + abs(location))) break
  }
  return location
}

/** The root of sum clip(x - t, -k, k), which falls in t, by Newton's steps from 0 inside a shrinking bracket. */
function huber(standard: usize, n: i32, k: f64): f64 {
  // Half of the values are within a MAD of 0, so that the root is no farther from there than that and k.
  let low: f64 = -1 - k
  let high: f64 = 1 + k
  let location: f64 = 0
  for (let step = 0; step < STEPS_MAX; step++) {
    let pull: f64 = 0
    let near = 0
    for (let i = 0; i < n; i++) {
      const distance = load<f64>(standard + ((<usize>i) << 3)) - location
      if (abs(distance) <= k) near++
      pull += min(max(distance, -k), k)
    }
    if (pull == 0) break
    if (pull > 0) low = location
    else high = location
    const newton = location + pull / <f64>near
    const next = near > 0 && newton >= low && newton <= high ? newton : low / 2 + high / 2
    const move = next - location
    location = next
    if (abs(move) <= 1e-15 * (1 + abs(location))) break
  }
  return location
}

/** Per column the median of the averages of all pairs i <= j (Hodges & Lehmann 1963). `work`: 9 n doubles. */
export function walshMedians(rows: usize, n: i32, columns: i32, work: usize, out: usize): void {
  const row = (<usize>columns) << 3
  const ascending = work + BLOCK * <usize>n
  const pairs = (<i64>n * <i64>(n + 1)) / 2
  for (let at: usize = 0; at < row; at += BLOCK) {
    sortBlock(rows + at, n, row, work)
    for (let j: usize = 0; j < BLOCK; j += 8) {
      for (let i = 0; i < n; i++) store<f64>(ascending + ((<usize>i) << 3), value(work + j, i))
      const first = walshStatistic(ascending, n, (pairs + 1) / 2)
      let result = first
      if ((pairs & 1) == 0) {
        count(ascending, n, first)
        result = midpoint(first, upTo > pairs / 2 ? first : nextAbove)
      }
      store<f64>(out + at + j, result)
    }
  }
}

// What the last call of `count` found.
let upTo: i64 = 0
let nextBelow: f64 = 0
let nextAbove: f64 = 0

/** How many Walsh averages of the ascending values are at most x, the largest of them, and the least above x. O(n). */
function count(ascending: usize, n: i32, x: f64): void {
  upTo = 0
  nextBelow = -Infinity
  nextAbove = Infinity
  let j = n - 1
  for (let i = 0; i < n; i++) {
    const a = load<f64>(ascending + ((<usize>i) << 3))
    // The averages of row i ascend in j, and those of the next row are no smaller.
    while (j >= i) {
      const average = midpoint(a, load<f64>(ascending + ((<usize>j) << 3)))
      if (average <= x) {
        if (average > nextBelow) nextBelow = average
        break
      }
      if (average < nextAbove) nextAbove = average
      j--
    }
    if (j < i) return
    upTo += <i64>(j - i + 1)
  }
}

/** The k-th smallest Walsh average, k from 1: a search over values that are averages themselves. */
function walshStatistic(ascending: usize, n: i32, k: i64): f64 {
  // r values have r (r + 1) / 2 averages among themselves, which bounds the answer by an order statistic on either side.
  const pairs = (<i64>n * <i64>(n + 1)) / 2
  const fromBelow = leastWith(k)
  const fromAbove = leastWith(pairs - k + 1)
  let high = load<f64>(ascending + ((<usize>(fromBelow - 1)) << 3))
  let least = load<f64>(ascending + ((<usize>(<i64>n - fromAbove)) << 3))
  let below: i64 = -1
  for (let step = 0; least < high && below + 1 != k; step++) {
    // Halving the range of values is quick where they are spread evenly, halving that of their bits always ends.
    let x: f64 = step < 12 ? midpoint(least, high) : fromOrdered(halfway(ordered(least), ordered(high)))
    if (!(x < high)) x = least
    count(ascending, n, x)
    if (upTo >= k) high = nextBelow
    else {
      below = upTo
      least = nextAbove
    }
  }
  return least
}

/** The least r with r (r + 1) / 2 >= k. */
function leastWith(k: i64): i64 {
  let r = <i64>(sqrt(2 * <f64>k))
  while (r > 1 && ((r - 1) * r) / 2 >= k) r--
  while ((r * (r + 1)) / 2 < k) r++
  return r
}

/** Signed integers in the order of the doubles, and back. */
function ordered(x: f64): i64 {
  const bits = reinterpret<i64>(x + 0.0)
  return bits < 0 ? i64.MIN_VALUE - bits : bits
}
function fromOrdered(bits: i64): f64 {
  return reinterpret<f64>(bits < 0 ? i64.MIN_VALUE - bits : bits)
}
function halfway(a: i64, b: i64): i64 {
  return (a & b) + ((a ^ b) >> 1)
}
