import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openStream, rootKey } from '../../src/base/index.js'
import { drawSplitT, findMode, type SplitT, splitT, splitTLogDensity } from '../../src/inference/index.js'
import { cholesky, multiply, solveCholesky } from '../../src/math/index.js'

fc.configureGlobal({ seed: 20240607 })

const positiveDefinite = (d: number) =>
  fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: d * d, maxLength: d * d }).map(b => {
    const a = new Float64Array(d * d)
    for (let i = 0; i < d; i++) {
      for (let j = 0; j < d; j++) {
        a[i * d + j] = i === j ? 0.2 : 0
        for (let k = 0; k < d; k++) a[i * d + j] += b[i * d + k] * b[j * d + k]
      }
    }
    return a
  })

describe('the mode search', () => {
  it('finds a Gaussian’s mean and covariance, from wherever it starts', () => {
    const problem = fc.integer({ min: 1, max: 5 }).chain(d =>
      fc.record({
        covariance: positiveDefinite(d),
        mean: fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: d, maxLength: d }),
        start: fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: d, maxLength: d }),
      }),
    )
    fc.assert(
      fc.property(problem, ({ covariance, mean, start }) => {
        const d = mean.length
        const factor = cholesky(covariance, d)!
        const f = (x: Float64Array): number => {
          const gap = x.map((v, i) => v - mean[i])
          const solved = solveCholesky(factor, gap)
          return -0.5 * gap.reduce((s, v, i) => s + v * solved[i], 0) + 3
        }
        const mode = findMode(f, Float64Array.from(start), new Float64Array(d).fill(1))!
        expect(mode).not.toBeNull()
        // Within a fiftieth of a standard deviation: the search stops at a Newton decrement of 1e-4.
        const gap = mode.x.map((v, i) => v - mean[i])
        const solved = solveCholesky(factor, gap)
        expect(gap.reduce((s, v, i) => s + v * solved[i], 0)).toBeLessThan(4e-4)
        expect(mode.logDensity).toBe(f(mode.x))
        for (let j = 0; j < d; j++) {
          const row = Float64Array.from({ length: d }, (_, k) => mode.factor[j * d + k])
          multiply(mode.factor, row).forEach((v, i) => {
            expect(Math.abs(v - covariance[i * d + j])).toBeLessThan(
              1e-3 * Math.sqrt(covariance[i * d + i] * covariance[j * d + j]) + 1e-6,
            )
          })
        }
      }),
      { numRuns: 60 },
    )
  })

  it('finds none where there is none: outside the support, on a plain, on a slope, at a pole', () => {
    const from = (f: (x: Float64Array) => number) => findMode(f, Float64Array.of(0.3), Float64Array.of(1))
    expect(from(() => Number.NEGATIVE_INFINITY)).toBeNull()
    expect(from(() => 0)).toBeNull()
    expect(from(([x]) => x)).toBeNull()
    expect(from(([x]) => (x > 0 ? -x : Number.NEGATIVE_INFINITY))).toBeNull()
  })

  it('comes back from a start where the density is convex', () => {
    const mode = findMode(([x]) => -Math.log1p(x * x), Float64Array.of(8), Float64Array.of(1))!
    expect(Math.abs(mode.x[0])).toBeLessThan(0.02)
    // The curvature of log(1 + x^2) at 0 is 2.
    expect(mode.factor[0]).toBeCloseTo(Math.SQRT1_2, 2)
  })
})

/** A split-t in two dimensions whose four sides all differ. */
const lopsided: SplitT = {
  mode: { x: Float64Array.of(1, -2), logDensity: 0, factor: Float64Array.of(1, 0, 0.5, 0.7) },
  df: 6,
  below: Float64Array.of(0.5, 2),
  above: Float64Array.of(1.5, 1),
}

describe('the split-t proposal', () => {
  it('says the same log density of a draw when drawing it and when asked afterwards', () => {
    const stream = openStream(rootKey('split'))
    const x = new Float64Array(2)
    for (let i = 0; i < 2000; i++) {
      const said = drawSplitT(lopsided, stream, x)
      expect(Math.abs(splitTLogDensity(lopsided, x) - said)).toBeLessThan(1e-11)
    }
  })

  it('draws from that density: the importance-weighted share of boxes agrees with its integral', () => {
    const stream = openStream(rootKey('boxes'))
    const n = 60_000
    const x = new Float64Array(2)
    // 8 x 8 boxes over the middle; the integral by the midpoint rule, 12 x 12 points a box.
    const counts = new Float64Array(64)
    for (let i = 0; i < n; i++) {
      drawSplitT(lopsided, stream, x)
      const a = Math.floor(x[0] + 4 - 1)
      const b = Math.floor(x[1] + 4 + 2)
      if (a >= 0 && a < 8 && b >= 0 && b < 8) counts[8 * a + b]++
    }
    const mass = counts.map((_, k) => {
      let total = 0
      for (let i = 0; i < 12; i++) {
        for (let j = 0; j < 12; j++) {
          const point = Float64Array.of((k >> 3) - 3 + (i + 0.5) / 12, (k & 7) - 6 + (j + 0.5) / 12)
          total += Math.exp(splitTLogDensity(lopsided, point)) / 144
        }
      }
      return total
    })
    // Multivariate t kernel: its integral is Gamma(df/2) (df pi)^(d/2) / Gamma((df+d)/2) = 2 pi for d = 2, times |L| and the mean scales.
    const constant = 2 * Math.PI * 0.7 * 1 * 1.5
    mass.forEach((m, k) => {
      const p = m / constant
      expect(Math.abs(counts[k] / n - p), `box ${k}`).toBeLessThan(4.5 * Math.sqrt((p * (1 - p)) / n) + 2e-4)
    })
  })

  it('takes its scales from the density: equal to one for its own kernel, wider on the side with the heavier tail, 3 at most', () => {
    const d = 1
    const df = 6
    const kernel = (x: Float64Array): number => -0.5 * (df + d) * Math.log1p((x[0] * x[0]) / df)
    // Its curvature at 0 is (df + d) / df.
    const mode = { x: Float64Array.of(0), logDensity: 0, factor: Float64Array.of(Math.sqrt(df / (df + d))) }
    const own = splitT(kernel, mode, df)
    expect(own.below[0]).toBeCloseTo(1 / Math.sqrt(df / (df + d)), 10)
    expect(own.above[0]).toBeCloseTo(own.below[0], 12)
    const skewed = splitT(([x]) => (x < 0 ? -0.5 * x * x : -0.1 * x * x), mode, df)
    expect(skewed.above[0]).toBeGreaterThan(1.5 * skewed.below[0])
    const flat = splitT(([x]) => -1e-6 * x * x, mode, df)
    expect([flat.below[0], flat.above[0]]).toEqual([3, 3])
    const edge = splitT(([x]) => (x < 0 ? Number.NEGATIVE_INFINITY : -x), mode, df)
    expect(edge.below[0]).toBe(0.4)
  })
})
