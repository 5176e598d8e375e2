import { refuse } from '../base/index.js'
import { normalSurvival, studentTCdf } from '../distributions/index.js'
import { meanOf } from '../math/index.js'
import type { TestCard } from './card.js'
import type { Test } from './coverage.js'
import { type Lag, lagOf, longRunVariance } from './long-run-variance.js'
import { type LossDifferences, lossDifferences } from './losses.js'

export interface DieboldMarianoTest extends Test {
  /** The mean of lossesA - lossesB: negative when A is better. */
  readonly meanDifference: number
}

/** Of the mean of lossesA - lossesB: not 0, below 0 (A is better), above 0 (A is worse). */
export type Alternative = 'two-sided' | 'less' | 'greater'

export interface DieboldMarianoOptions {
  /** Bartlett lags of the variance, or 'automatic': floor(4 (T / 100)^(2/9)). Default: horizon - 1. */
  readonly lag?: Lag
  /** How many days ahead the forecasts are. Default 1. */
  readonly horizon?: number
  /** 'harvey': Harvey, Leybourne & Newbold (1997), for short samples. */
  readonly correction?: 'none' | 'harvey'
  readonly alternative?: Alternative
}

export const dieboldMarianoCard: TestCard = {
  name: 'dieboldMariano',
  title: 'Diebold-Mariano',
  null: 'Both forecasts have the same expected loss.',
  source:
    'Diebold & Mariano (1995), section 1.1; variance of Newey & West (1987); correction of Harvey, Leybourne & Newbold (1997)',
  caution:
    'Forecasts are compared, not models. It rejects too often when losses are correlated over days: at 1,000 days and an autocorrelation of 0.5 a 5 % test rejects 26 % of the time without lags and 8 % with automatic ones (6 % at 0.2, 5 % at 0).',
}

/**
 * Equal expected loss of two forecasts (Diebold & Mariano 1995): the mean of the T loss differences over its Newey-West
 * standard error (Bartlett weights up to `lag`, divisor T), two-sided against the normal. Equal losses throughout give
 * statistic 0 and p-value 1. `correction: 'harvey'` multiplies the statistic by sqrt((T + 1 - 2h + h (h - 1) / T) / T), h the horizon,
 * and compares it to Student-t with T - 1 degrees of freedom (the weights stay Bartlett's; Harvey et al. have equal ones).
 * Errors: BAD_LOSS, LENGTH_MISMATCH, TOO_FEW_DAYS (fewer than 2), BAD_LAG (not a whole number below T), BAD_HORIZON,
 * BAD_CORRECTION, BAD_ALTERNATIVE, ZERO_VARIANCE (a constant difference other than 0).
 */
export function dieboldMariano(
  lossesA: ArrayLike<number>,
  lossesB: ArrayLike<number>,
  options: DieboldMarianoOptions = {},
): DieboldMarianoTest {
  const differences = lossDifferences(lossesA, lossesB)
  const days = lossesA.length
  const { horizon = 1, correction = 'none', alternative = 'two-sided' } = options ?? {}
  if (!(Number.isInteger(horizon) && horizon >= 1 && horizon < days))
    refuse('BAD_HORIZON', horizon, `a whole number from 1 to ${days - 1}`, 'horizon')
  if (correction !== 'none' && correction !== 'harvey') refuse('BAD_CORRECTION', correction, "'none' or 'harvey'", 'correction')
  checkAlternative(alternative)
  const { mean, standardError } = studentise(differences, lagOf(options?.lag ?? horizon - 1, days))
  const shrink = correction === 'none' ? 1 : Math.sqrt(((days - horizon) * (days - horizon + 1)) / days / days)
  const statistic = standardError === 0 ? 0 : (mean / standardError) * shrink
  const survival = correction === 'none' ? normalSurvival : (z: number): number => studentTCdf(-z, days - 1)
  return { meanDifference: mean * differences.scale, statistic, pValue: tailOf(statistic, alternative, survival) }
}

/** The mean of the differences and its standard error, as shares of the largest; 0 and 0 when all are 0. Errors: ZERO_VARIANCE. */
export function studentise(
  { shares, scale, noise }: LossDifferences,
  lag: number,
): { readonly mean: number; readonly standardError: number } {
  if (scale === 0) return { mean: 0, standardError: 0 }
  const mean = meanOf(shares)
  const centred = shares.map(share => share - mean)
  const variance = centred.some(each => Math.abs(each) > noise) ? longRunVariance(centred, lag) : 0
  if (!(variance > 0))
    refuse('ZERO_VARIANCE', `a constant difference of ${mean * scale}`, 'differences that vary', 'lossesA - lossesB')
  return { mean, standardError: Math.sqrt(variance / shares.length) }
}

function tailOf(statistic: number, alternative: Alternative, survival: (z: number) => number): number {
  if (alternative === 'two-sided') return 2 * survival(Math.abs(statistic))
  return survival(alternative === 'greater' ? statistic : -statistic)
}

/** Errors: BAD_ALTERNATIVE. */
export function checkAlternative(alternative: Alternative): void {
  if (alternative !== 'two-sided' && alternative !== 'less' && alternative !== 'greater')
    refuse('BAD_ALTERNATIVE', alternative, "'two-sided', 'less' or 'greater'", 'alternative')
}
