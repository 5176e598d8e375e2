import { exp, expPair, logPair } from './elementary'
import { nextUniform } from './random'

// Markov-switching volatility (Hamilton 1989): r_t = mu + sigma_s z, s a Markov chain of K = 2 or 3 regimes, sigma ascending. A point
// is mu, sigma_1 .. sigma_K, and the transition matrix row by row: 1 + K + K K numbers.
//
// The forward recursion a <- (a P) . f runs without divisions and without a log an observation: a is not normalised but rescaled by
// a power of two every few observations. The largest sigma's exponential is factored out of f, so that one exponential fewer is
// needed and no observation, however far, makes all of f vanish; the sum of squares gives it back at the end.

const CHUNK: i32 = 8
const LN_2: f64 = 0.6931471805599453
const LN_2PI: f64 = 1.8378770664093453
const BIAS: i64 = 1023

/** The element at `offset` bytes of two points. */
// @ts-ignore: decorator
@inline
function pairAt(one: usize, other: usize, offset: usize): v128 {
  return f64x2.replace_lane(f64x2.splat(load<f64>(one + offset)), 1, load<f64>(other + offset))
}

/** The binary exponents (biased) of two positive numbers, as doubles. */
// @ts-ignore: decorator
@inline
function exponents(x: v128): v128 {
  return f64x2.sub(v128.or(i64x2.shr_u(x, 52), i64x2.splat(0x4330000000000000)), f64x2.splat(4503599627370496.0))
}

/** Two powers of two that take two positive numbers to [1, 2). */
// @ts-ignore: decorator
@inline
function inverseScale(x: v128): v128 {
  return i64x2.shl(i64x2.sub(i64x2.splat(2 * BIAS), i64x2.shr_u(x, 52)), 52)
}

/** ln of the sum of a rescaled vector, its exponents, and what was factored out: -S(mu) / (2 sigma_K^2) - n ln(2 pi) / 2. */
// @ts-ignore: decorator
@inline
function finish(sum: v128, exponent: v128, mu: v128, largest: v128, n: i32, mean: f64, squares: f64): v128 {
  const gap = f64x2.sub(mu, f64x2.splat(mean))
  const about = f64x2.add(f64x2.splat(squares), f64x2.mul(f64x2.splat(<f64>n), f64x2.mul(gap, gap)))
  const rest = f64x2.add(f64x2.div(about, f64x2.mul(largest, largest)), f64x2.splat(<f64>n * LN_2PI))
  return f64x2.sub(f64x2.add(logPair(sum), f64x2.mul(exponent, f64x2.splat(LN_2))), f64x2.mul(rest, f64x2.splat(0.5)))
}

// @ts-ignore: decorator
@inline
function storePair(one: usize, other: usize, offset: usize, x: v128): void {
  store<f64>(other + offset, f64x2.extract_lane(x, 1))
  store<f64>(one + offset, f64x2.extract_lane(x, 0))
}

// @ts-ignore: decorator
@inline
function slope(sigma: v128, largest: v128): v128 {
  // -(1 / sigma^2 - 1 / sigma_K^2) / 2
  const one = f64x2.splat(1.0)
  const own = f64x2.div(one, f64x2.mul(sigma, sigma))
  return f64x2.mul(f64x2.sub(f64x2.div(one, f64x2.mul(largest, largest)), own), f64x2.splat(0.5))
}

