import { fz0Loss, pinballLoss } from '../forecast/index.js'
import type { AgentRiskSeries, Trace } from './trace.js'

/** Means over the days with a forecast; null where nothing could be scored. */
export interface RiskSummary {
  readonly days: number
  readonly hits: number
  readonly meanVar: number | null
  readonly meanEs: number | null
  /** Mean width of the 95 % credible interval of VaR(theta); null where none was reported. */
  readonly meanVarInterval95: number | null
  readonly pinball: number | null
  readonly fz0: number | null
}

type Summaries = { readonly [name: string]: { readonly [level: string]: RiskSummary } }

/** What a sweep keeps of a Trace. */
export interface TraceSummary {
  readonly scenario: string
  readonly seed: string
  readonly digest: string
  readonly days: number
  readonly rules: Summaries
  readonly agents: Summaries
  /** Number of notes of each kind. */
  readonly notes: { readonly [kind: string]: number }
  /** Every rule's daily VaR by level, null on days without one: in paired sweeps, whose points are compared day by day. */
  readonly dailyVar?: { readonly [rule: string]: { readonly [level: string]: readonly (number | null)[] } }
}

/** `withDailyVar` keeps the rules' daily VaR. */
export function summariseTrace(trace: Trace, withDailyVar = false): TraceSummary {
  const { scenario, seed, digest, days, returns, ensemble, agents, notes } = trace
  const each = (all: { readonly [name: string]: { readonly [level: string]: AgentRiskSeries } }): Summaries =>
    Object.fromEntries(
      Object.entries(all).map(([name, levels]) => [
        name,
        Object.fromEntries(
          Object.entries(levels).map(([level, series]) => [level, summariseRisk(series, returns, Number(level))]),
        ),
      ]),
    )
  const counts: { [kind: string]: number } = {}
  for (const { kind } of notes) counts[kind] = (counts[kind] ?? 0) + 1
  return {
    scenario: scenario.name,
    seed,
    digest,
    days: days.length,
    rules: each(ensemble),
    agents: each(agents),
    notes: counts,
    ...(withDailyVar ? { dailyVar: dailyVarOf(trace) } : {}),
  }
}

const dailyVarOf = ({ ensemble }: Trace): TraceSummary['dailyVar'] =>
  Object.fromEntries(
    Object.entries(ensemble).map(([rule, levels]) => [
      rule,
      Object.fromEntries(
        Object.entries(levels).map(([level, series]) => [level, Array.from(series.var, x => (Number.isNaN(x) ? null : x))]),
      ),
    ]),
  )

function summariseRisk(
  { var: vars, es, varLow95, varHigh95 }: AgentRiskSeries,
  returns: Float64Array,
  level: number,
): RiskSummary {
  let days = 0
  let hits = 0
  const sums = { var: 0, es: 0, pinball: 0, fz0: 0 }
  let isFz0Defined = true
  for (let t = 0; t < returns.length; t++) {
    if (Number.isNaN(vars[t])) continue
    days++
    if (returns[t] < -vars[t]) hits++
    sums.var += vars[t]
    sums.es += es[t]
    sums.pinball += pinballLoss(returns[t], vars[t], level)
    if (es[t] > 0) sums.fz0 += fz0Loss(returns[t], vars[t], es[t], level)
    else isFz0Defined = false
  }
  const mean = (sum: number): number | null => (days > 0 ? sum / days : null)
  return {
    days,
    hits,
    meanVar: mean(sums.var),
    meanEs: mean(sums.es),
    meanVarInterval95: varLow95 === undefined || varHigh95 === undefined ? null : meanWidth(varLow95, varHigh95),
    pinball: mean(sums.pinball),
    fz0: isFz0Defined ? mean(sums.fz0) : null,
  }
}

function meanWidth(low: Float64Array, high: Float64Array): number | null {
  const widths = high.map((v, t) => v - low[t]).filter(width => !Number.isNaN(width))
  return widths.length === 0 ? null : widths.reduce((sum, width) => sum + width, 0) / widths.length
}
