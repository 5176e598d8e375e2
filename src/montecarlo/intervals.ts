import { studentTQuantile } from '../distributions/index.js'
import { betainc, solveLower, varianceOf } from '../math/index.js'
import { centred, covarianceOf } from './methods/control.js'
import type { Sample } from './sample.js'

/** The standard error of a mean over a sample, and the degrees of freedom behind it. */
export interface Spread {
  readonly se: number
  readonly df: number
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
  return { se: Math.sqrt(varianceOf(means) / blocks), df: blocks - 1 }
}

function residualSpread(values: Float64Array, regressors: readonly Float64Array[]): Spread {
  const n = values.length
  const df = n - regressors.length - 1
  let mean = 0
  for (let i = 0; i < n; i++) mean += values[i] / n
  let square = 0
  for (let i = 0; i < n; i++) square += ((values[i] - mean) * (values[i] - mean)) / n
  const { averages, factor } = centred(regressors)!
  const along = solveLower(
    factor,
    Float64Array.from(regressors, (column, j) => covarianceOf(column, averages[j], values, mean)),
  )
  const left = Math.max(0, square - along.reduce((sum, x) => sum + x * x, 0))
  return { se: Math.sqrt(left / df), df }
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
