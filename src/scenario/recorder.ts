import { assert } from '../base/index.js'
import { expectedShortfall, type Forecast, valueAtRisk } from '../forecast/index.js'
import type { Event, Id, Note, Recorder } from '../network/index.js'
import { type Body, COORDINATOR, type DayRecord } from '../swarm/index.js'
import { DAY_MS } from './define.js'
import { digestOf, type RollingDigest } from './digest.js'
import type { DayRisks, RunFacts, TraceSink } from './sink.js'

/** What a recorder itself knows; `failure` is the typed error of a first training, `crash` that of our own coordinator. */
export interface Recording {
  /** Number of events so far. */
  events(): number
  failure(): { readonly agent: Id; readonly code: string; readonly message: string } | undefined
  crash(): string | undefined
  /** Resolves when the sink is ready for the next day. */
  dayEnded(day: number): Promise<void>
}

/** The Trace's own ear. Everything delivered and noted goes into the rolling digest; what readers ask for becomes an event. */
export function traceRecorder(
  { scenario, days }: RunFacts,
  digest: RollingDigest,
  sink: TraceSink,
): { recorder: Recorder<Body>; recording: Recording } {
  let events = 0
  let failure: ReturnType<Recording['failure']>
  let crash: string | undefined

  const dayAt = (atMs: number): number => Math.min(days.length - 1, Math.floor(atMs / DAY_MS))

  function append(atMs: number, kind: string, from: string, fields: { readonly [name: string]: unknown }): void {
    const event = { index: events++, atMs, day: dayAt(atMs), kind, from, ...fields }
    digest.add(event)
    sink.event?.({ ...event, chain: digest.value().slice(0, 16) })
  }

  function delivered(atMs: number, to: Id, event: Event<Body>): void {
    // What the adversary overhears says nothing that is not recorded when it arrives.
    if (event.kind === 'overheard') return
    digest.add(atMs)
    digest.add(to)
    digest.add(event.kind === 'message' ? { ...event, body: untrusted(event.body) } : event)
    if (event.kind === 'result') append(atMs, 'trained', to, { day: Number(event.tag), state: shortDigest(event.output) })
  }

  function noted(atMs: number, by: Id, note: Note): void {
    if (note.kind === 'decision') {
      decided(atMs, note.data as DayRecord)
      return
    }
    const agent = note.agent ?? by
    sink.note({ day: days[dayAt(atMs)], atMs, agent, kind: note.kind, detail: note.detail })
    // The wording of an engine's own errors changes between versions, so it stays out of the digest.
    append(atMs, 'note', by, { agent, note: note.kind, ...(note.kind === 'crash' ? {} : { detail: note.detail }) })
    if (note.kind === 'training-failed' && dayAt(atMs) === 0)
      failure ??= { agent, ...(note.data as { code: string; message: string }) }
    if (note.kind === 'crash' && by === COORDINATOR) crash = note.detail
  }

  function decided(atMs: number, { day, accepted, rules }: DayRecord): void {
    assert(day === dayAt(atMs), `day ${day} is decided on before the next one opens, not at ${atMs} ms`)
    for (const { id, forecast, intervals } of accepted) {
      const risks = risksOf(forecast)
      sink.report(id, day, intervals === undefined ? risks : { ...risks, intervals }, forecast)
      append(atMs, 'report', id, {
        ...risks,
        ...(intervals === undefined ? {} : { varInterval95: intervals }),
        forecast: shortDigest(forecast),
      })
    }
    for (const { label, forecast, carried } of rules) {
      if (forecast === null) continue
      const risks = risksOf(forecast)
      sink.decision(label, day, risks, forecast)
      append(atMs, 'decision', COORDINATOR, { rule: label, ...risks, carried, forecast: shortDigest(forecast) })
    }
  }

  const risksOf = (forecast: Forecast): DayRisks => ({
    var: scenario.riskLevels.map(level => valueAtRisk(forecast, level)),
    es: scenario.riskLevels.map(level => expectedShortfall(forecast, level)),
  })

  return {
    recorder: { delivered, noted },
    recording: {
      events: () => events,
      failure: () => failure,
      crash: () => crash,
      dayEnded: async day => sink.dayEnded?.(day),
    },
  }
}

/** The digest of what a peer sent; it may be anything at all, and what is no plain data has one name for all. */
function untrusted(body: unknown): string {
  try {
    return digestOf(body)
  } catch {
    return 'not plain data'
  }
}

const shortDigest = (value: unknown): string => digestOf(value).slice(0, 16)
