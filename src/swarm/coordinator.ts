import { isSwarmvarError, show } from '../base/index.js'
import { type Forecast, type Levels, parseForecast } from '../forecast/index.js'
import type { Id, Node, Note, Packet, Step } from '../network/index.js'
import { type FaultyToday, type LabelledRule, watchBounds } from './bounds.js'
import { calibrateLearner, type Learner, learnWeights, openLearner, type WeightsPlan, weightsAmong } from './learned-weights.js'
import type { Body, DayBody, DayRecord, ReportBody } from './messages.js'
import {
  calibrateScreening,
  openScreening,
  panelFor,
  quarantinedIn,
  type ScreeningPlan,
  type ScreeningState,
  scoreReports,
} from './screening.js'

export interface CoordinatorPlan {
  readonly agents: readonly Id[]
  readonly rules: readonly LabelledRule[]
  readonly levels: Levels
  readonly deadlineMs: number
  readonly quorum: number
  /** Scoring agents after the fact; where absent nobody is, and no rule is screened. */
  readonly screening?: ScreeningPlan
}

type Accepted = DayRecord['accepted'][number]

export interface CoordinatorState {
  day: number
  decided: boolean
  accepted: Map<Id, Accepted>
  rejected: Set<Id>
  /** Who has told two stories today. */
  twoFaced: Set<Id>
  /** Each rule's last decision, for days without enough reports. */
  last: Map<string, Forecast>
  /** Rules whose bound more agents exceed than it allows. */
  exceeded: Set<string>
  screening: ScreeningState | null
  /** One a plan of weights. */
  learners: Map<WeightsPlan, Learner>
}

/**
 * The trusted coordinator. Assumes: at most f of its n agents are faulty, f within each rule's bound; it hears one report
 * from each agent a day, or none before the deadline. It decides as soon as `quorum` reports are accepted or every agent has
 * been heard, at the deadline at the latest. Reports are parsed once, here; a malformed one is rejected and counted against
 * its sender. A rule that has fewer reports than it needs repeats its last decision, and the Trace says so. With screening it
 * scores every accepted report by the return that came, and screened rules see the reports of agents out of quarantine.
 */
export function coordinator(plan: CoordinatorPlan): Node<CoordinatorState, Body> {
  return {
    init: () => ({
      day: -1,
      decided: true,
      accepted: new Map(),
      rejected: new Set(),
      twoFaced: new Set(),
      last: new Map(),
      exceeded: new Set(),
      screening: plan.screening === undefined ? null : openScreening(plan.screening, plan.agents.length),
      learners: new Map(
        plan.rules.flatMap(({ weights }) => (weights === undefined ? [] : [[weights, openLearner(plan.agents.length)]])),
      ),
    }),
    on(state, event, now) {
      if (event.kind === 'signal' && event.body.kind === 'day') return open(plan, state, event.body)
      if (event.kind === 'wake')
        return event.name === String(state.day) && !state.decided ? decide(plan, state, [], true) : idle(state)
      if (event.kind === 'message' && kindOf(event.body) === 'report')
        return hear(plan, state, event.from, read(plan, state.day, event.body as ReportBody), now)
      return idle(state)
    },
  }
}

/** A report as it was read, once. */
interface Read {
  readonly day: number
  readonly parsed: ReturnType<typeof parseForecast>
  readonly intervals: ReportBody['intervals']
}

/** Reads a report, which may be anything, even an object that throws when it is looked at: then it is one of today's that is no forecast. */
function read({ levels }: CoordinatorPlan, today: number, body: ReportBody): Read {
  try {
    return { day: body.day, parsed: parseForecast(body.forecast, levels), intervals: parseIntervals(body.intervals, levels) }
  } catch {
    return { day: today, parsed: { ok: false, reason: 'a report that cannot be read' }, intervals: undefined }
  }
}

/** What kind of message it claims to be; nothing when that cannot be read. */
function kindOf(body: unknown): unknown {
  try {
    return (body as { readonly kind?: unknown } | null | undefined)?.kind
  } catch {
    return undefined
  }
}

const idle = (state: CoordinatorState, note: readonly Note[] = []): Step<CoordinatorState, Body> => ({
  state,
  send: [],
  note,
  work: [],
})

