import { betainc, ln, lnGamma, log1p } from '../math/index.js'
import type { TestCard } from './card.js'
import { checkLevel, type Hits, parseHits } from './hits.js'
import type { Power } from './monte-carlo.js'
import { checkDays, ratePowers } from './power.js'

export interface BinomialTest {
  readonly hits: number
  readonly days: number
  /** P(X >= hits): small when hits are too many. */
  readonly pValue: number
  /** The probability of all counts that are no more likely than this one. */
  readonly twoSided: number
}

export const binomialCoverageCard: TestCard = {
  name: 'binomialCoverage',
  title: 'Too many hits (binomial, one-sided)',
  null: 'Hits are independent and come no more often than the level says.',
  source: 'Basel Committee (1996), Supervisory framework for the use of backtesting; exact binomial probabilities',
  caution:
    'Exact, so it needs no simulation; but counts are whole numbers, and a 5 % test rejects less than 5 % of right models: on ' +
    '250 days at 1 % it takes 6 hits, and rejects 4.1 %. A VaR that is too high is never found, nor hits that cluster.',
}

/** P(X >= count) for X binomial(days, rate), accurate in the far tail. */
export const binomialAtLeast = (count: number, days: number, rate: number): number =>
  count <= 0 ? 1 : count > days ? 0 : betainc(rate, count, days - count + 1, true, false)

/** P(X <= count) for X binomial(days, rate), accurate in the far tail. */
export const binomialAtMost = (count: number, days: number, rate: number): number =>
  count < 0 ? 0 : count >= days ? 1 : betainc(rate, count + 1, days - count, true, true)

/**
 * Coverage by exact binomial probabilities: `pValue` against too many hits, as supervisors ask, and the two-sided one that takes
 * in every count no more likely than the one seen (as R's binom.test). Errors: BAD_HITS, BAD_LEVEL, TOO_FEW_DAYS (none).
 */
export function binomialCoverage(hits: Hits, level: number): BinomialTest {
  checkLevel(level)
  const days = parseHits(hits, 1)
  return binomialCoverageOf(
    days.reduce((sum, hit) => sum + hit, 0),
    days.length,
    level,
  )
}

/** {@link binomialCoverage} from a count. */
export const binomialCoverageOf = (hits: number, days: number, level: number): BinomialTest => ({
  hits,
  days,
  pValue: binomialAtLeast(hits, days, level),
  twoSided: twoSided(hits, days, level),
})

/** The exact power of the one-sided 5 % test against true rates of 1.5 and 2 times the level. Errors: BAD_DAYS, BAD_LEVEL. */
export function binomialCoveragePower(days: number, level: number): readonly Power[] {
  checkDays(days)
  checkLevel(level)
  const least = leastRejected(days, level)
  return ratePowers([1.5 * level, 2 * level], rate => binomialAtLeast(least, days, rate))
}

/** The least count with P(X >= count) <= .05. */
function leastRejected(days: number, level: number): number {
  let low = 0
  let high = days + 1
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (binomialAtLeast(middle, days, level) <= 0.05) high = middle
    else low = middle
  }
  return high
}

// Counts whose probabilities differ by less than this, relative, are equally likely (as in R).
const EQUALLY_LIKELY = 1e-7

function twoSided(hits: number, days: number, level: number): number {
  const logPmf = (k: number): number =>
    lnGamma(days + 1) - lnGamma(k + 1) - lnGamma(days - k + 1) + k * ln(level) + (days - k) * log1p(-level)
  const limit = logPmf(hits) + EQUALLY_LIKELY
  const mean = days * level
  if (hits === mean) return 1
  // The other tail: probabilities fall with the distance from the mode, which lies within one of the mean.
  if (hits < mean) {
    let [low, high] = [Math.ceil(mean) - 1, days + 1]
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if (logPmf(middle) <= limit) high = middle
      else low = middle
    }
    return Math.min(1, binomialAtMost(hits, days, level) + binomialAtLeast(high, days, level))
  }
  let [low, high] = [-1, Math.floor(mean) + 1]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (logPmf(middle) <= limit) low = middle
    else high = middle
  }
  return Math.min(1, binomialAtLeast(hits, days, level) + binomialAtMost(low, days, level))
}
