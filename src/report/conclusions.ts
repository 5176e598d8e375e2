import type { Conclusion, ConclusionTable } from '../scenario/conclusion.js'
import { escapeHtml, htmlTable, paragraph, prose } from './markup.js'
import { type Table, tableOf, textTable } from './table.js'
import { wrap } from './terminal.js'

/** What a scenario file concludes from its run, for the terminal: the claim, the verdict, what it rests on. */
export function conclusionsText(conclusions: readonly Conclusion[], width = 100): string {
  return conclusions
    .map(({ claim, verdict, evidence, tables = [] }) =>
      [
        wrap(`${verdict.toUpperCase()}: ${claim}`, width),
        ...evidence.map(sentence => indented(wrap(sentence, width - 2))),
        ...tables.map(table => `\n${textTable(asTable(table), width)}`),
        '',
      ].join('\n'),
    )
    .join('\n')
}

/** The same as parts of a page. */
export const conclusionParts = (conclusions: readonly Conclusion[]): string[] =>
  conclusions.flatMap(({ claim, verdict, evidence, tables = [] }) => [
    `<h3>${escapeHtml(verdict)}: ${prose(claim)}</h3>`,
    ...evidence.map(sentence => paragraph(sentence)),
    ...tables.map(table => htmlTable(asTable(table))),
  ])

const indented = (text: string): string => text.replace(/^/gm, '  ')

const asTable = ({ title, columns, rows }: ConclusionTable): Table =>
  tableOf(
    title,
    columns.map((name, j) => ({ title: name, align: j === 0 ? 'left' : 'right', text: (row: readonly string[]) => row[j] })),
    rows,
  )
