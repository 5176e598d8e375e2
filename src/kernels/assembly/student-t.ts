import { exp, expPair, log, logPair } from './elementary'

// Student-t distribution functions for many draws at once. The tail P(T < -z) is a bicubic Hermite interpolant in s = z / (z + 2)
// and w = 1 / nu, whose values and slopes at the nodes come from quadrature when it is first used: absolute error below 1e-9.

const S_CELLS: i32 = 256
const W_CELLS: i32 = 80
const Z_MAX: f64 = 80
const S_MAX: f64 = Z_MAX / (Z_MAX + 2)
const S_CELL: f64 = S_MAX / <f64>S_CELLS
const W_CELL: f64 = 0.5 / <f64>W_CELLS
// A node: tail, its slope in s (a cell), its slope in w (a cell), and the mixed one.
const NODE: usize = 32
const ROW: usize = NODE * (<usize>W_CELLS + 1)
const table: usize = memory.data(8 * 4 * (256 + 1) * (80 + 1), 16)
let ready: bool = false

const HALF_LN_2PI: f64 = 0.9189385332046727

/** lnGamma(x + 1/2) - lnGamma(x) - ln(x) / 2 for x >= 1. */
function logRatio(x: f64): f64 {
  let upper = x
  let lower = x + 0.5
  for (let k = 1; k < 10; k++) {
    upper *= x + <f64>k
    lower *= x + <f64>k + 0.5
  }
  const inverse = 1 / (x + 10)
  const square = inverse * inverse
  let series = square * 3.834117542613636e-3 - 1.6818576388888888e-3
  series = series * square + 1.185825892857143e-3
  series = series * square - 1.5625e-3
  series = series * square + 5.208333333333333e-3
  series = series * square - 0.125
  return log(sqrt((x + 10) / x) * (upper / lower)) + series * inverse
}

/** Its derivative. */
function logRatioSlope(x: f64): f64 {
  let sum: f64 = 0.5 / (x + 10) - 0.5 / x
  for (let k = 0; k < 10; k++) sum += 0.5 / ((x + <f64>k) * (x + <f64>k + 0.5))
  const inverse = 1 / (x + 10)
  const square = inverse * inverse
  let series = square * -4.2175292968749996e-2 + 1.5136718749999999e-2
  series = series * square - 8.300781250000001e-3
  series = series * square + 7.8125e-3
  series = series * square - 1.5625e-2
  series = series * square + 0.125
  return sum + series * square
}

let constant: f64 = 0
let constantSlope: f64 = 0
let degrees: f64 = 0

/** Densities at two points z for the prepared degrees of freedom (0 for infinity); their log's derivative in w goes to `slopes`. */
// @ts-ignore: decorator
@inline
function densities(z: v128, slopes: usize): v128 {
  const square = f64x2.mul(z, z)
  if (degrees == 0) {
    const inner = f64x2.sub(f64x2.mul(square, f64x2.sub(square, f64x2.splat(2))), f64x2.splat(1))
    v128.store(slopes, f64x2.mul(f64x2.splat(0.25), inner))
    return expPair(f64x2.sub(f64x2.mul(f64x2.splat(-0.5), square), f64x2.splat(HALF_LN_2PI)))
  }
  const sum = f64x2.add(f64x2.splat(1), f64x2.mul(square, f64x2.splat(1 / degrees)))
  const logs = logPair(sum)
  const half = f64x2.splat(0.5 * (degrees + 1))
  const slope = f64x2.sub(
    f64x2.add(f64x2.splat(constantSlope), f64x2.mul(f64x2.splat(0.5 * degrees * degrees), logs)),
    f64x2.div(f64x2.mul(half, square), sum),
  )
  v128.store(slopes, slope)
  return expPair(f64x2.sub(f64x2.splat(constant), f64x2.mul(half, logs)))
}

function prepare(j: i32): void {
  degrees = j == 0 ? 0 : 1 / (<f64>j * W_CELL)
  if (j == 0) return
  const x = 0.5 * degrees
  constant = logRatio(x) - HALF_LN_2PI
  constantSlope = -2 * x * x * logRatioSlope(x)
}

// Gauss and Legendre's rule with four points on (0, 1): the inner two, then the outer two, and half of a pair's weights.
const INNER: f64 = 0.33000947820757187
const OUTER: f64 = 0.06943184420297371
const INNER_WEIGHT: f64 = 0.32607257743127307
const OUTER_WEIGHT: f64 = 0.17392742256872692
const slopes: usize = memory.data(16, 16)

/** z and dz/ds of two places s. */
// @ts-ignore: decorator
@inline
function stretch(s: v128): v128 {
  const rest = f64x2.sub(f64x2.splat(1), s)
  return f64x2.div(f64x2.splat(2), f64x2.mul(rest, rest))
}

// @ts-ignore: decorator
@inline
function pointAt(s: v128): v128 {
  return f64x2.div(f64x2.add(s, s), f64x2.sub(f64x2.splat(1), s))
}

let tail: f64 = 0
let tailSlope: f64 = 0

