import { nextUint32, refuse, type Stream } from '../base/index.js'
import { normalSurvival } from '../distributions/index.js'
import { automaticBlockLength } from './block-length.js'
import { type Alternative, checkAlternative, studentise } from './diebold-mariano.js'
import { type Lag, lagOf } from './long-run-variance.js'
import { lossDifferences, meanLossOf } from './losses.js'
import { monteCarloPValue, type Power, type Simulation } from './monte-carlo.js'

/** The two-sided 5 % point of the normal. */
const CRITICAL = 1.959963984540054
/** Alternatives, as shares of the mean loss. */
export const LOSS_SHARES = [0.01, 0.05, 0.1]

export const differenceInWords = (share: number): string => `a mean difference of ${100 * share} % of the mean loss`

/**
 * The power of the two-sided 5 % test against mean differences of 1, 5 and 10 % of the mean loss (the absolute mean of both), were
 * they as variable as these differences: P(|Z + difference / standard error| > 1.96). Errors: as `dieboldMariano`, and
 * ZERO_VARIANCE when the losses are equal throughout.
 */
export function dieboldMarianoPower(
  lossesA: ArrayLike<number>,
  lossesB: ArrayLike<number>,
  options: { readonly lag?: Lag } = {},
): readonly Power[] {
  const differences = lossDifferences(lossesA, lossesB)
  const { standardError } = studentise(differences, lagOf(options?.lag ?? 0, lossesA.length))
  if (standardError === 0) refuse('ZERO_VARIANCE', 'equal losses throughout', 'differences that vary', 'lossesA - lossesB')
  const meanLoss = meanLossOf(lossesA, lossesB) / differences.scale
  return LOSS_SHARES.map(share => {
    const shift = (share * meanLoss) / standardError
    const power = normalSurvival(CRITICAL - shift) + normalSurvival(CRITICAL + shift)
    return { alternative: differenceInWords(share), power, method: 'approximate', standardError: 0 }
  })
}

export interface SignFlips extends Simulation {
  /** Days whose differences change sign together. Default: `automaticBlockLength` of the differences. */
  readonly blockLength?: number
  readonly alternative?: Alternative
}

/**
 * The Monte Carlo p-value of equal expected loss: the mean difference against those with the signs of whole blocks of days flipped
 * at random. Exact when blocks are independent and the differences of each are as likely as their negatives; dependence within
 * a block is allowed, skewed differences make it approximate. (Flips leave the sum of squared block sums as it is, so the mean
 * orders samples as its ratio to their standard error does.) Equal losses throughout have p-value 1. Errors: BAD_LOSS, LENGTH_MISMATCH, TOO_FEW_DAYS, BAD_ALTERNATIVE,
 * BAD_BLOCK_LENGTH, BAD_REPLICATIONS, BAD_SEED.
 */
export function dieboldMarianoMonteCarlo(lossesA: ArrayLike<number>, lossesB: ArrayLike<number>, options: SignFlips): number {
  const { shares, scale } = lossDifferences(lossesA, lossesB)
  const days = shares.length
  const alternative = options?.alternative ?? 'two-sided'
  checkAlternative(alternative)
  const length = options?.blockLength ?? automaticBlockLength([shares])
  if (!(Number.isInteger(length) && length >= 1 && length <= days))
    refuse('BAD_BLOCK_LENGTH', length, `a whole number from 1 to ${days}`, 'blockLength')
  const sums = new Float64Array(Math.ceil(days / length))
  for (let t = 0; t < days; t++) sums[Math.floor(t / length)] += shares[t]
  const against = (sum: number): number => (alternative === 'two-sided' ? Math.abs(sum) : alternative === 'greater' ? sum : -sum)
  let observed = 0
  for (const sum of sums) observed += sum
  const pValue = monteCarloPValue(against(observed), stream => against(flipped(sums, stream)), options, 'dieboldMariano')
  return scale === 0 ? 1 : pValue
}

/** The sum with a fair coin's sign for each. */
function flipped(sums: Float64Array, stream: Stream): number {
  let sum = 0
  let bits = 0
  for (let k = 0; k < sums.length; k++) {
    if ((k & 31) === 0) bits = nextUint32(stream)
    sum += (bits & 1) === 0 ? sums[k] : -sums[k]
    bits >>>= 1
  }
  return sum
}
