import { exp, expPair, log } from './elementary'

// The exact filter of the stochastic volatility model r = exp(h / 2) z, h' = mu + phi (h - mu) + sigma eta, by quadrature on an even
// grid of x = (h - mu) / s, s the stationary standard deviation (Kitagawa 1987). The transition is a band of Gaussian weights per row.
//
// Point j stands at x_j = low + j step, and there are n of them, a multiple of four. Rows come in blocks of four that share their
// columns, so that a lane is a row: block b holds `band` columns from `starts[b]`, four weights each.

/** Below this share of the whole a density counts as 0: products stay away from denormals. */
const TINY: f64 = 1e-180
/** Fourth powers of what is below this are 0, likewise. */
const TINY_ROOT: f64 = 1e-40

// @ts-ignore: decorator
@inline
function at(base: usize, i: i32): usize {
  return base + ((<usize>i) << 3)
}

/**
 * Prepares a grid: `inverse` exp(-s x_j), `root` exp(-s x_j / 2), `starts` (n / 4 integers) and `weights` (n * band) of the transition
 * N(phi x, 1 - phi^2), each times `step`. `reach` is the half-width of the band in standard deviations of the transition.
 */
export function prepareVolatility(
  phi: f64,
  s: f64,
  low: f64,
  step: f64,
  n: i32,
  band: i32,
  reach: f64,
  inverse: usize,
  root: usize,
  starts: usize,
  weights: usize,
): void {
  for (let j = 0; j < n; j++) {
    const half = exp(-0.5 * s * (low + <f64>j * step))
    store<f64>(at(root, j), half)
    store<f64>(at(inverse, j), half * half)
  }
  const tau = sqrt((1 - phi) * (1 + phi))
  const height = (step * 0.3989422804014327) / tau
  const width = reach * tau
  const last = n - band
  for (let j = 0; j < n; j += 4) {
    const first = low + <f64>j * step
    // The leftmost column that some row of the block needs.
    const nearer = phi > 0 ? first : first + 3 * step
    const edge = ((phi > 0 ? nearer - width : nearer + width) / phi - low) / step
    const start = band == n || !(edge > 0) ? 0 : edge > <f64>last ? last : <i32>floor(edge)
    store<i32>(starts + ((<usize>j)), start)
    const rows01 = f64x2.replace_lane(f64x2.splat(first), 1, first + step)
    const rows23 = f64x2.add(rows01, f64x2.splat(2 * step))
    for (let k = 0; k < band; k++) {
      const from = f64x2.splat(phi * (low + <f64>(start + k) * step))
      const out = at(weights, j * band + 4 * k)
      store4(out, f64x2.sub(rows01, from), f64x2.sub(rows23, from), 1 / tau, height)
    }
  }
}

// @ts-ignore: decorator
@inline
function store4(out: usize, d01: v128, d23: v128, scale: f64, height: f64): void {
  const u = f64x2.mul(d01, f64x2.splat(scale))
  const v = f64x2.mul(d23, f64x2.splat(scale))
  v128.store(out, f64x2.mul(f64x2.splat(height), gaussian(f64x2.mul(u, u))))
  v128.store(out, f64x2.mul(f64x2.splat(height), gaussian(f64x2.mul(v, v))), 16)
}

// @ts-ignore: decorator
@inline
function gaussian(square: v128): v128 {
  return v128.and(expPair(f64x2.mul(square, f64x2.splat(-0.5))), f64x2.lt(square, f64x2.splat(460)))
}

/** One transition: `out` (n) from `density` (n), times `scale`. */
export function moveVolatility(density: usize, n: i32, band: i32, starts: usize, weights: usize, scale: f64, out: usize): void {
  const factor = f64x2.splat(scale)
  let row = weights
  for (let j = 0; j < n; j += 4) {
    let p = at(density, load<i32>(starts + (<usize>j)))
    let a = f64x2.splat(0)
    let b = f64x2.splat(0)
    let c = f64x2.splat(0)
    let d = f64x2.splat(0)
    const end = row + (((<usize>band)) << 5)
    for (; row < end; row += 64) {
      const one = v128.load64_splat(p)
      const two = v128.load64_splat(p, 8)
      a = f64x2.add(a, f64x2.mul(one, v128.load(row)))
      b = f64x2.add(b, f64x2.mul(one, v128.load(row, 16)))
      c = f64x2.add(c, f64x2.mul(two, v128.load(row, 32)))
      d = f64x2.add(d, f64x2.mul(two, v128.load(row, 48)))
      p += 16
    }
    v128.store(at(out, j), f64x2.mul(factor, f64x2.add(a, c)))
    v128.store(at(out, j), f64x2.mul(factor, f64x2.add(b, d)), 16)
  }
}

/**
 * exp(-a_j) into `out`, a_j = half * inverse_j, falling in j, of which a_(j - period) = 4 a_j. Only the last `period` are worked out
 * as exponentials; the others are fourth powers of those: of 1 - exp(-a) while that is small, which keeps every digit of both.
 * Returns what was added to every -a: 0, or the least a where all are large.
 */
