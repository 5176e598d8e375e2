import { show } from '../../base/index.js'
import type { Event, Id, Note, Packet, Step } from '../node.js'
import { type AgreementBody, isRound, isValue, sameValue, type Value } from './body.js'
import { type Claim, judge } from './compare.js'
import { charge, type Docket, openDocket, reading } from './docket.js'
import type { Group } from './plan.js'

/** What a protocol in rounds of fixed length is made of. */
export interface Lockstep {
  readonly group: Group
  readonly rounds: number
  readonly roundMs: number
  readonly range: number
  /** Whether a participant listens to another one. */
  readonly listens: (id: Id, to: Id) => boolean
  readonly packet: (body: AgreementBody) => Packet<AgreementBody>
  /** The next value from one's own and from what was heard, both null where there is nothing; null where that is too little. */
  readonly next: (own: Value | null, heard: readonly (Value | null)[], last: (Value | null)[]) => Value | null
  /** Whether participants tell each other what they heard in a round, once it is over. */
  readonly compares: (round: number) => boolean
}

type Stories = (Value | null)[]

/** A participant. Everything by the participants' places. */
export interface LockstepState {
  readonly id: Id
  readonly me: number
  readonly docket: Docket
  /** The current round: 0 before the start, more than there are when all is over. */
  round: number
  value: Value | null
  /** Heard in the current round, and what came for the next one already. */
  heard: Stories
  early: Stories
  /** Heard in the last round, and what others say they heard in it; and what some say already of the current one. */
  told: Stories
  claims: (readonly (Value | null)[] | null)[]
  earlyClaims: (readonly (Value | null)[] | null)[]
  /** For a protocol that remembers what it last heard of each. */
  readonly last: Stories
}

interface Out {
  readonly send: Packet<AgreementBody>[]
  readonly note: Note[]
}

/** Stands for one who said two things in one round, which counts as nothing: whichever came first is chance. */
const contradiction: Value = new Float64Array(0)

const empty = (n: number): null[] => new Array<null>(n).fill(null)

export function openLockstep({ placeOf, n }: Group, id: Id): LockstepState {
  const fresh = { heard: empty(n), early: empty(n), told: empty(n), claims: empty(n), earlyClaims: empty(n), last: empty(n) }
  return { id, me: placeOf.get(id)!, docket: openDocket(), round: 0, value: null, ...fresh }
}

export function onLockstep(
  plan: Lockstep,
  state: LockstepState,
  event: Event<AgreementBody>,
): Step<LockstepState, AgreementBody> {
  const out: Out = { send: [], note: [] }
  if (event.kind === 'signal') start(plan, state, event.body, out)
  else if (event.kind === 'wake') close(plan, state, out)
  else if (event.kind === 'message' && plan.group.placeOf.has(event.from)) {
    const { from, body } = event
    reading(
      () => hear(plan, state, from, body, out),
      () => malformed(state, from, body, out),
    )
  }
  return { state, ...out, work: [] }
}

/** The first signal, which all get at the same time, starts the clock; an input is welcome during the first round. */
function start(plan: Lockstep, state: LockstepState, body: AgreementBody, out: Out): void {
  if (body.kind !== 'input' && body.kind !== 'start') return
  if (state.round === 0) {
    state.round = 1
    // Of those who started at this instant before me.
    state.heard = state.early
    state.early = empty(plan.group.n)
    out.send.push({ kind: 'wake', name: 'round', afterMs: plan.roundMs })
  }
  if (body.kind === 'start' || state.value !== null) return
  const isGood = isValue(body.value, plan.group, plan.range)
  if (!isGood || state.round > 1) {
    const why = isGood ? `in round ${state.round}` : `of ${show(body.value)}`
    out.note.push({ kind: 'bad-input', detail: `an input ${why}, without which it takes part` })
    return
  }
  state.value = body.value
  out.send.push(plan.packet({ kind: 'value', round: 1, value: body.value }))
}

function hear(plan: Lockstep, state: LockstepState, from: Id, body: AgreementBody, out: Out): void {
  const isKnown = body?.kind === 'value' || body?.kind === 'heard'
  if (!isKnown || !isRound(body.round, plan.rounds) || !plan.listens(state.id, from)) malformed(state, from, body, out)
  else if (body.kind === 'value') hearValue(plan, state, from, body, out)
  else hearStories(plan, state, from, body, out)
}

function hearValue(
  { group, range }: Lockstep,
  state: LockstepState,
  from: Id,
  body: AgreementBody & { readonly kind: 'value' },
  out: Out,
): void {
  const { round, value } = body
  if (!isValue(value, group, range)) {
    malformed(state, from, body, out)
    return
  }
  if (!isTimely(state, from, round, state.round, out)) return
  const heard = round === state.round ? state.heard : state.early
  const place = group.placeOf.get(from)!
  const before = heard[place]
  if (before === null) heard[place] = value
  else if (!sameValue(before, value)) {
    if (before !== contradiction) twice(state, from, body, [before, value], out)
    heard[place] = contradiction
  }
}

