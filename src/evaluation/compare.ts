import { refuse } from '../base/index.js'
import type { Evaluation, EvaluationComparison, LevelScore, LossDifference, SeriesDifference } from './types.js'

type ByLevel = { readonly [level: string]: LevelScore }

/**
 * Mean losses of two runs over the same days side by side, for the rules and agents that both have; differences are
 * first - second, so that with `first` the run with sharing a negative number says that sharing helped.
 */
export function compareEvaluations(first: Evaluation, second: Evaluation): EvaluationComparison {
  const span = ({ days, firstDay, lastDay }: Evaluation): string => `${days} days, ${firstDay} to ${lastDay}`
  if (span(first) !== span(second)) refuse('DIFFERENT_DAYS', span(second), span(first), 'compareEvaluations')
  const levels = first.levels.filter(level => second.levels.includes(level))
  return {
    firstDigest: first.digest,
    secondDigest: second.digest,
    levels,
    rules: compareAll(first.rules, second.rules, levels),
    agents: compareAll(first.agents, second.agents, levels),
  }
}

type Scored = { readonly [name: string]: { readonly levels: ByLevel } }

function compareAll(a: Scored, b: Scored, levels: readonly number[]): { [name: string]: { [level: string]: SeriesDifference } } {
  const shared = Object.keys(a).filter(name => Object.hasOwn(b, name))
  return Object.fromEntries(
    shared.map(name => [
      name,
      Object.fromEntries(levels.map(String).map(level => [level, compareScores(a[name].levels[level], b[name].levels[level])])),
    ]),
  )
}

const compareScores = (a: LevelScore, b: LevelScore): SeriesDifference => ({
  pinball: difference(a.meanPinball, b.meanPinball),
  fz0: difference(a.meanFz0, b.meanFz0),
})

const difference = (first: number | null, second: number | null): LossDifference => ({
  first,
  second,
  difference: first === null || second === null ? null : first - second,
})