/** Two points of two regimes. */
function two(returns: usize, n: i32, mean: f64, squares: f64, p: usize, q: usize, outP: usize, outQ: usize): void {
  const mu = pairAt(p, q, 0)
  const s1 = pairAt(p, q, 8)
  const s2 = pairAt(p, q, 16)
  const p12 = pairAt(p, q, 32)
  const p21 = pairAt(p, q, 40)
  // Columns of P over sigma: the densities' constants cost nothing a step.
  const w11 = f64x2.div(pairAt(p, q, 24), s1)
  const w21 = f64x2.div(p21, s1)
  const w12 = f64x2.div(p12, s2)
  const w22 = f64x2.div(pairAt(p, q, 48), s2)
  const c1 = slope(s1, s2)
  const total = f64x2.add(p12, p21)
  let a1 = f64x2.div(p21, total)
  let a2 = f64x2.div(p12, total)
  let exponent = f64x2.splat(0)
  for (let from = 0; from < n; from += CHUNK) {
    const to = min(from + CHUNK, n)
    for (let t = from; t < to; t++) {
      const r = f64x2.sub(v128.load_splat<f64>(returns + (<usize>t << 3)), mu)
      const f1 = expPair(f64x2.mul(c1, f64x2.mul(r, r)))
      const b1 = f64x2.mul(f64x2.add(f64x2.mul(a1, w11), f64x2.mul(a2, w21)), f1)
      a2 = f64x2.add(f64x2.mul(a1, w12), f64x2.mul(a2, w22))
      a1 = b1
    }
    const sum = f64x2.add(a1, a2)
    exponent = f64x2.add(exponent, f64x2.sub(exponents(sum), f64x2.splat(<f64>BIAS)))
    const scale = inverseScale(sum)
    a1 = f64x2.mul(a1, scale)
    a2 = f64x2.mul(a2, scale)
  }
  const sum = f64x2.add(a1, a2)
  storePair(outP, outQ, 0, finish(sum, exponent, mu, s2, n, mean, squares))
  storePair(outP, outQ, 8, f64x2.div(a1, sum))
  storePair(outP, outQ, 16, f64x2.div(a2, sum))
}

/** Two points of three regimes. */
function three(returns: usize, n: i32, mean: f64, squares: f64, p: usize, q: usize, outP: usize, outQ: usize): void {
  const mu = pairAt(p, q, 0)
  const s1 = pairAt(p, q, 8)
  const s2 = pairAt(p, q, 16)
  const s3 = pairAt(p, q, 24)
  const p12 = pairAt(p, q, 40)
  const p13 = pairAt(p, q, 48)
  const p21 = pairAt(p, q, 56)
  const p23 = pairAt(p, q, 72)
  const p31 = pairAt(p, q, 80)
  const p32 = pairAt(p, q, 88)
  const w11 = f64x2.div(pairAt(p, q, 32), s1)
  const w21 = f64x2.div(p21, s1)
  const w31 = f64x2.div(p31, s1)
  const w12 = f64x2.div(p12, s2)
  const w22 = f64x2.div(pairAt(p, q, 64), s2)
  const w32 = f64x2.div(p32, s2)
  const w13 = f64x2.div(p13, s3)
  const w23 = f64x2.div(p23, s3)
  const w33 = f64x2.div(pairAt(p, q, 96), s3)
  const c1 = slope(s1, s3)
  const c2 = slope(s2, s3)
  // The stationary distribution by spanning trees (Markov chain tree theorem): sums of positive terms.
  let a1 = f64x2.add(f64x2.mul(p21, f64x2.add(p31, p32)), f64x2.mul(p31, p23))
  let a2 = f64x2.add(f64x2.mul(p12, f64x2.add(p31, p32)), f64x2.mul(p32, p13))
  let a3 = f64x2.add(f64x2.mul(p13, f64x2.add(p21, p23)), f64x2.mul(p23, p12))
  const total = f64x2.add(f64x2.add(a1, a2), a3)
  a1 = f64x2.div(a1, total)
  a2 = f64x2.div(a2, total)
  a3 = f64x2.div(a3, total)
  let exponent = f64x2.splat(0)
  for (let from = 0; from < n; from += CHUNK) {
    const to = min(from + CHUNK, n)
    for (let t = from; t < to; t++) {
      const r = f64x2.sub(v128.load_splat<f64>(returns + (<usize>t << 3)), mu)
      const square = f64x2.mul(r, r)
      const f1 = expPair(f64x2.mul(c1, square))
      const f2 = expPair(f64x2.mul(c2, square))
      const b1 = f64x2.add(f64x2.add(f64x2.mul(a1, w11), f64x2.mul(a2, w21)), f64x2.mul(a3, w31))
      const b2 = f64x2.add(f64x2.add(f64x2.mul(a1, w12), f64x2.mul(a2, w22)), f64x2.mul(a3, w32))
      a3 = f64x2.add(f64x2.add(f64x2.mul(a1, w13), f64x2.mul(a2, w23)), f64x2.mul(a3, w33))
      a1 = f64x2.mul(b1, f1)
      a2 = f64x2.mul(b2, f2)
    }
    const sum = f64x2.add(f64x2.add(a1, a2), a3)
    exponent = f64x2.add(exponent, f64x2.sub(exponents(sum), f64x2.splat(<f64>BIAS)))
    const scale = inverseScale(sum)
    a1 = f64x2.mul(a1, scale)
    a2 = f64x2.mul(a2, scale)
    a3 = f64x2.mul(a3, scale)
  }
  const sum = f64x2.add(f64x2.add(a1, a2), a3)
  storePair(outP, outQ, 0, finish(sum, exponent, mu, s3, n, mean, squares))
  storePair(outP, outQ, 8, f64x2.div(a1, sum))
  storePair(outP, outQ, 16, f64x2.div(a2, sum))
  storePair(outP, outQ, 24, f64x2.div(a3, sum))
}

