import { exp, expPair, log, logPair } from './elementary'

// Log posteriors of GARCH(1,1) and GJR-GARCH(1,1) with Student-t or normal errors, eight parameter points at once (four
// vectors of two lanes): the recursion waits for its own result, so one point alone would leave most of the processor idle.
//
// A point is (mu, c, u, l[, m][, y]): omega = c^2, 1 - persistence = u^(3/2), logistic(l) is ARCH's share of the persistence,
// logistic(m) (GJR) the share of ARCH that follows negative shocks, nu = 2 + exp(y) (Student-t). ARCH's part of the persistence is
// alpha, or (alpha+ + alpha-) / 2 with GJR. Outside the support, and where something overflows, the log density is -Infinity.

/** Doubles of the prior: see PRIOR_* for their places. */
const PRIOR_MU_MEAN: usize = 0
const PRIOR_MU_INVERSE_SD: usize = 8
const PRIOR_OMEGA_INVERSE_SCALE: usize = 16
const PRIOR_ALPHA_LESS_1: usize = 24
const PRIOR_NEGATIVE_LESS_1: usize = 32
const PRIOR_BETA_LESS_1: usize = 40
const PRIOR_REST_LESS_1: usize = 48
const PRIOR_NU_SHAPE_LESS_1: usize = 56
const PRIOR_NU_RATE: usize = 64
const PRIOR_CONSTANT: usize = 72

const LN_2: f64 = 0.6931471805599453
const LN_2PI: f64 = 1.8378770664093453
const HALF_LN_PI: f64 = 0.5723649429247001

// Eight lanes of each quantity, 64 bytes a quantity.
const lanes: usize = memory.data(64 * 17, 16)
const MU: usize = 0
const W: usize = 64
const A: usize = 128
const NEGATIVE: usize = 192
const B: usize = 256
const G: usize = 320
const NU: usize = 384
const PRIOR: usize = 448
const VALID: usize = 512
const SUMS: usize = 576
const SUMS_EXPONENT: usize = 640
const SCALES: usize = 704
const SCALES_EXPONENT: usize = 768
const SQUARES: usize = 832
const START: usize = 896
const EXCESS: usize = 960
const FINE: usize = 1024

// @ts-ignore: decorator
@inline
function at(name: usize, i: i32): usize {
  return lanes + name + ((<usize>i) << 4)
}

// @ts-ignore: decorator
@inline
function pairOf(first: usize, second: usize): v128 {
  return v128.load64_lane(second, v128.load64_zero(first), 1)
}

// @ts-ignore: decorator
@inline
function splat(pointer: usize): v128 {
  return v128.load64_splat(pointer)
}

/** lnGamma(x + 1/2) - lnGamma(x) for x >= 1: ten steps of the recurrence, then the asymptotic series (error below 1e-15). */
// @ts-ignore: decorator
@inline
function halfStep(x: v128): v128 {
  let upper = x
  let lower = f64x2.add(x, f64x2.splat(0.5))
  for (let k = 1; k < 10; k++) {
    upper = f64x2.mul(upper, f64x2.add(x, f64x2.splat(<f64>k)))
    lower = f64x2.mul(lower, f64x2.add(x, f64x2.splat(<f64>k + 0.5)))
  }
  const y = f64x2.add(x, f64x2.splat(10))
  const inverse = f64x2.div(f64x2.splat(1), y)
  const square = f64x2.mul(inverse, inverse)
  let series = f64x2.add(f64x2.mul(square, f64x2.splat(3.834117542613636e-3)), f64x2.splat(-1.6818576388888888e-3))
  series = f64x2.add(f64x2.mul(square, series), f64x2.splat(1.185825892857143e-3))
  series = f64x2.add(f64x2.mul(square, series), f64x2.splat(-1.5625e-3))
  series = f64x2.add(f64x2.mul(square, series), f64x2.splat(5.208333333333333e-3))
  series = f64x2.add(f64x2.mul(square, series), f64x2.splat(-0.125))
  const logs = logPair(f64x2.mul(f64x2.sqrt(y), f64x2.div(upper, lower)))
  return f64x2.add(logs, f64x2.mul(series, inverse))
}

