import type { SweepResult } from '../scenario/index.js'
import { fixed } from './numbers.js'
import { type Field, type Table, tableOf } from './table.js'

type Point = SweepResult['point']

/** A point's value as a reader sees it. */
const shown = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))

const pointFields = <Row extends { readonly point: Point }>(names: readonly string[]): Field<Row>[] =>
  names.map(name => ({ title: name, align: 'left', text: ({ point }) => shown(point[name]) }))

const rulesIn = (results: readonly SweepResult[]): string[] => [
  ...new Set(results.flatMap(({ trace }) => Object.keys(trace.rules))),
]

/** Results of one point, its replications together. */
interface Cell {
  readonly point: Point
  readonly runs: readonly SweepResult[]
}

function cellsOf(results: readonly SweepResult[]): Cell[] {
  const cells = new Map<string, SweepResult[]>()
  for (const result of results) {
    const name = JSON.stringify(result.point)
    cells.set(name, [...(cells.get(name) ?? []), result])
  }
  return [...cells.values()].map(runs => ({ point: runs[0].point, runs }))
}

/** Mean and standard error of the mean (sd with divisor k - 1, over sqrt k); no error of a single value. */
export function spreadOf(values: readonly (number | null)[]): {
  readonly mean: number | null
  readonly standardError: number | null
} {
  const known = values.filter((x): x is number => x !== null)
  if (known.length === 0) return { mean: null, standardError: null }
  const mean = known.reduce((sum, x) => sum + x, 0) / known.length
  if (known.length === 1) return { mean, standardError: null }
  const variance = known.reduce((sum, x) => sum + (x - mean) * (x - mean), 0) / (known.length - 1)
  return { mean, standardError: Math.sqrt(variance / known.length) }
}

/**
 * Every rule's mean pinball loss at a level: a row a run, or, when points were run several times, a row a point with the mean
 * over its replications and the standard error of that mean.
 */
export function sweepTable(results: readonly SweepResult[], level: string, rules: readonly string[] = rulesIn(results)): Table {
  const names = Object.keys(results[0]?.point ?? {})
  const lossOf = ({ trace }: SweepResult, rule: string): number | null => trace.rules[rule]?.[level]?.pinball ?? null
  const cells = cellsOf(results)
  const title = `Mean pinball loss at ${level}`
  if (cells.every(({ runs }) => runs.length === 1))
    return tableOf<SweepResult>(
      title,
      [
        ...pointFields<SweepResult>(names),
        ...rules.map(rule => ({ title: rule, text: (result: SweepResult) => fixed(lossOf(result, rule), 4) })),
        { title: 'digest', align: 'left', text: ({ trace }) => trace.digest.slice(0, 12) },
      ],
      results,
    )
  const spread = ({ runs }: Cell, rule: string): string => {
    const { mean, standardError } = spreadOf(runs.map(run => lossOf(run, rule)))
    return standardError === null ? fixed(mean, 4) : `${fixed(mean, 4)} ± ${fixed(standardError, 4)}`
  }
  return tableOf<Cell>(
    title,
    [
      ...pointFields<Cell>(names),
      { title: 'runs', text: ({ runs }) => String(runs.length) },
      ...rules.map(rule => ({ title: rule, text: (cell: Cell) => spread(cell, rule) })),
    ],
    cells,
    ['Mean over replications ± standard error of that mean.'],
  )
}

/** The same for a terminal: so few rules a table that the points keep their names, and of a rule only the points that were run with it. */
export function sweepTextTables(results: readonly SweepResult[], level: string): Table[] {
  const rules = rulesIn(results)
  const parts = Array.from({ length: Math.ceil(rules.length / RULES_A_TABLE) }, (_, i) =>
    rules.slice(i * RULES_A_TABLE, (i + 1) * RULES_A_TABLE),
  )
  return parts.map(part => {
    const own = results.filter(({ trace }) => part.some(rule => Object.hasOwn(trace.rules, rule)))
    return sweepTable(own, level, part)
  })
}

const RULES_A_TABLE = 5

const csvCell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

/** One row a run, stream (rule or agent) and level, numbers in full. Empty where there is none. */
export function sweepCsv(results: readonly SweepResult[]): string {
  const names = Object.keys(results[0]?.point ?? {})
  const numbers = ['days', 'hits', 'meanVar', 'meanEs', 'pinball', 'fz0'] as const
  const head = [...names, 'replication', 'seed', 'digest', 'stream', 'name', 'level', ...numbers]
  const rows = results.flatMap(({ point, replication, seed, trace }) => {
    const run = [...names.map(name => shown(point[name])), String(replication), seed, trace.digest]
    return (['rule', 'agent'] as const).flatMap(stream =>
      Object.entries(stream === 'rule' ? trace.rules : trace.agents).flatMap(([name, levels]) =>
        Object.entries(levels).map(([level, score]) => [
          ...run,
          stream,
          name,
          level,
          ...numbers.map(field => String(score[field] ?? '')),
        ]),
      ),
    )
  })
  return `${[head, ...rows].map(row => row.map(csvCell).join(',')).join('\n')}\n`
}
