import { log } from './elementary'
import { fillDraws, nextUniform } from './random'

// The bootstrap particle filter (Gordon, Salmond & Smith 1993) of the stochastic volatility model r = exp(h / 2) z,
// h' = mu + phi (h - mu) + sigma eta, with systematic resampling at every step.

// @ts-ignore: decorator
@inline
function at(base: usize, i: i32): usize {
  return base + ((<usize>i) << 3)
}

/** Log weights are no smaller: differences of two stay finite. */
const LEAST: f64 = -1e300

/**
 * Runs `n` particles through `count` returns and returns the estimate of their log density, without its constant -ln(2 pi) / 2 a
 * day: its exponential is unbiased. `means` receives the filtered means of h, unless it is 0. `work` has room for 4 m doubles and
 * m + 4 integers, with m = n rounded up to an even number.
 */
export function particleFilter(
  returns: usize,
  count: i32,
  n: i32,
  mu: f64,
  phi: f64,
  sigma: f64,
  state: usize,
  means: usize,
  work: usize,
): f64 {
  const m = (n + 1) & ~1
  let held = work
  let moved = at(work, m)
  const weights = at(work, 2 * m)
  const noise = at(work, 3 * m)
  const stamps = at(work, 4 * m)
  let total: f64 = 0
  fillDraws(1, state, noise, m)
  const sd = sigma / sqrt((1 - phi) * (1 + phi))
  for (let i = 0; i < m; i++) store<f64>(at(held, i), mu + sd * load<f64>(at(noise, i)))
  for (let t = 0; t < count; t++) {
    if (t > 0) {
      fillDraws(1, state, noise, m)
      move(stamps, held, moved, noise, m, mu * (1 - phi), phi, sigma)
      const other = held
      held = moved
      moved = other
    }
    const r = load<f64>(at(returns, t))
    const largest = weigh(held, weights, n, m, r * r)
    const sum = accumulate(held, weights, m, largest, means == 0 ? 0 : at(means, t))
    total += largest + log(sum / <f64>n)
    stamp(weights, stamps, n, sum, nextUniform(state))
  }
  return total
}

/**
 * exp of two numbers up to 700, for weights: relative error 3e-13; below -700 as at -700. A third cheaper than the exact one.
 */
// @ts-ignore: decorator
@inline
function power(x: v128): v128 {
  const y = f64x2.max(x, f64x2.splat(-700))
  // Adding 1.5 * 2^52 rounds to a whole number, which then stands in the low bits.
  const shifted = f64x2.add(f64x2.mul(y, f64x2.splat(1.4426950408889634)), f64x2.splat(6755399441055744.0))
  const n = f64x2.sub(shifted, f64x2.splat(6755399441055744.0))
  const r = f64x2.sub(y, f64x2.mul(n, f64x2.splat(0.6931471805599453)))
  let p = f64x2.add(f64x2.mul(r, f64x2.splat(2.755731922398589e-7)), f64x2.splat(2.7557319223985893e-6))
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(2.48015873015873e-5))
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.984126984126984e-4))
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.388888888888889e-3))
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(8.333333333333333e-3))
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(4.1666666666666664e-2))
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.6666666666666666e-1))
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(0.5))
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1))
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1))
  return i64x2.add(p, i64x2.shl(shifted, 52))
}

/** Log weights -h / 2 - r^2 exp(-h) / 2; returns the largest. Those of the particles that only fill up to `m` are the least. */
// @ts-ignore: decorator
@inline
function weigh(held: usize, weights: usize, n: i32, m: i32, square: f64): f64 {
  const half = f64x2.splat(-0.5)
  const factor = f64x2.splat(square)
  let largest = f64x2.splat(LEAST)
  for (let i = 0; i < n; i += 2) {
    const h = v128.load(at(held, i))
    const scaled = f64x2.mul(factor, power(f64x2.min(f64x2.neg(h), f64x2.splat(700))))
    const value = f64x2.max(f64x2.mul(half, f64x2.add(h, scaled)), f64x2.splat(LEAST))
    largest = f64x2.max(largest, value)
    v128.store(at(weights, i), value)
  }
  for (let i = n; i < m; i++) store<f64>(at(weights, i), LEAST)
  return max(f64x2.extract_lane(largest, 0), f64x2.extract_lane(largest, 1))
}

/** From log weights to their running sum; returns the whole sum. */
// @ts-ignore: decorator
@inline
function accumulate(held: usize, weights: usize, m: i32, largest: f64, mean: usize): f64 {
  const top = f64x2.splat(largest)
  let sum: f64 = 0
  let moment = f64x2.splat(0)
  for (let i = 0; i < m; i += 2) {
    const weight = power(f64x2.sub(v128.load(at(weights, i)), top))
    moment = f64x2.add(moment, f64x2.mul(weight, v128.load(at(held, i))))
    const first = sum + f64x2.extract_lane(weight, 0)
    sum = first + f64x2.extract_lane(weight, 1)
    v128.store(at(weights, i), f64x2.replace_lane(f64x2.splat(first), 1, sum))
  }
  if (mean != 0) store<f64>(mean, (f64x2.extract_lane(moment, 0) + f64x2.extract_lane(moment, 1)) / sum)
  return sum
}

/**
 * Systematic resampling without branches: particle i is written where its copies begin, so that later ones overwrite those that
 * have none; the running maximum then names the ancestor of every place.
 */
// @ts-ignore: decorator
@inline
function stamp(weights: usize, stamps: usize, n: i32, sum: f64, uniform: f64): void {
  memory.fill(stamps, 0, ((<usize>n) + 4) << 2)
  const scale = f64x2.splat(<f64>n / sum)
  const shift = f64x2.splat(uniform)
  const most = f64x2.splat(<f64>n)
  let from: i32 = 0
  for (let i = 0; i < n; i += 2) {
    const place = f64x2.ceil(f64x2.sub(f64x2.mul(v128.load(at(weights, i)), scale), shift))
    const places = i32x4.trunc_sat_f64x2_s_zero(f64x2.min(place, most))
    store<i32>(stamps + ((<usize>from) << 2), i)
    from = i32x4.extract_lane(places, 0)
    store<i32>(stamps + ((<usize>from) << 2), min(i + 1, n - 1))
    from = i32x4.extract_lane(places, 1)
  }
}

/** The next state of every place from its ancestor's. */
// @ts-ignore: decorator
@inline
function move(stamps: usize, held: usize, moved: usize, noise: usize, m: i32, level: f64, phi: f64, sigma: f64): void {
  const a = f64x2.splat(level)
  const b = f64x2.splat(phi)
  const c = f64x2.splat(sigma)
  let ancestor: i32 = 0
  for (let i = 0; i < m; i += 2) {
    ancestor = max(ancestor, load<i32>(stamps + ((<usize>i) << 2)))
    const first = v128.load64_splat(at(held, ancestor))
    ancestor = max(ancestor, load<i32>(stamps + ((<usize>i) << 2), 4))
    const h = v128.load64_lane(at(held, ancestor), first, 1)
    v128.store(at(moved, i), f64x2.add(f64x2.add(a, f64x2.mul(b, h)), f64x2.mul(c, v128.load(at(noise, i)))))
  }
}
