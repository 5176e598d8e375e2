import { log } from './elementary'

// Convergence diagnostics of Vehtari, Gelman, Simpson, Carpenter & Buerkner (2021) on `rows` split chains of `length` draws, one
// after the other in memory.

/** 0 when some of `count` values are not finite, 1 when all are the same, 2 otherwise. */
export function spread(values: usize, count: i32): i32 {
  const first = load<f64>(values)
  let differ: i32 = 1
  for (let i: usize = 0; i < <usize>count; i++) {
    const x = load<f64>(values + (i << 3))
    if (x - x != 0) return 0
    if (x != first) differ = 2
  }
  return differ
}

/** The normal quantile for 1e-11 < p <= 1/2: Wichura's (1988) algorithm AS 241, PPND16. */
function lowerQuantile(p: f64): f64 {
  const q = p - 0.5
  if (q >= -0.425) {
    const r = 0.180625 - q * q
    let a = r * 2509.0809287301226727 + 33430.575583588128105
    a = a * r + 67265.770927008700853
    a = a * r + 45921.953931549871457
    a = a * r + 13731.693765509461125
    a = a * r + 1971.5909503065514427
    a = a * r + 133.14166789178437745
    a = a * r + 3.387132872796366608
    let b = r * 5226.495278852545925 + 28729.085735721942674
    b = b * r + 39307.89580009271061
    b = b * r + 21213.794301586595867
    b = b * r + 5394.1960214247511077
    b = b * r + 687.1870074920579083
    b = b * r + 42.313330701600911252
    return (q * a) / (b * r + 1.0)
  }
  const r = sqrt(-log(p)) - 1.6
  let a = r * 7.7454501427834140764e-4 + 0.0227238449892691845833
  a = a * r + 0.24178072517745061177
  a = a * r + 1.27045825245236838258
  a = a * r + 3.64784832476320460504
  a = a * r + 5.7694972214606914055
  a = a * r + 4.6303378461565452959
  a = a * r + 1.42343711074968357734
  let b = r * 1.05075007164441684324e-9 + 5.475938084995344946e-4
  b = b * r + 0.0151986665636164571966
  b = b * r + 0.14810397642748007459
  b = b * r + 0.68976733498510000455
  b = b * r + 1.6763848301838038494
  b = b * r + 2.05319162663775882187
  return -a / (b * r + 1.0)
}

/** Normal scores of (rank - 3/8) / (size + 1/4) for the ranks 1, 1.5, 2 ... size, at index 2 rank of `table`. */
export function normalScores(size: i32, table: usize): void {
  const last = <usize>(2 * size + 2)
  for (let doubled: usize = 2; doubled <= <usize>(size + 1); doubled++) {
    const z = lowerQuantile((0.5 * <f64>doubled - 0.375) / (<f64>size + 0.25))
    store<f64>(table + ((last - doubled) << 3), -z)
    store<f64>(table + (doubled << 3), z)
  }
}

/** Takes the values of index `size` and above out of a sorted sequence of `count`, in place. */
export function dropIndices(words: usize, ascending: usize, count: i32, size: i32): void {
  let kept: usize = 0
  for (let i: usize = 0; i < <usize>count; i++) {
    const word = load<u64>(words + (i << 3))
    if (<u32>word >= <u32>size) continue
    store<u64>(words + (kept << 3), word)
    store<f64>(ascending + (kept << 3), load<f64>(ascending + (i << 3)))
    kept++
  }
}

/** Writes the score to the places of the sorted values from..to-1. */
// @ts-ignore: decorator
@inline
function scatter(words: usize, from: i32, to: i32, score: f64, scores: usize): void {
  for (let k = from; k < to; k++) store<f64>(scores + (<usize>load<u32>(words + (<usize>k << 3)) << 3), score)
}

/** Each draw's normal score, of the average rank where draws are equal, in the draws' own order. */
export function rankScores(words: usize, ascending: usize, size: i32, table: usize, scores: usize): void {
  for (let i: i32 = 0; i < size; ) {
    const x = load<f64>(ascending + (<usize>i << 3))
    let j = i + 1
    while (j < size && load<f64>(ascending + (<usize>j << 3)) == x) j++
    scatter(words, i, j, load<f64>(table + (<usize>(i + j + 1) << 3)), scores)
    i = j
  }
}

