import type { Forecast } from '../forecast/index.js'
import type { Id } from '../network/index.js'
import type { TraceData, TraceEvent, TraceNote } from './trace.js'
import type { Scenario } from './types.js'

/** What a run is about: known before its first day. */
export interface RunFacts {
  readonly scenario: Scenario
  readonly seed: string
  readonly dataDigest: string
  readonly data: TraceData
  /** Labels of the forecast days, oldest first. */
  readonly days: readonly string[]
  /** The realised return of each forecast day, percent. */
  readonly returns: Float64Array
  readonly agents: readonly Id[]
  /** Labels of the rules, in the scenario's order. */
  readonly rules: readonly string[]
  /** Levels of whole forecasts, ascending. */
  readonly levels: Float64Array
}

/** What a report or a decision says of a day: VaR and ES at each risk level, and the reported interval of each VaR. */
export interface DayRisks {
  readonly var: readonly number[]
  readonly es: readonly number[]
  readonly intervals?: readonly (readonly [number, number])[]
}

/**
 * Where a run's record goes: memory, files, a comparison with files, running sums. A sink never changes the run. Days come in
 * order, and everything about a day before its end; an agent or a rule speaks at most once a day.
 */
export interface TraceSink {
  /** Every event in order. A sink without it spares the run the digest at every single event. */
  event?(event: TraceEvent): void
  note(note: TraceNote): void
  report(id: Id, day: number, risks: DayRisks, forecast: Forecast): void
  decision(rule: string, day: number, risks: DayRisks, forecast: Forecast): void
  /** The run waits for it, so that a slow file holds it back. */
  dayEnded?(day: number): Promise<void>
}
