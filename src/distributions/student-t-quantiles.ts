import { exp } from '../math/index.js'
import { studentTLogPdf, studentTPartialMean, studentTQuantile } from './student-t.js'

// At one level the quantile, as the shortfall, is an analytic function of w = 1 / nu on [0, 1/2]: a Chebyshev expansion through 40 exact values
// serves any number of nu. Kept for a few levels, as pure values.
const NODES = 40
const quantiles = new Map<number, Float64Array>()
const shortfalls = new Map<number, Float64Array>()

/**
 * Quantiles of Student-t distributions of unit variance at one level, one for each nu > 2.
 * Relative error below 1e-9 for levels from 1e-6 to 1 - 1e-6; 0 at level 1/2.
 */
export function unitStudentTQuantiles(level: number, nu: Float64Array): Float64Array {
  const coefficients = expansionAt(level, quantiles, studentTQuantile)
  return nu.map(v => evaluate(coefficients, 4 / v - 1) * Math.sqrt((v - 2) / v))
}

/**
 * Expected shortfalls (positive losses) of Student-t distributions of unit variance at one level below 1/2, one for each nu > 2.
 * Relative error below 3e-9 for levels from 1e-6.
 */
export function unitStudentTShortfalls(level: number, nu: Float64Array): Float64Array {
  const coefficients = expansionAt(level, shortfalls, (p, v) => {
    const z = studentTQuantile(p, v)
    return -studentTPartialMean(z, v, exp(studentTLogPdf(z, v))) / p
  })
  return nu.map(v => evaluate(coefficients, 4 / v - 1) * Math.sqrt((v - 2) / v))
}

function expansionAt(
  level: number,
  expansions: Map<number, Float64Array>,
  f: (level: number, nu: number) => number,
): Float64Array {
  let known = expansions.get(level)
  if (known === undefined) {
    known = expand(w => f(level, 1 / w))
    if (expansions.size >= 64) expansions.clear()
    expansions.set(level, known)
  }
  return known
}

/** Chebyshev coefficients on w in (0, 1/2] of f, from its values at the roots of the first polynomial that is left out. */
function expand(f: (w: number) => number): Float64Array {
  const coefficients = new Float64Array(NODES)
  for (const root of chebyshevRoots(NODES)) {
    const value = f((root + 1) / 4)
    const t = chebyshevValues(root, NODES)
    for (let j = 0; j < NODES; j++) coefficients[j] += (value * t[j] * (j === 0 ? 1 : 2)) / NODES
  }
  return coefficients
}

/** Clenshaw's (1955) recurrence. */
function evaluate(coefficients: Float64Array, x: number): number {
  let one = 0
  let two = 0
  for (let j = coefficients.length - 1; j > 0; j--) {
    const next = 2 * x * one - two + coefficients[j]
    two = one
    one = next
  }
  return x * one - two + coefficients[0]
}

/** The roots of the Chebyshev polynomial T_n, found from its recurrence by bisection. */
function chebyshevRoots(n: number): Float64Array {
  const roots = new Float64Array(n)
  const steps = 64 * n
  // Roots crowd towards the ends like 1 - t^2, so the scan does too.
  const at = (j: number): number => ((2 * j) / steps - 1) * (2 - Math.abs((2 * j) / steps - 1))
  let found = 0
  for (let i = 0; i < steps && found < n; i++) {
    let low = at(i)
    let high = at(i + 1)
    const sign = chebyshevValues(low, n + 1)[n]
    if (sign * chebyshevValues(high, n + 1)[n] > 0) continue
    for (let k = 0; k < 60; k++) {
      const mid = (low + high) / 2
      if (chebyshevValues(mid, n + 1)[n] * sign > 0) low = mid
      else high = mid
    }
    roots[found++] = (low + high) / 2
  }
  return roots
}

/** T_0(x) .. T_(n-1)(x). */
function chebyshevValues(x: number, n: number): Float64Array {
  const t = new Float64Array(n)
  t[0] = 1
  t[1] = x
  for (let k = 2; k < n; k++) t[k] = 2 * x * t[k - 1] - t[k - 2]
  return t
}
