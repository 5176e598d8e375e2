import { assert } from '../base/assert.js'
import { eventHeap } from '../base/heap.js'
import { refuse } from '../base/index.js'
import type { Actor } from './actor.js'
import type { Flight } from './flights.js'
import type { Event, Id } from './node.js'

/**
 * The order of events at one instant. First nodes go down and come up. What the adversary overhears comes next, so that nobody knows it sooner; then what the
 * outside says, so that whatever is done at that instant is done in the know; then a node's own results, so that it has them when it hears the others; then messages; and last the clock, so that a
 * deadline closes after everything that arrived on time. Within each, first in, first out.
 */
export const priority = { outage: -1, overheard: 0, signal: 1, result: 2, message: 3, wake: 4 } as const

/** A job whose result is to be delivered. */
export interface Due {
  readonly kind: 'due'
  readonly flight: Flight
}

/** A node goes down. */
export interface Down {
  readonly kind: 'down'
  readonly toMs: number
}

/** Something to be delivered: an event, or the job whose result will be one; or an outage. */
export type Pending<Body> = Event<Body> | Due | Down

/** What is still to happen, and the virtual clock. */
export interface Agenda<Body> {
  /** Virtual milliseconds. */
  readonly now: number
  /** Errors: EVENT_QUEUE_FULL, naming the busiest sender. */
  schedule(atMs: number, order: number, to: Actor<Body>, pending: Pending<Body>): void
  /** A message's arrival. Errors: EVENT_QUEUE_FULL. */
  scheduleMessage(atMs: number, to: Actor<Body>, from: Id, topic: string, body: Body): void
  /** The earliest event up to and including `untilMs`, at whose time it is now. Errors: TIME_STANDS_STILL. */
  next(untilMs: number): Pending<Body> | undefined
  /** Whom the event that came last is for. */
  readonly to: Actor<Body>
  /** Which of all events scheduled it was, counted from 0; and how many have been scheduled. */
  readonly sequence: number
  readonly scheduled: number
  /** Lets time pass until `atMs`, before which nothing is left. */
  wait(atMs: number): void
}

export interface AgendaOptions<Body> {
  /** Everybody, each at its own place. */
  readonly actors: readonly Actor<Body>[]
  readonly maxPending: number
  readonly maxAtOneInstant: number
}

export function createAgenda<Body>({ actors, maxPending, maxAtOneInstant }: AgendaOptions<Body>): Agenda<Body> {
  const queue = eventHeap<Pending<Body> | Body>()
  // Messages under way are columns by the queue's slots, with the body as payload: an object each, made here only when the message is
  // delivered, dies young, where one that waited would have left the processor's caches in the meantime.
  const senders: Id[] = []
  const topics: string[] = []
  // Fields and no getters: V8 reads an object that has getters of its own by name, at every delivery.
  const agenda = {
    now: 0,
    to: actors[0],
    sequence: -1,
    scheduled: 0,
    schedule,
    scheduleMessage,
    next,
    wait(atMs: number) {
      agenda.now = atMs
    },
  }
  let atThisInstant = 0
  let refused = false

  function push(atMs: number, order: number, to: Actor<Body>, payload: Pending<Body> | Body): void {
    assert(!refused, 'a queue that was full cannot be used again')
    if (!(atMs >= agenda.now && atMs < Number.POSITIVE_INFINITY))
      assert(false, `an event's time is finite and not before ${agenda.now} ms, not ${atMs}`)
    if (queue.size >= maxPending) refuseFull()
    agenda.scheduled = queue.push(atMs, order, payload, to.place) + 1
  }

  function schedule(atMs: number, order: number, to: Actor<Body>, pending: Pending<Body>): void {
    assert(order !== priority.message, 'messages are scheduled as messages')
    push(atMs, order, to, pending)
  }

  function scheduleMessage(atMs: number, to: Actor<Body>, from: Id, topic: string, body: Body): void {
    push(atMs, priority.message, to, body)
    senders[queue.slot] = from
    topics[queue.slot] = topic
  }

  function next(untilMs: number): Pending<Body> | undefined {
    assert(!refused, 'a queue that was full cannot be used again')
    if (queue.size === 0 || queue.peekTime() > untilMs) return undefined
    const payload = queue.pop()
    const { time, owner, sequence, slot } = queue.last
    atThisInstant = time > agenda.now ? 1 : atThisInstant + 1
    agenda.now = time
    agenda.to = actors[owner]
    agenda.sequence = sequence
    if (atThisInstant > maxAtOneInstant) {
      const { id } = agenda.to
      const found = `${atThisInstant} events at ${time} ms, the last for ${id}`
      refuse('TIME_STANDS_STILL', found, 'nodes that let time pass, or a higher maxAtOneInstant', id)
    }
    if (queue.last.priority !== priority.message) return payload as Pending<Body>
    return { kind: 'message', from: senders[slot], topic: topics[slot], body: payload as Body }
  }

  /** Empties the queue to see who filled it: there is no going on after this. */
  function refuseFull(): never {
    const found = `${queue.size} pending events at ${agenda.now} ms`
    refused = true
    const counts = new Map<Id, number>()
    while (queue.size > 0) {
      queue.pop()
      const { priority: order, slot, owner } = queue.last
      if (order === priority.signal || order === priority.outage) continue
      const sender = order === priority.message ? senders[slot] : actors[owner].id
      counts.set(sender, (counts.get(sender) ?? 0) + 1)
    }
    let busiest: Id | undefined
    let most = 0
    for (const id of [...counts.keys()].sort()) {
      const count = counts.get(id)!
      if (count > most) [busiest, most] = [id, count]
    }
    const whose = busiest === undefined ? 'all of them signals' : `${most} of them from ${busiest}`
    refuse('EVENT_QUEUE_FULL', `${found}, ${whose}`, 'agents that send less, or a higher maxPending', busiest)
  }

  return agenda
}
