import type { Evaluation, EvaluationComparison, SeriesDifference } from '../evaluation/index.js'
import { fixed, NONE, percent, signed } from './numbers.js'
import { type Table, tableOf } from './table.js'

interface Row {
  readonly name: string
  readonly what: string
  readonly losses: SeriesDifference
}

/** What agents take from each other in this run: posteriors, learned priors, or both. */
export function sharedThings(evaluation?: Evaluation): string {
  if (evaluation === undefined || evaluation.priorLearners.length === 0) return 'Sharing posteriors'
  return evaluation.assimilations.count === 0 ? 'Learning priors' : 'Sharing posteriors and learning priors'
}

/** One level's mean losses with sharing and without; negative differences say that sharing helped. */
export function sharingTable({ rules, agents }: EvaluationComparison, level: number, evaluation?: Evaluation): Table {
  const key = String(level)
  const isFaulty = (id: string): boolean => evaluation?.faulty.some(({ agent }) => agent === id) ?? false
  const rows: Row[] = [
    ...Object.entries(rules).map(([name, levels]) => ({ name, what: 'rule', losses: levels[key] })),
    ...Object.entries(agents).map(([name, levels]) => ({
      name,
      what: isFaulty(name) ? 'faulty agent' : 'agent',
      losses: levels[key],
    })),
  ]
  return tableOf(
    `${sharedThings(evaluation)} against none, ${percent(level)} VaR`,
    [
      { title: 'of', align: 'left', text: ({ name }) => name },
      { title: 'is', align: 'left', text: ({ what }) => what },
      { title: 'pinball sharing', text: ({ losses }) => fixed(losses.pinball.first, 4) },
      { title: 'pinball control', text: ({ losses }) => fixed(losses.pinball.second, 4) },
      { title: 'pinball difference', text: ({ losses }) => signed(losses.pinball.difference, 4) },
      { title: 'FZ0 sharing', text: ({ losses }) => fixed(losses.fz0.first, 3) },
      { title: 'FZ0 control', text: ({ losses }) => fixed(losses.fz0.second, 3) },
      { title: 'FZ0 difference', text: ({ losses }) => signed(losses.fz0.difference, 3) },
    ],
    rows,
    [
      'difference = with sharing - control: negative says that sharing helped',
      ...(rows.every(({ losses }) => losses.sameDays)
        ? []
        : [`no difference (${NONE}) where the two runs scored different days`]),
    ],
  )
}