// @ts-ignore: decorator
@inline
function logistic(x: v128): v128 {
  return f64x2.div(f64x2.splat(1), f64x2.add(f64x2.splat(1), expPair(f64x2.neg(x))))
}

/** Parameters, log prior with Jacobian and validity of two points; where `Errors` is a float they have nu, where `Leverage` is one, m. */
function place<Errors, Leverage>(x: usize, y: usize, i: i32, prior: usize, start: f64): void {
  const one = f64x2.splat(1)
  const mu = pairOf(x, y)
  const c = pairOf(x + 8, y + 8)
  const u = pairOf(x + 16, y + 16)
  let valid = v128.and(
    v128.and(f64x2.gt(c, f64x2.splat(1e-150)), f64x2.lt(c, f64x2.splat(1e150))),
    v128.and(f64x2.gt(u, f64x2.splat(1e-100)), f64x2.lt(u, one)),
  )
  const root = f64x2.sqrt(u)
  const rest = f64x2.mul(u, root)
  const persistence = f64x2.sub(one, rest)
  const share = logistic(pairOf(x + 24, y + 24))
  const omega = f64x2.mul(c, c)
  const arch = f64x2.mul(persistence, share)
  const beta = f64x2.mul(persistence, f64x2.sub(one, share))
  valid = v128.and(valid, v128.and(f64x2.gt(arch, f64x2.splat(1e-150)), f64x2.gt(beta, f64x2.splat(1e-150))))

  // The weights' exponents are zero in the uniform prior: their logs are then left out.
  const zMu = f64x2.mul(f64x2.sub(mu, splat(prior + PRIOR_MU_MEAN)), splat(prior + PRIOR_MU_INVERSE_SD))
  const zOmega = f64x2.mul(omega, splat(prior + PRIOR_OMEGA_INVERSE_SCALE))
  let logPrior = f64x2.mul(f64x2.splat(-0.5), f64x2.add(f64x2.mul(zMu, zMu), f64x2.mul(zOmega, zOmega)))
  logPrior = f64x2.add(logPrior, splat(prior + PRIOR_CONSTANT))
  let jacobian = f64x2.div(f64x2.mul(f64x2.mul(c, root), f64x2.mul(arch, beta)), persistence)
  let positive = arch
  let negative = arch
  if (isFloat<Leverage>()) {
    const negativeShare = logistic(pairOf(x + 32, y + 32))
    const negativePart = f64x2.mul(arch, negativeShare)
    const positivePart = f64x2.mul(arch, f64x2.sub(one, negativeShare))
    valid = v128.and(valid, v128.and(f64x2.gt(negativePart, f64x2.splat(1e-150)), f64x2.gt(positivePart, f64x2.splat(1e-150))))
    jacobian = f64x2.div(f64x2.mul(f64x2.mul(c, root), f64x2.mul(f64x2.mul(negativePart, positivePart), beta)), persistence)
    negative = f64x2.add(negativePart, negativePart)
    positive = f64x2.add(positivePart, positivePart)
    const negativeLess1 = load<f64>(prior + PRIOR_NEGATIVE_LESS_1)
    if (negativeLess1 != 0) logPrior = f64x2.add(logPrior, f64x2.mul(f64x2.splat(negativeLess1), logPair(negativePart)))
    const alphaLess1 = load<f64>(prior + PRIOR_ALPHA_LESS_1)
    if (alphaLess1 != 0) logPrior = f64x2.add(logPrior, f64x2.mul(f64x2.splat(alphaLess1), logPair(positivePart)))
  } else {
    const alphaLess1 = load<f64>(prior + PRIOR_ALPHA_LESS_1)
    if (alphaLess1 != 0) logPrior = f64x2.add(logPrior, f64x2.mul(f64x2.splat(alphaLess1), logPair(arch)))
  }
  const betaLess1 = load<f64>(prior + PRIOR_BETA_LESS_1)
  if (betaLess1 != 0) logPrior = f64x2.add(logPrior, f64x2.mul(f64x2.splat(betaLess1), logPair(beta)))
  const restLess1 = load<f64>(prior + PRIOR_REST_LESS_1)
  if (restLess1 != 0) logPrior = f64x2.add(logPrior, f64x2.mul(f64x2.splat(restLess1), logPair(rest)))
  logPrior = f64x2.add(logPrior, logPair(jacobian))

  let excess = one
  if (isFloat<Errors>()) {
    const last: usize = isFloat<Leverage>() ? 40 : 32
    const logExcess = pairOf(x + last, y + last)
    excess = expPair(logExcess)
    const nu = f64x2.add(excess, f64x2.splat(2))
    valid = v128.and(valid, v128.and(f64x2.gt(excess, f64x2.splat(1e-7)), f64x2.lt(excess, f64x2.splat(1e7))))
    const gamma = f64x2.sub(
      f64x2.mul(splat(prior + PRIOR_NU_SHAPE_LESS_1), logPair(nu)),
      f64x2.mul(splat(prior + PRIOR_NU_RATE), nu),
    )
    logPrior = f64x2.add(logPrior, f64x2.add(gamma, logExcess))
    v128.store(at(NU, i), nu)
  }
  // A point outside the support takes harmless values through the recursion.
  const safe = f64x2.splat(0.25)
  v128.store(at(MU, i), v128.and(mu, valid))
  v128.store(at(W, i), v128.bitselect(f64x2.mul(excess, omega), safe, valid))
  v128.store(at(A, i), v128.bitselect(f64x2.mul(excess, positive), safe, valid))
  v128.store(at(NEGATIVE, i), v128.bitselect(f64x2.mul(excess, negative), safe, valid))
  v128.store(at(B, i), v128.bitselect(beta, safe, valid))
  v128.store(at(START, i), v128.bitselect(f64x2.mul(excess, f64x2.splat(start)), one, valid))
  v128.store(at(EXCESS, i), v128.bitselect(excess, one, valid))
  v128.store(at(PRIOR, i), logPrior)
  v128.store(at(VALID, i), valid)
}