/** The same for the draws' distances from `median`: the two sides of it are sorted already, and merged. */
export function foldedScores(words: usize, ascending: usize, size: i32, median: f64, table: usize, scores: usize): void {
  let right: i32 = 0
  while (right < size && load<f64>(ascending + (<usize>right << 3)) < median) right++
  // The sides' next draws are left - 1 and right.
  let left = right
  for (let rank: i32 = 0; rank < size; ) {
    const below = left > 0 ? median - load<f64>(ascending + (<usize>(left - 1) << 3)) : Infinity
    const above = right < size ? load<f64>(ascending + (<usize>right << 3)) - median : Infinity
    const distance = min(below, above)
    let l = left
    while (l > 0 && median - load<f64>(ascending + (<usize>(l - 1) << 3)) == distance) l--
    let r = right
    while (r < size && load<f64>(ascending + (<usize>r << 3)) - median == distance) r++
    const next = rank + (left - l) + (r - right)
    const score = load<f64>(table + (<usize>(rank + next + 1) << 3))
    scatter(words, l, left, score, scores)
    scatter(words, right, r, score, scores)
    left = l
    right = r
    rank = next
  }
}

/** Writes 1 for a value of at most `threshold`, else 0; says how many are 1. */
export function markAtMost(values: usize, count: i32, threshold: f64, marks: usize): i32 {
  let found: i32 = 0
  for (let i: usize = 0; i < <usize>count; i++) {
    const mark = load<f64>(values + (i << 3)) <= threshold ? 1 : 0
    store<f64>(marks + (i << 3), <f64>mark)
    found += mark
  }
  return found
}

// @ts-ignore: decorator
@inline
function lanes(x: v128): f64 {
  return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1)
}

/** The mean, about the first value: exact where all are the same. */
function meanOf(values: usize, count: i32): f64 {
  const origin = load<f64>(values)
  const origins = f64x2.splat(origin)
  let one = f64x2.splat(0)
  let other = f64x2.splat(0)
  let i: i32 = 0
  for (; i + 3 < count; i += 4) {
    const place = values + (<usize>i << 3)
    one = f64x2.add(one, f64x2.sub(v128.load(place), origins))
    other = f64x2.add(other, f64x2.sub(v128.load(place, 16), origins))
  }
  let sum = lanes(f64x2.add(one, other))
  for (; i < count; i++) sum += load<f64>(values + (<usize>i << 3)) - origin
  return origin + sum / <f64>count
}

/** The sample variance about a known mean, divisor count - 1. */
function varianceAbout(values: usize, count: i32, mean: f64): f64 {
  const means = f64x2.splat(mean)
  let one = f64x2.splat(0)
  let other = f64x2.splat(0)
  let i: i32 = 0
  for (; i + 3 < count; i += 4) {
    const place = values + (<usize>i << 3)
    const a = f64x2.sub(v128.load(place), means)
    const b = f64x2.sub(v128.load(place, 16), means)
    one = f64x2.add(one, f64x2.mul(a, a))
    other = f64x2.add(other, f64x2.mul(b, b))
  }
  let sum = lanes(f64x2.add(one, other))
  for (; i < count; i++) {
    const a = load<f64>(values + (<usize>i << 3)) - mean
    sum += a * a
  }
  return sum / <f64>(count - 1)
}

/** Split R-hat of the rows. `work` has room for 2 rows doubles. */
export function splitRhat(values: usize, rows: i32, length: i32, work: usize): f64 {
  const variances = work + (<usize>rows << 3)
  for (let r: i32 = 0; r < rows; r++) {
    const row = values + (<usize>(r * length) << 3)
    const mean = meanOf(row, length)
    store<f64>(work + (<usize>r << 3), mean)
    store<f64>(variances + (<usize>r << 3), varianceAbout(row, length, mean))
  }
  const n = <f64>length
  const between = n * varianceAbout(work, rows, meanOf(work, rows))
  return sqrt((between / meanOf(variances, rows) + n - 1) / n)
}

