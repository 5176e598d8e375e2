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
  /** Degrees of freedom that the variance of the parts' sample variance amounts to, 2 n / (kurtosis - 1): few where few parts decide. */
  readonly kurtosisDf: number
}

/**
 * The standard errors of means over a sample, one for each array of values (weights already in them): from independent blocks, or
 * from what a regression on the sample's control variates leaves over.
 */
export function spreadsOf(values: readonly Float64Array[], { blockSize, regressors }: Sample): Spread[] {
  if (regressors !== undefined) return residualSpreads(values, regressors)
  return values.map(list => {
    const means = blockSize === 1 ? list : blockMeans(list, blockSize)
    return { ...momentsOfMean(means), df: means.length - 1 }
  })
}

function blockMeans(values: Float64Array, size: number): Float64Array {
  const means = new Float64Array(values.length / size)
  for (let b = 0; b < means.length; b++) {
    let sum = 0
    for (let i = b * size; i < (b + 1) * size; i++) sum += values[i]
    means[b] = sum / size
  }
  return means
}

/**
 * Residuals are stretched by their leverage as in the jackknife (MacKinnon & White 1985, HC3): a fit follows the few losses far out.
 */
function residualSpreads(values: readonly Float64Array[], regressors: readonly Float64Array[]): Spread[] {
  const n = values[0].length
  const d = regressors.length
  const { averages, factor } = centred(regressors)!
  const inverse = inverseFromCholesky(factor, d)
  const means = values.map(meanOf)
  const slopes = values.map((list, k) =>
    multiply(
      inverse,
      Float64Array.from(regressors, (column, j) => covarianceOf(column, averages[j], list, means[k])),
    ),
  )
  const left = values.map(() => new Float64Array(n))
  const x = new Float64Array(d)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < d; j++) x[j] = regressors[j][i] - averages[j]
    let leverage = 1
    for (let a = 0; a < d; a++) for (let b = 0; b < d; b++) leverage += x[a] * inverse[a * d + b] * x[b]
    const stretch = 1 / Math.max(1e-3, 1 - leverage / n)
    for (let k = 0; k < values.length; k++) {
      let fitted = means[k]
      for (let j = 0; j < d; j++) fitted += slopes[k][j] * x[j]
      left[k][i] = (values[k][i] - fitted) * stretch
    }
  }
  return left.map(list => ({ ...momentsOfMean(list), df: n - d - 1 }))
}

function momentsOfMean(parts: Float64Array): { se: number; skewness: number; kurtosisDf: number } {
  const n = parts.length
  const mean = meanOf(parts)
  let [square, cube, fourth] = [0, 0, 0]
  for (let i = 0; i < n; i++) {
    const gap = parts[i] - mean
    const own = gap * gap
    square += own
    cube += own * gap
    fourth += own * own
  }
  const variance = square / (n - 1)
  const scale = variance * Math.sqrt(variance)
  if (!(scale > 0)) return { se: 0, skewness: 0, kurtosisDf: n - 1 }
  const kurtosis = fourth / n / (variance * variance)
  return {
    se: Math.sqrt(variance / n),
    skewness: cube / n / scale / Math.sqrt(n),
    kurtosisDf: Math.max(KURTOSIS_DF_MIN, (2 * n) / Math.max(1, kurtosis - 1)),
  }
}

const KURTOSIS_DF_MIN = 3

/** From .5 on the transformation leaves the range where it is smooth, and a single part decides. */
const SKEWNESS_MAX = 0.4

/**
 * The 95 % interval of a mean by Hall's (1992) cubic transformation of Student's t, which takes out the skewness; without any it is
 * Student's, with no more degrees of freedom than the parts' kurtosis leaves (Shoemaker 2003).
 */
export function skewedInterval(mean: number, { se, df, skewness: found, kurtosisDf }: Spread): readonly [number, number] {
  const t = t95(Math.min(df, kurtosisDf))
  const skewness = Math.max(-SKEWNESS_MAX, Math.min(SKEWNESS_MAX, found))
  const bent = (x: number): number =>
    Math.abs(skewness) < 1e-6 ? x : (3 / skewness) * (cbrt(1 + skewness * (x - skewness / 6)) - 1)
  return [mean - se * bent(t), mean - se * bent(-t)]
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
