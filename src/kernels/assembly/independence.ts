import { expPair, log, logPair } from './elementary'
import { nextNormal, nextUniform } from './random'

// The two ends of independence Metropolis-Hastings: proposals from a split-t distribution (Geweke 1989), and the scan that
// accepts or keeps. What stands between, the target's log densities, is somebody else's.

/**
 * `count` proposals, row-major count x d, and their log densities up to a constant. Along each column of the lower `factor`
 * (row-major d x d) the two sides have scales of their own, and a side is picked in proportion to its scale. `df` is even, so
 * that a chi-square draw is -2 log of a product of uniforms.
 */
export function proposeSplitT(
  state: usize, d: i32, df: i32, centre: usize, factor: usize, below: usize, above: usize, count: i32, points: usize, logQ: usize,
): void {
  const row = (<usize>d) << 3
  const power = -0.5 * <f64>(df + d)
  for (let k = 0; k < count; k++) {
    const x = points + row * <usize>k
    let product = nextUniform(state)
    for (let j = 2; j < df; j += 2) product *= nextUniform(state)
    const radius = sqrt(<f64>df / (-2 * log(product)))
    for (let i = 0; i < d; i++) store<f64>(x + ((<usize>i) << 3), load<f64>(centre + ((<usize>i) << 3)))
    let square: f64 = 0
    for (let i = 0; i < d; i++) {
      const standard = abs(nextNormal(state)) * radius
      square += standard * standard
      const low = load<f64>(below + ((<usize>i) << 3))
      const high = load<f64>(above + ((<usize>i) << 3))
      const z = nextUniform(state) * (low + high) < high ? standard * high : -standard * low
      for (let j = i; j < d; j++) {
        const place = x + ((<usize>j) << 3)
        store<f64>(place, load<f64>(place) + z * load<f64>(factor + row * <usize>j + ((<usize>i) << 3)))
      }
    }
    store<f64>(logQ + ((<usize>k) << 3), power * log(1 + square / <f64>df))
  }
}

/**
 * Metropolised independence (Tierney 1994) over proposals in their order: `held` is the chain's position and, behind it, its
 * log weight (both are moved); the position after each proposal goes to `out`, row-major count x d. Returns the number accepted.
 */
export function acceptIndependence(
  state: usize, d: i32, count: i32, points: usize, logWeights: usize, held: usize, out: usize,
): i32 {
  const row = (<usize>d) << 3
  let weight = load<f64>(held + row)
  let position = held
  let accepted = 0
  for (let k = 0; k < count; k++) {
    const candidate = load<f64>(logWeights + ((<usize>k) << 3))
    const u = nextUniform(state)
    if (candidate >= weight || log(u) < candidate - weight) {
      weight = candidate
      position = points + row * <usize>k
      accepted++
    }
    memory.copy(out + row * <usize>k, position, row)
  }
  if (position != held) memory.copy(held, position, row)
  store<f64>(held + row, weight)
  return accepted
}

// A point in the kernels' whitened coordinates.
const white: usize = memory.data(8 * 64, 16)

/**
 * Sums over `count` Student-t kernels (1 + |z - c|^2 / df)^(-(df + d) / 2) at row-major points, d <= 64: z solves L z = x for the lower
 * `factor` L that all kernels share, and `centres` holds their c, an even number of them, column by column (d x centres).
 */
export function sumOfKernels(
  points: usize, count: i32, d: i32, df: f64, factor: usize, centres: usize, kernels: i32, out: usize,
): void {
  const row = (<usize>d) << 3
  const column = (<usize>kernels) << 3
  const power = f64x2.splat(-0.5 * (df + <f64>d))
  const inverse = f64x2.splat(1 / df)
  for (let k = 0; k < count; k++) {
    const x = points + row * <usize>k
    for (let i = 0; i < d; i++) {
      const line = factor + row * <usize>i
      let rest = load<f64>(x + ((<usize>i) << 3))
      for (let j = 0; j < i; j++) rest -= load<f64>(line + ((<usize>j) << 3)) * load<f64>(white + ((<usize>j) << 3))
      store<f64>(white + ((<usize>i) << 3), rest / load<f64>(line + ((<usize>i) << 3)))
    }
    let sum = f64x2.splat(0)
    for (let c = 0; c < kernels; c += 2) {
      let square = f64x2.splat(0)
      for (let i = 0; i < d; i++) {
        const z = v128.load64_splat(white + ((<usize>i) << 3))
        const gap = f64x2.sub(z, v128.load(centres + column * <usize>i + ((<usize>c) << 3)))
        square = f64x2.add(square, f64x2.mul(gap, gap))
      }
      const logs = logPair(f64x2.add(f64x2.splat(1), f64x2.mul(square, inverse)))
      sum = f64x2.add(sum, expPair(f64x2.mul(power, logs)))
    }
    store<f64>(out + ((<usize>k) << 3), f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1))
  }
}
