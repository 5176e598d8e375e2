import { assert, childKey, type Key, keyWords } from '../base/index.js'
import type { Levels } from '../forecast/index.js'
import { type Belief, trimPeers } from '../inference/index.js'
import type { Model, PriorFields } from '../models/index.js'
import type { Event, Id, Node, Note, Packet, Step, Work } from '../network/index.js'
import { type Body, COORDINATOR, type DayBody, type PosteriorBody, type ReportBody } from './messages.js'
import { type Lesson, learnPrior, lessonOf, type PriorInUse, type PriorLearning, takeLesson } from './prior-learning.js'

export interface AgentPlan {
  readonly model: Model
  /** The agent's own branch of the run's randomness: trainings draw from (agent, day), whatever the network did. */
  readonly key: Key
  readonly levels: Levels
  /** Returns in a training window. */
  readonly window: number
  readonly refitEveryDays: number
  /** Virtual milliseconds that a training takes. */
  readonly trainMs: number
  /** Virtual milliseconds after the opening at which peers' posteriors are taken in. */
  readonly shareMs: number
  /** When anybody listens to posteriors. */
  readonly publishes: 'every day' | 'training days' | 'never'
  readonly assimilate?: { readonly everyDays: number; readonly trim: number; readonly ownWeight: number }
  readonly learnPrior?: PriorLearning
  /** The input of the 'train' job for a window: plain data that a worker can turn into this agent's model, under a learned prior. */
  trainInput(history: Float64Array, words: Uint32Array, prior?: PriorFields): unknown
}

export interface AgentState {
  readonly id: Id
  /** The last `window` returns and those since the last training, oldest first: rows of them for a model of several assets. */
  returns: number[]
  day: number
  openedMs: number
  /** What the day brought, several days' after an outage: the portfolio's returns, and the assets' where the market has several. */
  fresh: Float64Array
  freshRows: Float64Array
  /** Whether a training is under way, which will have seen what is fresh. Its result is lost when the agent is down at the time. */
  isTraining: boolean
  belief: unknown
  /** The model under the prior that the belief was trained with. */
  model: Model
  inbox: Map<Id, Belief>
  /** The prior of the last training that was asked for. */
  prior: PriorInUse
  /** What later trainings may learn from, oldest first. */
  lessons: Lesson[]
  /** How many returns the market has told. */
  seen: number
}

const nothing = <T>(): readonly T[] => []

/**
 * An honest agent: a Node around a Model. Each day it absorbs the last return (every `refitEveryDays` it trains anew, as a
 * job), publishes its posterior, takes in its neighbours' when its behaviour says so, and reports a forecast of the day.
 * Guarantee: what it reports for day t depends on returns up to t - 1 only; nothing later has been sent to it.
 */
export function agent(plan: AgentPlan): Node<AgentState, Body> {
  return {
    init: id => ({
      id,
      returns: [],
      day: -1,
      openedMs: 0,
      fresh: new Float64Array(0),
      freshRows: new Float64Array(0),
      isTraining: false,
      belief: undefined,
      model: plan.model,
      inbox: new Map(),
      prior: { model: plan.model, lastSeen: -1 },
      lessons: [],
      seen: 0,
    }),
    on(state, event, now, key) {
      if (event.kind === 'signal' && event.body.kind === 'day') return open(plan, state, event.body, now)
      if (event.kind === 'result' || event.kind === 'failure') {
        if (event.tag !== String(state.day)) return idle(state)
        state.isTraining = false
        if (event.kind === 'failure') return failed(plan, state, event, now)
        return learned(plan, Object.assign(state, { belief: event.output, model: state.prior.model }), now)
      }
      if (event.kind === 'message' && event.body.kind === 'posterior') return heard(plan, state, event.from, event.body)
      if (event.kind === 'wake') return share(plan, state, key)
      return idle(state)
    },
  }
}

const idle = (state: AgentState): Step<AgentState, Body> => ({ state, send: nothing(), note: nothing(), work: nothing() })

/** How many returns of a day the model learns from. */
const widthOf = ({ columns = 1 }: Model): number => columns

