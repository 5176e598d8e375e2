import { expPair, logPair } from './elementary'

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
