import type { Evaluation, EvaluationComparison } from '../evaluation/index.js'
import { sharingTable } from './comparison-table.js'
import { agentsTable, rulesTable, toleranceTable } from './evaluation-tables.js'
import { blameTable, screeningTable } from './screening-tables.js'
import { summarise } from './summary.js'
import { type Table, textTable } from './table.js'

/** The tables of a run: per level the rules and the agents, then screening, the bounds, the blame, then sharing against its control. */
export function evaluationTables(evaluation: Evaluation, comparison?: EvaluationComparison): Table[] {
  return [
    ...evaluation.levels.flatMap(level => [
      rulesTable(evaluation, level, 'terminal'),
      agentsTable(evaluation, level, 'terminal'),
    ]),
    ...evaluation.levels.flatMap(level => screeningTable(evaluation, level) ?? []),
    toleranceTable(evaluation),
    ...[blameTable(evaluation)].filter(table => table !== null),
    ...(comparison === undefined ? [] : comparison.levels.map(level => sharingTable(comparison, level, evaluation))),
  ]
}

/** What a run prints: its tables and its summary, in at most `width` columns. */
export function evaluationText(evaluation: Evaluation, comparison?: EvaluationComparison, width = 100): string {
  const tables = evaluationTables(evaluation, comparison).map(table => textTable(table, width))
  const { warnings, sentences } = summarise(evaluation, comparison)
  const prose = [...warnings.map(warning => `WARNING: ${warning}`), ...sentences].map(sentence => wrap(sentence, width))
  return [...tables, ...prose, ''].join('\n')
}

/** Keeps a number on the line of its percent sign. */
const GLUE = '\u00a0'

export function wrap(text: string, width: number): string {
  const lines: string[] = []
  let line = ''
  for (const word of text
    .replace(/\p{C}/gu, '?')
    .replace(/(\d) %/g, `$1${GLUE}%`)
    .split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].join('\n').replaceAll(GLUE, ' ')
}
