import { exp, log } from './elementary'
import { nextBits, nextUniform } from './random'

// Normal scores of sampling designs, and what turns a score into another innovation.

/** The p-quantile of the standard normal, 0 < p < 1: algorithm AS 241, PPND16 (Wichura 1988); relative error about 1e-15. */
// @ts-ignore: decorator
@inline
export function inverseNormal(p: f64): f64 {
  const q = p - 0.5
  if (abs(q) <= 0.425) {
    const r = 0.180625 - q * q
    let top = r * 2509.0809287301226727 + 33430.575583588128105
    top = top * r + 67265.770927008700853
    top = top * r + 45921.953931549871457
    top = top * r + 13731.693765509461125
    top = top * r + 1971.5909503065514427
    top = top * r + 133.14166789178437745
    top = top * r + 3.387132872796366608
    let bottom = r * 5226.495278852545925 + 28729.085735721942674
    bottom = bottom * r + 39307.89580009271061
    bottom = bottom * r + 21213.794301586595867
    bottom = bottom * r + 5394.1960214247511077
    bottom = bottom * r + 687.1870074920579083
    bottom = bottom * r + 42.313330701600911252
    bottom = bottom * r + 1
    return (q * top) / bottom
  }
  const tail = sqrt(-log(q < 0 ? p : 1 - p))
  let top: f64
  let bottom: f64
  if (tail <= 5) {
    const r = tail - 1.6
    top = r * 7.7454501427834140764e-4 + 0.0227238449892691845833
    top = top * r + 0.24178072517745061177
    top = top * r + 1.27045825245236838258
    top = top * r + 3.64784832476320460504
    top = top * r + 5.7694972214606914055
    top = top * r + 4.6303378461565452959
    top = top * r + 1.42343711074968357734
    bottom = r * 1.05075007164441684324e-9 + 5.475938084995344946e-4
    bottom = bottom * r + 0.0151986665636164571966
    bottom = bottom * r + 0.14810397642748007459
    bottom = bottom * r + 0.68976733498510000455
    bottom = bottom * r + 1.6763848301838038494
    bottom = bottom * r + 2.05319162663775882187
    bottom = bottom * r + 1
  } else {
    const r = tail - 5
    top = r * 2.01033439929228813265e-7 + 2.71155556874348757815e-5
    top = top * r + 0.0012426609473880784386
    top = top * r + 0.026532189526576123093
    top = top * r + 0.29656057182850489123
    top = top * r + 1.7848265399172913358
    top = top * r + 5.4637849111641143699
    top = top * r + 6.6579046435011037772
    bottom = r * 2.04426310338993978564e-15 + 1.4215117583164458887e-7
    bottom = bottom * r + 1.8463183175100546818e-5
    bottom = bottom * r + 7.868691311456132591e-4
    bottom = bottom * r + 0.0148753612908506148525
    bottom = bottom * r + 0.13692988092273580531
    bottom = bottom * r + 0.59983220655588793769
    bottom = bottom * r + 1
  }
  return q < 0 ? -top / bottom : top / bottom
}

/** Scores beyond this are taken to lie on it: a tail of 1e-17. */
const SCORE_MAX: f64 = 8.5

/** Clenshaw's (1955) recurrence for `terms` Chebyshev coefficients at x in [-1, 1]. */
// @ts-ignore: decorator
@inline
function series(coefficients: usize, terms: i32, x: f64): f64 {
  const twice = x + x
  let one: f64 = 0
  let two: f64 = 0
  for (let j = coefficients + ((<usize>terms - 1) << 3); j > coefficients; j -= 8) {
    const next = twice * one - two + load<f64>(j)
    two = one
    one = next
  }
  return x * one - two + load<f64>(coefficients)
}

/**
 * The Student-t of the same probability as the normal score y. Coefficients on [0, 8.5] give s / y, nearly constant, where
 * s = sqrt(nu ln(1 + t^2 / nu)) (Wallace 1959).
 */
// @ts-ignore: decorator
@inline
export function studentTOfScore(y: f64, nu: f64, coefficients: usize, terms: i32): f64 {
  const size = min(abs(y), SCORE_MAX)
  const s = size * series(coefficients, terms, size * (2 / SCORE_MAX) - 1)
  const x = (s * s) / nu
  const grown = x < 0.01 ? x * (1 + x * (0.5 + x * (1.0 / 6 + x * (1.0 / 24 + x * (1.0 / 120))))) : exp(x) - 1
  return copysign(sqrt(nu * grown), y)
}

/**
 * Turns `count` normal scores, `stride` bytes apart, into other innovations in place. which = 0: uniforms become normal scores;
 * 1: scores become Student-t; 2: scores become exp of the series on [-8.5, 8.5].
 */
export function transformScores(
  which: i32, values: usize, stride: i32, count: i32, nu: f64, coefficients: usize, terms: i32,
): void {
  for (let i = 0; i < count; i++) {
    const x = load<f64>(values)
    let value: f64
    if (which == 0) value = inverseNormal(x)
    else if (which == 1) value = studentTOfScore(x, nu, coefficients, terms)
    else value = exp(series(coefficients, terms, min(max(x, -SCORE_MAX), SCORE_MAX) * (1 / SCORE_MAX)))
    store<f64>(values, value)
    values += <usize>stride
  }
}

