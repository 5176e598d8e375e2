import type { AgentEvaluation, Evaluation, LevelScore, RuleEvaluation, RuleLevelScore } from '../evaluation/index.js'
import { counted, fixed, fixedExpected, NONE, percent, pValue, signed } from './numbers.js'
import { scenarioRules } from './screening-tables.js'
import { type Field, type Table, tableOf } from './table.js'

/** The page has room for more columns than the terminal. */
export type Room = 'terminal' | 'page'

interface RuleRow {
  readonly label: string
  readonly rule: RuleEvaluation
  readonly score: RuleLevelScore
}

interface AgentRow {
  readonly id: string
  readonly agent: AgentEvaluation
  readonly score: LevelScore
}

const REJECTED = 0.05
const isRejected = (p: number | null): boolean => p !== null && p < REJECTED

export function coverageFields<Row extends { readonly score: LevelScore }>(rows: readonly Row[], room: Room): Field<Row>[] {
  const anyMissing = rows.some(({ score }) => score.missing > 0)
  return [
    ...(room === 'page' ? [{ title: 'days', text: ({ score }: Row) => String(score.days) }] : []),
    ...(anyMissing ? [{ title: room === 'page' ? 'missing' : 'miss.', text: ({ score }: Row) => String(score.missing) }] : []),
    { title: 'hits', text: ({ score }) => (score.days === 0 ? NONE : String(score.hits)) },
    {
      title: room === 'page' ? 'expected' : 'exp.',
      text: ({ score }) => (score.days === 0 ? NONE : fixedExpected(score.expectedHits)),
    },
    ...(room === 'page' ? [{ title: 'rate, %', text: ({ score }: Row) => fixed(rateInPercent(score), 2) }] : []),
    { title: 'Kupiec p', text: ({ score }) => pValue(score.kupiecP), striking: ({ score }) => isRejected(score.kupiecP) },
    {
      title: 'Christ. p',
      text: ({ score }) => pValue(score.christoffersenP),
      striking: ({ score }) => isRejected(score.christoffersenP),
    },
    { title: room === 'page' ? 'mean VaR' : 'VaR', text: ({ score }) => fixed(score.meanVar, 2) },
    { title: room === 'page' ? 'mean ES' : 'ES', text: ({ score }) => fixed(score.meanEs, 2) },
    { title: 'pinball', text: ({ score }) => fixed(score.meanPinball, 4) },
    { title: 'FZ0', text: ({ score }) => fixed(score.meanFz0, 3) },
  ]
}

const rateInPercent = ({ hitRate }: LevelScore): number | null => (hitRate === null ? null : 100 * hitRate)

/** One level's rules: coverage, means, losses and how they compare with the mean rule's. */
export function rulesTable({ rules }: Evaluation, level: number, room: Room): Table {
  const rows = Object.entries(rules).map(([label, rule]): RuleRow => ({ label, rule, score: rule.levels[String(level)] }))
  const fields: Field<RuleRow>[] = [
    { title: 'rule', align: 'left', text: ({ label }) => label },
    ...coverageFields(rows, room),
    {
      title: room === 'page' ? 'Δ\u00a0pinball' : 'vs mean',
      text: ({ score }) => signed(score.pinballAgainstMean?.meanDifference ?? null, 4),
    },
    { title: 'DM p', text: ({ score }) => pValue(score.pinballAgainstMean?.pValue ?? null) },
    ...(room === 'page' ? fz0AgainstMean : []),
  ]
  return tableOf(`Rules, ${percent(level)} VaR`, fields, rows, undefinedFz0(rows.map(({ label, score }) => [label, score])))
}

const fz0AgainstMean: readonly Field<RuleRow>[] = [
  { title: 'Δ\u00a0FZ0', text: ({ score }) => signed(score.fz0AgainstMean?.meanDifference ?? null, 3) },
  { title: 'DM p', text: ({ score }) => pValue(score.fz0AgainstMean?.pValue ?? null) },
]

/** One level's agents, the faulty ones marked. */
export function agentsTable({ agents, faulty }: Evaluation, level: number, room: Room): Table {
  const rows = Object.entries(agents).map(([id, agent]): AgentRow => ({ id, agent, score: agent.levels[String(level)] }))
  const fields: Field<AgentRow>[] = [
    { title: 'agent', align: 'left', text: ({ id, agent }) => (room === 'terminal' && agent.fault !== null ? `! ${id}` : id) },
    { title: 'model', align: 'left', text: ({ agent }) => agent.model },
    ...(room === 'page' && faulty.length > 0 ? [fault] : []),
    ...coverageFields(rows, room),
  ]
  const legend = room === 'terminal' && faulty.length > 0 ? ['! faulty by design'] : []
  return tableOf(`Agents, ${percent(level)} VaR`, fields, rows, [
    ...legend,
    ...undefinedFz0(rows.map(({ id, score }) => [id, score])),
  ])
}