function open(plan: CoordinatorPlan, state: CoordinatorState, body: DayBody): Step<CoordinatorState, Body> {
  const note = learn(plan, state, body)
  state.day = body.day
  state.decided = false
  state.accepted = new Map()
  state.rejected = new Set()
  state.twoFaced = new Set()
  return { state, send: [{ kind: 'wake', name: String(body.day), afterMs: plan.deadlineMs }], note, work: [] }
}

/** What a day's opening brings of the past: the training window at first, then the return that yesterday's reports were about. */
function learn(plan: CoordinatorPlan, state: CoordinatorState, body: DayBody): Note[] {
  return body.returns.length === 0 ? [] : [...weigh(plan, state, body), ...screen(plan, state, body)]
}

/** What the rules' own weights learn of it. */
function weigh({ agents, rules }: CoordinatorPlan, state: CoordinatorState, { returns }: DayBody): Note[] {
  const notes: Note[] = []
  for (const [weights, learner] of state.learners) {
    const label = rules.find(rule => rule.weights === weights)!.label
    if (state.day < 0) calibrateLearner(learner, returns)
    else notes.push(...learnWeights(weights, learner, agents, state.accepted, returns[returns.length - 1], label))
  }
  return notes
}

function screen(plan: CoordinatorPlan, state: CoordinatorState, { day, returns }: DayBody): Note[] {
  if (plan.screening === undefined || state.screening === null) return []
  if (state.day < 0) {
    calibrateScreening(state.screening, returns)
    return []
  }
  return scoreReports(plan.screening, state.screening, plan.agents, state.accepted, returns[returns.length - 1], day)
}

function hear(plan: CoordinatorPlan, state: CoordinatorState, from: Id, report: Read, now: number): Step<CoordinatorState, Body> {
  const { day, parsed, intervals } = report
  if (!plan.agents.includes(from))
    return idle(state, [{ kind: 'stranger', agent: from, detail: 'reports without being an agent of the scenario' }])
  const isToday = day === state.day
  if (isToday && (state.accepted.has(from) || state.rejected.has(from))) return again(state, from, report)
  if (!isToday || state.decided)
    return idle(state, [{ kind: 'late', agent: from, detail: `report of day ${show(day)} arrived at ${now} ms` }])
  const note: Note[] = []
  if (parsed.ok) {
    state.accepted.set(from, { id: from, forecast: parsed.forecast, ...(intervals === undefined ? {} : { intervals }) })
  } else {
    state.rejected.add(from)
    note.push({ kind: 'malformed', agent: from, detail: parsed.reason })
  }
  const heardAll = state.accepted.size + state.rejected.size === plan.agents.length
  return heardAll || state.accepted.size >= plan.quorum ? decide(plan, state, note) : idle(state, note)
}

/** A second report of one day: the network may have copied the first; another story is evidence against its sender. */
function again(state: CoordinatorState, from: Id, { day, parsed }: Read): Step<CoordinatorState, Body> {
  const first = state.accepted.get(from)?.forecast
  const isCopy = first === undefined || (parsed.ok && first.quantiles.every((q, i) => q === parsed.forecast.quantiles[i]))
  if (isCopy) return idle(state)
  state.twoFaced.add(from)
  const other = parsed.ok ? inShort(parsed.forecast) : `what is no forecast (${parsed.reason})`
  const detail = `two different reports of day ${day}: ${inShort(first)}, then ${other}`
  return idle(state, [{ kind: 'equivocated', agent: from, detail }])
}

/** VaR at each risk level, to four digits: 'VaR 2.31 / 1.8 / 1.2'. */
const inShort = ({ levels, quantiles, riskLevels }: Forecast): string =>
  `VaR ${Array.from(riskLevels, level => Number((0 - quantiles[levels.indexOf(level)]).toPrecision(4))).join(' / ')}`

function parseIntervals(intervals: unknown, { riskLevels }: Levels): ReportBody['intervals'] {
  if (!Array.isArray(intervals) || intervals.length !== riskLevels.length) return undefined
  const isPair = (pair: unknown): pair is readonly [number, number] =>
    Array.isArray(pair) && pair.length === 2 && Number.isFinite(pair[0]) && Number.isFinite(pair[1]) && pair[0] <= pair[1]
  return intervals.every(isPair) ? intervals.map(([low, high]) => [low, high] as const) : undefined
}

