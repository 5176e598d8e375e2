/** The share of its variance that a column must add to those before it. */
const TOLERANCE = 1e-10

/**
 * x with A x = b for a symmetric positive semidefinite A (row-major, d x d) whose range holds b, by a pivoted Cholesky factor of A with
 * its diagonal scaled to 1; columns that the others explain get 0. `rank` counts the rest, `form` is b' A^+ b over them.
 */
export function solveSemidefinite(matrix: Float64Array, b: Float64Array): { x: Float64Array; rank: number; form: number } {
  const d = b.length
  const unit = Float64Array.from({ length: d }, (_, i) => (matrix[i * d + i] > 0 ? 1 / Math.sqrt(matrix[i * d + i]) : 0))
  const left = Float64Array.from(unit, scale => (scale > 0 ? 1 : 0))
  const factor = new Float64Array(d * d)
  const order: number[] = []
  const y: number[] = []
  while (order.length < d) {
    let p = 0
    for (let i = 1; i < d; i++) if (left[i] > left[p]) p = i
    if (!(left[p] > TOLERANCE)) break
    const k = order.length
    const root = Math.sqrt(left[p])
    let sum = b[p] * unit[p]
    for (let j = 0; j < k; j++) sum -= factor[p * d + j] * y[j]
    for (let i = 0; i < d; i++) {
      if (i === p || order.includes(i)) continue
      let entry = matrix[i * d + p] * unit[i] * unit[p]
      for (let j = 0; j < k; j++) entry -= factor[i * d + j] * factor[p * d + j]
      factor[i * d + k] = entry / root
      left[i] -= factor[i * d + k] * factor[i * d + k]
    }
    factor[p * d + k] = root
    left[p] = 0
    y.push(sum / root)
    order.push(p)
  }
  const x = new Float64Array(d)
  for (let k = order.length - 1; k >= 0; k--) {
    let sum = y[k]
    for (let j = k + 1; j < order.length; j++) sum -= factor[order[j] * d + k] * x[order[j]]
    x[order[k]] = sum / factor[order[k] * d + k]
  }
  return { x: x.map((value, i) => value * unit[i]), rank: order.length, form: y.reduce((sum, value) => sum + value * value, 0) }
}
