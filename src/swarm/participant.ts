import { childKey, type Key } from '../base/index.js'
import type { Forecast, Levels } from '../forecast/index.js'
import type { AgreementBody, Event, Id, Node, Note, Packet, Step } from '../network/index.js'
import type { Body } from './messages.js'

export interface ParticipantPlan {
  readonly levels: Levels
  /** Virtual milliseconds after the day's opening at which all enter the first round, with what they have. */
  readonly startMs: number
  /** One instance of the agreement, for one day. */
  readonly agreement: Node<unknown, AgreementBody>
}

/** The data of the note 'agreed': what an agent put in, and what it ended with. */
export interface AgreedRecord {
  readonly day: number
  readonly rounds: number
  readonly input: Forecast | null
  readonly output: Forecast
}

/** The data of the note 'round': an agent's value after a round. */
export interface RoundRecord {
  readonly day: number
  readonly round: number
  readonly value: Float64Array
}

export interface ParticipantState<Inner> {
  readonly id: Id
  readonly peers: readonly Id[]
  inner: Inner
  day: number
  openedMs: number
  /** The agent's own forecast of the day, as it would report it to a coordinator. */
  input: Forecast | null
  /** The day's instance of the agreement; null before the first day. */
  instance: unknown
  isStarted: boolean
}

const START = 'agreement:start'
const PREFIX = 'agreement:'

/**
 * An agent that decides without a coordinator: what its inner node reports becomes its input to an agreement among all agents,
 * a new instance of which begins at the same virtual time of every day. Quantiles and shortfalls are agreed on together, as one
 * vector, coordinate by coordinate. What the agreement decides is the agent's forecast of the day: the note 'agreed'.
 */
export function participant<Inner>(node: Node<Inner, Body>, plan: ParticipantPlan): Node<ParticipantState<Inner>, Body> {
  return {
    init: (id, peers) => ({
      id,
      peers,
      inner: node.init(id, peers),
      day: -1,
      openedMs: 0,
      input: null,
      instance: null,
      isStarted: false,
    }),
    on(state, event, now, key) {
      const told = ofAgreement(state, event)
      if (told !== null) return told === 'nothing' ? idle(state) : inAgreement(plan, state, told, now, childKey(key, 'agreement'))
      if (event.kind === 'wake' && event.name === `${START}:${state.day}`)
        return begin(plan, state, now, childKey(key, 'agreement'))
      const opening = event.kind === 'signal' && event.body.kind === 'day' ? open(plan, state, event.body.day, now) : []
      const step = node.on(state.inner, event, now, key)
      state.inner = step.state
      return { ...step, state, send: [...opening, ...step.send.filter(packet => !isInput(state, packet))] }
    },
  }
}

const idle = <Inner>(state: ParticipantState<Inner>): Step<ParticipantState<Inner>, Body> => ({
  state,
  send: [],
  note: [],
  work: [],
})

function open<Inner>(plan: ParticipantPlan, state: ParticipantState<Inner>, day: number, now: number): Packet<Body>[] {
  state.day = day
  state.openedMs = now
  state.input = null
  state.isStarted = false
  state.instance = plan.agreement.init(state.id, state.peers)
  return [{ kind: 'wake', name: `${START}:${day}`, afterMs: plan.startMs }]
}

/** Keeps what the inner node reports, which is for nobody else. */
function isInput<Inner>(state: ParticipantState<Inner>, packet: Packet<Body>): boolean {
  if (packet.kind === 'wake' || packet.body.kind !== 'report') return false
  if (packet.body.day === state.day && !state.isStarted) state.input = packet.body.forecast
  return true
}

/** The event as the day's instance hears it; 'nothing' when it belongs to another day's. */
function ofAgreement<Inner>(state: ParticipantState<Inner>, event: Event<Body>): Event<AgreementBody> | 'nothing' | null {
  if (event.kind === 'message' && event.body?.kind === 'agreement')
    return event.body.day === state.day ? { ...event, body: event.body.body } : 'nothing'
  if (event.kind === 'wake' && event.name.startsWith(PREFIX) && !event.name.startsWith(START)) {
    const [day, ...name] = event.name.slice(PREFIX.length).split(':')
    return Number(day) === state.day ? { kind: 'wake', name: name.join(':') } : 'nothing'
  }
  return null
}

function begin<Inner>(
  plan: ParticipantPlan,
  state: ParticipantState<Inner>,
  now: number,
  key: Key,
): Step<ParticipantState<Inner>, Body> {
  state.isStarted = true
  const body: AgreementBody = state.input === null ? { kind: 'start' } : { kind: 'input', value: vectorOf(state.input) }
  const step = inAgreement(plan, state, { kind: 'signal', topic: 'agreement', body }, now, key)
  if (state.input !== null) return step
  const detail = `enters the agreement on day ${state.day} without a forecast of its own`
  return { ...step, note: [{ kind: 'missing', detail }, ...step.note] }
}

function inAgreement<Inner>(
  plan: ParticipantPlan,
  state: ParticipantState<Inner>,
  event: Event<AgreementBody>,
  now: number,
  key: Key,
): Step<ParticipantState<Inner>, Body> {
  const step = plan.agreement.on(state.instance, event, now, key)
  state.instance = step.state
  return {
    state,
    send: step.send.map(
      (packet): Packet<Body> =>
        packet.kind === 'wake'
          ? { ...packet, name: `${PREFIX}${state.day}:${packet.name}` }
          : { ...packet, topic: 'agreement', body: { kind: 'agreement', day: state.day, body: packet.body } },
    ),
    note: step.note.map(note => translated(plan, state, note)),
    work: [],
  }
}

/** Quantiles and shortfalls as the one vector that is agreed on. */
export function vectorOf({ quantiles, shortfalls }: Forecast): Float64Array {
  const vector = new Float64Array(quantiles.length + shortfalls.length)
  vector.set(quantiles)
  vector.set(shortfalls, quantiles.length)
  return vector
}

/**
 * The forecast of such a vector. A faulty participant's vector need not be a forecast, so what is agreed on coordinate by coordinate may
 * descend: it is rearranged, that is sorted (Chernozhukov et al. 2010), and shortfalls below their VaR are raised to it. Both steps move
 * no two vectors apart in any coordinate, and keep them between forecasts that they were between.
 */
export function forecastOf(vector: Float64Array, { levels, riskLevels }: Levels): Forecast {
  const quantiles = vector.slice(0, levels.length).sort()
  const shortfalls = vector.slice(levels.length)
  for (let i = 0; i < riskLevels.length; i++)
    shortfalls[i] = Math.max(shortfalls[i], 0 - quantiles[levels.indexOf(riskLevels[i])])
  return { levels: levels.slice(), quantiles, riskLevels: riskLevels.slice(), shortfalls }
}

/** The agreement's own notes in the Trace's terms; what it notes of peers passes as it is. */
function translated<Inner>({ levels }: ParticipantPlan, state: ParticipantState<Inner>, note: Note): Note {
  if (note.kind !== 'round' && note.kind !== 'decided') return note
  const { round, value } = note.data as { readonly round: number; readonly value: Float64Array }
  if (note.kind === 'round') return { kind: 'round', detail: '', data: { day: state.day, round, value } satisfies RoundRecord }
  const data: AgreedRecord = { day: state.day, rounds: round, input: state.input, output: forecastOf(value, levels) }
  return { kind: 'agreed', detail: '', data }
}