/**
 * Log-likelihoods and last filtered probabilities at `count` points: for each 1 + K numbers to `out`. `mean` is the returns' own and
 * `squares` their sum of squares about it. A point alone and a point in a pair give the same bits.
 */
export function regimeLikelihoods(
  regimes: i32,
  returns: usize,
  n: i32,
  mean: f64,
  squares: f64,
  points: usize,
  count: i32,
  out: usize,
): void {
  const stride = <usize>(1 + regimes + regimes * regimes) << 3
  const outStride = <usize>(1 + regimes) << 3
  for (let i = 0; i < count; i += 2) {
    const j = min(i + 1, count - 1)
    const p = points + stride * <usize>i
    const q = points + stride * <usize>j
    const outP = out + outStride * <usize>i
    const outQ = out + outStride * <usize>j
    if (regimes == 2) two(returns, n, mean, squares, p, q, outP, outQ)
    else three(returns, n, mean, squares, p, q, outP, outQ)
  }
}

/** The stationary distribution of a point's chain to `out`. */
function stationary(regimes: i32, matrix: usize, out: usize): void {
  let total: f64 = 0
  for (let j = 0; j < regimes; j++) {
    let weight: f64
    if (regimes == 2) weight = load<f64>(matrix + 8 * (j == 0 ? 2 : 1))
    else {
      const k = (j + 1) % 3
      const l = (j + 2) % 3
      const kj = load<f64>(matrix + 8 * (3 * k + j))
      const kl = load<f64>(matrix + 8 * (3 * k + l))
      const lj = load<f64>(matrix + 8 * (3 * l + j))
      const lk = load<f64>(matrix + 8 * (3 * l + k))
      weight = kj * (lj + lk) + lj * kl
    }
    store<f64>(out + 8 * j, weight)
    total += weight
  }
  for (let j = 0; j < regimes; j++) store<f64>(out + 8 * j, load<f64>(out + 8 * j) / total)
}

/** Filtered regime probabilities P(s_t | r_1 .. r_t) under one point: n x K to `out`. */
export function regimeFilter(regimes: i32, returns: usize, n: i32, point: usize, out: usize): void {
  const mu = load<f64>(point)
  const sigmas = point + 8
  const matrix = sigmas + 8 * regimes
  const largest = load<f64>(sigmas + 8 * (regimes - 1))
  // The first row's place holds the distribution before the first step.
  stationary(regimes, matrix, out)
  let previous = out
  for (let t = 0; t < n; t++) {
    const row = out + (<usize>(t * regimes) << 3)
    const r = load<f64>(returns + (<usize>t << 3)) - mu
    let sum: f64 = 0
    let b0: f64 = 0
    let b1: f64 = 0
    let b2: f64 = 0
    for (let j = 0; j < regimes; j++) {
      let predicted: f64 = 0
      for (let i = 0; i < regimes; i++) predicted += load<f64>(previous + 8 * i) * load<f64>(matrix + 8 * (i * regimes + j))
      const sigma = load<f64>(sigmas + 8 * j)
      const c = 0.5 * (1 / (largest * largest) - 1 / (sigma * sigma))
      const b = (predicted / sigma) * (j == regimes - 1 ? 1.0 : exp(c * r * r))
      sum += b
      if (j == 0) b0 = b
      else if (j == 1) b1 = b
      else b2 = b
    }
    store<f64>(row, b0 / sum)
    store<f64>(row + 8, b1 / sum)
    if (regimes == 3) store<f64>(row + 16, b2 / sum)
    previous = row
  }
}

