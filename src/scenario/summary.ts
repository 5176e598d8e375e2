import type { HitCounts } from '../backtest/index.js'
import { fz0Loss, pinballLoss } from '../forecast/index.js'
import type { DayRisks, RunFacts, TraceSink } from './sink.js'
import type { AgentRiskSeries, Trace, TraceNote } from './trace.js'

/** Means over the days with a forecast; null where nothing could be scored. */
export interface RiskSummary {
  readonly days: number
  readonly hits: number
  /** Pairs of successive days with a forecast: calm to calm, calm to hit, hit to calm, hit to hit. */
  readonly transitions: HitCounts['transitions']
  readonly meanVar: number | null
  readonly meanEs: number | null
  /** Mean width of the 95 % credible interval of VaR(theta); null where none was reported. */
  readonly meanVarInterval95: number | null
  readonly pinball: number | null
  /** null where any ES is not positive: the score is undefined there. */
  readonly fz0: number | null
  readonly nonPositiveEsDays: number
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
    mapped(all, levels => mapped(levels, (series, level) => summariseRisk(series, returns, Number(level))))
  return {
    scenario: scenario.name,
    seed,
    digest,
    days: days.length,
    rules: each(ensemble),
    agents: each(agents),
    notes: countKinds(notes),
    ...(withDailyVar ? { dailyVar: mapped(ensemble, levels => mapped(levels, series => dailyOf(series.var))) } : {}),
  }
}

const dailyOf = (vars: Float64Array): (number | null)[] => Array.from(vars, x => (Number.isNaN(x) ? null : x))

function countKinds(notes: readonly TraceNote[]): TraceSummary['notes'] {
  const counts: { [kind: string]: number } = {}
  for (const { kind } of notes) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

function summariseRisk(series: AgentRiskSeries, returns: Float64Array, level: number): RiskSummary {
  const { var: vars, es, varLow95, varHigh95 } = series
  const tally = riskTally(level)
  for (let t = 0; t < returns.length; t++) {
    if (Number.isNaN(vars[t])) continue
    tally.add(returns[t], vars[t], es[t])
    if (varLow95 !== undefined && varHigh95 !== undefined && !Number.isNaN(varLow95[t]))
      tally.addInterval(varLow95[t], varHigh95[t])
  }
  return tally.summary()
}

/** Running sums of one stream of VaR and ES at one level. */
interface RiskTally {
  add(ret: number, valueAtRisk: number, es: number): void
  addInterval(low: number, high: number): void
  summary(): RiskSummary
}

function riskTally(level: number): RiskTally {
  const sums = { var: 0, es: 0, pinball: 0, fz0: 0, width: 0 }
  const transitions: [number, number, number, number] = [0, 0, 0, 0]
  let days = 0
  let hits = 0
  let widths = 0
  let nonPositiveEsDays = 0
  let wasHit = 0
  return {
    add(ret, valueAtRisk, es) {
      const hit = ret < -valueAtRisk ? 1 : 0
      if (days > 0) transitions[2 * wasHit + hit]++
      wasHit = hit
      days++
      hits += hit
      sums.var += valueAtRisk
      sums.es += es
      sums.pinball += pinballLoss(ret, valueAtRisk, level)
      if (es > 0) sums.fz0 += fz0Loss(ret, valueAtRisk, es, level)
      else nonPositiveEsDays++
    },
    addInterval(low, high) {
      widths++
      sums.width += high - low
    },
    summary() {
      const mean = (sum: number): number | null => (days > 0 ? sum / days : null)
      return {
        days,
        hits,
        transitions: [...transitions],
        meanVar: mean(sums.var),
        meanEs: mean(sums.es),
        meanVarInterval95: widths > 0 ? sums.width / widths : null,
        pinball: mean(sums.pinball),
        fz0: nonPositiveEsDays === 0 ? mean(sums.fz0) : null,
        nonPositiveEsDays,
      }
    },
  }
}

/** A sink that keeps running sums only (and the rules' daily VaR when asked), and its summary: the same, bit for bit, as that of the whole Trace. */
export interface SummarySink extends TraceSink {
  summary(digest: string): TraceSummary
}

export function summarySink({ scenario, seed, days, returns, rules, agents }: RunFacts, withDailyVar = false): SummarySink {
  const { riskLevels } = scenario
  const tallies = (names: readonly string[]) =>
    Object.fromEntries(names.map(name => [name, riskLevels.map(level => riskTally(level))]))
  const byRule = tallies(rules)
  const byAgent = tallies(agents)
  const counts: { [kind: string]: number } = {}
  const daily = withDailyVar
    ? Object.fromEntries(rules.map(rule => [rule, riskLevels.map(() => new Float64Array(days.length).fill(Number.NaN))]))
    : null

  function add(own: readonly RiskTally[], day: number, risks: DayRisks): void {
    own.forEach((tally, i) => {
      tally.add(returns[day], risks.var[i], risks.es[i])
      if (risks.intervals !== undefined) tally.addInterval(...risks.intervals[i])
    })
  }

  const each = (all: { readonly [name: string]: readonly RiskTally[] }): Summaries =>
    mapped(all, own => Object.fromEntries(own.map((tally, i) => [String(riskLevels[i]), tally.summary()])))

  return {
    note({ kind }) {
      counts[kind] = (counts[kind] ?? 0) + 1
    },
    report: (id, day, risks) => add(byAgent[id], day, risks),
    decision(rule, day, risks) {
      add(byRule[rule], day, risks)
      daily?.[rule].forEach((vars, i) => {
        vars[day] = risks.var[i]
      })
    },
    summary: digest => ({
      scenario: scenario.name,
      seed,
      digest,
      days: days.length,
      rules: each(byRule),
      agents: each(byAgent),
      notes: { ...counts },
      ...(daily === null
        ? {}
        : {
            dailyVar: mapped(daily, all => Object.fromEntries(all.map((vars, i) => [String(riskLevels[i]), dailyOf(vars)]))),
          }),
    }),
  }
}

const mapped = <A, B>(all: { readonly [name: string]: A }, change: (value: A, name: string) => B): { [name: string]: B } =>
  Object.fromEntries(Object.entries(all).map(([name, value]) => [name, change(value, name)]))
