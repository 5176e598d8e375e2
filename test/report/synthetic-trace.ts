import { createHash } from 'node:crypto'
import { childKey, openStream, rootKey } from '../../src/base/index.js'
import { drawNormal, drawStudentT, studentTLogPdf, studentTPartialMean, studentTQuantile } from '../../src/distributions/index.js'
import { type Forecast, studyGrid } from '../../src/forecast/index.js'
import { exp } from '../../src/math/index.js'
import { ruleTable } from '../../src/rules/index.js'
import type { AgentRiskSeries, RiskSeries, Trace, TraceNote } from '../../src/scenario/trace.js'
import type { AgentSpec, RuleSpec } from '../../src/scenario/types.js'

/** What may differ from the usual nine agents, two of them faulty, three rules and 400 dated days. */
export interface SyntheticOptions {
  readonly seed?: string
  readonly days?: number
  readonly agents?: readonly AgentSpec[]
  readonly rules?: readonly RuleSpec[]
  readonly name?: string
  readonly dated?: boolean
}

const LEVELS = Float64Array.of(0.01, 0.025, 0.05)

const honest = (id: string, model: string): AgentSpec => ({ id, model: { name: model }, behaviour: {} })

export const usualAgents: readonly AgentSpec[] = [
  honest('amber', 'garchT'),
  honest('basalt', 'gjrGarchT'),
  honest('cedar', 'garchNormal'),
  honest('dune', 'normalInverseGamma'),
  honest('ember', 'stochasticVolatility'),
  honest('fjord', 'ewma'),
  honest('grove', 'historicalSimulation'),
  { ...honest('liar', 'garchT'), behaviour: { attack: { kind: 'bias', riskScale: 0.3 } } },
  { ...honest('shouter', 'garchT'), behaviour: { attack: { kind: 'bias', value: 1000 } } },
]

export const usualRules: readonly RuleSpec[] = [{ name: 'mean' }, { name: 'median' }, { name: 'trimmedMean', f: 2 }]

/** A plausible Trace made without a run: a GARCH-like market, agents with their own memory and tails, real rules. */
export function syntheticTrace(options: SyntheticOptions = {}): Trace {
  const { seed = 'synthetic', days = 400, agents = usualAgents, rules = usualRules, name = 'nine-agents', dated = true } = options
  const returns = market(seed, days)
  const spoken = agents.map(agent => speak(agent, seed, returns))
  const forecasts = returns.map((_, day) => day)
  const labels = rules.map(rule => rule.name)
  const pooled = rules.map(({ name, ...params }) =>
    Array.from(forecasts, day => {
      const accepted = spoken.flatMap(({ forecasts }) => forecasts[day] ?? [])
      return accepted.length < ruleTable[name].needs(params) ? null : ruleTable[name].apply(accepted, params)
    }),
  )
  const dayLabels = Array.from(returns, (_, day) =>
    dated ? new Date(Date.UTC(2016, 4, 2 + Math.floor(day * 1.4))).toISOString().slice(0, 10) : `day ${day + 1}`,
  )
  return {
    scenario: {
      name,
      seed,
      market: { returns: [...returns] },
      window: 500,
      days,
      refitEveryDays: 20,
      riskLevels: [...LEVELS],
      agents,
      network: { topology: { kind: 'complete' }, links: [], deadlineMs: 1000, quorum: agents.length },
      rules,
      use: [],
    },
    seed,
    digest: createHash('sha256').update(seed).digest('hex'),
    dataDigest: createHash('sha256').update(new Uint8Array(returns.buffer)).digest('hex'),
    data: { labels: dayLabels, returns },
    days: dayLabels,
    returns,
    ensemble: Object.fromEntries(labels.map((label, i) => [label, riskOf(pooled[i])])),
    agents: Object.fromEntries(agents.map(({ id }, i) => [id, withInterval(riskOf(spoken[i].forecasts), spoken[i].spread)])),
    grid: {
      levels: studyGrid,
      rules: Object.fromEntries(labels.map((label, i) => [label, rowsOf(pooled[i])])),
      agents: Object.fromEntries(agents.map(({ id }, i) => [id, rowsOf(spoken[i].forecasts)])),
    },
    notes: spoken.flatMap(({ notes }) => notes),
    events: [],
  }
}