function open(
  plan: AgentPlan,
  state: AgentState,
  { day, returns, rows = returns }: DayBody,
  now: number,
): Step<AgentState, Body> {
  state.day = day
  state.openedMs = now
  state.inbox.clear()
  const isLost = state.isTraining && state.belief !== undefined
  state.fresh = isLost ? joined(state.fresh, returns) : returns
  state.freshRows = isLost ? joined(state.freshRows, rows) : rows
  state.isTraining = false
  state.seen += returns.length
  for (const ret of plan.model.columns === undefined ? returns : rows) state.returns.push(ret)
  if (isTrainingDay(plan, day)) return train(plan, state)
  return state.belief === undefined ? idle(state) : movedOn(plan, state, now)
}

const joined = (a: Float64Array, b: Float64Array): Float64Array => {
  const both = new Float64Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}

const isTrainingDay = ({ refitEveryDays }: AgentPlan, day: number): boolean => day % refitEveryDays === 0

/** Asks for a training on the last window, under the prior that an earlier window taught when the agent learns its prior. */
function train(plan: AgentPlan, state: AgentState): Step<AgentState, Body> {
  const { day } = state
  state.isTraining = true
  state.returns = state.returns.slice(-plan.window * widthOf(plan.model))
  const note = recall(plan, state)
  assert(state.prior.lastSeen < state.seen - plan.window, 'a prior has seen none of the returns that it is trained on')
  const words = keyWords(childKey(childKey(plan.key, 'train'), day))
  const work: Work = {
    job: 'train',
    tag: String(day),
    input: plan.trainInput(Float64Array.from(state.returns), words, state.prior.fields),
    afterMs: plan.trainMs,
  }
  return { state, send: nothing(), note, work: [work] }
}

/** Takes in the newest lesson whose returns all lie before today's window, and opens today's. */
function recall(plan: AgentPlan, state: AgentState): readonly Note[] {
  const { day } = state
  if (plan.learnPrior === undefined) return nothing()
  const { lesson, later } = takeLesson(state.lessons, day - plan.window)
  state.lessons = [...later, { day, lastSeen: state.seen - 1, peers: new Map() }]
  if (lesson === undefined) return nothing()
  const { prior, note } = learnPrior(plan.model, plan.learnPrior, lesson, childKey(childKey(plan.key, 'prior'), day))
  if (prior !== null) state.prior = prior
  return [note]
}

/** A training failed: the agent goes on with the belief it has, or stays silent until the next training when it has none. */
function failed(
  plan: AgentPlan,
  state: AgentState,
  event: Event<Body> & { kind: 'failure' },
  now: number,
): Step<AgentState, Body> {
  const note: Note = {
    kind: 'training-failed',
    detail: `${event.code}: ${event.message}`,
    data: { code: event.code, message: event.message },
  }
  if (state.belief === undefined) return { state, send: nothing(), note: [note], work: nothing() }
  const step = movedOn(plan, state, now)
  return { ...step, note: [note, ...step.note] }
}

/** The belief moves by the day's returns; what a model had to do beyond that is said on that day. */
function movedOn(plan: AgentPlan, state: AgentState, now: number): Step<AgentState, Body> {
  const { model, fresh, freshRows } = state
  const width = freshRows.length / fresh.length
  const notes: Note[] = []
  const key = childKey(childKey(plan.key, 'update'), state.day)
  fresh.forEach((ret, t) => {
    const row = freshRows.slice(t * width, (t + 1) * width)
    state.belief = model.update(state.belief, ret, t === 0 ? key : childKey(key, t), row)
    const detail = model.rejuvenation?.(state.belief)
    if (detail !== undefined) notes.push({ kind: 'rejuvenated', detail })
  })
  const step = learned(plan, state, now)
  return { ...step, note: [...notes, ...step.note] }
}

function learned(plan: AgentPlan, state: AgentState, now: number): Step<AgentState, Body> {
  const send: Packet<Body>[] = []
  const lesson = lessonOf(state.lessons, state.day)
  const isHeard = plan.publishes === 'every day' || (plan.publishes === 'training days' && isTrainingDay(plan, state.day))
  const belief = isHeard || lesson !== undefined ? state.model.belief?.(state.belief) : undefined
  if (lesson !== undefined) lesson.own = belief
  if (isHeard && belief !== undefined)
    send.push({ kind: 'broadcast', topic: 'posterior', body: { kind: 'posterior', day: state.day, belief } })
  if (assimilatesToday(plan, state.day)) {
    send.push({ kind: 'wake', name: 'share', afterMs: Math.max(0, state.openedMs + plan.shareMs - now) })
  } else send.push(report(plan, state))
  return { state, send, note: fallbackNotes(plan, state), work: nothing() }
}

