import { nextUint32, refuse } from '../base/index.js'
import { chiSquareSurvival } from '../distributions/index.js'
import { exp, gammaincinv } from '../math/index.js'
import { differenceInWords, LOSS_SHARES } from './diebold-mariano-simulated.js'
import { type GiacominiWhiteOptions, momentsOf, waldOf } from './giacomini-white.js'
import { lagOf } from './long-run-variance.js'
import { lossDifferences, meanLossOf } from './losses.js'
import { monteCarloPValue, type Power, type Simulation } from './monte-carlo.js'
import { solveSemidefinite } from './semidefinite.js'

/**
 * The power of the 5 % test against mean differences of 1, 5 and 10 % of the mean loss, the same every day, were they as variable as
 * these: noncentral chi-square. (Against differences that the instruments predict it is larger.) Errors: as `giacominiWhite`, and
 * ZERO_VARIANCE when the losses are equal throughout.
 */
export function giacominiWhitePower(
  lossesA: ArrayLike<number>,
  lossesB: ArrayLike<number>,
  options: GiacominiWhiteOptions = {},
): readonly Power[] {
  const { shares, scale } = lossDifferences(lossesA, lossesB)
  if (scale === 0) refuse('ZERO_VARIANCE', 'equal losses throughout', 'differences that vary', 'lossesA - lossesB')
  const instruments = options?.instruments ?? 'lagged'
  const { rows, differences } = momentsOf(shares, instruments)
  const { variance, rank } = waldOf(rows, differences, lagOf(options?.lag ?? 0, differences.length))
  if (rank === 0) refuse('ZERO_VARIANCE', 'equal losses on every day but the first', 'differences that vary', 'lossesA - lossesB')
  const meanLoss = meanLossOf(lossesA, lossesB) / scale
  const centre = Float64Array.from(rows[0], (_, j) => rows.reduce((sum, row) => sum + row[j] / rows.length, 0))
  return LOSS_SHARES.map(share => {
    const shift = share * meanLoss
    if (instruments === 'lagged') centre[1] = shift
    const { form } = solveSemidefinite(
      variance,
      centre.map(value => value * shift),
    )
    const power = noncentralSurvival(2 * gammaincinv(0.05, rank / 2, true), rank, differences.length * form)
    return { alternative: differenceInWords(share), power, method: 'approximate', standardError: 0 }
  })
}

/** The most that is summed: beyond, nothing is left below a 5 % point. */
const NONCENTRALITY_MAX = 1000

/** P(X > x) of the noncentral chi-square: a Poisson mixture. */
function noncentralSurvival(x: number, df: number, noncentrality: number): number {
  if (noncentrality > NONCENTRALITY_MAX) return 1
  let weight = exp(-noncentrality / 2)
  let below = 0
  for (let j = 0; j < NONCENTRALITY_MAX; j++) {
    const cdf = 1 - chiSquareSurvival(x, df + 2 * j)
    below += weight * cdf
    if (cdf === 0) break
    weight *= noncentrality / 2 / (j + 1)
  }
  return Math.min(1, Math.max(0, 1 - below))
}

/**
 * The Monte Carlo p-value of equal conditional predictive ability: the statistic against those with the signs of days flipped at
 * random. Exact when the difference of a day is as likely as its negative whatever came before, and its size does not depend on earlier
 * signs (instruments of the caller are held fixed). Equal losses throughout have p-value 1. Errors: as `giacominiWhite`, and
 * BAD_REPLICATIONS, BAD_SEED.
 */
export function giacominiWhiteMonteCarlo(
  lossesA: ArrayLike<number>,
  lossesB: ArrayLike<number>,
  options: GiacominiWhiteOptions & Simulation,
): number {
  const { shares, scale } = lossDifferences(lossesA, lossesB)
  const instruments = options?.instruments ?? 'lagged'
  const { rows, differences } = momentsOf(shares, instruments)
  const lag = lagOf(options?.lag ?? 0, differences.length)
  const observed = waldOf(rows, differences, lag).form
  const flipped = shares.slice()
  const first = shares.length - differences.length
  const draw = (bitsOf: () => number): number => {
    let bits = 0
    for (let t = 0; t < shares.length; t++) {
      if ((t & 31) === 0) bits = bitsOf()
      flipped[t] = (bits & 1) === 0 ? shares[t] : -shares[t]
      bits >>>= 1
    }
    if (instruments === 'lagged') for (let t = 0; t < rows.length; t++) rows[t][1] = flipped[t]
    return waldOf(rows, flipped.subarray(first), lag).form
  }
  const pValue = monteCarloPValue(observed, stream => draw(() => nextUint32(stream)), options, 'giacominiWhite')
  return scale === 0 ? 1 : pValue
}
