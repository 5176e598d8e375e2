import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  cholesky,
  inverseFromCholesky,
  momentsOf,
  multiply,
  solveCholesky,
  solveLower,
  solveUpper,
} from '../../src/math/index.js'

fc.configureGlobal({ seed: 20240607 })

/** A random positive definite matrix B B' + I / 4 of dimension 1 to 6, and a vector. */
const problem = fc.integer({ min: 1, max: 6 }).chain(d =>
  fc.record({
    d: fc.constant(d),
    matrix: fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: d * d, maxLength: d * d }).map(b => {
      const a = new Float64Array(d * d)
      for (let i = 0; i < d; i++) {
        for (let j = 0; j < d; j++) {
          a[i * d + j] = i === j ? 0.25 : 0
          for (let k = 0; k < d; k++) a[i * d + j] += b[i * d + k] * b[j * d + k]
        }
      }
      return a
    }),
    vector: fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: d, maxLength: d }).map(v => Float64Array.from(v)),
  }),
)

const close = (found: Float64Array, expected: Float64Array, tolerance: number): void => {
  expect(found).toHaveLength(expected.length)
  found.forEach((x, i) => {
    expect(Math.abs(x - expected[i]), `entry ${i}: ${x} against ${expected[i]}`).toBeLessThan(tolerance)
  })
}

const transpose = (a: Float64Array, d: number): Float64Array => a.map((_, k) => a[(k % d) * d + Math.floor(k / d)])
const columnOf = (a: Float64Array, d: number, j: number): Float64Array => Float64Array.from({ length: d }, (_, i) => a[i * d + j])

describe('the Cholesky factor', () => {
  it('is lower triangular with a positive diagonal, and its square is the matrix', () => {
    fc.assert(
      fc.property(problem, ({ d, matrix }) => {
        const before = Float64Array.from(matrix)
        const factor = cholesky(matrix, d)!
        expect(matrix).toEqual(before)
        for (let i = 0; i < d; i++) {
          expect(factor[i * d + i]).toBeGreaterThan(0)
          for (let j = i + 1; j < d; j++) expect(factor[i * d + j]).toBe(0)
        }
        const upper = transpose(factor, d)
        for (let j = 0; j < d; j++) close(multiply(factor, columnOf(upper, d, j)), columnOf(matrix, d, j), 1e-12)
      }),
    )
  })

  it('solves: L x = b, its transpose, and the whole system', () => {
    fc.assert(
      fc.property(problem, ({ d, matrix, vector }) => {
        const factor = cholesky(matrix, d)!
        close(multiply(factor, solveLower(factor, vector)), vector, 1e-9)
        close(multiply(transpose(factor, d), solveUpper(factor, vector)), vector, 1e-9)
        close(multiply(matrix, solveCholesky(factor, vector)), vector, 1e-9)
      }),
    )
  })

  it('inverts, and the inverse is symmetric to the bit', () => {
    fc.assert(
      fc.property(problem, ({ d, matrix }) => {
        const inverse = inverseFromCholesky(cholesky(matrix, d)!, d)
        expect(transpose(inverse, d)).toEqual(inverse)
        for (let j = 0; j < d; j++) {
          const unit = new Float64Array(d)
          unit[j] = 1
          close(multiply(matrix, columnOf(inverse, d, j)), unit, 1e-8)
        }
      }),
    )
  })

  it('is null, never NaN, where a matrix is not positive definite or not finite', () => {
    expect(cholesky(Float64Array.of(1, 2, 2, 1), 2)).toBeNull()
    expect(cholesky(Float64Array.of(0), 1)).toBeNull()
    expect(cholesky(Float64Array.of(-1), 1)).toBeNull()
    expect(cholesky(Float64Array.of(1, 1, 1, 1), 2)).toBeNull()
    expect(cholesky(Float64Array.of(Number.NaN), 1)).toBeNull()
    expect(cholesky(Float64Array.of(Number.POSITIVE_INFINITY), 1)).toBeNull()
    expect(cholesky(Float64Array.of(1, Number.NaN, Number.NaN, 1), 2)).toBeNull()
    expect(cholesky(Float64Array.of(1, 1e200, 1e200, 1), 2)).toBeNull()
  })
})

describe('weighted moments', () => {
  it('are those of the sample under equal weights, and of a point under a weight of one', () => {
    const columns = [Float64Array.of(1, 2, 3, 6), Float64Array.of(0, 4, -4, 8)]
    const { mean, covariance } = momentsOf(columns, new Float64Array(4).fill(0.25))
    close(mean, Float64Array.of(3, 2), 1e-15)
    close(covariance, Float64Array.of(3.5, 5, 5, 20), 1e-14)
    const point = momentsOf(columns, Float64Array.of(0, 0, 0, 1))
    expect([...point.mean, ...point.covariance]).toEqual([6, 8, 0, 0, 0, 0])
  })

  it('are positive semidefinite and follow linear maps of the columns', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 })), { minLength: 3, maxLength: 20 }),
        rows => {
          const x = Float64Array.from(rows, r => r[0])
          const y = Float64Array.from(rows, r => r[1])
          const weights = new Float64Array(rows.length).fill(1 / rows.length)
          const { covariance } = momentsOf([x, y], weights)
          const sum = momentsOf([x.map((v, i) => v + y[i])], weights).covariance[0]
          expect(Math.abs(sum - (covariance[0] + covariance[3] + 2 * covariance[1]))).toBeLessThan(1e-9)
          expect(covariance[0] * covariance[3] - covariance[1] ** 2).toBeGreaterThan(-1e-9)
        },
      ),
    )
  })
})
