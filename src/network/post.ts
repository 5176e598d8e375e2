import { assert, childKey, type Key } from '../base/index.js'
import type { Actor } from './actor.js'
import { type Agenda, type Pending, priority } from './agenda.js'
import type { Bus } from './bus.js'
import type { Link, LinkPacket } from './link.js'
import type { Event, Id, Packet } from './node.js'

/** Takes what nodes send, asks the links, and puts what arrives on the agenda. */
export interface Post<Body> {
  send(from: Actor<Body>, packet: Packet<Body>): void
}

export interface PostOptions<Body> {
  readonly bus: Bus<Body, Actor<Body>>
  readonly links: readonly Link[]
  readonly agenda: Agenda<Body>
  /** Told of a packet to an id that is not there: the sender's fault. */
  readonly undeliverable: (from: Id, to: Id) => void
  readonly adversary?: Adversary
  /** Told of a packet in the name of an id that the sender does not control. */
  readonly forged: (from: Id, as: Id) => void
}

/**
 * A node that is omniscient and rushing: whatever any other node sends it overhears in that instant, and what corrupted nodes
 * send reaches nobody else. It alone speaks for them, by packets `as` one of them, which travel over that node's links.
 */
export interface Adversary {
  readonly id: Id
  readonly corrupts: ReadonlySet<Id>
}

type Message<Body> = Extract<Event<Body>, { kind: 'message' }>

/**
 * The key that a link is asked with is named by the link's place, the sender, the sender's count of packets, the receiver where
 * there may be several, and the copy. So no draw depends on who acts first, on what others send, or on links further down.
 */
export function createPost<Body>({ bus, links, agenda, undeliverable, adversary, forged }: PostOptions<Body>): Post<Body> {
  const listener = adversary === undefined ? undefined : bus.inbox(adversary.id)

  function send(sender: Actor<Body>, packet: Packet<Body>): void {
    if (packet.kind !== 'wake' && (listener !== undefined || packet.as !== undefined)) {
      if (listener !== undefined && sender !== listener) {
        const event: Event<Body> = { kind: 'overheard', from: sender.id, packet }
        agenda.schedule(agenda.now, priority.overheard, { to: listener, event, flight: null })
        if (adversary!.corrupts.has(sender.id)) return
      }
      const { as = sender.id } = packet
      if (as !== sender.id) {
        const isPuppet = sender === listener && adversary!.corrupts.has(as)
        if (isPuppet) post(bus.inbox(as)!, packet)
        else forged(sender.id, as)
        return
      }
    }
    post(sender, packet)
  }

  function post(from: Actor<Body>, packet: Packet<Body>): void {
    if (packet.kind === 'wake') {
      const event: Event<Body> = { kind: 'wake', name: packet.name }
      agenda.schedule(after(packet.afterMs), priority.wake, { to: from, event, flight: null })
      return
    }
    const { topic } = packet
    const event: Message<Body> = { kind: 'message', from: from.id, topic, body: packet.body }
    const count = from.packets++
    if (packet.kind === 'point') {
      const to = bus.inbox(packet.to)
      if (to === undefined) undeliverable(from.id, packet.to)
      else carry(to, event, from.linkKeys, count)
      return
    }
    const keys = from.linkKeys.map(key => childKey(key, count))
    for (const to of bus.audience(from, packet)) if (to !== from) carry(to, event, keys, to.id)
  }

  /** `keys` has one key a link, of which this delivery's is the branch `label`. */
  function carry(to: Actor<Body>, event: Message<Body>, keys: readonly Key[], label: string | number): void {
    const pending: Pending<Body> = { to, event, flight: null }
    if (links.length === 0) agenda.schedule(agenda.now, priority.message, pending)
    else ask({ from: event.from, to: to.id, topic: event.topic }, keys, label, 0, pending)
  }

  /** Asks the links from the `first` on: the first to deliver or drop decides, copies go on, and what all let pass arrives at once. */
  function ask(packet: LinkPacket, keys: readonly Key[], label: string | number, first: number, pending: Pending<Body>): void {
    for (let i = first; i < links.length; i++) {
      const key = childKey(keys[i], label)
      const verdict = links[i](packet, agenda.now, key)
      if (verdict === 'pass') continue
      if (verdict === 'drop') return
      if ('deliverAfterMs' in verdict) {
        agenda.schedule(after(verdict.deliverAfterMs), priority.message, pending)
        return
      }
      assert(Number.isSafeInteger(verdict.copies) && verdict.copies >= 1, `a link sends 1 copy or more, not ${verdict.copies}`)
      ask(packet, keys, label, i + 1, pending)
      const copyKeys = links.map((_, j) => childKey(key, j))
      for (let copy = 1; copy < verdict.copies; copy++) ask(packet, copyKeys, copy, i + 1, pending)
      return
    }
    agenda.schedule(agenda.now, priority.message, pending)
  }

  function after(delayMs: number): number {
    assert(delayMs >= 0, `a delay is not negative, not ${delayMs}`)
    return agenda.now + delayMs
  }

  return { send }
}
