import { chiSquareSurvival } from '../distributions/index.js'
import { log1p } from '../math/index.js'
import type { TestCard } from './card.js'
import { checkLevel, type Hits, parseHits } from './hits.js'

export interface Test {
  readonly statistic: number
  readonly pValue: number
}

/** A test against chi-square(df). */
export interface ChiSquareTest extends Test {
  readonly df: number
}

export interface KupiecTest extends ChiSquareTest {
  readonly hits: number
  readonly days: number
}

export interface ChristoffersenTest {
  readonly independence: ChiSquareTest
  readonly conditionalCoverage: ChiSquareTest
}

export const kupiecCard: TestCard = {
  name: 'kupiec',
  title: 'Unconditional coverage (Kupiec)',
  null: 'Hits come at the rate of the level.',
  source: 'Kupiec (1995), The Journal of Derivatives 3(2)',
  caution:
    'Blind to when the hits come. Counts are whole numbers, so the true size of a 5 % test is not 5 %: on 1000 days 5.5 % at a ' +
    'level of 1 %, 4.1 % at 2.5 % and 5.2 % at 5 %; on 250 days at 1 % 9.5 %, since no hits at all are enough to reject.',
}

export const independenceCard: TestCard = {
  name: 'independence',
  title: 'Independence of successive hits (Christoffersen)',
  null: 'A hit today is as likely after a hit as after a calm day, whatever the rate.',
  source: 'Christoffersen (1998), International Economic Review 39(4), section 3.2',
  caution:
    'Sees one day back only. The true size of a 5 % test on 1000 days is 1.8 % at a level of 1 %, 2.0 % at 2.5 % and 8.0 % at 5 %; ' +
    'on 250 days 1.3 % to 1.7 %. The Monte Carlo p-value, for hits at the rate of the level, is exact.',
}

export const conditionalCoverageCard: TestCard = {
  name: 'conditionalCoverage',
  title: 'Conditional coverage (Christoffersen)',
  null: 'Hits come at the rate of the level, and as often after a hit as after a calm day.',
  source: 'Christoffersen (1998), International Economic Review 39(4), section 3.3',
  caution:
    'Sees one day back only. The true size of a 5 % test on 1000 days is 2.8 % at a level of 1 %, 3.9 % at 2.5 % and 5.5 % at 5 %; ' +
    'on 250 days 0.8 %, 3.2 % and 4.1 %. The Monte Carlo p-value is exact.',
}

/**
 * Unconditional coverage: is the rate of hits `level`? The likelihood ratio against chi-square(1) (Kupiec 1995), with
 * 0 log 0 = 0. Errors: BAD_HITS, BAD_LEVEL, TOO_FEW_DAYS (none).
 */
export function kupiec(hits: Hits, level: number): KupiecTest {
  checkLevel(level)
  return kupiecOf(countHits(parseHits(hits, 1)), level)
}

/**
 * Independence of successive hits, against chi-square(1), and conditional coverage, against chi-square(2) (Christoffersen 1998):
 * LR_cc = LR_uc on all T days + LR_ind on the T - 1 transitions. Errors: BAD_HITS, BAD_LEVEL, TOO_FEW_DAYS (fewer than 2).
 */
export function christoffersen(hits: Hits, level: number): ChristoffersenTest {
  checkLevel(level)
  return christoffersenOf(countHits(parseHits(hits, 2)), level)
}

/** What both tests need to know of a sequence of hits: it can be counted as the days go by. */
export interface HitCounts {
  readonly days: number
  readonly hits: number
  /** Pairs of successive days: calm to calm, calm to hit, hit to calm, hit to hit. */
  readonly transitions: readonly [number, number, number, number]
}

/** {@link kupiec} from counts of at least one day. */
export const kupiecOf = ({ days, hits }: HitCounts, level: number): KupiecTest => ({
  hits,
  days,
  ...chiSquareTest(coverageRatio(hits, days, level), 1),
})

/** {@link christoffersen} from counts of at least two days. */
export function christoffersenOf({ days, hits, transitions }: HitCounts, level: number): ChristoffersenTest {
  const independence = independenceRatio(transitions)
  return {
    independence: chiSquareTest(independence, 1),
    conditionalCoverage: chiSquareTest(coverageRatio(hits, days, level) + independence, 2),
  }
}

function countHits(days: Uint8Array): HitCounts {
  const transitions: [number, number, number, number] = [0, 0, 0, 0]
  for (let t = 1; t < days.length; t++) transitions[2 * days[t - 1] + days[t]]++
  return { days: days.length, hits: days.reduce((sum, hit) => sum + hit, 0), transitions }
}

/** A statistic with its p-value against chi-square(df). */
export const chiSquareTest = (statistic: number, df: number): ChiSquareTest => ({
  statistic,
  df,
  pValue: chiSquareSurvival(statistic, df),
})

/** Kupiec's likelihood ratio. */
export function coverageRatio(count: number, days: number, level: number): number {
  const expected = days * level
  const excess = count - expected
  return likelihoodRatio(term(count, expected, excess) + term(days - count, days - expected, -excess))
}

/** 2 sum O log(O / E) over the four kinds of transition, E from the margins; O - E is one number for all four, up to its sign. */
export function independenceRatio([calm, calmToHit, hitToCalm, repeated]: HitCounts['transitions']): number {
  const n = calm + calmToHit + hitToCalm + repeated
  const excess = (calm * repeated - calmToHit * hitToCalm) / n
  const fromCalm = calm + calmToHit
  const toCalm = calm + hitToCalm
  return likelihoodRatio(
    term(calm, (fromCalm * toCalm) / n, excess) +
      term(calmToHit, (fromCalm * (n - toCalm)) / n, -excess) +
      term(hitToCalm, ((n - fromCalm) * toCalm) / n, -excess) +
      term(repeated, ((n - fromCalm) * (n - toCalm)) / n, excess),
  )
}

/** O log(O / E) for O = E + excess, by log1p: near the null the plain logarithms would cancel. 0 log 0 = 0. */
const term = (observed: number, expected: number, excess: number): number =>
  observed === 0 ? 0 : observed * log1p(excess / expected)

// Never negative but for rounding, and never -0.
const likelihoodRatio = (halved: number): number => (halved > 0 ? 2 * halved : 0)
