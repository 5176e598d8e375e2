import { A, at, B, FINE, G, MU, NEGATIVE, SCALES, SCALES_EXPONENT, SQUARES, START, SUMS, SUMS_EXPONENT, VALID, W } from './garch-lanes'

// The GARCH recursion of eight points over the returns, with running products in place of logarithms.

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
export function filter<Errors, Leverage>(returns: usize, n: i32, chunk: i32): bool {
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