function hearStories(
  plan: Lockstep,
  state: LockstepState,
  from: Id,
  body: AgreementBody & { readonly kind: 'heard' },
  out: Out,
): void {
  const { group, range } = plan
  const { round, stories } = body
  const fits = (story: unknown): boolean => story === null || isValue(story, group, range)
  const isList = plan.compares(round) && Array.isArray(stories) && stories.length === group.n
  // A copy has no holes, which `every` would not look into.
  const isGood = isList && Array.from(stories).every(fits)
  if (!isGood) {
    malformed(state, from, body, out)
    return
  }
  if (!isTimely(state, from, round, state.round - 1, out)) return
  const claims = round === state.round - 1 ? state.claims : state.earlyClaims
  const place = group.placeOf.get(from)!
  const before = claims[place]
  if (before === null) claims[place] = stories
  else if (before !== stories && !before.every((story, i) => sameStory(story, stories[i])))
    twice(state, from, body, [before, stories], out)
}

const sameStory = (a: Value | null, b: Value | null): boolean => a === b || (a !== null && b !== null && sameValue(a, b))

/** What is meant for the round that is heard now, or for the next one: clocks agree, but not on who is first at an instant. */
function isTimely(state: LockstepState, from: Id, round: number, current: number, out: Out): boolean {
  if (round === current || round === current + 1) return true
  const kind = round < current ? 'late' : 'early'
  const detail = `something of round ${round} in round ${state.round}`
  charge(state.docket, out.note, { kind, agent: from, detail, data: { round, inRound: state.round } })
  return false
}

function malformed({ docket }: LockstepState, from: Id, body: unknown, out: Out): void {
  charge(docket, out.note, { kind: 'malformed', agent: from, detail: show(body), data: show(body) })
}

function twice(
  { docket }: LockstepState,
  from: Id,
  { kind, round }: { kind: string; round: number },
  data: unknown,
  out: Out,
): void {
  charge(docket, out.note, {
    kind: 'equivocated',
    agent: from,
    detail: `two different messages '${kind}' of round ${round}`,
    data,
  })
}

/** The end of a round. */
function close(plan: Lockstep, state: LockstepState, out: Out): void {
  const { group, rounds } = plan
  const { round } = state
  if (round === 0 || round > rounds + 1) return
  for (let i = 0; i < group.n; i++) if (state.heard[i] === contradiction) state.heard[i] = null
  if (plan.compares(round - 1)) compare(group, state, out)
  if (round <= rounds) settle(plan, state, out)
  state.told = state.heard
  state.heard = state.early
  state.early = empty(group.n)
  state.claims = state.earlyClaims
  state.earlyClaims = empty(group.n)
  state.round++
  const compares = round <= rounds && plan.compares(round)
  if (compares) out.send.push(plan.packet({ kind: 'heard', round, stories: state.told }))
  if (round < rounds && state.value !== null) {
    out.send.push(plan.packet({ kind: 'value', round: round + 1, value: state.value }))
  }
  if (round < rounds || compares) out.send.push({ kind: 'wake', name: 'round', afterMs: plan.roundMs })
}

function settle(plan: Lockstep, state: LockstepState, out: Out): void {
  const { round } = state
  state.value = plan.next(state.value, state.heard, state.last)
  if (state.value === null) {
    const kind = round === plan.rounds ? 'undecided' : 'no-value'
    out.note.push({ kind, detail: `too little was heard in round ${round} of ${plan.rounds}` })
    return
  }
  const data = { round, value: state.value }
  out.note.push({ kind: 'round', detail: `round ${round} of ${plan.rounds}`, data })
  if (round === plan.rounds) out.note.push({ kind: 'decided', detail: `after ${round} rounds`, data })
}

/** Compares what I heard in the last round with what others say that they heard in it. */
function compare({ ids, f }: Group, state: LockstepState, out: Out): void {
  const { me, told, claims, docket } = state
  for (let agent = 0; agent < ids.length; agent++) {
    if (agent === me) continue
    const said: Claim[] = []
    let differs = false
    for (let from = 0; from < ids.length; from++) {
      const story = claims[from]?.[agent] ?? null
      if (story === null || from === agent || from === me) continue
      said.push({ from: ids[from], story })
      differs ||= !sameValue(story, told[agent] ?? said[0].story)
    }
    if (differs) judge(docket, out.note, ids[agent], told[agent], said, f)
  }
}
