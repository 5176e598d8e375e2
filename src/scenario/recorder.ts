import { assert } from '../base/index.js'
import { expectedShortfall, type Forecast, valueAtRisk } from '../forecast/index.js'
import type { Event, Id, Note, Recorder } from '../network/index.js'
import { type AgreedRecord, type Body, COORDINATOR, type DayRecord, forecastOf, type RoundRecord } from '../swarm/index.js'
import { AGREEMENT } from './agreement.js'
import { agreementRecord, isFaultyOn } from './agreement-record.js'
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
  { scenario, days, levels }: RunFacts,
  digest: RollingDigest,
  sink: TraceSink,
): { recorder: Recorder<Body>; recording: Recording } {
  let events = 0
  let failure: ReturnType<Recording['failure']>
  let crash: string | undefined
  const agreement = agreementRecord(scenario.agents)
  const bodyDigest = bodyDigests()
  const specs = new Map(scenario.agents.map(spec => [spec.id, spec]))

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
    digest.add(event.kind === 'message' ? { ...event, body: bodyDigest(event.body) } : event)
    if (event.kind === 'result') append(atMs, 'trained', to, { day: Number(event.tag), state: shortDigest(event.output) })
  }

  function noted(atMs: number, by: Id, note: Note): void {
    if (note.kind === 'decision') decided(atMs, note.data as DayRecord)
    else if (note.kind === 'agreed') agreed(atMs, by, note.data as AgreedRecord)
    else if (note.kind === 'round') rounded(atMs, by, note.data as RoundRecord)
    else remarked(atMs, by, note)
  }

  function remarked(atMs: number, by: Id, note: Note): void {
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

  /** What an agent has put into the day's agreement, and what it came out with. */
  function agreed(atMs: number, by: Id, record: AgreedRecord): void {
    const { day, rounds, input, output } = record
    // An agent that was down when the day opened may still end the agreement of the one before.
    if (day !== dayAt(atMs)) {
      remarked(atMs, by, { kind: 'late', detail: `agreed on day ${day} at ${atMs} ms` })
      return
    }
    agreement.agreed(by, record)
    // What a faulty agent would have said is not what it told: there may be as many stories as receivers.
    if (input !== null && !isFaultyOn(specs.get(by)!, day)) {
      const risks = risksOf(input)
      sink.report(by, day, risks, input)
      append(atMs, 'report', by, { ...risks, forecast: shortDigest(input) })
    }
    append(atMs, 'agreed', by, { rounds, ...risksOf(output), forecast: shortDigest(output) })
  }

  function rounded(atMs: number, by: Id, record: RoundRecord): void {
    digest.add(atMs)
    digest.add(by)
    digest.add(record)
    if (record.day === dayAt(atMs)) agreement.round(by, record)
  }

  /** The honest agents' ranges after each round, and the forecast that they share. */
  function closeAgreement(day: number): void {
    const atMs = (day + 1) * DAY_MS - 1
    const { rounds, decision, agents, spread, undecided } = agreement.close(day)
    for (const { round, agents: count, low, high, spread: width } of rounds) {
      const [worst, mildest] = [risksOf(forecastOf(low, atLevels)), risksOf(forecastOf(high, atLevels))]
      append(atMs, 'round', AGREEMENT, { round, agents: count, low: mildest.var, high: worst.var, spread: width })
    }
    if (undecided.length > 0) remarked(atMs, AGREEMENT, { kind: 'undecided', detail: undecided.join(', ') })
    if (decision === null) return
    const risks = risksOf(decision.forecast)
    sink.decision(AGREEMENT, day, risks, decision.forecast)
    const forecast = shortDigest(decision.forecast)
    append(atMs, 'decision', decision.by, { rule: AGREEMENT, ...risks, carried: false, forecast, agents, spread })
  }

  const atLevels = { levels, riskLevels: Float64Array.from(scenario.riskLevels) }

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
      async dayEnded(day) {
        if (scenario.decision !== undefined) closeAgreement(day)
        await sink.dayEnded?.(day)
      },
    },
  }
}

/** Digests of bodies that many hear are worked out once: what has left a step is never changed again. */
function bodyDigests(): (body: unknown) => string {
  const known = new WeakMap<object, string>()
  return body => {
    if (typeof body !== 'object' || body === null) return untrusted(body)
    const before = known.get(body)
    if (before !== undefined) return before
    const value = untrusted(body)
    known.set(body, value)
    return value
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