/** The rule's decision, or why there is none: a scenario may bring rules of its own, and each gets copies of the reports. */
function applied(
  { levels }: CoordinatorPlan,
  forecasts: readonly Forecast[],
  { rule, params }: LabelledRule,
  weights: Float64Array | undefined,
): Forecast | string {
  try {
    const parsed = parseForecast(rule.apply(forecasts.map(copyOf), params, weights), levels)
    return parsed.ok ? parsed.forecast : parsed.reason
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('internal error')) throw error
    if (isSwarmvarError(error)) return `${error.code}: ${error.message}`
    return error instanceof Error ? error.name : 'something was thrown'
  }
}

const copyOf = ({ levels, quantiles, riskLevels, shortfalls }: Forecast): Forecast => ({
  levels: levels.slice(),
  quantiles: quantiles.slice(),
  riskLevels: riskLevels.slice(),
  shortfalls: shortfalls.slice(),
})

function decide(plan: CoordinatorPlan, state: CoordinatorState, note: Note[], isDeadline = false): Step<CoordinatorState, Body> {
  state.decided = true
  const missing = plan.agents.filter(id => !state.accepted.has(id) && !state.rejected.has(id))
  for (const id of missing) note.push({ kind: 'missing', agent: id, detail: `no report of day ${state.day} before the decision` })
  const faulty: FaultyToday = {
    malformed: [...state.rejected],
    equivocated: [...state.twoFaced],
    // Before the deadline those who were slower than the quorum are not to blame.
    silent: isDeadline ? missing : [],
    quarantined: state.screening === null ? [] : quarantinedIn(state.screening, plan.agents),
  }
  note.push(...watchBounds(plan.rules, plan.agents.length, faulty, state.exceeded))
  const accepted = [...state.accepted.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
  const rules = plan.rules.map(rule => decided(plan, state, rule, accepted, note))
  const record: DayRecord = { day: state.day, accepted, rules }
  note.push({ kind: 'decision', detail: '', data: record })
  const published = Object.fromEntries(rules.flatMap(({ label, forecast }) => (forecast === null ? [] : [[label, forecast]])))
  const send: Packet<Body>[] = [
    { kind: 'topic', topic: 'decision', body: { kind: 'decision', day: state.day, rules: published } },
  ]
  return { state, send, note, work: [] }
}

/** One rule's decision on the reports that it gets to see, or its last one again. */
function decided(
  plan: CoordinatorPlan,
  state: CoordinatorState,
  labelled: LabelledRule,
  accepted: readonly Accepted[],
  note: Note[],
): DayRecord['rules'][number] {
  const { label, rule, params } = labelled
  const { screening } = plan
  const isScreened = labelled.isScreened === true && screening !== undefined && state.screening !== null
  const panel = isScreened ? panelFor(screening, state.screening!, plan.agents, accepted, labelled) : null
  const reports = panel?.reports ?? accepted
  const forecasts = reports.map(({ forecast }) => forecast)
  const learner = labelled.weights === undefined ? undefined : state.learners.get(labelled.weights)
  note.push(...(panel?.note ?? []))
  const repeated = (): DayRecord['rules'][number] => ({ label, forecast: state.last.get(label) ?? null, carried: true })
  if (forecasts.length < Math.max(1, rule.needs(params))) {
    const detail = `${label} has ${forecasts.length} of the ${rule.needs(params)} reports it needs and repeats its last decision`
    note.push({ kind: 'too-few-reports', detail })
    return repeated()
  }
  const ids = reports.map(({ id }) => id)
  const weights = learner === undefined ? panel?.weights : weightsAmong(learner, plan.agents, ids)
  const outcome = applied(plan, forecasts, labelled, weights)
  if (typeof outcome === 'string') {
    note.push({ kind: 'rule-failed', detail: `${label} repeats its last decision: ${outcome}` })
    return repeated()
  }
  state.last.set(label, outcome)
  return { label, forecast: outcome, carried: false }
}