/**
 * 2^m points of a digital sequence in base 2 in d dimensions, row-major into `out`, in the order of the Gray code (Antonov & Saleev
 * 1979). `directions`: 32 words a dimension. which = 0: as they are; 1: scrambled by Owen's (1995) nested uniform scrambling; 2: the
 * normal scores of those. Every node of the first m digits' binary tree has a random bit of its own in `bits` (2^m bytes);
 * two points share no more digits than that, so all digits beyond are one uniform draw.
 */
export function sobolPoints(which: i32, directions: usize, m: i32, d: i32, state: usize, bits: usize, out: usize): void {
  const count = 1 << m
  const unit: f64 = 1.0 / <f64>count
  for (let j = 0; j < d; j++) {
    const column = directions + (<usize>j << 7)
    if (which != 0) {
      for (let k = 0; k < count; k += 64) {
        let word = nextBits(state)
        for (let i = k; i < min(count, k + 64); i++) {
          store<u8>(bits + <usize>i, <u8>(word & 1))
          word >>= 1
        }
      }
    }
    let x: u32 = 0
    let at = out + (<usize>j << 3)
    for (let i = 0; i < count; i++) {
      if (which == 0) store<f64>(at, <f64>x * 2.3283064365386963e-10)
      else {
        let prefix: u32 = 0
        let scrambled: u32 = 0
        for (let digit = 0; digit < m; digit++) {
          const own = (x >>> (31 - digit)) & 1
          scrambled = (scrambled << 1) | (own ^ <u32>load<u8>(bits + <usize>((1 << digit) | prefix)))
          prefix = (prefix << 1) | own
        }
        const u = (<f64>scrambled + nextUniform(state)) * unit
        store<f64>(at, which == 1 ? u : inverseNormal(u))
      }
      x ^= load<u32>(column + ((<usize>ctz(i + 1)) << 2))
      at += <usize>d << 3
    }
  }
}

/** Normal scores of a Latin hypercube of `count` points (McKay, Beckman & Conover 1979), row-major; `order` holds count words. */
export function latinScores(count: i32, d: i32, state: usize, order: usize, out: usize): void {
  for (let j = 0; j < d; j++) {
    for (let i = 0; i < count; i++) store<u32>(order + (<usize>i << 2), i)
    let at = out + (<usize>j << 3)
    for (let i = 0; i < count; i++) {
      const other = i + <i32>(((nextBits(state) >>> 32) * <u64>(count - i)) >>> 32)
      const cell = load<u32>(order + (<usize>other << 2))
      store<u32>(order + (<usize>other << 2), load<u32>(order + (<usize>i << 2)))
      store<u32>(order + (<usize>i << 2), cell)
      store<f64>(at, inverseNormal((<f64>cell + nextUniform(state)) / <f64>count))
      at += <usize>d << 3
    }
  }
}

/** Moves every row along the unit vector `direction`, so that its coordinate there is the row's entry of `target`. */
export function moveAlong(rows: usize, count: i32, d: i32, direction: usize, target: usize): void {
  for (let i = 0; i < count; i++) {
    const row = rows + ((<usize>i * <usize>d) << 3)
    let sum: f64 = 0
    for (let j = 0; j < d; j++) sum += load<f64>(row + (<usize>j << 3)) * load<f64>(direction + (<usize>j << 3))
    const step = load<f64>(target + (<usize>i << 3)) - sum
    for (let j = 0; j < d; j++) {
      const at = row + (<usize>j << 3)
      store<f64>(at, load<f64>(at) + step * load<f64>(direction + (<usize>j << 3)))
    }
  }
}

/**
 * Cumulative returns of GARCH paths driven by rows of 1 + days normal scores. The first chooses the parameter draw: the k-th where it
 * lies between thresholds k - 1 and k of `draws` - 1 ascending ones. `rows`: mu, omega, alpha, gamma, beta, nu (0: normal errors) and
 * the variance of the first day; `series`: `terms` coefficients a draw of the Student-t of a score.
 */
export function garchFromScores(
  rows: usize, draws: i32, thresholds: usize, coefficients: usize, terms: i32, scores: usize, days: i32, count: i32, out: usize,
): void {
  for (let i = 0; i < count; i++) {
    const chosen = load<f64>(scores)
    let low: i32 = 0
    let high: i32 = draws - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (load<f64>(thresholds + (<usize>middle << 3)) < chosen) low = middle + 1
      else high = middle
    }
    const row = rows + <usize>low * 56
    const mu = load<f64>(row)
    const omega = load<f64>(row, 8)
    const alpha = load<f64>(row, 16)
    const leverage = alpha + load<f64>(row, 24)
    const beta = load<f64>(row, 32)
    const nu = load<f64>(row, 40)
    const own = coefficients + ((<usize>low * <usize>terms) << 3)
    const unit = (nu - 2) / nu
    let h = load<f64>(row, 48)
    let sum: f64 = 0
    for (let t = 0; t < days; t++) {
      scores += 8
      const y = load<f64>(scores)
      const shock = nu > 0 ? studentTOfScore(y, nu, own, terms) * sqrt(h * unit) : y * sqrt(h)
      sum += mu + shock
      h = omega + (shock < 0 ? leverage : alpha) * shock * shock + beta * h
    }
    scores += 8
    store<f64>(out, sum)
    out += 8
  }
}
