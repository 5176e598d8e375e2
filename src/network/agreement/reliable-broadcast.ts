import { show } from '../../base/index.js'
import type { Event, Id, Node, Step } from '../node.js'
import { type AgreementBody, isValue } from './body.js'
import { brachaThresholds } from './bracha.js'
import { broadcastValue, type Channel, type Delivery, hearVote, type Out } from './channel.js'
import { charge, openDocket } from './docket.js'
import { type BroadcastPlan, bad, type Group, readGroup, requireThird, type Thresholds, whole } from './plan.js'

/** A participant of reliable broadcast. */
export interface BroadcastState {
  readonly channel: Channel
  spoken: boolean
}

/**
 * Reliable broadcast (Bracha 1987): every participant that gets an input tells it to all, and notes 'delivered' with
 * { from, value } when somebody's value is certain. See bracha.ts for what it assumes and guarantees, and why; compare.ts for how
 * who tells two stories is found out. Nobody need wait for anybody: without an input a participant helps the others.
 * Errors: BAD_PLAN, TOO_MANY_FAULTS (n < 3f + 1).
 */
export function reliableBroadcast(plan: BroadcastPlan): Node<BroadcastState, AgreementBody> {
  const group = readGroup(plan)
  requireThird(group, plan.unsafe, 'reliableBroadcast')
  const { range = Number.MAX_VALUE } = plan
  if (!(range > 0)) bad(range, 'a number above 0', 'range')
  const thresholds = readThresholds(plan, group)

  function init(id: Id): BroadcastState {
    const me = placeOf(group, id)
    return { channel: { group, thresholds, rounds: 1, range, me, docket: openDocket(), broadcasts: [] }, spoken: false }
  }

  function on(state: BroadcastState, event: Event<AgreementBody>): Step<BroadcastState, AgreementBody> {
    const out: Out = { send: [], note: [] }
    const delivery = hear(state, event, out)
    if (delivery !== null) {
      const from = group.ids[delivery.sender]
      const detail = `the value of ${from} is certain`
      out.note.push({ kind: 'delivered', agent: from, detail, data: { from, value: delivery.value } })
    }
    return { state, ...out, work: [] }
  }

  return { init, on }
}

function hear(state: BroadcastState, event: Event<AgreementBody>, out: Out): Delivery | null {
  const { channel } = state
  const { group } = channel
  if (event.kind === 'signal' && event.body.kind === 'input' && !state.spoken) {
    const { value } = event.body
    if (!isValue(value, group, channel.range)) {
      out.note.push({ kind: 'bad-input', detail: `an input of ${show(value)}, which is not broadcast` })
      return null
    }
    state.spoken = true
    return broadcastValue(channel, 1, value, out)
  }
  if (event.kind !== 'message' || !group.placeOf.has(event.from)) return null
  const { from, body } = event
  if (isVote(body)) return hearVote(channel, from, body, out)
  charge(channel.docket, out.note, { kind: 'malformed', agent: from, detail: show(body), data: show(body) })
  return null
}

/** True where the body at least says that it is a vote of a broadcast. */
export function isVote(body: unknown): body is Extract<AgreementBody, { kind: 'send' | 'echo' | 'ready' }> {
  const kind = (body as AgreementBody | null | undefined)?.kind
  return kind === 'send' || kind === 'echo' || kind === 'ready'
}

/** Errors: BAD_PLAN for an id that takes no part. */
export const placeOf = (group: Group, id: Id): number => group.placeOf.get(id) ?? bad(id, 'the id of a participant', 'ids')

/** Errors: BAD_PLAN for other thresholds than Bracha's in a plan that is not unsafe. */
export function readThresholds({ thresholds, unsafe }: BroadcastPlan, { n, f }: Group): Thresholds {
  if (thresholds === undefined) return brachaThresholds(n, f)
  if (unsafe !== true) bad(thresholds, "none but Bracha's, or unsafe: true", 'thresholds')
  for (const name of ['echoes', 'amplify', 'deliver'] as const) whole(thresholds[name], 1, n, `thresholds.${name}`)
  return thresholds
}
