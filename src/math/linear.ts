// Small dense linear algebra: matrices are row-major Float64Array of length d * d.

/** The lower Cholesky factor, or null when the matrix is not positive definite. */
export function cholesky(matrix: Float64Array, d: number): Float64Array | null {
  const factor = new Float64Array(d * d)
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * d + j]
      for (let k = 0; k < j; k++) sum -= factor[i * d + k] * factor[j * d + k]
      if (i !== j) factor[i * d + j] = sum / factor[j * d + j]
      else if (sum > 0 && sum < Number.POSITIVE_INFINITY) factor[i * d + i] = Math.sqrt(sum)
      else return null
    }
  }
  return factor
}

/** x with L x = b, L lower triangular. */
export function solveLower(factor: Float64Array, b: Float64Array): Float64Array {
  const d = b.length
  const x = new Float64Array(d)
  for (let i = 0; i < d; i++) {
    let sum = b[i]
    for (let k = 0; k < i; k++) sum -= factor[i * d + k] * x[k]
    x[i] = sum / factor[i * d + i]
  }
  return x
}

/** x with L' x = b, L lower triangular. */
export function solveUpper(factor: Float64Array, b: Float64Array): Float64Array {
  const d = b.length
  const x = new Float64Array(d)
  for (let i = d - 1; i >= 0; i--) {
    let sum = b[i]
    for (let k = i + 1; k < d; k++) sum -= factor[k * d + i] * x[k]
    x[i] = sum / factor[i * d + i]
  }
  return x
}

/** x with A x = b, given A's Cholesky factor. */
export const solveCholesky = (factor: Float64Array, b: Float64Array): Float64Array => solveUpper(factor, solveLower(factor, b))

/** The inverse of A, given A's Cholesky factor. */
export function inverseFromCholesky(factor: Float64Array, d: number): Float64Array {
  const inverse = new Float64Array(d * d)
  for (let j = 0; j < d; j++) {
    const unit = new Float64Array(d)
    unit[j] = 1
    const column = solveCholesky(factor, unit)
    for (let i = 0; i < d; i++) inverse[i * d + j] = column[i]
  }
  for (let i = 0; i < d; i++)
    for (let j = 0; j < i; j++) inverse[i * d + j] = inverse[j * d + i] = (inverse[i * d + j] + inverse[j * d + i]) / 2
  return inverse
}

/** x'y. */
export function dot(x: Float64Array, y: Float64Array): number {
  let sum = 0
  for (let i = 0; i < x.length; i++) sum += x[i] * y[i]
  return sum
}

/** A x for a square matrix. */
export function multiply(matrix: Float64Array, x: Float64Array): Float64Array {
  const d = x.length
  const result = new Float64Array(d)
  for (let i = 0; i < d; i++) {
    let sum = 0
    for (let k = 0; k < d; k++) sum += matrix[i * d + k] * x[k]
    result[i] = sum
  }
  return result
}

/** Weighted mean and covariance (weights sum to 1, divisor 1) of d columns of draws. */
export function momentsOf(
  columns: readonly Float64Array[],
  weights: Float64Array,
): { mean: Float64Array; covariance: Float64Array } {
  const d = columns.length
  const mean = new Float64Array(d)
  for (let i = 0; i < d; i++) for (let k = 0; k < weights.length; k++) mean[i] += weights[k] * columns[i][k]
  const covariance = new Float64Array(d * d)
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0
      for (let k = 0; k < weights.length; k++) sum += weights[k] * (columns[i][k] - mean[i]) * (columns[j][k] - mean[j])
      covariance[i * d + j] = covariance[j * d + i] = sum
    }
  }
  return { mean, covariance }
}
