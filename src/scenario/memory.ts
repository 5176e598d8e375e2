import type { Forecast } from '../forecast/index.js'
import type { DayRisks, RunFacts, TraceSink } from './sink.js'
import type { AgentRiskSeries, Trace, TraceEvent, TraceNote } from './trace.js'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
type Series = { [level: string]: Mutable<AgentRiskSeries> }

/** A sink that keeps everything: the parts of a Trace. */
export interface Memory extends TraceSink, Pick<Trace, 'ensemble' | 'agents' | 'grid' | 'notes' | 'events'> {}

export function memorySink(facts: RunFacts): Memory {
  const { days, levels } = facts
  const names = facts.scenario.riskLevels.map(String)
  const ensemble = seriesFor(facts.rules, facts)
  const agents = seriesFor(facts.agents, facts)
  const grid = { levels, rules: gridFor(facts.rules, facts), agents: gridFor(facts.agents, facts) }
  const notes: TraceNote[] = []
  const events: TraceEvent[] = []

  function write(series: Series, day: number, risks: DayRisks): void {
    names.forEach((name, i) => {
      const at = series[name]
      at.var[day] = risks.var[i]
      at.es[day] = risks.es[i]
      if (risks.intervals === undefined) return
      at.varLow95 ??= new Float64Array(days.length).fill(Number.NaN)
      at.varHigh95 ??= new Float64Array(days.length).fill(Number.NaN)
      at.varLow95[day] = risks.intervals[i][0]
      at.varHigh95[day] = risks.intervals[i][1]
    })
  }

  return {
    ensemble,
    agents,
    grid,
    notes,
    events,
    event: event => void events.push(event),
    note: note => void notes.push(note),
    report(id: string, day: number, risks: DayRisks, { quantiles }: Forecast) {
      write(agents[id], day, risks)
      grid.agents[id].set(quantiles, day * levels.length)
    },
    decision(rule: string, day: number, risks: DayRisks, { quantiles }: Forecast) {
      write(ensemble[rule], day, risks)
      grid.rules[rule].set(quantiles, day * levels.length)
    },
  }
}

function seriesFor(names: readonly string[], { scenario, days }: RunFacts): { [name: string]: Series } {
  const empty = () => new Float64Array(days.length).fill(Number.NaN)
  return Object.fromEntries(
    names.map(name => [
      name,
      Object.fromEntries(scenario.riskLevels.map(level => [String(level), { var: empty(), es: empty() }])),
    ]),
  )
}

function gridFor(names: readonly string[], { levels, days }: RunFacts): { [name: string]: Float64Array } {
  return Object.fromEntries(names.map(name => [name, new Float64Array(days.length * levels.length).fill(Number.NaN)]))
}
