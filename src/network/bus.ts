import { EventEmitter } from 'eventemitter3'
import { assert, refuse } from '../base/index.js'
import type { Event, Id, Packet } from './node.js'

/** A node's address on the bus. */
export interface Inbox<Body> {
  readonly id: Id
  readonly emitter: EventEmitter<{ event: [Event<Body>] }>
}

/**
 * Who hears what, over inboxes of any richer type. eventemitter3 calls listeners at once and depth-first, so only the world's
 * loop delivers, never a handler: what a handler sends waits on the world's agenda.
 */
export interface Bus<Body, Box extends Inbox<Body>> {
  inbox(id: Id): Box | undefined
  /** Who hears the node's local broadcasts, by id and without itself. */
  neighbours(id: Id): readonly Box[]
  /** Everyone a broadcast or a topic's packet is meant for, by id. A topic's subscribers may include the sender, who is to be left out. */
  audience(from: Box, packet: Extract<Packet<Body>, { kind: 'broadcast' | 'topic' }>): readonly Box[]
  /** The handler is called with the inbox as its `this`. */
  attach(inbox: Box, handler: (this: Box, event: Event<Body>) => void): void
  /** From now on nothing reaches the inbox. */
  detach(inbox: Box): void
  deliver(inbox: Box, event: Event<Body>): void
}

export interface BusOptions<Box> {
  readonly inboxes: readonly Box[]
  /** Ids without an entry have no neighbours. */
  readonly neighbours: { readonly [id: Id]: readonly Id[] }
  readonly subscriptions: { readonly [topic: string]: readonly Id[] }
}

export const openInbox = <Body>(id: Id): Inbox<Body> => ({ id, emitter: new EventEmitter() })

/** Errors: BAD_WORLD for an id that is not there. */
export function createBus<Body, Box extends Inbox<Body>>(options: BusOptions<Box>): Bus<Body, Box> {
  const { inboxes, neighbours, subscriptions } = options
  const boxes = new Map(inboxes.map(inbox => [inbox.id, inbox]))
  assert(boxes.size === inboxes.length, 'every id on the bus is there once')

  const resolve = (ids: readonly Id[], where: string): Box[] =>
    [...new Set(ids)].sort().map(id => boxes.get(id) ?? refuse('BAD_WORLD', id, 'the id of a node', where))

  const nobody: readonly Box[] = []
  const nearby = new Map<Id, readonly Box[]>()
  for (const box of resolve(Object.keys(neighbours), 'neighbours')) {
    const others = neighbours[box.id].filter(id => id !== box.id)
    nearby.set(box.id, resolve(others, `neighbours.${box.id}`))
  }
  const subscribers = new Map<string, readonly Box[]>()
  for (const topic of Object.keys(subscriptions).sort()) {
    subscribers.set(topic, resolve(subscriptions[topic], `subscriptions.${topic}`))
  }

  return {
    inbox: id => boxes.get(id),
    neighbours: id => nearby.get(id) ?? nobody,
    audience: (from, packet) => (packet.kind === 'broadcast' ? nearby.get(from.id) : subscribers.get(packet.topic)) ?? nobody,
    attach: (inbox, handler) => void inbox.emitter.on('event', handler, inbox),
    detach: inbox => void inbox.emitter.removeAllListeners(),
    deliver: (inbox, event) => void inbox.emitter.emit('event', event),
  }
}
