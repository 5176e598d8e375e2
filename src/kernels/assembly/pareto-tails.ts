import { expPair, logPair } from './elementary'

/**
 * Survival and density of a mixture of generalised Pareto tails at one point. `items` holds four arrays of `count` (even) numbers: the
 * points where the tails begin, the reciprocals of their scales, shape over scale, and the weights. A tail's excess is its beginning
 * minus x, not negative. Writes the weighted survival, then the weighted density, to `out`.
 */
export function paretoTails(items: usize, count: i32, x: f64, out: usize): void {
  const stride = <usize>count << 3
  const one = f64x2.splat(1.0)
  const point = f64x2.splat(x)
  let survival = f64x2.splat(0)
  let density = f64x2.splat(0)
  for (let i = 0; i < count; i += 2) {
    const at = items + (<usize>i << 3)
    const inverse = v128.load(at + stride)
    const excess = f64x2.sub(v128.load(at), point)
    const t = f64x2.mul(v128.load(at + 2 * stride), excess)
    const u = f64x2.add(one, t)
    const gap = f64x2.sub(u, one)
    // ln(1 + t) / t as ln(u) / (u - 1), whose rounding errors cancel (Higham 2002, section 1.14.1); 1 where u is 1.
    const ratio = v128.bitselect(one, f64x2.div(logPair(u), gap), f64x2.eq(gap, f64x2.splat(0)))
    const hazard = f64x2.mul(f64x2.mul(excess, inverse), ratio)
    // Beyond a tail's end u <= 0, and nothing is left.
    const inside = f64x2.gt(u, f64x2.splat(0))
    const share = v128.and(f64x2.mul(v128.load(at + 3 * stride), expPair(f64x2.neg(hazard))), inside)
    survival = f64x2.add(survival, share)
    density = f64x2.add(density, v128.and(f64x2.div(f64x2.mul(share, inverse), u), inside))
  }
  store<f64>(out, f64x2.extract_lane(survival, 0) + f64x2.extract_lane(survival, 1))
  store<f64>(out, f64x2.extract_lane(density, 0) + f64x2.extract_lane(density, 1), 8)
}
