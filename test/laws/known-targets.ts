import { normalCdf, normalPdf, normalQuantile, studentTQuantile } from '../../src/distributions/index.js'
import { cholesky, gammaincinv } from '../../src/math/index.js'

/** A density whose moments and quantiles are known exactly. */
export interface Known {
  readonly name: string
  readonly logDensity: (x: Float64Array) => number
  readonly mean: Float64Array
  readonly covariance: Float64Array
  /** Lower Cholesky factor of the covariance. */
  readonly factor: Float64Array
  readonly quantile: (coordinate: number, p: number) => number
  /** Four of positive density, farther apart than draws are. */
  readonly starts: readonly Float64Array[]
}

function known(spec: Omit<Known, 'factor'>): Known {
  const quantiles = new Map<string, number>()
  return {
    ...spec,
    factor: cholesky(spec.covariance, spec.mean.length)!,
    quantile(i, p) {
      const label = `${i} ${p}`
      if (!quantiles.has(label)) quantiles.set(label, spec.quantile(i, p))
      return quantiles.get(label)!
    },
  }
}
const starts = (...rows: number[][]): Float64Array[] => rows.map(row => Float64Array.from(row))

export function bisect(f: (x: number) => number, low: number, high: number): number {
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2
    if (f(middle) < 0) low = middle
    else high = middle
  }
  return low
}

const gaussian = known({
  name: 'a correlated Gaussian',
  // Mean (1, -2), standard deviations 2 and 1/2, correlation .9.
  logDensity: ([a, b]) => {
    const u = (a - 1) / 2
    const v = (b + 2) / 0.5
    return -(u * u - 1.8 * u * v + v * v) / (2 * 0.19)
  },
  mean: Float64Array.of(1, -2),
  covariance: Float64Array.of(4, 0.9, 0.9, 0.25),
  quantile: (i, p) => (i === 0 ? 1 + 2 * normalQuantile(p) : -2 + 0.5 * normalQuantile(p)),
  starts: starts([5, -1], [-3, -3], [1, -2], [3, -1.5]),
})

const studentT = known({
  name: 'a Student-t of seven degrees of freedom',
  logDensity: ([a, b]) => -4.5 * Math.log1p((a * a + b * b) / 7),
  mean: Float64Array.of(0, 0),
  covariance: Float64Array.of(1.4, 0, 0, 1.4),
  quantile: (_, p) => studentTQuantile(p, 7),
  starts: starts([3, 3], [-3, 2], [0, -3], [2, -2]),
})

const BEND = 0.6
const banana = known({
  name: 'a banana: a Gaussian bent along a parabola',
  logDensity: ([a, b]) => -0.5 * a * a - 0.5 * (b - BEND * (a * a - 1)) ** 2,
  mean: Float64Array.of(0, 0),
  covariance: Float64Array.of(1, 0, 0, 1 + 2 * BEND * BEND),
  quantile: (i, p) => {
    if (i === 0) return normalQuantile(p)
    const cdf = (q: number): number => {
      let total = 0
      for (let z = -8; z <= 8; z += 0.05) total += 0.05 * normalPdf(z) * normalCdf(q - BEND * (z * z - 1))
      return total
    }
    return bisect(q => cdf(q) - p, -10, 30)
  },
  starts: starts([2, 2], [-2, 2], [0, -2], [1, 0]),
})

// A normal above -1/2: mean phi / Phi, variance 1 - (1/2 + m) m.
const BELOW = normalCdf(-0.5)
const RATIO = normalPdf(-0.5) / (1 - BELOW)
const truncated = known({
  name: 'a density with edges: a Gamma(3) and a truncated normal',
  logDensity: ([a, b]) => (a > 0 && b > -0.5 ? 2 * Math.log(a) - a - 0.5 * b * b : Number.NEGATIVE_INFINITY),
  mean: Float64Array.of(3, RATIO),
  covariance: Float64Array.of(3, 0, 0, 1 - (0.5 + RATIO) * RATIO),
  quantile: (i, p) => (i === 0 ? gammaincinv(p, 3) : normalQuantile(BELOW + p * (1 - BELOW))),
  starts: starts([0.2, -0.4], [8, 2], [3, 0.5], [5, -0.2]),
})

export const knownTargets: readonly Known[] = [gaussian, studentT, banana, truncated]