function market(seed: string, days: number): Float64Array {
  const stream = openStream(childKey(rootKey(seed), 'market'))
  const returns = new Float64Array(days)
  let variance = 1.1
  for (let day = 0; day < days; day++) {
    returns[day] = 0.03 + Math.sqrt(variance) * drawStudentT(stream, 6) * Math.sqrt(4 / 6)
    variance = 0.03 + 0.1 * returns[day] * returns[day] + 0.88 * variance
  }
  return returns
}

interface Spoken {
  readonly forecasts: readonly (Forecast | null)[]
  readonly spread: number | null
  readonly notes: readonly TraceNote[]
}

function speak({ id, model, behaviour: { attack } }: AgentSpec, seed: string, returns: Float64Array): Spoken {
  const stream = openStream(childKey(childKey(rootKey(seed), 'agent'), id))
  const nu = 5 + Math.abs(2 * drawNormal(stream))
  const forecastAt = familyOf(nu)
  const memory = 0.05 + 0.03 * Math.abs(drawNormal(stream))
  const notes: TraceNote[] = []
  let variance = 1.2
  const forecasts = Array.from(returns, (ret, day) => {
    const factor = typeof attack?.riskScale === 'number' ? attack.riskScale : 1
    const scale = factor * Math.sqrt(variance * (1 - 2 / nu)) * (1 + 0.02 * drawNormal(stream))
    variance += memory * (ret * ret - variance)
    if (id === 'mute' || (id === 'ember' && day % 90 > 70)) {
      notes.push({ day: `day ${day + 1}`, atMs: 1000 * day, agent: id, kind: 'silent', detail: 'no report before the deadline' })
      return null
    }
    if (day % 20 === 19 && attack === undefined) {
      const kept = day % 60 === 59 ? [id, 'liar'] : [id, 'amber']
      const detail = JSON.stringify({ kept, dropped: ['shouter'], paretoK: 0.3, method: 'reweighted' })
      notes.push({ day: `day ${day + 1}`, atMs: 1000 * day, agent: id, kind: 'assimilated', detail })
    }
    return typeof attack?.value === 'number' ? shifted(forecastAt(scale), 2 * scale - attack.value) : forecastAt(scale)
  })
  return { forecasts, spread: model.name === 'ewma' || model.name === 'historicalSimulation' ? null : 0.12, notes }
}

/** A Student-t location-scale family: its standard quantiles and shortfalls are computed once an agent. */
function familyOf(nu: number): (scale: number) => Forecast {
  const quantiles = studyGrid.map(level => studentTQuantile(level, nu))
  const shortfalls = LEVELS.map(level => {
    const z = studentTQuantile(level, nu)
    return -studentTPartialMean(z, nu, exp(studentTLogPdf(z, nu))) / level
  })
  return scale => ({
    levels: studyGrid,
    quantiles: quantiles.map(q => 0.03 + scale * q),
    riskLevels: LEVELS,
    shortfalls: shortfalls.map(es => scale * es - 0.03),
  })
}

const shifted = (forecast: Forecast, by: number): Forecast => ({
  ...forecast,
  quantiles: forecast.quantiles.map(q => q + by),
  shortfalls: forecast.shortfalls.map(es => es - by),
})

function riskOf(forecasts: readonly (Forecast | null)[]): { [level: string]: RiskSeries } {
  const seriesAt = (level: number, i: number): RiskSeries => ({
    var: Float64Array.from(forecasts, forecast =>
      forecast === null ? Number.NaN : -forecast.quantiles[studyGrid.indexOf(level)],
    ),
    es: Float64Array.from(forecasts, forecast => forecast?.shortfalls[i] ?? Number.NaN),
  })
  return Object.fromEntries(Array.from(LEVELS, (level, i) => [String(level), seriesAt(level, i)]))
}

function withInterval(series: { [level: string]: RiskSeries }, spread: number | null): { [level: string]: AgentRiskSeries } {
  if (spread === null) return series
  return Object.fromEntries(
    Object.entries(series).map(([level, { var: vars, es }]) => [
      level,
      { var: vars, es, varLow95: vars.map(v => v * (1 - spread)), varHigh95: vars.map(v => v * (1 + 1.2 * spread)) },
    ]),
  )
}

const rowsOf = (forecasts: readonly (Forecast | null)[]): Float64Array =>
  Float64Array.from(
    forecasts.flatMap(forecast => Array.from(forecast?.quantiles ?? new Float64Array(studyGrid.length).fill(Number.NaN))),
  )