/**
 * Smoothed probabilities P(s_t | all returns) in place of the filtered ones (Kim 1994): backwards, row by row.
 */
export function regimeSmooth(regimes: i32, n: i32, point: usize, rows: usize): void {
  const matrix = point + 8 + 8 * regimes
  for (let t = n - 2; t >= 0; t--) {
    const row = rows + (<usize>(t * regimes) << 3)
    const next = row + 8 * regimes
    let g0: f64 = 0
    let g1: f64 = 0
    let g2: f64 = 0
    for (let j = 0; j < regimes; j++) {
      let predicted: f64 = 0
      for (let i = 0; i < regimes; i++) predicted += load<f64>(row + 8 * i) * load<f64>(matrix + 8 * (i * regimes + j))
      const gain = load<f64>(next + 8 * j) / predicted
      if (j == 0) g0 = gain
      else if (j == 1) g1 = gain
      else g2 = gain
    }
    for (let i = 0; i < regimes; i++) {
      const from = matrix + 8 * (i * regimes)
      let back = load<f64>(from) * g0 + load<f64>(from + 8) * g1
      if (regimes == 3) back += load<f64>(from + 16) * g2
      store<f64>(row + 8 * i, load<f64>(row + 8 * i) * back)
    }
  }
}

/**
 * One path of regimes given the returns and a point (forward filtering, backward sampling: Chib 1996), as what a Gibbs sampler needs
 * of it. `rows` has room for n x K filtered probabilities. To `out`: counts n_k, sums of r, sums of r^2 (K each), the K x K counts of
 * transitions, and the first regime.
 */
export function sampleRegimes(regimes: i32, returns: usize, n: i32, point: usize, rows: usize, random: usize, out: usize): void {
  regimeFilter(regimes, returns, n, point, rows)
  const matrix = point + 8 + 8 * regimes
  const sums = out + 8 * regimes
  const squares = sums + 8 * regimes
  const moves = squares + 8 * regimes
  const length = regimes * (3 + regimes)
  for (let i = 0; i < length; i++) store<f64>(out + 8 * i, 0)
  let next = -1
  for (let t = n - 1; t >= 0; t--) {
    const row = rows + (<usize>(t * regimes) << 3)
    let w0 = load<f64>(row)
    let w1 = load<f64>(row + 8)
    let w2: f64 = regimes == 3 ? load<f64>(row + 16) : 0
    if (next >= 0) {
      w0 *= load<f64>(matrix + 8 * next)
      w1 *= load<f64>(matrix + 8 * (regimes + next))
      if (regimes == 3) w2 *= load<f64>(matrix + 8 * (2 * regimes + next))
    }
    const u = nextUniform(random) * (w0 + w1 + w2)
    const s = u < w0 ? 0 : regimes == 2 || u < w0 + w1 ? 1 : 2
    const r = load<f64>(returns + (<usize>t << 3))
    store<f64>(out + 8 * s, load<f64>(out + 8 * s) + 1)
    store<f64>(sums + 8 * s, load<f64>(sums + 8 * s) + r)
    store<f64>(squares + 8 * s, load<f64>(squares + 8 * s) + r * r)
    if (next >= 0) {
      const move = moves + 8 * (s * regimes + next)
      store<f64>(move, load<f64>(move) + 1)
    }
    next = s
  }
  store<f64>(out + 8 * length, <f64>next)
}
