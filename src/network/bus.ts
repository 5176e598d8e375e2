import { EventEmitter } from 'eventemitter3'
import { assert, refuse } from '../base/index.js'
import type { Event, Id, Packet } from './node.js'

/** A node's address on the bus. */
export interface Inbox<Body> {
  readonly id: Id
  /** Its place among the ids in code-unit order. */
  readonly index: number
  /** Who hears its local broadcasts, by id. */
  readonly neighbours: readonly Inbox<Body>[]
  readonly emitter: EventEmitter<{ event: [Event<Body>] }>
}

/**
 * Who hears what, and one inbox per node. eventemitter3 calls listeners at once and depth-first, so only the world's loop
 * delivers, never a handler: what a handler sends waits in the world's queue.
 */
export interface Bus<Body> {
  /** In code-unit order of their ids. */
  readonly inboxes: readonly Inbox<Body>[]
  inbox(id: Id): Inbox<Body> | undefined
  /** Everyone a broadcast or a topic's packet is meant for, by id. A topic's subscribers may include the sender, who is to be left out. */
  audience(from: Inbox<Body>, packet: Extract<Packet<Body>, { kind: 'broadcast' | 'topic' }>): readonly Inbox<Body>[]
  attach(inbox: Inbox<Body>, handler: (event: Event<Body>) => void): void
  /** From now on nothing reaches the inbox. */
  detach(inbox: Inbox<Body>): void
  deliver(inbox: Inbox<Body>, event: Event<Body>): void
}

export interface BusOptions {
  readonly ids: readonly Id[]
  readonly neighbours: { readonly [id: Id]: readonly Id[] }
  readonly subscriptions: { readonly [topic: string]: readonly Id[] }
}

/** Errors: BAD_WORLD for an id that is not there. Ids without an entry among the neighbours have none. */
export function createBus<Body>({ ids, neighbours, subscriptions }: BusOptions): Bus<Body> {
  const sorted = [...ids].sort()
  const inboxes = sorted.map((id, index) => {
    const emitter = new EventEmitter<{ event: [Event<Body>] }>()
    return { id, index, neighbours: [] as Inbox<Body>[], emitter }
  })
  const byId = new Map(inboxes.map(inbox => [inbox.id, inbox]))
  assert(byId.size === ids.length, 'every id on the bus is there once')

  function resolve(names: readonly Id[], where: string): Inbox<Body>[] {
    return [...new Set(names)].sort().map(id => byId.get(id) ?? refuse('BAD_WORLD', id, 'the id of a node', where))
  }

  for (const id of Object.keys(neighbours).sort()) {
    const [inbox] = resolve([id], 'neighbours')
    const others = neighbours[id].filter(other => other !== id)
    byId.get(inbox.id)!.neighbours.push(...resolve(others, `neighbours.${id}`))
  }
  const subscribers = new Map(
    Object.keys(subscriptions)
      .sort()
      .map(topic => [topic, resolve(subscriptions[topic], `subscriptions.${topic}`)]),
  )
  const nobody: readonly Inbox<Body>[] = []

  return {
    inboxes,
    inbox: id => byId.get(id),
    audience: (from, packet) => (packet.kind === 'broadcast' ? from.neighbours : (subscribers.get(packet.topic) ?? nobody)),
    attach: (inbox, handler) => void inbox.emitter.on('event', handler),
    detach: inbox => void inbox.emitter.removeAllListeners(),
    deliver: (inbox, event) => void inbox.emitter.emit('event', event),
  }
}