const fault: Field<AgentRow> = {
  title: 'fault',
  align: 'left',
  text: ({ agent }) => agent.fault?.kind ?? '',
  striking: ({ agent }) => agent.fault !== null,
}

export const undefinedFz0 = (scores: readonly (readonly [string, LevelScore])[]): string[] =>
  scores.flatMap(([name, { nonPositiveEsDays }]) =>
    nonPositiveEsDays === 0 ? [] : [`FZ0 of ${name} has no value: ES is not positive on ${counted(nonPositiveEsDays, 'day')}.`],
  )

/** How many faulty agents each rule tolerates, against how many there are. */
export function toleranceTable(evaluation: Evaluation): Table {
  const { days } = evaluation
  const rows = scenarioRules(evaluation)
  return tableOf<readonly [string, RuleEvaluation]>(
    'Faulty agents against what each rule tolerates',
    [
      { title: 'rule', align: 'left', text: ([label]) => label },
      { title: 'parameters', align: 'left', text: ([, { parameters }]) => parametersOf(parameters) },
      { title: 'faulty', text: ([, { tolerance }]) => String(tolerance.faulty) },
      { title: 'tolerates', text: ([, { tolerance }]) => (tolerance.bound === null ? NONE : String(tolerance.bound)) },
      {
        title: 'days exceeded',
        text: ([, { tolerance }]) => (tolerance.bound === null ? NONE : `${tolerance.exceededDays} of ${days}`),
      },
      {
        title: 'verdict',
        align: 'left',
        text: ([, rule]) => toleranceVerdict(rule),
        striking: ([, { tolerance }]) => tolerance.exceeded || tolerance.exceededDays > 0,
      },
    ],
    rows,
    rows.some(([, { tolerance }]) => tolerance.bound === null)
      ? [`${NONE} no bound is known from the number of reports alone`]
      : [],
  )
}

const parametersOf = (parameters: { readonly [name: string]: unknown }): string =>
  Object.entries(parameters)
    .map(([name, value]) => `${name} = ${JSON.stringify(value)}`)
    .join(', ')

/** '2 faulty, tolerates 0: EXCEEDED'. */
export function toleranceVerdict({ tolerance: { bound, faulty, exceeded, exceededDays } }: RuleEvaluation): string {
  if (bound === null) return `${faulty} faulty, no known bound`
  return `${faulty} faulty, tolerates ${bound}: ${exceeded ? 'EXCEEDED' : exceededDays > 0 ? 'EXCEEDED on days with few reports' : 'within'}`
}

/** What the less obvious kinds of notes say. */
const MEANING: { readonly [kind: string]: string } = {
  quarantined: 'the hits of the agent’s reports are no honest forecast’s: screened rules do not hear it',
  readmitted: 'the hits of a quarantined agent’s last reports speak for it: screened rules hear it again',
  'quarantine-full':
    'evidence against one more agent, but nearly half of all are quarantined, and more would leave no majority to trust',
  'quarantine-limited': 'a screened rule needs more reports than are left and heard the least suspicious of the quarantined ones',
  'bound-exceeded': 'more agents turned out faulty on a day than a rule tolerates',
  'prior-learned': 'posteriors of an earlier window, none of whose returns is seen again, became the prior of a training',
  'prior-not-learned': 'too few posteriors to leave out those that may lie: the prior stayed as it was',
  fallback: 'the first choice of a sampler failed its check in a training, and a weaker one took over',
  rejuvenated: 'new returns left too few effective draws of a posterior, which were renewed between trainings',
}

/** Notes by agent and kind. */
export const notesTable = ({ notes }: Evaluation): Table =>
  tableOf(
    'Notes',
    [
      { title: 'agent', align: 'left', text: ({ agent }) => agent },
      { title: 'kind', align: 'left', text: ({ kind }) => kind },
      { title: 'count', text: ({ count }) => String(count) },
      { title: 'first', align: 'left', text: ({ firstDay }) => firstDay || 'before the first day' },
      { title: 'last', align: 'left', text: ({ lastDay }) => lastDay || 'before the first day' },
    ],
    notes,
    Object.keys(MEANING)
      .filter(meant => notes.some(({ kind }) => kind === meant))
      .map(kind => `${kind}: ${MEANING[kind]}`),
  )
