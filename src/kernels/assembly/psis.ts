import { exp, expPair, log, logPair } from './elementary'

// Pareto smoothed importance sampling (Vehtari, Simpson, Gelman, Yao & Gabry 2024) on log weights whose largest is 0.

/** ln(1 + x) of two numbers, x > -1 and 1 + x finite and normal: the rounding of 1 + x is made good. */
// @ts-ignore: decorator
@inline
function log1pPair(x: v128): v128 {
  const one = f64x2.splat(1)
  const y = f64x2.add(one, x)
  return f64x2.add(logPair(y), f64x2.div(f64x2.sub(x, f64x2.sub(y, one)), y))
}

/** exp(x) - 1 for x < 709, to full relative accuracy: exp's own polynomial is that of exp(r) - 1. */
function expm1(x: f64): f64 {
  if (abs(x) > 0.35) return exp(x) - 1
  // Taylor to degree 14: the remainder at .35 is 4e-19.
  let p = x * 1.1470745597729725e-11 + 1.6059043836821613e-10
  p = p * x + 2.08767569878681e-9
  p = p * x + 2.505210838544172e-8
  p = p * x + 2.755731922398589e-7
  p = p * x + 2.7557319223985893e-6
  p = p * x + 2.48015873015873e-5
  p = p * x + 1.984126984126984e-4
  p = p * x + 1.388888888888889e-3
  p = p * x + 8.333333333333333e-3
  p = p * x + 4.1666666666666664e-2
  p = p * x + 1.6666666666666666e-1
  p = p * x + 0.5
  return p * x * x + x
}

/** The mean of ln(1 - theta x) over `count` ascending positive x: the shape that goes with theta. */
function shapeAt(theta: f64, x: usize, count: i32): f64 {
  const extreme = 1 - theta * load<f64>(x + (<usize>(count - 1) << 3))
  if (!(extreme <= f64.MAX_VALUE)) return extreme
  const minusTheta = f64x2.splat(-theta)
  let sum = f64x2.splat(0)
  let i: i32 = 0
  for (; i + 1 < count; i += 2) sum = f64x2.add(sum, log1pPair(f64x2.mul(minusTheta, v128.load(x + (<usize>i << 3)))))
  let total = f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1)
  if (i < count) total += f64x2.extract_lane(log1pPair(f64x2.mul(minusTheta, v128.load64_splat(x + (<usize>i << 3)))), 0)
  return total / <f64>count
}

/**
 * Zhang & Stephens' (2009) quasi-Bayesian fit of a generalised Pareto distribution to ascending positive exceedances; returns
 * the theta of the fit. `thetas` has room for 2 points doubles, points = 30 + floor(sqrt(count)).
 */
function fitTheta(exceedances: usize, count: i32, thetas: usize): f64 {
  const n = <f64>count
  const points = 30 + <i32>floor(sqrt(n))
  const likelihoods = thetas + (<usize>points << 3)
  const quartile = load<f64>(exceedances + (<usize>(<i32>floor(n / 4 + 0.5) - 1) << 3))
  const largest = load<f64>(exceedances + (<usize>(count - 1) << 3))
  let best: f64 = -Infinity
  for (let j: usize = 0; j < <usize>points; j++) {
    const theta = 1 / largest + (1 - sqrt(<f64>points / (<f64>j + 0.5))) / (3 * quartile)
    const k = shapeAt(theta, exceedances, count)
    const ratio = -theta / k
    const likelihood = ratio > 0 && ratio < Infinity ? n * (log(ratio) - k - 1) : ratio == 0 ? -Infinity : NaN
    store<f64>(thetas + (j << 3), theta)
    store<f64>(likelihoods + (j << 3), likelihood)
    best = max(best, likelihood)
  }
  let total: f64 = 0
  let sum: f64 = 0
  for (let j: usize = 0; j < <usize>points; j++) {
    const weight = exp(load<f64>(likelihoods + (j << 3)) - best)
    total += weight
    if (weight != 0) sum += weight * load<f64>(thetas + (j << 3))
  }
  return sum / total
}

/**
 * The Pareto shape k-hat of the largest `tail` of `count` log weights (largest 0), which sortDraws has put in order: 0 when the tail
 * is flat, Infinity when no shape fits. With `replace`, these log weights become the expected order statistics of the fit.
 * `work` has room for 2 tail + 60 doubles.
 */
export function smoothTail(
  logWeights: usize, count: i32, tail: i32, words: usize, ascending: usize, replace: bool, work: usize,
): f64 {
  const members = words + (<usize>(count - tail) << 3)
  const sorted = ascending + (<usize>(count - tail) << 3)
  const cutoff = max(load<f64>(sorted - 8), -700)
  if (load<f64>(sorted + (<usize>(tail - 1) << 3)) - cutoff < 1e-12) return 0
  const base = exp(cutoff)
  for (let j: usize = 0; j < <usize>tail; j++)
    store<f64>(work + (j << 3), base * expm1(max(load<f64>(sorted + (j << 3)) - cutoff, 1e-15)))
  const theta = fitTheta(work, tail, work + (<usize>tail << 3))
  const fitted = shapeAt(theta, work, tail)
  // Shrunk towards 1/2 as if by ten further observations.
  const k = (fitted * <f64>tail + 0.5 * 10) / <f64>(tail + 10)
  if (!(abs(k) < Infinity)) return Infinity
  if (!replace) return k
  const sigma = -fitted / theta
  for (let j: usize = 0; j < <usize>tail; j++) {
    const p = f64x2.splat(-(<f64>j + 0.5) / <f64>tail)
    const minusLog = -f64x2.extract_lane(log1pPair(p), 0)
    const quantile = abs(k) < 1e-12 ? sigma * minusLog : (sigma * expm1(min(k * minusLog, 709))) / k
    store<f64>(logWeights + (<usize>load<u32>(members + (j << 3)) << 3), log(min(base + quantile, 1)))
  }
  return k
}

/** ln of the sum of exp of `count` numbers, not all -Infinity, none +Infinity. */
export function logSumExp(values: usize, count: i32): f64 {
  let largest: f64 = -Infinity
  for (let i: usize = 0; i < <usize>count; i++) largest = max(largest, load<f64>(values + (i << 3)))
  const shift = f64x2.splat(largest)
  let sum = f64x2.splat(0)
  let i: i32 = 0
  for (; i + 1 < count; i += 2) sum = f64x2.add(sum, expPair(f64x2.sub(v128.load(values + (<usize>i << 3)), shift)))
  let total = f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1)
  if (i < count) total += exp(load<f64>(values + (<usize>i << 3)) - largest)
  return largest + log(total)
}
