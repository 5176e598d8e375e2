import type { Blame, Evaluation, LossComparison, RuleEvaluation, RuleLevelScore } from '../evaluation/index.js'
import { fixed, NONE, percent, pValue, signed } from './numbers.js'
import { type Table, tableOf } from './table.js'

interface Row {
  readonly unscreened: string
  readonly before: RuleLevelScore
  readonly after: RuleLevelScore
}

const SIGNIFICANT = 0.05

/** Every rule on screened reports against the same rule on all, at one level; null without screening. */
export function screeningTable({ rules }: Evaluation, level: number): Table | null {
  const key = String(level)
  const rows = Object.values(rules).flatMap(({ unscreened, levels }): Row[] =>
    unscreened === null ? [] : [{ unscreened, before: rules[unscreened].levels[key], after: levels[key] }],
  )
  if (rows.length === 0) return null
  return tableOf(
    `Screened reports against all, ${percent(level)} VaR`,
    [
      { title: 'rule', align: 'left', text: ({ unscreened }) => unscreened },
      { title: 'hits all', text: ({ before }) => String(before.hits) },
      { title: 'hits screened', text: ({ after }) => String(after.hits) },
      { title: 'pinball all', text: ({ before }) => fixed(before.meanPinball, 4) },
      { title: 'pinball screened', text: ({ after }) => fixed(after.meanPinball, 4) },
      { title: 'difference', text: ({ after }) => signed(after.pinballAgainstUnscreened?.meanDifference ?? null, 4) },
      { title: 'DM p', text: ({ after }) => pValue(after.pinballAgainstUnscreened?.pValue ?? null) },
      { title: 'Δ\u00a0FZ0', text: ({ after }) => signed(after.fz0AgainstUnscreened?.meanDifference ?? null, 3) },
      { title: 'DM p', text: ({ after }) => pValue(after.fz0AgainstUnscreened?.pValue ?? null) },
      { title: 'screening', align: 'left', text: ({ after }) => screeningVerdict(after.pinballAgainstUnscreened) },
    ],
    rows,
    [
      'difference = screened - all: negative says that screening helped',
      'DM p: Diebold-Mariano of the daily losses, two-sided, with Newey–West’s variance; the verdict is on pinball, at 5 %',
    ],
  )
}

/** 'helped', 'hurt', 'no difference', or that both are the same on every day. */
export function screeningVerdict(comparison: LossComparison | null): string {
  if (comparison === null) return 'same losses'
  if (!(comparison.pValue < SIGNIFICANT)) return 'no clear difference'
  return comparison.meanDifference < 0 ? 'helped' : 'hurt'
}

/** Rules as the scenario names them, without their runs on screened reports. */
export const scenarioRules = ({ rules }: Evaluation): [string, RuleEvaluation][] =>
  Object.entries(rules).filter(([, { unscreened }]) => unscreened === null)

/** The evidence against each agent; null where there is none. */
export function blameTable({ blame }: Evaluation): Table | null {
  if (blame.length === 0) return null
  const count = (charge: keyof Blame['counts']) => ({
    title: charge,
    text: ({ counts }: Blame): string => (counts[charge] === 0 ? NONE : String(counts[charge])),
  })
  // Where nobody is charged with something, it needs no column.
  const charges = [
    { ...count('equivocated'), title: 'two stories', striking: ({ counts }: Blame) => counts.equivocated > 0 },
    count('malformed'),
    count('silent'),
    count('late'),
    { ...count('quarantined'), striking: ({ counts }: Blame) => counts.quarantined > 0 },
    { title: 'let back', text: ({ readmitted }: Blame) => (readmitted === 0 ? NONE : String(readmitted)) },
  ]
  return tableOf<Blame>(
    'Blame: the evidence against each agent',
    [
      { title: 'agent', align: 'left', text: ({ agent }) => agent },
      ...charges.filter(({ text }) => blame.some(one => text(one) !== NONE)),
      { title: 'first', align: 'left', text: ({ firstDay }) => firstDay },
      { title: 'last', align: 'left', text: ({ lastDay }) => lastDay },
      { title: 'strongest evidence', align: 'left', text: ({ evidence }) => `${evidence.day}: ${evidence.detail}` },
    ],
    blame,
    [
      'silent: no report by the deadline; quarantined: its hits are no honest forecast’s',
      'links that lose, delay or garble leave the same traces as agents do',
    ],
  )
}