const assimilatesToday = ({ assimilate, model }: AgentPlan, day: number): boolean =>
  assimilate !== undefined && model.assimilate !== undefined && day % assimilate.everyDays === 0

/** A degraded choice of the sampler is said on the day of the training. */
function fallbackNotes(plan: AgentPlan, { model, day, belief }: AgentState): Note[] {
  if (!isTrainingDay(plan, day)) return []
  const fallback = model.fallback?.(belief)
  return fallback === undefined ? [] : [{ kind: 'fallback', detail: fallback }]
}

function heard(plan: AgentPlan, state: AgentState, from: Id, { day, belief }: PosteriorBody): Step<AgentState, Body> {
  const { model } = state
  const lesson = lessonOf(state.lessons, state.day)
  // Looked at only on days on which it will be used.
  const isUsed = assimilatesToday(plan, state.day) || lesson !== undefined
  if (!isUsed || model.beliefProblem === undefined || state.belief === undefined || day !== state.day) return idle(state)
  const problem = model.beliefProblem(state.belief, belief)
  if (problem === null) {
    state.inbox.set(from, belief)
    lesson?.peers.set(from, belief)
  }
  const isMisbehaviour = problem !== null && problem !== 'another family'
  return { ...idle(state), note: isMisbehaviour ? [{ kind: 'malformed-posterior', agent: from, detail: problem }] : [] }
}

/** Pools with the neighbours' beliefs, robustly: the farthest from the coordinate-wise median are left out first. */
function share(plan: AgentPlan, state: AgentState, key: Key): Step<AgentState, Body> {
  const { assimilate } = plan
  const { model } = state
  assert(assimilate !== undefined && model.assimilate !== undefined, 'only an agent that assimilates sets this alarm')
  const own = model.belief?.(state.belief)
  const senders = [...state.inbox.keys()].sort()
  const beliefs = senders.map(id => state.inbox.get(id)!)
  if (own === undefined || beliefs.length === 0) return { state, send: [report(plan, state)], note: [], work: [] }
  if (beliefs.length < 2 * assimilate.trim) {
    const detail = `${beliefs.length} beliefs of its family are too few to leave out ${assimilate.trim}`
    return { state, send: [report(plan, state)], note: [{ kind: 'not-assimilated', detail }], work: [] }
  }
  const kept = trimPeers(own, beliefs, assimilate.trim)
  if (kept.length === 0) return { state, send: [report(plan, state)], note: [], work: [] }
  const weights = new Float64Array(kept.length + 1).fill((1 - assimilate.ownWeight) / kept.length)
  weights[0] = assimilate.ownWeight
  const peers = kept.map(i => ({ names: [], draws: {}, method: 'shared', belief: beliefs[i] }))
  const outcome = model.assimilate(state.belief, peers, weights, childKey(key, 'assimilate'))
  state.belief = outcome.state
  const detail = {
    kept: kept.map(i => senders[i]),
    dropped: senders.filter((_, i) => !kept.includes(i)),
    method: outcome.method,
    ...(outcome.paretoK !== undefined && Number.isFinite(outcome.paretoK) ? { paretoK: outcome.paretoK } : {}),
  }
  return { state, send: [report(plan, state)], note: [{ kind: 'assimilated', detail: JSON.stringify(detail) }], work: [] }
}

function report({ levels }: AgentPlan, { model, belief, day }: AgentState): Packet<Body> {
  const interval = model.varInterval95?.bind(model)
  const body: ReportBody = {
    kind: 'report',
    day,
    forecast: model.forecast(belief, levels),
    ...(interval === undefined ? {} : { intervals: Array.from(levels.riskLevels, level => interval(belief, level)) }),
  }
  return { kind: 'point', to: COORDINATOR, topic: 'report', body }
}
