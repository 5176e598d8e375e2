import { exp } from '../math/index.js'
import { studentTCdf, studentTLogPdf } from './student-t.js'

// Per nu, the tail P(T < -z) is a cubic Hermite interpolant on equal cells of s = z / (z + 2), with exact slopes at the
// nodes. The nodes' values come from one Chebyshev expansion in w = 1 / nu that is built once per process.
const CELLS = 192
const DEGREES = 32
const Z_MAX = 80
const S_MAX = Z_MAX / (Z_MAX + 2)
const W_MAX = 0.5

/** Length of one nu's table: value and slope (per cell) at each node. */
export const TAIL_TABLE_LENGTH = 2 * (CELLS + 1)

let expansion: Float64Array | undefined

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

function buildExpansion(): Float64Array {
  const result = new Float64Array(TAIL_TABLE_LENGTH * DEGREES)
  for (const root of chebyshevRoots(DEGREES)) {
    const nu = 2 / (W_MAX * (root + 1))
    const t = chebyshevValues(root, DEGREES)
    for (let i = 0; i <= CELLS; i++) {
      const s = (i / CELLS) * S_MAX
      const z = (2 * s) / (1 - s)
      const value = studentTCdf(-z, nu)
      const slope = ((-exp(studentTLogPdf(z, nu)) * 2) / ((1 - s) * (1 - s))) * (S_MAX / CELLS)
      for (let j = 0; j < DEGREES; j++) {
        const weight = (t[j] * (j === 0 ? 1 : 2)) / DEGREES
        result[2 * i * DEGREES + j] += value * weight
        result[(2 * i + 1) * DEGREES + j] += slope * weight
      }
    }
  }
  return result
}

/** Writes the tail table of one nu > 2 to `out`, its entries `stride` apart from `offset` on. */
export function writeTailTable(nu: number, out: Float64Array, offset: number, stride = 1): void {
  expansion ??= buildExpansion()
  const t = chebyshevValues(2 / (nu * W_MAX) - 1, DEGREES)
  for (let i = 0; i < TAIL_TABLE_LENGTH; i++) {
    let sum = 0
    for (let j = 0; j < DEGREES; j++) sum += expansion[i * DEGREES + j] * t[j]
    out[offset + i * stride] = sum
  }
}

/** P(T < -z) for z >= 0 from a table: absolute error below 1.1e-9. */
export function tailFromTable(z: number, nu: number, table: Float64Array, offset: number, stride = 1): number {
  if (z >= Z_MAX) return studentTCdf(-z, nu)
  const position = (z / (z + 2)) * (CELLS / S_MAX)
  const i = position | 0
  const u = position - i
  const at = offset + 2 * i * stride
  const y0 = table[at]
  const m0 = table[at + stride]
  const rise = table[at + 2 * stride] - y0
  const m1 = table[at + 3 * stride]
  return y0 + u * (m0 + u * (3 * rise - 2 * m0 - m1 + u * (m0 + m1 - 2 * rise)))
}
