import { exp, log, logPair } from './elementary'
import {
  at, EXCESS, FINE, G, HALF_LN_PI, halfStep, LN_2PI, NU, place, placeParameters, PRIOR, SCALES, SCALES_EXPONENT, SQUARES, SUMS, SUMS_EXPONENT, VALID,
} from './garch-lanes'
import { filter } from './garch-recursion'

// What the GARCH family asks of its kernels: log posteriors or log-likelihoods of many rows, parameters of points, one return absorbed.

const LN_2: f64 = 0.6931471805599453

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
      const row = from + 2 * i
      if (row < count) {
        store<f64>(out + ((<usize>row) << 3), f64x2.extract_lane(value, 0))
        if (variances != 0) store<f64>(variances + ((<usize>row) << 3), f64x2.extract_lane(variance, 0))
      }
      if (row + 1 < count) {
        store<f64>(out + ((<usize>row + 1) << 3), f64x2.extract_lane(value, 1))
        if (variances != 0) store<f64>(variances + ((<usize>row + 1) << 3), f64x2.extract_lane(variance, 1))
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
