import { refuse } from '../base/index.js'

const verdicts = ['supported', 'refuted', 'inconclusive'] as const

/** What a run says of a claim. A scenario file's `concludeRun(trace)` returns a list of these. */
export interface Conclusion {
  /** One sentence that can be true or false. */
  readonly claim: string
  readonly verdict: (typeof verdicts)[number]
  /** What the verdict rests on: what was compared, figures, an interval or a p-value, and what was left out. */
  readonly evidence: readonly string[]
  readonly tables?: readonly ConclusionTable[]
}

/** Texts as they are to be read; the first column names the row. */
export interface ConclusionTable {
  readonly title: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** What a scenario file concluded, checked: it may have returned anything. Errors: BAD_CONCLUSION. */
export function checkConclusions(found: unknown, where: string): readonly Conclusion[] {
  const bad = (value: unknown, expected: string, place: string): never =>
    refuse('BAD_CONCLUSION', value, expected, `${where}, concludeRun(trace)${place}`)
  if (!Array.isArray(found)) return bad(found, 'a list of { claim, verdict, evidence, tables? }', '')
  found.forEach((each: Partial<Conclusion> | null, i) => {
    if (typeof each?.claim !== 'string' || each.claim === '') bad(each?.claim, 'a sentence', `[${i}].claim`)
    if (!verdicts.some(verdict => verdict === each?.verdict))
      bad(each?.verdict, `one of ${verdicts.join(', ')}`, `[${i}].verdict`)
    if (!isTexts(each?.evidence) || each.evidence.length === 0) bad(each?.evidence, 'sentences', `[${i}].evidence`)
    const { tables = [] } = each as Conclusion
    if (!Array.isArray(tables)) bad(tables, 'a list of tables', `[${i}].tables`)
    tables.forEach((table: Partial<ConclusionTable> | null, k) => {
      if (!isTable(table)) bad(table, '{ title, columns, rows } of texts, as many in a row as columns', `[${i}].tables[${k}]`)
    })
  })
  return found as readonly Conclusion[]
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every(text => typeof text === 'string')

function isTable(table: Partial<ConclusionTable> | null): table is ConclusionTable {
  const { title, columns, rows } = table ?? {}
  return (
    typeof title === 'string' &&
    isTexts(columns) &&
    Array.isArray(rows) &&
    rows.every(row => isTexts(row) && row.length === columns.length)
  )
}