/** (alpha or its negative kin) times the squared shock. */
// @ts-ignore: decorator
@inline
function news<Leverage>(r: v128, square: v128, alpha: v128, i: i32): v128 {
  if (isFloat<Leverage>()) {
    const coefficient = v128.bitselect(v128.load(at(NEGATIVE, i)), alpha, f64x2.lt(r, f64x2.splat(0)))
    return f64x2.mul(coefficient, square)
  }
  return f64x2.mul(alpha, square)
}

/** Takes the exponent of a running product out: the mantissa stays at `value`, the exponent is added at `exponent`; true unless abnormal. */
// @ts-ignore: decorator
@inline
function normalise(value: v128, exponents: usize): v128 {
  const biased = i64x2.shr_u(value, 52)
  v128.store(exponents, i64x2.add(v128.load(exponents), i64x2.sub(biased, i64x2.splat(1023))))
  return v128.or(v128.and(value, i64x2.splat(0x000fffffffffffff)), i64x2.splat(0x3ff0000000000000))
}

/** Lanes that are positive normal numbers. */
// @ts-ignore: decorator
@inline
function normal(value: v128): v128 {
  return v128.and(f64x2.ge(value, f64x2.splat(2.2250738585072014e-308)), f64x2.lt(value, f64x2.splat(Infinity)))
}

