import { studentTQuantile } from '../distributions/index.js'
import { betainc, cbrt, inverseFromCholesky, meanOf, multiply } from '../math/index.js'
import { centred, covarianceOf } from './methods/control.js'
import type { Sample } from './sample.js'

/** The standard error of a mean over a sample, and the degrees of freedom behind it. */
export interface Spread {
  readonly se: number
  readonly df: number
  /** Skewness of the mean: that of the parts over the root of their number. */
  readonly skewness: number
}

/**
 * The standard error of the mean of `values` (weights already in them): from independent blocks, or from what a regression on the
 * sample's control variates leaves over.
 */
export function spreadOf(values: Float64Array, { blockSize, regressors }: Sample): Spread {
  const n = values.length
  if (regressors !== undefined) return residualSpread(values, regressors)
  const blocks = n / blockSize
  const means = blockSize === 1 ? values : new Float64Array(blocks)
  if (blockSize > 1)
    for (let b = 0; b < blocks; b++) {
      let sum = 0
      for (let i = b * blockSize; i < (b + 1) * blockSize; i++) sum += values[i]
      means[b] = sum / blockSize
    }
  return { ...momentsOfMean(means), df: blocks - 1 }
}

function momentsOfMean(parts: Float64Array): { se: number; skewness: number } {
  const n = parts.length
  const mean = meanOf(parts)
  let [square, cube] = [0, 0]
  for (let i = 0; i < n; i++) {
    const gap = parts[i] - mean
    square += gap * gap
    cube += gap * gap * gap
  }
  const variance = square / (n - 1)
  const scale = variance * Math.sqrt(variance)
  return { se: Math.sqrt(variance / n), skewness: scale > 0 ? cube / n / scale / Math.sqrt(n) : 0 }
}

/** From .5 on the transformation leaves the range where it is smooth, and a single part decides. */
const SKEWNESS_MAX = 0.4

/**
 * The 95 % interval of a mean by Hall's (1992) cubic transformation of Student's t, which takes out the skewness; without any it is
 * Student's.
 */
export function skewedInterval(mean: number, { se, df, skewness: found }: Spread): readonly [number, number] {
  const t = t95(df)
  const skewness = Math.max(-SKEWNESS_MAX, Math.min(SKEWNESS_MAX, found))
  const bent = (x: number): number =>
    Math.abs(skewness) < 1e-6 ? x : (3 / skewness) * (cbrt(1 + skewness * (x - skewness / 6)) - 1)
  return [mean - se * bent(t), mean - se * bent(-t)]
}

/**
 * Residuals are stretched by their leverage as in the jackknife (MacKinnon & White 1985, HC3): a fit follows the few losses far out.
 */
function residualSpread(values: Float64Array, regressors: readonly Float64Array[]): Spread {
  const n = values.length
  const d = regressors.length
  const mean = meanOf(values)
  const { averages, factor } = centred(regressors)!
  const inverse = inverseFromCholesky(factor, d)
  const slopes = multiply(
    inverse,
    Float64Array.from(regressors, (column, j) => covarianceOf(column, averages[j], values, mean)),
  )
  const left = new Float64Array(n)
  const x = new Float64Array(d)
  for (let i = 0; i < n; i++) {
    let fitted = mean
    for (let j = 0; j < d; j++) {
      x[j] = regressors[j][i] - averages[j]
      fitted += slopes[j] * x[j]
    }
    let leverage = 1
    for (let a = 0; a < d; a++) for (let b = 0; b < d; b++) leverage += x[a] * inverse[a * d + b] * x[b]
    left[i] = (values[i] - fitted) / Math.max(1e-3, 1 - leverage / n)
  }
  return { ...momentsOfMean(left), df: n - d - 1 }
}

/** The two-sided 95 % quantile of Student-t, for any real df of 1 or more. */
export const t95 = (df: number): number => studentTQuantile(0.975, Math.max(df, 1))

/**
 * Ranks a <= b, counted from the largest of n losses, between which the loss exceeded with probability `level` lies with at
 * least 95 % confidence: P(K >= a) and P(K < b) are each at least .975 for K ~ binomial(n, level).
 */
export function binomialRanks(n: number, level: number): { readonly a: number; readonly b: number } {
  const least = (isMet: (k: number) => boolean): number => {
    let low = 0
    let high = n + 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (isMet(middle)) high = middle
      else low = middle + 1
    }
    return low
  }
  // P(K >= k) = I_level(k, n - k + 1).
  const atLeast = (k: number): number => (k <= 0 ? 1 : k > n ? 0 : betainc(level, k, n - k + 1))
  return { a: least(k => atLeast(k + 1) < 0.975), b: least(k => atLeast(k) <= 0.025) }
}
