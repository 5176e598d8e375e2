import { assert, eventHeap, refuse } from '../base/index.js'
import type { Actor } from './actor.js'
import type { Flight } from './flights.js'
import type { Event, Id } from './node.js'

/**
 * The order of events at one instant. What the adversary overhears comes first, so that nobody knows it sooner; then what the
 * outside says, so that whatever is done at that instant is done in the know; then a node's own results, so that it has them when it hears the others; then messages; and last the clock, so that a
 * deadline closes after everything that arrived on time. Within each, first in, first out.
 */
export const priority = { overheard: 0, signal: 1, result: 2, message: 3, wake: 4 } as const

/** Something to be delivered: an event, or the job whose result will be one. */
export type Pending<Body> =
  | { readonly to: Actor<Body>; readonly event: Event<Body>; readonly flight: null }
  | { readonly to: Actor<Body>; readonly event: null; readonly flight: Flight }

/** What is still to happen, and the virtual clock. */
export interface Agenda<Body> {
  /** Virtual milliseconds. */
  readonly now: number
  /** Errors: EVENT_QUEUE_FULL, naming the busiest sender. */
  schedule(atMs: number, order: number, pending: Pending<Body>): void
  /** The earliest event up to and including `untilMs`, at whose time it is now. Errors: TIME_STANDS_STILL. */
  next(untilMs: number): Pending<Body> | undefined
  /** Lets time pass until `atMs`, before which nothing is left. */
  wait(atMs: number): void
}

export interface AgendaLimits {
  readonly maxPending: number
  readonly maxAtOneInstant: number
}

export function createAgenda<Body>({ maxPending, maxAtOneInstant }: AgendaLimits): Agenda<Body> {
  const queue = eventHeap<Pending<Body>>()
  let now = 0
  let atThisInstant = 0
  let refused = false

  function schedule(atMs: number, order: number, pending: Pending<Body>): void {
    assert(!refused, 'a queue that was full cannot be used again')
    assert(atMs >= now && atMs < Number.POSITIVE_INFINITY, `an event's time is finite and not before ${now} ms, not ${atMs}`)
    if (queue.size >= maxPending) refuseFull()
    queue.push(atMs, order, pending)
  }

  function next(untilMs: number): Pending<Body> | undefined {
    assert(!refused, 'a queue that was full cannot be used again')
    if (queue.peekTime() > untilMs) return undefined
    const pending = queue.pop()
    if (pending === undefined) return undefined
    atThisInstant = queue.last.time > now ? 1 : atThisInstant + 1
    now = queue.last.time
    if (atThisInstant > maxAtOneInstant) {
      const found = `${atThisInstant} events at ${now} ms, the last for ${pending.to.id}`
      refuse('TIME_STANDS_STILL', found, 'nodes that let time pass, or a higher maxAtOneInstant', pending.to.id)
    }
    return pending
  }

  /** Empties the queue to see who filled it: there is no going on after this. */
  function refuseFull(): never {
    const found = `${queue.size} pending events at ${now} ms`
    refused = true
    const counts = new Map<Id, number>()
    for (let pending = queue.pop(); pending !== undefined; pending = queue.pop()) {
      if (pending.event?.kind === 'signal') continue
      const sender = pending.event?.kind === 'message' ? pending.event.from : pending.to.id
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

  return {
    get now() {
      return now
    },
    schedule,
    next,
    wait(atMs) {
      now = atMs
    },
  }
}
