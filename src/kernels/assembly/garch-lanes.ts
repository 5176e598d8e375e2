import { expPair, logPair } from './elementary'

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

export const LN_2PI: f64 = 1.8378770664093453
export const HALF_LN_PI: f64 = 0.5723649429247001

// Eight lanes of each quantity, 64 bytes a quantity.
export const lanes: usize = memory.data(64 * 17, 16)
export const MU: usize = 0
export const W: usize = 64
export const A: usize = 128
export const NEGATIVE: usize = 192
export const B: usize = 256
export const G: usize = 320
export const NU: usize = 384
export const PRIOR: usize = 448
export const VALID: usize = 512
export const SUMS: usize = 576
export const SUMS_EXPONENT: usize = 640
export const SCALES: usize = 704
export const SCALES_EXPONENT: usize = 768
export const SQUARES: usize = 832
export const START: usize = 896
export const EXCESS: usize = 960
export const FINE: usize = 1024

// @ts-ignore: decorator
@inline
export function at(name: usize, i: i32): usize {
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
export function halfStep(x: v128): v128 {
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
export function place<Errors, Leverage>(x: usize, y: usize, i: i32, prior: usize, start: f64): void {
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

/** Parameters of two points as they are: rows (mu, omega, alpha[, gamma], beta[, nu]) of parameters inside the support. */
export function placeParameters<Errors, Leverage>(x: usize, y: usize, i: i32, start: f64): void {
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
