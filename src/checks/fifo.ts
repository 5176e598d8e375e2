import type { Id } from '../network/index.js'
import { type History, type Violation, violation } from './history.js'

export interface OrderPromise<Body> {
  /** Whether the link from one to another promises first in, first out. */
  readonly ordered: (from: Id, to: Id) => boolean
  /** The place of a message among its sender's, which never falls as the sender goes on; undefined for those without one. */
  readonly sequenceOf: (body: Body) => number | undefined
}

/** First in, first out on every link that promises it; of the messages that the history kept. */
export function checkFifo<Body>(history: History<Body>, { ordered, sequenceOf }: OrderPromise<Body>): readonly Violation[] {
  const latest = new Map<Id, Map<Id, number>>()
  const found: Violation[] = []
  for (const event of history.events) {
    if (event.kind !== 'delivered' || event.event.kind !== 'message') continue
    const { from, body } = event.event
    if (!ordered(from, event.who)) continue
    const sequence = sequenceOf(body)
    if (sequence === undefined) continue
    let ofSender = latest.get(from)
    if (ofSender === undefined) {
      ofSender = new Map()
      latest.set(from, ofSender)
    }
    const before = ofSender.get(event.who)
    if (before !== undefined && sequence < before)
      found.push(violation(history, 'fifo', event, `message ${sequence} of ${from} came after its message ${before}`))
    else ofSender.set(event.who, sequence)
  }
  return found
}