/** Sums over all rows of x_j x_(j + lag) and of x_j x_(j + lag + 1), to `out`. */
function laggedProducts(centred: usize, rows: i32, length: i32, lag: i32, out: usize): void {
  let even = f64x2.splat(0)
  let even2 = f64x2.splat(0)
  let odd = f64x2.splat(0)
  let odd2 = f64x2.splat(0)
  let evenRest: f64 = 0
  let oddRest: f64 = 0
  const pairs = length - lag - 1
  for (let r: i32 = 0; r < rows; r++) {
    const row = centred + (<usize>(r * length) << 3)
    let j: i32 = 0
    for (; j + 3 < pairs; j += 4) {
      const here = row + (<usize>j << 3)
      const there = here + (<usize>lag << 3)
      const a = v128.load(here)
      const b = v128.load(here, 16)
      even = f64x2.add(even, f64x2.mul(a, v128.load(there)))
      odd = f64x2.add(odd, f64x2.mul(a, v128.load(there, 8)))
      even2 = f64x2.add(even2, f64x2.mul(b, v128.load(there, 16)))
      odd2 = f64x2.add(odd2, f64x2.mul(b, v128.load(there, 24)))
    }
    for (; j <= pairs; j++) {
      const here = row + (<usize>j << 3)
      const there = here + (<usize>lag << 3)
      evenRest += load<f64>(here) * load<f64>(there)
      if (j < pairs) oddRest += load<f64>(here) * load<f64>(there, 8)
    }
  }
  store<f64>(out, lanes(f64x2.add(even, even2)) + evenRest)
  store<f64>(out, lanes(f64x2.add(odd, odd2)) + oddRest, 8)
}

/**
 * Effective sample size of the rows: Geyer's initial monotone sequence over chains (the paper's section 3.2 and appendix). NaN
 * below 3 draws a row. `work` has room for rows * length + rows + length + 4 doubles.
 */
export function effectiveSize(values: usize, rows: i32, length: i32, work: usize): f64 {
  if (length < 3) return NaN
  const means = work + (<usize>(rows * length) << 3)
  const products = means + (<usize>rows << 3)
  const rho = products + 16
  for (let r: i32 = 0; r < rows; r++) {
    const offset = <usize>(r * length) << 3
    const mean = meanOf(values + offset, length)
    store<f64>(means + (<usize>r << 3), mean)
    for (let i: usize = 0; i < <usize>length; i++)
      store<f64>(work + offset + (i << 3), load<f64>(values + offset + (i << 3)) - mean)
  }
  const n = <f64>length
  const size = <f64>rows * n
  laggedProducts(work, rows, length, 0, products)
  const within = (load<f64>(products) / size * n) / (n - 1)
  const total = (within * (n - 1)) / n + (rows > 1 ? varianceAbout(means, rows, meanOf(means, rows)) : 0)
  let even: f64 = 1
  let odd: f64 = 1 - (within - load<f64>(products, 8) / size) / total
  store<f64>(rho, even)
  store<f64>(rho, odd, 8)
  let last: i32 = 0
  while (last < length - 5 && even + odd > 0) {
    last += 2
    laggedProducts(work, rows, length, last, products)
    even = 1 - (within - load<f64>(products) / size) / total
    odd = 1 - (within - load<f64>(products, 8) / size) / total
    const positive = even + odd >= 0
    store<f64>(rho + (<usize>last << 3), positive ? even : 0)
    store<f64>(rho + (<usize>last << 3), positive ? odd : 0, 8)
  }
  if (even > 0) store<f64>(rho + (<usize>last << 3), even)
  return size / max(autocorrelationTime(rho, last), 2.302585092994046 / log(size))
}

/** The sum over Geyer's sequence, made monotone in place. */
function autocorrelationTime(rho: usize, last: i32): f64 {
  for (let k: i32 = 2; k <= last - 2; k += 2) {
    const place = rho + (<usize>k << 3)
    const before = load<f64>(place - 16) + load<f64>(place - 8)
    if (load<f64>(place) + load<f64>(place, 8) > before) {
      store<f64>(place, 0.5 * before)
      store<f64>(place, 0.5 * before, 8)
    }
  }
  let tau: f64 = -1 + load<f64>(rho + (<usize>last << 3))
  // Where not even the first pair is positive (or there are too few draws to look further), posterior's sum has one term: tau is 2.
  for (let k: i32 = 0; k < max(last, 1); k++) tau += 2 * load<f64>(rho + (<usize>k << 3))
  return tau
}
