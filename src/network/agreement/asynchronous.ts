import { show } from '../../base/index.js'
import type { Event, Id, Node, Step } from '../node.js'
import { type AgreementBody, isRound, isValue, type Value } from './body.js'
import { broadcastValue, type Channel, type Delivery, hearVote, type Out, tell } from './channel.js'
import { charge, openDocket, reading } from './docket.js'
import { type AsynchronousPlan, type Group, readGroup, requireThird, roundsFor } from './plan.js'
import { reduceValues } from './reduce.js'
import { isVote, placeOf, readThresholds } from './reliable-broadcast.js'
import { acceptDelivery, acceptReport, openWitnesses, readReport, type Witnesses } from './witnesses.js'

/*
 * Asynchronous approximate agreement with optimal resilience (Abraham, Amit & Dolev 2004).
 *
 * Assumes: n >= 3f + 1 participants, of whom at most f are faulty in any way or have no input; packets between honest ones arrive
 * some time, from whom they say they are; no bound on delays, no order, copies are harmless. Honest inputs lie in [-range, range].
 * Guarantees, in every coordinate by itself: every honest participant decides (termination), on a value within the range of the
 * honest inputs (validity), and any two decisions differ by epsilon at most (agreement). It does not promise the convex hull.
 * Each round: broadcast the value reliably; when n - f values are delivered, report whose they were; a participant whose report
 * names only values that have been delivered here as well is a witness; with n - f witnesses, go on with the midpoint of all values
 * delivered so far without the f smallest and the f largest.
 * Why it is safe: a broadcast lets nobody tell two stories. Two sets of n - f witnesses share n - 2f >= f + 1, so an honest one, and
 * both participants have the n - f >= 2f + 1 values of its report, C. Adding values to C only moves the (f + 1)-th smallest down and
 * the (f + 1)-th largest up, so both trimmed intervals hold the (f + 1)-th smallest of C: they meet. Both lie within the honest
 * values of the round, whose spread the midpoints of two intervals that meet halve at least.
 * Why it goes on: n - f honest values are delivered to all by validity and totality, hence reports come, and every honest report's
 * values are delivered to all, hence n - f witnesses. Who has decided goes on helping the others, who need its echoes and reports.
 * The number of rounds is fixed and public, so nobody has to be told when to stop.
 * Limits: rounds * n broadcasts with 2n stories each, one report a participant and round.
 */

interface Round {
  /** By the sender's place. */
  readonly values: (Value | null)[]
  readonly witnesses: Witnesses
}

/** A participant of asynchronous approximate agreement. */
export interface AsynchronousState {
  readonly channel: Channel
  readonly rounds: (Round | undefined)[]
  /** The current round: from 1; one more than there are, when it has decided. */
  round: number
  /** The value at the start of the round, once there is one. */
  value: Value | null
}

/**
 * Input comes by a signal { kind: 'input', value }; a participant without one takes part all the same, and counts among the f.
 * Notes: 'round' with { round, value } after each round, 'decided' with { round, value } at last, and misbehaviour.
 * Errors: BAD_PLAN, TOO_MANY_FAULTS (n < 3f + 1).
 */
export function asynchronousAgreement(plan: AsynchronousPlan): Node<AsynchronousState, AgreementBody> {
  const group = readGroup(plan)
  requireThird(group, plan.unsafe, 'asynchronousAgreement')
  const rounds = roundsFor(plan, 0.5)
  const thresholds = readThresholds(plan, group)

  function init(id: Id): AsynchronousState {
    const me = placeOf(group, id)
    const channel: Channel = { group, thresholds, rounds, range: plan.range, me, docket: openDocket(), broadcasts: [] }
    return { channel, rounds: [], round: 1, value: null }
  }

  function on(state: AsynchronousState, event: Event<AgreementBody>): Step<AsynchronousState, AgreementBody> {
    const out: Out = { send: [], note: [] }
    if (event.kind === 'signal') start(state, event.body, out)
    else if (event.kind === 'message' && group.placeOf.has(event.from)) {
      const { from, body } = event
      const data = show(body)
      reading(
        () => hear(state, from, body, out),
        () => charge(state.channel.docket, out.note, { kind: 'malformed', agent: from, detail: data, data }),
      )
    }
    return { state, ...out, work: [] }
  }

  return { init, on }
}

