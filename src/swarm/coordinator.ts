import { type Forecast, type Levels, parseForecast } from '../forecast/index.js'
import type { Event, Id, Node, Note, Packet, Step } from '../network/index.js'
import type { Rule, RuleParameters } from '../rules/index.js'
import type { Body, DayRecord, ReportBody } from './messages.js'

export interface LabelledRule {
  readonly label: string
  readonly rule: Rule
  readonly params: RuleParameters
}

export interface CoordinatorPlan {
  readonly agents: readonly Id[]
  readonly rules: readonly LabelledRule[]
  readonly levels: Levels
  readonly deadlineMs: number
  readonly quorum: number
}

type Accepted = DayRecord['accepted'][number]

export interface CoordinatorState {
  day: number
  decided: boolean
  accepted: Map<Id, Accepted>
  rejected: Set<Id>
  /** Each rule's last decision, for days without enough reports. */
  last: Map<string, Forecast>
}

/**
 * The trusted coordinator. Assumes: at most f of its n agents are faulty, f within each rule's bound; it hears one report
 * from each agent a day, or none before the deadline. It decides as soon as `quorum` reports are accepted or every agent has
 * been heard, at the deadline at the latest. Reports are parsed once, here; a malformed one is rejected and counted against
 * its sender. A rule that has fewer reports than it needs repeats its last decision, and the Trace says so.
 */
export function coordinator(plan: CoordinatorPlan): Node<CoordinatorState, Body> {
  return {
    init: () => ({ day: -1, decided: true, accepted: new Map(), rejected: new Set(), last: new Map() }),
    on(state, event, now) {
      if (event.kind === 'signal' && event.body.kind === 'day') return open(plan, state, event.body.day)
      if (event.kind === 'wake') return event.name === String(state.day) && !state.decided ? decide(plan, state) : idle(state)
      if (event.kind === 'message' && event.body.kind === 'report') return hear(plan, state, event, event.body, now)
      return idle(state)
    },
  }
}

const idle = (state: CoordinatorState, note: readonly Note[] = []): Step<CoordinatorState, Body> => ({
  state,
  send: [],
  note,
  work: [],
})

function open(plan: CoordinatorPlan, state: CoordinatorState, day: number): Step<CoordinatorState, Body> {
  state.day = day
  state.decided = false
  state.accepted = new Map()
  state.rejected = new Set()
  return { state, send: [{ kind: 'wake', name: String(day), afterMs: plan.deadlineMs }], note: [], work: [] }
}

function hear(
  plan: CoordinatorPlan,
  state: CoordinatorState,
  event: Event<Body> & { kind: 'message' },
  body: ReportBody,
  now: number,
): Step<CoordinatorState, Body> {
  const { from } = event
  if (!plan.agents.includes(from))
    return idle(state, [{ kind: 'stranger', agent: from, detail: 'reports without being an agent of the scenario' }])
  if (body.day !== state.day || state.decided)
    return idle(state, [{ kind: 'late', agent: from, detail: `report of day ${body.day} arrived at ${now} ms` }])
  if (state.accepted.has(from) || state.rejected.has(from)) return again(state, from, body)
  const parsed = parseForecast(body.forecast, plan.levels)
  const note: Note[] = []
  if (parsed.ok) {
    const intervals = parseIntervals(body.intervals, plan.levels)
    state.accepted.set(from, { id: from, forecast: parsed.forecast, ...(intervals === undefined ? {} : { intervals }) })
  } else {
    state.rejected.add(from)
    note.push({ kind: 'malformed', agent: from, detail: parsed.reason })
  }
  const heardAll = state.accepted.size + state.rejected.size === plan.agents.length
  return heardAll || state.accepted.size >= plan.quorum ? decide(plan, state, note) : idle(state, note)
}

/** A second report of one day: the network may have copied the first; another story is evidence against its sender. */
function again(state: CoordinatorState, from: Id, body: ReportBody): Step<CoordinatorState, Body> {
  const first = state.accepted.get(from)?.forecast.quantiles
  const second = body.forecast?.quantiles
  const isCopy = first === undefined || (second?.length === first.length && first.every((q, i) => q === second[i]))
  return idle(state, isCopy ? [] : [{ kind: 'equivocated', agent: from, detail: `two different reports of day ${body.day}` }])
}

function parseIntervals(intervals: unknown, { riskLevels }: Levels): ReportBody['intervals'] {
  if (!Array.isArray(intervals) || intervals.length !== riskLevels.length) return undefined
  const isPair = (pair: unknown): pair is readonly [number, number] =>
    Array.isArray(pair) && pair.length === 2 && Number.isFinite(pair[0]) && Number.isFinite(pair[1]) && pair[0] <= pair[1]
  return intervals.every(isPair) ? intervals.map(([low, high]) => [low, high] as const) : undefined
}

/** The rule's decision, or why there is none: a scenario may bring rules of its own, and each gets copies of the reports. */
function applied({ levels }: CoordinatorPlan, forecasts: readonly Forecast[], { rule, params }: LabelledRule): Forecast | string {
  try {
    const parsed = parseForecast(rule.apply(forecasts.map(copyOf), params), levels)
    return parsed.ok ? parsed.forecast : parsed.reason
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('internal error')) throw error
    return error instanceof Error ? error.name : 'something was thrown'
  }
}

const copyOf = ({ levels, quantiles, riskLevels, shortfalls }: Forecast): Forecast => ({
  levels: levels.slice(),
  quantiles: quantiles.slice(),
  riskLevels: riskLevels.slice(),
  shortfalls: shortfalls.slice(),
})

function decide(plan: CoordinatorPlan, state: CoordinatorState, note: Note[] = []): Step<CoordinatorState, Body> {
  state.decided = true
  for (const id of plan.agents) {
    if (!state.accepted.has(id) && !state.rejected.has(id))
      note.push({ kind: 'missing', agent: id, detail: `no report of day ${state.day} before the decision` })
  }
  const accepted = [...state.accepted.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
  const forecasts = accepted.map(({ forecast }) => forecast)
  const rules = plan.rules.map(({ label, rule, params }) => {
    const enough = forecasts.length >= Math.max(1, rule.needs(params))
    if (!enough) {
      note.push({
        kind: 'too-few-reports',
        detail: `${label} has ${forecasts.length} of the ${rule.needs(params)} reports it needs and repeats its last decision`,
      })
      return { label, forecast: state.last.get(label) ?? null, carried: true }
    }
    const outcome = applied(plan, forecasts, { label, rule, params })
    if (typeof outcome === 'string') {
      note.push({ kind: 'rule-failed', detail: `${label} repeats its last decision: ${outcome}` })
      return { label, forecast: state.last.get(label) ?? null, carried: true }
    }
    const forecast = outcome
    state.last.set(label, forecast)
    return { label, forecast, carried: false }
  })
  const record: DayRecord = { day: state.day, accepted, rules }
  note.push({ kind: 'decision', detail: '', data: record })
  const published = Object.fromEntries(rules.flatMap(({ label, forecast }) => (forecast === null ? [] : [[label, forecast]])))
  const send: Packet<Body>[] = [
    { kind: 'topic', topic: 'decision', body: { kind: 'decision', day: state.day, rules: published } },
  ]
  return { state, send, note, work: [] }
}