/** Takes the mass of two symmetric points of a cell from the tail. */
// @ts-ignore: decorator
@inline
function takeMass(s: f64, share: f64, weight: f64): void {
  const places = f64x2.add(f64x2.splat(s), f64x2(share * S_CELL, (1 - share) * S_CELL))
  const mass = f64x2.mul(f64x2.mul(densities(pointAt(places), slopes), stretch(places)), f64x2.splat(weight * S_CELL))
  const moved = f64x2.mul(mass, v128.load(slopes))
  tail -= f64x2.extract_lane(mass, 0) + f64x2.extract_lane(mass, 1)
  tailSlope -= f64x2.extract_lane(moved, 0) + f64x2.extract_lane(moved, 1)
}

function build(): void {
  for (let j = 0; j <= W_CELLS; j++) {
    prepare(j)
    tail = 0.5
    tailSlope = 0
    for (let i = 0; i <= S_CELLS; i++) {
      const s = <f64>i * S_CELL
      const place = f64x2.splat(s)
      const here = f64x2.extract_lane(f64x2.mul(densities(pointAt(place), slopes), stretch(place)), 0) * S_CELL
      const node = table + ROW * <usize>i + NODE * <usize>j
      store<f64>(node, tail)
      store<f64>(node, -here, 8)
      store<f64>(node, tailSlope * W_CELL, 16)
      store<f64>(node, -here * load<f64>(slopes) * W_CELL, 24)
      takeMass(s, INNER, INNER_WEIGHT)
      takeMass(s, OUTER, OUTER_WEIGHT)
    }
  }
  ready = true
}

/** P(T < -z) for z >= 80: the incomplete beta function's power series. */
function farTail(z: f64, nu: f64): f64 {
  const a = 0.5 * nu
  const x = nu / (nu + z * z)
  const power = a * log(x)
  if (!(power > -690)) return 0
  let term: f64 = 1
  let sum: f64 = 1 / a
  for (let k = 1; k < 200; k++) {
    term *= (x * (<f64>k - 0.5)) / <f64>k
    const part = term / (a + <f64>k)
    sum += part
    if (part < 1e-17 * sum) break
  }
  // 1 / (2 B(a, 1/2)) = Gamma(a + 1/2) / (2 Gamma(a) Gamma(1/2)).
  return 0.5 * exp(power + logRatio(a) + 0.5 * log(a / 3.141592653589793)) * sum
}

/**
 * cdf and, where `means` is not 0, left partial expectations E[X; X <= x] at `m` points of a mixture of `draws` Student-t
 * distributions location + scale T(nu), nu > 2, with `weights` that sum to 1.
 */
export function studentTMixture(
  points: usize, m: i32, draws: i32, nu: usize, location: usize, scale: usize, weights: usize, cdf: usize, means: usize,
): void {
  if (!ready) build()
  const end = points + ((<usize>m) << 3)
  memory.fill(cdf, 0, (<usize>m) << 3)
  if (means != 0) memory.fill(means, 0, (<usize>m) << 3)
  for (let d = 0; d < draws; d++) {
    const place = (<usize>d) << 3
    const degree = load<f64>(nu + place)
    const centre = load<f64>(location + place)
    const spread = load<f64>(scale + place)
    const inverse = 1 / spread
    const weight = load<f64>(weights + place)
    const w = 1 / degree / W_CELL
    const j = min(<i32>w, W_CELLS - 1)
    const v = w - <f64>j
    const rest = 1 - v
    const v00 = f64x2.splat((1 + 2 * v) * rest * rest)
    const v10 = f64x2.splat(v * rest * rest)
    const v01 = f64x2.splat(v * v * (3 - 2 * v))
    const v11 = f64x2.splat(-v * v * rest)
    const column = table + NODE * <usize>j
    const logConstant = means == 0 ? 0 : logRatio(0.5 * degree) - HALF_LN_2PI
    for (let p = points; p < end; p += 8) {
      const z = (load<f64>(p) - centre) * inverse
      const size = abs(z)
      let beyond: f64
      if (size < Z_MAX) {
        const position = (size / (size + 2)) * (1 / S_CELL)
        const i = <i32>position
        const u = position - <f64>i
        const back = 1 - u
        const node = column + ROW * <usize>i
        const low = f64x2.add(
          f64x2.add(f64x2.mul(v128.load(node), v00), f64x2.mul(v128.load(node, 16), v10)),
          f64x2.add(f64x2.mul(v128.load(node, 32), v01), f64x2.mul(v128.load(node, 48), v11)),
        )
        const next = node + ROW
        const high = f64x2.add(
          f64x2.add(f64x2.mul(v128.load(next), v00), f64x2.mul(v128.load(next, 16), v10)),
          f64x2.add(f64x2.mul(v128.load(next, 32), v01), f64x2.mul(v128.load(next, 48), v11)),
        )
        beyond =
          back * back * ((1 + 2 * u) * f64x2.extract_lane(low, 0) + u * f64x2.extract_lane(low, 1)) +
          u * u * ((3 - 2 * u) * f64x2.extract_lane(high, 0) - back * f64x2.extract_lane(high, 1))
      } else beyond = farTail(size, degree)
      const below = z < 0 ? beyond : 1 - beyond
      const at = p - points
      store<f64>(cdf + at, load<f64>(cdf + at) + weight * below)
      if (means != 0) {
        const square = size * size
        const pdf = exp(logConstant - 0.5 * (degree + 1) * log(1 + square / degree))
        const partial = centre * below - (spread * (degree + square) / (degree - 1)) * pdf
        store<f64>(means + at, load<f64>(means + at) + weight * partial)
      }
    }
  }
}
