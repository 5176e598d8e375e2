import { readSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { type DayRisks, type RunFacts, type SummarySink, summarySink } from '../scenario/index.js'
import { forecastsHeader, forecastsRow } from './forecasts-csv.js'

/** Where the lines of one file go, in order. */
export interface Lines {
  /** The line is given without its end. */
  add(line: string): void
  /** Resolves when there is room for more. */
  drained(): Promise<void>
}

/** Bytes that may wait to be written. */
const WAITING_MAX = 1 << 18

/** Writes lines to a file in large pieces; `end` writes what still waits. */
export function fileLines(file: FileHandle): Lines & { end(): Promise<void> } {
  let waiting: string[] = []
  let characters = 0

  async function end(): Promise<void> {
    const text = waiting.join('')
    waiting = []
    characters = 0
    await file.writeFile(text)
  }

  return {
    add(line) {
      waiting.push(line, '\n')
      characters += line.length + 1
    },
    drained: async () => (characters < WAITING_MAX ? undefined : end()),
    end,
  }
}

/** What differs first between a file and the lines it should hold. */
export interface LineDifference {
  /** Counted from 0. */
  readonly line: number
  readonly found: string
  readonly expected: string
}

const PIECE = 1 << 16

/**
 * Compares a file, open for reading, with the lines that it should hold, byte by byte, in memory that its size has no part in.
 * After the first difference nothing more is read.
 */
export function comparedLines(descriptor: number): Lines & { difference(): LineDifference | undefined; end(): void } {
  const buffer = Buffer.alloc(PIECE)
  let [from, to, line] = [0, 0, 0]
  let different: LineDifference | undefined

  /** Up to `count` bytes, fewer at the file's end only; valid until the next call. */
  function next(count: number): Buffer {
    if (to - from < count) {
      buffer.copyWithin(0, from, to)
      ;[from, to] = [0, to - from]
      for (let read = -1; read !== 0 && to < PIECE; to += read) read = readSync(descriptor, buffer, to, PIECE - to, null)
    }
    const piece = buffer.subarray(from, Math.min(to, from + count))
    from += piece.length
    return piece
  }

  function add(text: string): void {
    if (different !== undefined) return
    const expected = Buffer.from(`${text}\n`)
    for (let at = 0; at < expected.length; ) {
      const piece = next(Math.min(PIECE, expected.length - at))
      const wanted = expected.subarray(at, at + Math.max(1, piece.length))
      if (!piece.equals(wanted)) {
        const start = Buffer.concat([expected.subarray(0, at), piece])
        different = { line, found: firstLine(Buffer.concat([start, next(PIECE)])), expected: text }
        return
      }
      at += piece.length
    }
    line++
  }

  return {
    add,
    drained: async () => undefined,
    difference: () => different,
    end() {
      if (different !== undefined) return
      const rest = next(PIECE)
      if (rest.length > 0) different = { line, found: firstLine(rest), expected: 'nothing' }
    },
  }
}

function firstLine(bytes: Buffer): string {
  if (bytes.length === 0) return 'nothing'
  const end = bytes.indexOf(10)
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end)
}

/** A sink that turns a run into the lines of trace.jsonl and forecasts.csv as its days end, and keeps running sums only. */
export function lineSink(facts: RunFacts, trace: Lines, forecasts: Lines): SummarySink {
  const { rules, agents, days, returns } = facts
  const { riskLevels } = facts.scenario
  const sums = summarySink(facts)
  const cells = new Float64Array(2 * riskLevels.length * (rules.length + agents.length)).fill(Number.NaN)
  const placesOf = (names: readonly string[], first: number) =>
    new Map(names.map((name, i) => [name, 2 * riskLevels.length * (first + i)]))
  const ruleAt = placesOf(rules, 0)
  const agentAt = placesOf(agents, rules.length)
  forecasts.add(forecastsHeader({ rules, agents, riskLevels }))

  function put(at: number, { var: vars, es }: DayRisks): void {
    riskLevels.forEach((_, i) => {
      cells[at + 2 * i] = vars[i]
      cells[at + 2 * i + 1] = es[i]
    })
  }

  return {
    summary: sums.summary,
    note: sums.note,
    event: event => trace.add(JSON.stringify(event)),
    report(id, day, risks, forecast) {
      sums.report(id, day, risks, forecast)
      put(agentAt.get(id)!, risks)
    },
    decision(rule, day, risks, forecast) {
      sums.decision(rule, day, risks, forecast)
      put(ruleAt.get(rule)!, risks)
    },
    async dayEnded(day) {
      forecasts.add(forecastsRow(days[day], returns[day], cells))
      cells.fill(Number.NaN)
      await Promise.all([trace.drained(), forecasts.drained()])
    },
  }
}
