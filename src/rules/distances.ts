import { kernels, type Pointer, reserveDoubles } from '../kernels/index.js'
import type { Matrix } from './matrix.js'

/** Squares of distances leave the range of numbers long before the distances do, so they come in three units. */
export type Unit = 'plain' | 'large' | 'small'

// Sums of squares between these are right in the plain unit: what underflows on the way is too small to matter.
const SMALLEST = 1e-260
const LARGEST = Number.MAX_VALUE
// 2^-600 and 2^600.
const SHRINK = 2.409919865102884e-181
const GROW = 4.149515568880993e180

/**
 * The squared distances between all rows, in memory that the caller's `scratch` gives back: n rows padded to a multiple of 8
 * columns, symmetric to the bit. In the unit 'large' small ones are 0, in 'small' large ones Infinity.
 */
export function squaredDistances({ at, n, columns }: Matrix, unit: Unit): Matrix {
  const width = (n + 7) & ~7
  const out: Pointer = reserveDoubles(n * width)
  if (unit === 'plain') kernels().squaredDistances(at, n, columns, out, width)
  else kernels().scaledSquaredDistances(at, n, columns, unit === 'large' ? SHRINK : 1, unit === 'small' ? GROW : 1, out, width)
  return { at: out, n, d: n, columns: width }
}

/** The unit in which a choice is right that came down to a sum of squares of this size, worked out in the plain unit. */
export const unitFor = (size: number): Unit => (size < SMALLEST ? 'small' : size <= LARGEST ? 'plain' : 'large')

/** The outcome of an attempt in the plain unit or, where the `size` that it hinged on says so, in another. */
export function inUnit<T>(attempt: (unit: Unit) => { readonly size: number; readonly outcome: T }): T {
  const { size, outcome } = attempt('plain')
  const unit = unitFor(size)
  return unit === 'plain' ? outcome : attempt(unit).outcome
}
