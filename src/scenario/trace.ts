import type { AssetData } from './assets.js'
import type { Scenario } from './types.js'

/** VaR and ES of every day at one level. NaN marks a day without an accepted report. */
export interface RiskSeries {
  readonly var: Float64Array
  readonly es: Float64Array
}

/** An agent's series as the coordinator accepted it; the interval is that of VaR(theta) over the agent's posterior, as it reported it. */
export interface AgentRiskSeries extends RiskSeries {
  readonly varLow95?: Float64Array
  readonly varHigh95?: Float64Array
}

export interface TraceNote {
  /** The day's label, or '' before the first day. */
  readonly day: string
  readonly atMs: number
  readonly agent: string
  readonly kind: string
  readonly detail: string
}

/** One line of the trace file. `chain` is the rolling digest of everything seeded up to and including this event. */
export interface TraceEvent {
  readonly index: number
  readonly atMs: number
  readonly day: number
  readonly kind: string
  readonly from: string
  readonly [field: string]: unknown
  readonly chain: string
}

/** Whole forecasts on the study grid, row-major: days x levels. NaN rows where there was no accepted forecast. */
export interface GridSeries {
  readonly levels: Float64Array
  readonly rules: { readonly [rule: string]: Float64Array }
  readonly agents: { readonly [id: string]: Float64Array }
}

/** The market data of a run, the training window included. */
export interface TraceData {
  readonly labels: readonly string[]
  readonly returns: Float64Array
  /** Present when the market was given as dated prices: one more close than returns. */
  readonly prices?: { readonly dates: readonly string[]; readonly closes: Float64Array }
  /** Present when the market has several assets. */
  readonly assets?: AssetData
}

/** Everything a run leaves behind. A pure function of (scenario, seed). */
export interface Trace {
  readonly scenario: Scenario
  readonly seed: string
  /** Hex SHA-256 over everything seeded. */
  readonly digest: string
  /** Hex SHA-256 of the returns used (little-endian float64) and their day labels. */
  readonly dataDigest: string
  /** What the agents learned from and were scored on. */
  readonly data: TraceData
  /** Labels of the forecast days, oldest first: dates, or 'day 1' ... for data without dates. */
  readonly days: readonly string[]
  /** The realised return of each forecast day, percent. */
  readonly returns: Float64Array
  /** Keys: rule label ('mean', 'trimmedMean(f=2)' is labelled 'trimmedMean'; two of one name get '#2' ...), then String(level). */
  readonly ensemble: { readonly [rule: string]: { readonly [level: string]: RiskSeries } }
  readonly agents: { readonly [id: string]: { readonly [level: string]: AgentRiskSeries } }
  readonly grid: GridSeries
  readonly notes: readonly TraceNote[]
  readonly events: readonly TraceEvent[]
}
