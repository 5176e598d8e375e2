import type { Stream } from '../base/index.js'
import { solveLower } from '../math/index.js'
import { drawChiSquare } from './gamma.js'
import { drawNormal } from './normal.js'

/**
 * A square root B (row-major d x d) of a draw B B' from the inverse Wishart with nu > d - 1 degrees of freedom and the scale
 * matrix L L', given by its lower Cholesky factor L. B = L A^-T, where A A' is a standard Wishart draw by its Bartlett
 * decomposition (Smith & Hocking 1972): normals below the diagonal, square roots of chi-squares on it.
 */
export function drawInverseWishartRoot(stream: Stream, nu: number, factor: Float64Array, d: number): Float64Array {
  const bartlett = new Float64Array(d * d)
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < i; j++) bartlett[i * d + j] = drawNormal(stream)
    bartlett[i * d + i] = Math.sqrt(drawChiSquare(stream, nu - i))
  }
  const root = new Float64Array(d * d)
  for (let i = 0; i < d; i++) root.set(solveLower(bartlett, factor.subarray(i * d, (i + 1) * d)), i * d)
  return root
}
