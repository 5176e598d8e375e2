import { type FaultyAgent, type LevelScore, scoreSummary } from '../evaluation/index.js'
import type { Scenario, TraceSummary } from '../scenario/index.js'
import { coverageFields, undefinedFz0 } from './evaluation-tables.js'
import { percent } from './numbers.js'
import { type Table, tableOf, textTable } from './table.js'

/** One rule's or agent's scores, from running sums. */
interface Row {
  readonly name: string
  readonly score: LevelScore
}

/** What a streamed run prints: per level the rules and the agents; no losses are left to be compared day by day. */
export function summaryText(summary: TraceSummary, scenario: Scenario, faulty: readonly FaultyAgent[], width = 100): string {
  const tables = scenario.riskLevels.flatMap(level => [
    rulesOf(summary, level), //
    agentsOf(summary, scenario, faulty, level),
  ])
  return tables.map(table => `${textTable(table, width)}\n`).join('')
}

function rulesOf({ rules, days }: TraceSummary, level: number): Table {
  const rows = rowsOf(rules, level, days)
  const fields = [{ title: 'rule', align: 'left' as const, text: ({ name }: Row) => name }, ...coverageFields(rows, 'terminal')]
  return tableOf(`Rules, ${percent(level)} VaR`, fields, rows, undefinedFz0(rows.map(({ name, score }) => [name, score])))
}

function agentsOf({ agents, days }: TraceSummary, scenario: Scenario, faulty: readonly FaultyAgent[], level: number): Table {
  const rows = rowsOf(agents, level, days)
  const isFaulty = (id: string): boolean => faulty.some(({ agent }) => agent === id)
  const fields = [
    { title: 'agent', align: 'left' as const, text: ({ name }: Row) => (isFaulty(name) ? `! ${name}` : name) },
    {
      title: 'model',
      align: 'left' as const,
      text: ({ name }: Row) => scenario.agents.find(({ id }) => id === name)?.model.name ?? '',
    },
    ...coverageFields(rows, 'terminal'),
  ]
  const legend = faulty.length > 0 ? ['! faulty by design'] : []
  return tableOf(`Agents, ${percent(level)} VaR`, fields, rows, [
    ...legend,
    ...undefinedFz0(rows.map(({ name, score }) => [name, score])),
  ])
}

const rowsOf = (all: TraceSummary['rules'], level: number, days: number): Row[] =>
  Object.entries(all).map(([name, levels]) => ({ name, score: scoreSummary(levels[String(level)], level, days) }))
