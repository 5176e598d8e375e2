import { lowerBound, sorted, upperBound } from '../math/index.js'
import { checkNumbers, checkReturns } from './murphy-checks.js'
import { shortfallTerms, stepsOf } from './murphy-shortfall.js'

/** Of A's curve against B's: below or equal everywhere, above or equal everywhere, neither, the same. */
export type Dominance = 'dominates' | 'dominated' | 'crosses' | 'equal'

/** Sums closer than this, relative to what was added up, are equal. */
const TIE = 1e-12

/**
 * Whether A's Murphy curve of VaR lies below B's at every threshold, so that A has the smaller mean score under every consistent
 * score: both are constant between the forecasts and returns, and are compared at all of these. In the sample; whether a gap is
 * more than chance is a question for `murphyDifference`. Errors: BAD_RETURN, NO_DAYS, BAD_VAR, BAD_LEVEL, LENGTH_MISMATCH.
 */
export function murphyDominance(
  returns: ArrayLike<number>,
  varsA: ArrayLike<number>,
  varsB: ArrayLike<number>,
  level: number,
): Dominance {
  checkReturns(returns, level)
  checkNumbers(varsA, 'BAD_VAR', 'varsA', returns.length)
  checkNumbers(varsB, 'BAD_VAR', 'varsB', returns.length)
  // The elementary score is level - 1(r <= h) at thresholds h from q on, less what depends on the return alone.
  const curves = [varsA, varsB].map(vars => ({
    quantiles: sorted(Float64Array.from(vars, each => -each)),
    both: sorted(Float64Array.from(vars, (each, t) => Math.max(-each, returns[t]))),
  }))
  const sign = signs()
  for (const kinks of curves.flatMap(({ quantiles, both }) => [quantiles, both])) {
    for (const kink of kinks) {
      const [a, b] = curves.map(({ quantiles, both }) => [upperBound(quantiles, kink), upperBound(both, kink)])
      const gap = level * (a[0] - b[0])
      const hits = a[1] - b[1]
      sign.add(gap - hits, Math.abs(gap) + Math.abs(hits))
    }
  }
  return sign.word()
}

/**
 * As `murphyDominance`, for VaR and ES together: both curves are straight between the values of -ES, where they jump, so they are
 * compared at both ends of every piece. Other errors: BAD_ES.
 */
export function murphyShortfallDominance(
  returns: ArrayLike<number>,
  a: { readonly vars: ArrayLike<number>; readonly ess: ArrayLike<number> },
  b: { readonly vars: ArrayLike<number>; readonly ess: ArrayLike<number> },
  level: number,
): Dominance {
  checkReturns(returns, level)
  const [stepsA, stepsB] = [a, b].map(({ vars, ess }, i) => {
    checkNumbers(vars, 'BAD_VAR', `${'ab'[i]}.vars`, returns.length)
    checkNumbers(ess, 'BAD_ES', `${'ab'[i]}.ess`, returns.length)
    const terms = shortfallTerms(returns, vars, level)
    return { ...stepsOf(ess, terms), size: terms.reduce((sum, term) => sum + Math.abs(term), 0) }
  })
  const kinks = sorted([...stepsA.at, ...stepsB.at])
  const sign = signs()
  for (let k = 0; k < kinks.length; k++) {
    const i = lowerBound(stepsA.at, kinks[k])
    const j = lowerBound(stepsB.at, kinks[k])
    for (const threshold of k === 0 ? [kinks[0]] : [kinks[k - 1], kinks[k]]) {
      const gap = stepsA.above[i] - stepsB.above[j] + threshold * (j - i)
      sign.add(gap, stepsA.size + stepsB.size + Math.abs(threshold) * kinks.length)
    }
  }
  return sign.word()
}

/** Which signs a difference takes; of the size of what was added up, a rounding error is none. */
function signs() {
  let below = false
  let above = false
  return {
    add(difference: number, size: number) {
      if (difference < -TIE * size) below = true
      if (difference > TIE * size) above = true
    },
    word: (): Dominance => (below ? (above ? 'crosses' : 'dominates') : above ? 'dominated' : 'equal'),
  }
}