/** The recursion of eight points over the returns; false when a running product left the range of normal numbers in a valid lane. */
function filter<Errors, Leverage>(returns: usize, n: i32, chunk: i32): bool {
  const one = f64x2.splat(1)
  let g0 = v128.load(at(START, 0))
  let g1 = v128.load(at(START, 1))
  let g2 = v128.load(at(START, 2))
  let g3 = v128.load(at(START, 3))
  let sums0 = isFloat<Errors>() ? one : f64x2.splat(0)
  let sums1 = isFloat<Errors>() ? one : f64x2.splat(0)
  let sums2 = isFloat<Errors>() ? one : f64x2.splat(0)
  let sums3 = isFloat<Errors>() ? one : f64x2.splat(0)
  let scales0 = one
  let scales1 = one
  let scales2 = one
  let scales3 = one
  for (let i = 0; i < 4; i++) {
    v128.store(at(SUMS_EXPONENT, i), f64x2.splat(0))
    v128.store(at(SCALES_EXPONENT, i), f64x2.splat(0))
    v128.store(at(SQUARES, i), f64x2.splat(0))
    v128.store(at(FINE, i), v128.not(f64x2.splat(0)))
  }
  const mu0 = v128.load(at(MU, 0))
  const mu1 = v128.load(at(MU, 1))
  const mu2 = v128.load(at(MU, 2))
  const mu3 = v128.load(at(MU, 3))
  const w0 = v128.load(at(W, 0))
  const w1 = v128.load(at(W, 1))
  const w2 = v128.load(at(W, 2))
  const w3 = v128.load(at(W, 3))
  const a0 = v128.load(at(A, 0))
  const a1 = v128.load(at(A, 1))
  const a2 = v128.load(at(A, 2))
  const a3 = v128.load(at(A, 3))
  const b0 = v128.load(at(B, 0))
  const b1 = v128.load(at(B, 1))
  const b2 = v128.load(at(B, 2))
  const b3 = v128.load(at(B, 3))
  let pointer = returns
  for (let from = 0; from < n; from += chunk) {
    const end = returns + ((<usize>min(from + chunk, n)) << 3)
    for (; pointer < end; pointer += 8) {
      const ret = v128.load64_splat(pointer)
      const r0 = f64x2.sub(ret, mu0)
      const r1 = f64x2.sub(ret, mu1)
      const r2 = f64x2.sub(ret, mu2)
      const r3 = f64x2.sub(ret, mu3)
      const s0 = f64x2.mul(r0, r0)
      const s1 = f64x2.mul(r1, r1)
      const s2 = f64x2.mul(r2, r2)
      const s3 = f64x2.mul(r3, r3)
      if (isFloat<Errors>()) {
        sums0 = f64x2.mul(sums0, f64x2.add(g0, s0))
        sums1 = f64x2.mul(sums1, f64x2.add(g1, s1))
        sums2 = f64x2.mul(sums2, f64x2.add(g2, s2))
        sums3 = f64x2.mul(sums3, f64x2.add(g3, s3))
      } else {
        // The sum of r^2 / h over a chunk as one fraction: its numerator beside the running product of h.
        sums0 = f64x2.add(f64x2.mul(sums0, g0), f64x2.mul(s0, scales0))
        sums1 = f64x2.add(f64x2.mul(sums1, g1), f64x2.mul(s1, scales1))
        sums2 = f64x2.add(f64x2.mul(sums2, g2), f64x2.mul(s2, scales2))
        sums3 = f64x2.add(f64x2.mul(sums3, g3), f64x2.mul(s3, scales3))
      }
      scales0 = f64x2.mul(scales0, g0)
      scales1 = f64x2.mul(scales1, g1)
      scales2 = f64x2.mul(scales2, g2)
      scales3 = f64x2.mul(scales3, g3)
      g0 = f64x2.add(f64x2.add(w0, news<Leverage>(r0, s0, a0, 0)), f64x2.mul(b0, g0))
      g1 = f64x2.add(f64x2.add(w1, news<Leverage>(r1, s1, a1, 1)), f64x2.mul(b1, g1))
      g2 = f64x2.add(f64x2.add(w2, news<Leverage>(r2, s2, a2, 2)), f64x2.mul(b2, g2))
      g3 = f64x2.add(f64x2.add(w3, news<Leverage>(r3, s3, a3, 3)), f64x2.mul(b3, g3))
    }
    v128.store(at(FINE, 0), v128.and(v128.load(at(FINE, 0)), normal(scales0)))
    v128.store(at(FINE, 1), v128.and(v128.load(at(FINE, 1)), normal(scales1)))
    v128.store(at(FINE, 2), v128.and(v128.load(at(FINE, 2)), normal(scales2)))
    v128.store(at(FINE, 3), v128.and(v128.load(at(FINE, 3)), normal(scales3)))
    if (isFloat<Errors>()) {
      v128.store(at(FINE, 0), v128.and(v128.load(at(FINE, 0)), normal(sums0)))
      v128.store(at(FINE, 1), v128.and(v128.load(at(FINE, 1)), normal(sums1)))
      v128.store(at(FINE, 2), v128.and(v128.load(at(FINE, 2)), normal(sums2)))
      v128.store(at(FINE, 3), v128.and(v128.load(at(FINE, 3)), normal(sums3)))
      sums0 = normalise(sums0, at(SUMS_EXPONENT, 0))
      sums1 = normalise(sums1, at(SUMS_EXPONENT, 1))
      sums2 = normalise(sums2, at(SUMS_EXPONENT, 2))
      sums3 = normalise(sums3, at(SUMS_EXPONENT, 3))
    } else {
      v128.store(at(FINE, 0), v128.and(v128.load(at(FINE, 0)), f64x2.lt(sums0, f64x2.splat(Infinity))))
      v128.store(at(SQUARES, 0), f64x2.add(v128.load(at(SQUARES, 0)), f64x2.div(sums0, scales0)))
      v128.store(at(FINE, 1), v128.and(v128.load(at(FINE, 1)), f64x2.lt(sums1, f64x2.splat(Infinity))))
      v128.store(at(SQUARES, 1), f64x2.add(v128.load(at(SQUARES, 1)), f64x2.div(sums1, scales1)))
      v128.store(at(FINE, 2), v128.and(v128.load(at(FINE, 2)), f64x2.lt(sums2, f64x2.splat(Infinity))))
      v128.store(at(SQUARES, 2), f64x2.add(v128.load(at(SQUARES, 2)), f64x2.div(sums2, scales2)))
      v128.store(at(FINE, 3), v128.and(v128.load(at(FINE, 3)), f64x2.lt(sums3, f64x2.splat(Infinity))))
      v128.store(at(SQUARES, 3), f64x2.add(v128.load(at(SQUARES, 3)), f64x2.div(sums3, scales3)))
      sums0 = f64x2.splat(0)
      sums1 = f64x2.splat(0)
      sums2 = f64x2.splat(0)
      sums3 = f64x2.splat(0)
    }
    scales0 = normalise(scales0, at(SCALES_EXPONENT, 0))
    scales1 = normalise(scales1, at(SCALES_EXPONENT, 1))
    scales2 = normalise(scales2, at(SCALES_EXPONENT, 2))
    scales3 = normalise(scales3, at(SCALES_EXPONENT, 3))
  }
  v128.store(at(G, 0), g0)
  v128.store(at(G, 1), g1)
  v128.store(at(G, 2), g2)
  v128.store(at(G, 3), g3)
  v128.store(at(SUMS, 0), sums0)
  v128.store(at(SUMS, 1), sums1)
  v128.store(at(SUMS, 2), sums2)
  v128.store(at(SUMS, 3), sums3)
  v128.store(at(SCALES, 0), scales0)
  v128.store(at(SCALES, 1), scales1)
  v128.store(at(SCALES, 2), scales2)
  v128.store(at(SCALES, 3), scales3)
  let fine = true
  for (let i = 0; i < 4; i++) {
    fine = fine && i64x2.all_true(v128.or(v128.load(at(FINE, i)), v128.not(v128.load(at(VALID, i)))))
  }
  return fine
}

