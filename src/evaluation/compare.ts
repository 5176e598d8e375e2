import { refuse } from '../base/index.js'
import type { Calibration, Evaluation, EvaluationComparison, LevelScore, LossDifference, SeriesDifference } from './types.js'

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

interface Scored {
  readonly levels: { readonly [level: string]: LevelScore }
  readonly calibration: Calibration
}

type AllScored = { readonly [name: string]: Scored }

function compareAll(
  a: AllScored,
  b: AllScored,
  levels: readonly number[],
): { [name: string]: { [level: string]: SeriesDifference } } {
  const shared = Object.keys(a).filter(name => Object.hasOwn(b, name))
  return Object.fromEntries(shared.map(name => [name, compareSeries(a[name], b[name], levels.map(String))]))
}

function compareSeries(a: Scored, b: Scored, levels: readonly string[]): { [level: string]: SeriesDifference } {
  const sameDays = a.calibration.pit.every((value, day) => (value === null) === (b.calibration.pit[day] === null))
  const compare = (first: LevelScore, second: LevelScore): SeriesDifference => ({
    sameDays,
    pinball: difference(first.meanPinball, second.meanPinball, sameDays),
    fz0: difference(first.meanFz0, second.meanFz0, sameDays),
  })
  return Object.fromEntries(levels.map(level => [level, compare(a.levels[level], b.levels[level])]))
}

const difference = (first: number | null, second: number | null, isComparable: boolean): LossDifference => ({
  first,
  second,
  difference: first === null || second === null || !isComparable ? null : first - second,
})