function fillLikelihood(half: f64, inverse: usize, n: i32, period: i32, out: usize): f64 {
  const lowest = half * load<f64>(at(inverse, n - 1))
  if (lowest > 50) {
    for (let i = 0; i < n; i += 2) {
      const a = f64x2.sub(f64x2.splat(lowest), f64x2.mul(f64x2.splat(half), v128.load(at(inverse, i))))
      v128.store(at(out, i), v128.and(expPair(f64x2.max(a, f64x2.splat(-1e6))), f64x2.gt(a, f64x2.splat(-320))))
    }
    return lowest
  }
  let j = n - 2
  const top = max(0, n - period)
  const factor = f64x2.splat(-half)
  if (half * load<f64>(at(inverse, top)) < 0.25) {
    const one = f64x2.splat(1)
    const two = f64x2.splat(2)
    for (; j >= top; j -= 2) v128.store(at(out, j), complement(f64x2.mul(factor, v128.load(at(inverse, j)))))
    for (; j >= 0 && half * load<f64>(at(inverse, j)) < 0.25; j -= 2) {
      const g = v128.load(at(out, j + period))
      const g2 = f64x2.mul(g, f64x2.sub(two, g))
      v128.store(at(out, j), f64x2.mul(g2, f64x2.sub(two, g2)))
    }
    for (let i = j + 2; i < n; i += 2) v128.store(at(out, i), f64x2.sub(one, v128.load(at(out, i))))
  } else {
    for (; j >= top; j -= 2) {
      const a = f64x2.max(f64x2.mul(factor, v128.load(at(inverse, j))), f64x2.splat(-1e6))
      v128.store(at(out, j), v128.and(expPair(a), f64x2.gt(a, f64x2.splat(-320))))
    }
  }
  const least = f64x2.splat(TINY_ROOT)
  for (; j >= 0; j -= 2) {
    const f = v128.load(at(out, j + period))
    const f2 = f64x2.mul(f, f)
    v128.store(at(out, j), v128.and(f64x2.mul(f2, f2), f64x2.gt(f, least)))
  }
  return 0
}

/** 1 - exp(x) for two x in (-1/4, 0]: Taylor's series to degree 11, remainder 1e-16 relative. */
// @ts-ignore: decorator
@inline
function complement(x: v128): v128 {
  let p = f64x2.add(f64x2.mul(x, f64x2.splat(2.505210838544172e-8)), f64x2.splat(2.755731922398589e-7))
  p = f64x2.add(f64x2.mul(p, x), f64x2.splat(2.7557319223985893e-6))
  p = f64x2.add(f64x2.mul(p, x), f64x2.splat(2.48015873015873e-5))
  p = f64x2.add(f64x2.mul(p, x), f64x2.splat(1.984126984126984e-4))
  p = f64x2.add(f64x2.mul(p, x), f64x2.splat(1.388888888888889e-3))
  p = f64x2.add(f64x2.mul(p, x), f64x2.splat(8.333333333333333e-3))
  p = f64x2.add(f64x2.mul(p, x), f64x2.splat(4.1666666666666664e-2))
  p = f64x2.add(f64x2.mul(p, x), f64x2.splat(1.6666666666666666e-1))
  p = f64x2.add(f64x2.mul(p, x), f64x2.splat(0.5))
  return f64x2.neg(f64x2.add(f64x2.mul(f64x2.mul(p, x), x), x))
}

/**
 * Filters `count` returns. `density` (n weights) is the filtered one of the day before, or the predicted one of the first day when
 * `predicted` is 1; afterwards that of the last day, summing to 1. `unit` is exp(-mu). `work` has room for 2 n doubles.
 * Returns the log-likelihood without its constant -(ln(2 pi) + mu) / 2 a day, -Infinity when the grid lost it; `ends` receives the
 * largest share of a filtered density that stood on the lowest and on the highest point.
 */
export function filterVolatility(
  returns: usize,
  count: i32,
  unit: f64,
  density: usize,
  predicted: i32,
  n: i32,
  band: i32,
  period: i32,
  inverse: usize,
  root: usize,
  starts: usize,
  weights: usize,
  work: usize,
  ends: usize,
): f64 {
  const likelihood = work
  const moved = at(work, n)
  const least = f64x2.splat(TINY)
  store<f64>(ends, 0)
  store<f64>(ends, 0, 8)
  let scale: f64 = 1
  let total: f64 = 0
  let lowest: f64 = 0
  let highest: f64 = 0
  for (let t = 0; t < count; t++) {
    const r = load<f64>(at(returns, t))
    const square = r * r * unit
    const shift = fillLikelihood(square > 1e-200 ? 0.5 * square : 0, inverse, n, period, likelihood)
    let from = density
    if (t > 0 || predicted == 0) {
      moveVolatility(density, n, band, starts, weights, scale, moved)
      from = moved
    }
    let sum = f64x2.splat(0)
    for (let j = 0; j < n; j += 2) {
      const prior = v128.load(at(from, j))
      const value = f64x2.mul(f64x2.mul(prior, v128.load(at(root, j))), v128.load(at(likelihood, j)))
      const kept = v128.and(value, f64x2.gt(value, least))
      sum = f64x2.add(sum, kept)
      v128.store(at(density, j), kept)
    }
    const mass = f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1)
    if (!(mass > 1e-170)) return -Infinity
    scale = 1 / mass
    total += log(mass) - shift
    lowest = max(lowest, load<f64>(density) * scale)
    highest = max(highest, load<f64>(at(density, n - 1)) * scale)
  }
  for (let j = 0; j < n; j++) {
    const share = load<f64>(at(density, j)) * scale
    store<f64>(at(density, j), share > TINY ? share : 0)
  }
  store<f64>(ends, lowest)
  store<f64>(ends, highest, 8)
  return total
}