// @ts-ignore: decorator
@inline
function toFloat(integers: v128): v128 {
  const magic = f64x2.splat(6755399441055744.0)
  return f64x2.sub(i64x2.add(integers, magic), magic)
}

/** Log-likelihood of two lanes from what `filter` left. */
function combine<Errors>(i: i32, n: i32): v128 {
  const scales = f64x2.add(
    logPair(v128.load(at(SCALES, i))),
    f64x2.mul(toFloat(v128.load(at(SCALES_EXPONENT, i))), f64x2.splat(LN_2)),
  )
  if (isFloat<Errors>()) {
    const sums = f64x2.add(
      logPair(v128.load(at(SUMS, i))),
      f64x2.mul(toFloat(v128.load(at(SUMS_EXPONENT, i))), f64x2.splat(LN_2)),
    )
    const half = f64x2.mul(v128.load(at(NU, i)), f64x2.splat(0.5))
    const constant = f64x2.mul(f64x2.splat(<f64>n), f64x2.sub(halfStep(half), f64x2.splat(HALF_LN_PI)))
    return f64x2.add(
      f64x2.sub(f64x2.mul(half, scales), f64x2.mul(f64x2.add(half, f64x2.splat(0.5)), sums)),
      constant,
    )
  }
  const all = f64x2.add(f64x2.add(scales, v128.load(at(SQUARES, i))), f64x2.splat(<f64>n * LN_2PI))
  return f64x2.mul(f64x2.splat(-0.5), all)
}

