// exp and log for one number and for two at once. WebAssembly arithmetic alone, so the same bits on every machine; the vector
// forms do the scalar ones' operations in the same order, so that a lane never depends on which form computed it.

const LOG2E: f64 = 1.4426950408889634
const LN2_HI: f64 = 6.93147180369123816490e-1
const LN2_LO: f64 = 1.90821492927058770002e-10
const EXP_MAX: f64 = 709.0
const EXP_MIN: f64 = -708.0

/** exp(x), relative error below 3e-16; 0 below -708 and exp(709) above 709, never subnormal. NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function exp(x: f64): f64 {
  const y = min(max(x, EXP_MIN), EXP_MAX)
  const n = nearest(y * LOG2E)
  const r = (y - n * LN2_HI) - n * LN2_LO
  // Taylor coefficients to degree 13: the remainder at |r| <= ln(2) / 2 is 4e-18.
  let p = r * 1.6059043836821613e-10 + 2.08767569878681e-9
  p = p * r + 2.505210838544172e-8
  p = p * r + 2.755731922398589e-7
  p = p * r + 2.7557319223985893e-6
  p = p * r + 2.48015873015873e-5
  p = p * r + 1.984126984126984e-4
  p = p * r + 1.388888888888889e-3
  p = p * r + 8.333333333333333e-3
  p = p * r + 4.1666666666666664e-2
  p = p * r + 1.6666666666666666e-1
  p = p * r + 0.5
  p = p * r * r + r
  // 2^n, with n = -1021 .. 1023: n + 1.5 * 2^52 has n in its low bits.
  const bits = reinterpret<i64>(n + 6755399441055744.0) << 52
  const scaled = reinterpret<f64>(reinterpret<i64>(1.0) + bits)
  const value = scaled + scaled * p
  return x < EXP_MIN ? 0 : value
}

/** exp of two numbers. */
// @ts-ignore: decorator
@inline
export function expPair(x: v128): v128 {
  const y = f64x2.min(f64x2.max(x, f64x2.splat(EXP_MIN)), f64x2.splat(EXP_MAX))
  const n = f64x2.nearest(f64x2.mul(y, f64x2.splat(LOG2E)))
  const r = f64x2.sub(f64x2.sub(y, f64x2.mul(n, f64x2.splat(LN2_HI))), f64x2.mul(n, f64x2.splat(LN2_LO)))
  let p = f64x2.add(f64x2.mul(r, f64x2.splat(1.6059043836821613e-10)), f64x2.splat(2.08767569878681e-9))
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(2.505210838544172e-8))
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(2.755731922398589e-7))
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(2.7557319223985893e-6))
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(2.48015873015873e-5))
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.984126984126984e-4))
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.388888888888889e-3))
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(8.333333333333333e-3))
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(4.1666666666666664e-2))
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.6666666666666666e-1))
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(0.5))
  p = f64x2.add(f64x2.mul(f64x2.mul(p, r), r), r)
  const bits = i64x2.shl(f64x2.add(n, f64x2.splat(6755399441055744.0)), 52)
  const scaled = i64x2.add(f64x2.splat(1.0), bits)
  const value = f64x2.add(scaled, f64x2.mul(scaled, p))
  return v128.andnot(value, f64x2.lt(x, f64x2.splat(EXP_MIN)))
}

const MANTISSA: i64 = 0x000fffffffffffff
const ONE: i64 = 0x3ff0000000000000
const SQRT_2: f64 = 1.4142135623730951

/** ln(x) for a positive normal number, error below 1 ulp or 2e-16; nonsense, but no trap, for any other. */
// @ts-ignore: decorator
@inline
export function log(x: f64): f64 {
  const bits = reinterpret<i64>(x)
  let m = reinterpret<f64>((bits & MANTISSA) | ONE)
  // The exponent as a double: 2^52 + e in the low bits of a double is exact.
  let e = reinterpret<f64>((bits >>> 52) | 0x4330000000000000) - 4503599627371519.0
  const high = m > SQRT_2
  m = high ? m * 0.5 : m
  e = high ? e + 1.0 : e
  const f = m - 1.0
  const s = f / (2.0 + f)
  const z = s * s
  // Remez coefficients of FreeBSD's e_log.c (Sun Microsystems 1993): log(1 + f) = f - hfsq + s (hfsq + R(z)).
  let r = z * 1.479819860511658591e-1 + 1.531383769920937332e-1
  r = r * z + 1.818357216161805012e-1
  r = r * z + 2.222219843214978396e-1
  r = r * z + 2.857142874366239149e-1
  r = r * z + 3.999999999940941908e-1
  r = r * z + 6.666666666666735130e-1
  r = r * z
  const hfsq = 0.5 * f * f
  return e * LN2_HI - ((hfsq - (s * (hfsq + r) + e * LN2_LO)) - f)
}

/** ln of two positive normal numbers. */
// @ts-ignore: decorator
@inline
export function logPair(x: v128): v128 {
  let m = v128.or(v128.and(x, i64x2.splat(MANTISSA)), i64x2.splat(ONE))
  let e = f64x2.sub(v128.or(i64x2.shr_u(x, 52), i64x2.splat(0x4330000000000000)), f64x2.splat(4503599627371519.0))
  const high = f64x2.gt(m, f64x2.splat(SQRT_2))
  m = v128.bitselect(f64x2.mul(m, f64x2.splat(0.5)), m, high)
  e = f64x2.add(e, v128.and(high, f64x2.splat(1.0)))
  const f = f64x2.sub(m, f64x2.splat(1.0))
  const s = f64x2.div(f, f64x2.add(f64x2.splat(2.0), f))
  const z = f64x2.mul(s, s)
  let r = f64x2.add(f64x2.mul(z, f64x2.splat(1.479819860511658591e-1)), f64x2.splat(1.531383769920937332e-1))
  r = f64x2.add(f64x2.mul(r, z), f64x2.splat(1.818357216161805012e-1))
  r = f64x2.add(f64x2.mul(r, z), f64x2.splat(2.222219843214978396e-1))
  r = f64x2.add(f64x2.mul(r, z), f64x2.splat(2.857142874366239149e-1))
  r = f64x2.add(f64x2.mul(r, z), f64x2.splat(3.999999999940941908e-1))
  r = f64x2.add(f64x2.mul(r, z), f64x2.splat(6.666666666666735130e-1))
  r = f64x2.mul(r, z)
  const hfsq = f64x2.mul(f64x2.mul(f64x2.splat(0.5), f), f)
  const low = f64x2.add(f64x2.mul(s, f64x2.add(hfsq, r)), f64x2.mul(e, f64x2.splat(LN2_LO)))
  return f64x2.sub(f64x2.mul(e, f64x2.splat(LN2_HI)), f64x2.sub(f64x2.sub(hfsq, low), f))
}

/** Element-wise exp (which = 0) or ln (1) of `count` numbers, in pairs and a last single one: how tests reach the functions. */
export function mapElementary(which: i32, input: usize, output: usize, count: i32): void {
  let i: i32 = 0
  for (; i + 1 < count; i += 2) {
    const x = v128.load(input + ((<usize>i) << 3))
    v128.store(output + ((<usize>i) << 3), which == 0 ? expPair(x) : logPair(x))
  }
  for (; i < count; i++) {
    const x = load<f64>(input + ((<usize>i) << 3))
    store<f64>(output + ((<usize>i) << 3), which == 0 ? exp(x) : log(x))
  }
}