function start(state: AsynchronousState, body: AgreementBody, out: Out): void {
  const { channel } = state
  if (body.kind !== 'input' || state.value !== null) return
  if (!isValue(body.value, channel.group, channel.range)) {
    out.note.push({ kind: 'bad-input', detail: `an input of ${show(body.value)}, without which it takes part` })
    return
  }
  state.value = body.value
  take(state, broadcastValue(channel, 1, body.value, out), out)
}

function hear(state: AsynchronousState, from: Id, body: AgreementBody, out: Out): void {
  const { channel } = state
  const { group, docket } = channel
  if (isVote(body)) {
    take(state, hearVote(channel, from, body, out), out)
    return
  }
  const senders = body?.kind === 'report' && isRound(body.round, channel.rounds) ? readReport(group, body.senders) : null
  if (senders === null) {
    charge(docket, out.note, { kind: 'malformed', agent: from, detail: show(body), data: show(body) })
    return
  }
  const { round } = body as { readonly round: number }
  const { values, witnesses } = roundOf(state, round)
  const before = acceptReport(witnesses, group.placeOf.get(from)!, senders, values)
  if (before !== null) {
    const detail = `two different reports in round ${round}`
    charge(docket, out.note, {
      kind: 'equivocated',
      agent: from,
      detail,
      data: [namesOf(group, before), namesOf(group, senders)],
    })
  }
  advance(state, out)
}

/** Takes in what a broadcast delivered, if anything, and goes on as far as that allows. */
function take(state: AsynchronousState, delivery: Delivery | null, out: Out): void {
  if (delivery === null) return
  const { values, witnesses } = roundOf(state, delivery.round)
  values[delivery.sender] = delivery.value
  acceptDelivery(witnesses, delivery.sender)
  advance(state, out)
}

function advance(state: AsynchronousState, out: Out): void {
  const { channel } = state
  const { group } = channel
  const quorum = group.n - group.f
  while (state.round <= channel.rounds) {
    const { round } = state
    const { values, witnesses } = roundOf(state, round)
    if (!witnesses.reported && witnesses.delivered.length >= quorum) {
      const senders = witnesses.delivered.slice(0, quorum)
      witnesses.reported = true
      acceptReport(witnesses, channel.me, senders, values)
      out.send.push(tell(channel, { kind: 'report', round, senders: namesOf(group, senders) }))
    }
    if (!witnesses.reported || witnesses.count < quorum) return
    const heard = values.filter(value => value !== null)
    state.value = reduceValues(heard, group.f, 'trimmedMidpoint')
    state.round++
    const data = { round, value: state.value }
    out.note.push({ kind: 'round', detail: `round ${round} of ${channel.rounds}`, data })
    if (round === channel.rounds) out.note.push({ kind: 'decided', detail: `after ${round} rounds`, data })
    else enter(state, broadcastValue(channel, state.round, state.value, out))
  }
}

/** With f = 0 among one, its own value is delivered at once. */
function enter(state: AsynchronousState, delivery: Delivery | null): void {
  if (delivery === null) return
  const { values, witnesses } = roundOf(state, delivery.round)
  values[delivery.sender] = delivery.value
  acceptDelivery(witnesses, delivery.sender)
}

function roundOf(state: AsynchronousState, round: number): Round {
  const { n } = state.channel.group
  state.rounds[round] ??= { values: new Array<Value | null>(n).fill(null), witnesses: openWitnesses(n) }
  return state.rounds[round]
}

const namesOf = (group: Group, places: readonly number[]): Id[] => places.map(place => group.ids[place])