/** Parameters of two points as they are: rows (mu, omega, alpha[, gamma], beta[, nu]) of parameters inside the support. */
function placeParameters<Errors, Leverage>(x: usize, y: usize, i: i32, start: f64): void {
  const omega = pairOf(x + 8, y + 8)
  const alpha = pairOf(x + 16, y + 16)
  const after: usize = isFloat<Leverage>() ? 32 : 24
  const beta = pairOf(x + after, y + after)
  let excess = f64x2.splat(1)
  if (isFloat<Errors>()) {
    const nu = pairOf(x + after + 8, y + after + 8)
    excess = f64x2.sub(nu, f64x2.splat(2))
    v128.store(at(NU, i), nu)
  }
  v128.store(at(MU, i), pairOf(x, y))
  v128.store(at(W, i), f64x2.mul(excess, omega))
  v128.store(at(A, i), f64x2.mul(excess, alpha))
  if (isFloat<Leverage>()) v128.store(at(NEGATIVE, i), f64x2.mul(excess, f64x2.add(alpha, pairOf(x + 24, y + 24))))
  v128.store(at(B, i), beta)
  v128.store(at(START, i), f64x2.mul(excess, f64x2.splat(start)))
  v128.store(at(EXCESS, i), excess)
  v128.store(at(PRIOR, i), f64x2.splat(0))
  const zero = f64x2.splat(0)
  let valid = v128.and(v128.and(f64x2.gt(omega, zero), f64x2.ge(alpha, zero)), v128.and(f64x2.ge(beta, zero), f64x2.gt(excess, zero)))
  if (isFloat<Leverage>()) valid = v128.and(valid, f64x2.ge(f64x2.add(alpha, pairOf(x + 24, y + 24)), zero))
  v128.store(at(VALID, i), valid)
}

/**
 * Walks `count` rows of `dimension` doubles in eights. With a prior (not 0) rows are points and `out` takes log posteriors;
 * without one they are parameters and `out` takes log-likelihoods. Where `variances` is not 0 it takes the variance of the next return.
 */
function walk<Errors, Leverage>(
  returns: usize, n: i32, start: f64, prior: usize, rows: usize, dimension: i32, count: i32, out: usize, variances: usize,
): void {
  const stride = (<usize>dimension) << 3
  const end = rows + stride * <usize>count
  for (let from = 0; from < count; from += 8) {
    const first = rows + stride * <usize>from
    for (let i = 0; i < 4; i++) {
      // Beyond the last row the last one stands in.
      const x = min(first + stride * <usize>(2 * i), end - stride)
      const y = min(x + stride, end - stride)
      if (prior == 0) placeParameters<Errors, Leverage>(x, y, i, start)
      else place<Errors, Leverage>(x, y, i, prior, start)
    }
    // Long chunks first; where a product leaves the range of doubles, short ones.
    if (!filter<Errors, Leverage>(returns, n, 32)) filter<Errors, Leverage>(returns, n, 1)
    for (let i = 0; i < 4; i++) {
      const usable = v128.and(v128.load(at(VALID, i)), v128.load(at(FINE, i)))
      let value = f64x2.add(combine<Errors>(i, n), v128.load(at(PRIOR, i)))
      const finite = f64x2.lt(f64x2.abs(value), f64x2.splat(Infinity))
      value = v128.bitselect(value, f64x2.splat(-Infinity), v128.and(finite, usable))
      const variance = f64x2.div(v128.load(at(G, i)), v128.load(at(EXCESS, i)))
      const place = from + 2 * i
      if (place < count) {
        store<f64>(out + ((<usize>place) << 3), f64x2.extract_lane(value, 0))
        if (variances != 0) store<f64>(variances + ((<usize>place) << 3), f64x2.extract_lane(variance, 0))
      }
      if (place + 1 < count) {
        store<f64>(out + ((<usize>place + 1) << 3), f64x2.extract_lane(value, 1))
        if (variances != 0) store<f64>(variances + ((<usize>place + 1) << 3), f64x2.extract_lane(variance, 1))
      }
    }
  }
}

