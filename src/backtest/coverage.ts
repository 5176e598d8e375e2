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
  const days = parseHits(hits, 1)
  const count = days.reduce((sum, hit) => sum + hit, 0)
  return { hits: count, days: days.length, ...chiSquareTest(coverageRatio(count, days.length, level), 1) }
}

/**
 * Independence of successive hits, against chi-square(1), and conditional coverage, against chi-square(2) (Christoffersen 1998):
 * LR_cc = LR_uc on all T days + LR_ind on the T - 1 transitions. Errors: BAD_HITS, BAD_LEVEL, TOO_FEW_DAYS (fewer than 2).
 */
export function christoffersen(hits: Hits, level: number): ChristoffersenTest {
  checkLevel(level)
  const days = parseHits(hits, 2)
  const count = days.reduce((sum, hit) => sum + hit, 0)
  const independence = independenceRatio(days)
  return {
    independence: chiSquareTest(independence, 1),
    conditionalCoverage: chiSquareTest(coverageRatio(count, days.length, level) + independence, 2),
  }
}

const chiSquareTest = (statistic: number, df: number): Test => ({ statistic, pValue: chiSquareSurvival(statistic, df) })

function coverageRatio(count: number, days: number, level: number): number {
  const expected = days * level
  const excess = count - expected
  return likelihoodRatio(term(count, expected, excess) + term(days - count, days - expected, -excess))
}

/** 2 sum O log(O / E) over the four kinds of transition, E from the margins; O - E is one number for all four, up to its sign. */
function independenceRatio(days: Uint8Array): number {
  const counts = new Float64Array(4)
  for (let t = 1; t < days.length; t++) counts[2 * days[t - 1] + days[t]]++
  const [calm, calmToHit, hitToCalm, repeated] = counts
  const n = days.length - 1
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
