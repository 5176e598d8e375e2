import { expectedShortfall, type Forecast, valueAtRisk } from '../forecast/index.js'
import type { Event, Id, Note, Recorder } from '../network/index.js'
import { type Body, COORDINATOR, type DayRecord } from '../swarm/index.js'
import { DAY_MS } from './define.js'
import { digestOf, type RollingDigest } from './digest.js'
import type { AgentRiskSeries, GridSeries, RiskSeries, TraceEvent, TraceNote } from './trace.js'

export interface RecorderPlan {
  readonly agents: readonly Id[]
  readonly rules: readonly string[]
  readonly levels: Float64Array
  readonly riskLevels: Float64Array
  readonly labels: readonly string[]
  readonly digest: RollingDigest
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
type Series = { [level: string]: Mutable<AgentRiskSeries> }

/** What a run has recorded; `failure` is the typed error of a first training, `crash` that of our own coordinator. */
export interface Recording {
  readonly ensemble: { readonly [rule: string]: { readonly [level: string]: RiskSeries } }
  readonly agents: { readonly [id: string]: { readonly [level: string]: AgentRiskSeries } }
  readonly grid: GridSeries
  readonly notes: readonly TraceNote[]
  readonly events: readonly TraceEvent[]
  failure(): { readonly agent: Id; readonly code: string; readonly message: string } | undefined
  crash(): string | undefined
}

/** The Trace's own ear. Everything delivered and noted goes into the rolling digest; what readers ask for becomes an event. */
export function traceRecorder(plan: RecorderPlan): { recorder: Recorder<Body>; recording: Recording } {
  const { digest, labels } = plan
  const days = labels.length
  const ensemble = seriesFor(plan.rules, plan)
  const agents = seriesFor(plan.agents, plan)
  const grid = {
    levels: plan.levels,
    rules: gridFor(plan.rules, plan),
    agents: gridFor(plan.agents, plan),
  }
  const notes: TraceNote[] = []
  const events: TraceEvent[] = []
  let failure: ReturnType<Recording['failure']>
  let crash: string | undefined

  const dayAt = (atMs: number): number => Math.min(days - 1, Math.floor(atMs / DAY_MS))

  function append(atMs: number, kind: string, from: string, fields: { readonly [name: string]: unknown }): void {
    const event = { index: events.length, atMs, day: dayAt(atMs), kind, from, ...fields }
    digest.add(event)
    events.push({ ...event, chain: digest.value().slice(0, 16) })
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
    notes.push({ day: labels[dayAt(atMs)], atMs, agent, kind: note.kind, detail: note.detail })
    // The wording of an engine's own errors changes between versions, so it stays out of the digest.
    append(atMs, 'note', by, { agent, note: note.kind, ...(note.kind === 'crash' ? {} : { detail: note.detail }) })
    if (note.kind === 'training-failed' && dayAt(atMs) === 0)
      failure ??= { agent, ...(note.data as { code: string; message: string }) }
    if (note.kind === 'crash' && by === COORDINATOR) crash = note.detail
  }

  function decided(atMs: number, { day, accepted, rules }: DayRecord): void {
    for (const { id, forecast, intervals } of accepted) {
      const risks = write(agents[id], day, forecast)
      grid.agents[id].set(forecast.quantiles, day * plan.levels.length)
      intervals?.forEach(([low, high], i) => {
        const series = agents[id][String(plan.riskLevels[i])]
        series.varLow95 ??= new Float64Array(days).fill(Number.NaN)
        series.varHigh95 ??= new Float64Array(days).fill(Number.NaN)
        series.varLow95[day] = low
        series.varHigh95[day] = high
      })
      append(atMs, 'report', id, {
        ...risks,
        ...(intervals === undefined ? {} : { varInterval95: intervals }),
        forecast: shortDigest(forecast),
      })
    }
    for (const { label, forecast, carried } of rules) {
      if (forecast === null) continue
      const risks = write(ensemble[label], day, forecast)
      grid.rules[label].set(forecast.quantiles, day * plan.levels.length)
      append(atMs, 'decision', COORDINATOR, { rule: label, ...risks, carried, forecast: shortDigest(forecast) })
    }
  }

  function write(series: Series, day: number, forecast: Forecast): { var: number[]; es: number[] } {
    const risks = { var: [] as number[], es: [] as number[] }
    for (const level of plan.riskLevels) {
      const { var: vars, es } = series[String(level)]
      vars[day] = valueAtRisk(forecast, level)
      es[day] = expectedShortfall(forecast, level)
      risks.var.push(vars[day])
      risks.es.push(es[day])
    }
    return risks
  }

  return {
    recorder: { delivered, noted },
    recording: { ensemble, agents, grid, notes, events, failure: () => failure, crash: () => crash },
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

function seriesFor(names: readonly string[], { riskLevels, labels }: RecorderPlan): { [name: string]: Series } {
  const empty = () => new Float64Array(labels.length).fill(Number.NaN)
  return Object.fromEntries(
    names.map(name => [
      name,
      Object.fromEntries(Array.from(riskLevels, level => [String(level), { var: empty(), es: empty() }])),
    ]),
  )
}

function gridFor(names: readonly string[], { levels, labels }: RecorderPlan): { [name: string]: Float64Array } {
  return Object.fromEntries(names.map(name => [name, new Float64Array(labels.length * levels.length).fill(Number.NaN)]))
}