/** `kind`: 1 for Student-t errors, plus 2 for GJR's leverage. The rest as `walk` says. */
export function garch(
  kind: i32, returns: usize, n: i32, start: f64, prior: usize, rows: usize, count: i32, out: usize, variances: usize,
): void {
  if (kind == 0) walk<i32, i32>(returns, n, start, prior, rows, 4, count, out, variances)
  else if (kind == 1) walk<f64, i32>(returns, n, start, prior, rows, 5, count, out, variances)
  else if (kind == 2) walk<i32, f64>(returns, n, start, prior, rows, 5, count, out, variances)
  else walk<f64, f64>(returns, n, start, prior, rows, 6, count, out, variances)
}

/** From points to parameters, row by row; the same bits as the log posterior takes. */
export function garchParameters(kind: i32, points: usize, count: i32, rows: usize): void {
  const withNu = (kind & 1) != 0
  const withLeverage = (kind & 2) != 0
  const stride: usize = (4 + (withNu ? 1 : 0) + (withLeverage ? 1 : 0)) << 3
  for (let k = 0; k < count; k++) {
    const x = points + stride * <usize>k
    let p = rows + stride * <usize>k
    const c = load<f64>(x, 8)
    const u = load<f64>(x, 16)
    const persistence = 1 - u * sqrt(u)
    const share = 1 / (1 + exp(-load<f64>(x, 24)))
    const arch = persistence * share
    store<f64>(p, load<f64>(x))
    store<f64>(p, c * c, 8)
    p += 16
    if (withLeverage) {
      const negativeShare = 1 / (1 + exp(-load<f64>(x, 32)))
      const positive = 2 * (arch * (1 - negativeShare))
      store<f64>(p, positive)
      store<f64>(p, 2 * (arch * negativeShare) - positive, 8)
      p += 16
    } else {
      store<f64>(p, arch)
      p += 8
    }
    store<f64>(p, persistence * (1 - share))
    if (withNu) store<f64>(p, 2 + exp(load<f64>(x + (withLeverage ? 40 : 32))), 8)
  }
}

/** Log density of one return under each row of parameters and its variance; the variances move on by that return, in place. */
export function garchAbsorb(kind: i32, ret: f64, rows: usize, count: i32, variances: usize, logDensities: usize): void {
  const withNu = (kind & 1) != 0
  const withLeverage = (kind & 2) != 0
  const stride: usize = (4 + (withNu ? 1 : 0) + (withLeverage ? 1 : 0)) << 3
  for (let k = 0; k < count; k++) {
    const p = rows + stride * <usize>k
    const place = (<usize>k) << 3
    const h = load<f64>(variances + place)
    const r = ret - load<f64>(p)
    const square = r * r
    let value: f64
    if (withNu) {
      const nu = load<f64>(p + (withLeverage ? 40 : 32))
      const g = (nu - 2) * h
      const half = f64x2.extract_lane(halfStep(f64x2.splat(0.5 * nu)), 0)
      value = half - HALF_LN_PI + 0.5 * nu * log(g) - 0.5 * (nu + 1) * log(g + square)
    } else value = -0.5 * (log(h) + square / h + LN_2PI)
    store<f64>(logDensities + place, value)
    let alpha = load<f64>(p, 16)
    if (withLeverage && r < 0) alpha += load<f64>(p, 24)
    const beta = load<f64>(p + (withLeverage ? 32 : 24))
    store<f64>(variances + place, load<f64>(p, 8) + alpha * square + beta * h)
  }
}
