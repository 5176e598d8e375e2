import { chiSquareSurvival } from '../distributions/index.js'
import { log1p } from '../math/index.js'
import { checkLevel, type Hits, parseHits } from './hits.js'

export interface Test {
  readonly statistic: number
  readonly pValue: number
}

export interface KupiecTest extends Test {
  readonly hits: number
  readonly days: number
}

export interface ChristoffersenTest {
  readonly independence: Test
  readonly conditionalCoverage: Test
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

const chiSquareTest = (statistic: number, df: number): Test => ({ statistic, pValue: chiSquareSurvival(statistic, df) })

function coverageRatio(count: number, days: number, level: number): number {
  const expected = days * level
  const excess = count - expected
  return likelihoodRatio(term(count, expected, excess) + term(days - count, days - expected, -excess))
}

/** 2 sum O log(O / E) over the four kinds of transition, E from the margins; O - E is one number for all four, up to its sign. */
function independenceRatio([calm, calmToHit, hitToCalm, repeated]: HitCounts['transitions']): number {
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
