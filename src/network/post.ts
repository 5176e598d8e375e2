import { assert } from '../base/assert.js'
// From the file itself: what a room's index passes on is looked up anew at every call.
import { childKey, type Key, keyFromWords, keyWords, moveKey, movingKey } from '../base/keys.js'
import type { Actor } from './actor.js'
import { type Agenda, priority } from './agenda.js'
import type { Bus } from './bus.js'
import type { Link, LinkPacket, Verdict } from './link.js'
import type { Id, Packet } from './node.js'

/** Takes what nodes send, asks the links, and puts what arrives on the agenda. */
export interface Post<Body> {
  send(from: Actor<Body>, packet: Packet<Body>): void
}

export interface PostOptions<Body> {
  readonly bus: Bus<Body, Actor<Body>>
  readonly links: readonly Link[]
  /** The world's. */
  readonly key: Key
  readonly ids: readonly Id[]
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

type Writable<T> = { -readonly [K in keyof T]: T[K] }
type Letter<Body> = Exclude<Packet<Body>, { kind: 'wake' }>

/**
 * The key that a link is asked with is named by the link's place, the sender, the sender's count of packets, the receiver where
 * there may be several, and the copy. So no draw depends on who acts first, on what others send, or on links further down.
 */
export function createPost<Body>(options: PostOptions<Body>): Post<Body> {
  const { bus, links, agenda, undeliverable, adversary, forged } = options
  const listener = adversary === undefined ? undefined : bus.inbox(adversary.id)
  // One question and one key serve every asking: links neither keep nor change them.
  const question: Writable<LinkPacket> = { from: '', to: '', topic: '', underWay: 0 }
  const key = movingKey()
  // Words of the parents of packets' keys, four a link: of all senders by their places, and of the packet that goes to several.
  const width = 4 * links.length
  const senderWords = new Uint32Array(width * options.ids.length)
  const packetWords = new Uint32Array(width)
  const linksKey = childKey(options.key, 'link')
  links.forEach((_, i) => {
    const linkKey = childKey(linksKey, i)
    options.ids.forEach((id, place) => void senderWords.set(keyWords(childKey(linkKey, id)), width * place + 4 * i))
  })

  function send(sender: Actor<Body>, packet: Packet<Body>): void {
    if (packet.kind !== 'wake' && (listener !== undefined || packet.as !== undefined)) {
      if (listener !== undefined && sender !== listener) {
        agenda.schedule(agenda.now, priority.overheard, listener, { kind: 'overheard', from: sender.id, packet })
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
      agenda.schedule(after(agenda.now, packet.afterMs), priority.wake, from, { kind: 'wake', name: packet.name })
      return
    }
    const count = from.packets++
    const at = width * from.place
    question.from = from.id
    question.topic = packet.topic
    if (packet.kind === 'point') {
      const to = bus.inbox(packet.to)
      if (to === undefined) undeliverable(from.id, packet.to)
      else carry(to, packet, senderWords, at, count)
      return
    }
    for (let i = 0; i < width; i += 4) {
      moveKey(key, senderWords, at + i, count)
      packetWords.set(keyWords(key), i)
    }
    for (const to of bus.audience(from, packet)) if (to !== from) carry(to, packet, packetWords, 0, to.id)
  }

  /** `words` has from `at` on four words a link, of the key of which this delivery's is the branch `label`. */
  function carry(to: Actor<Body>, letter: Letter<Body>, words: Uint32Array, at: number, label: string | number): void {
    if (links.length === 0) arrive(agenda.now, to, letter)
    else ask(agenda.now, to, letter, words, at, label, 0)
  }

  /**
   * Asks the links from the `first` on about a packet that is sent, or let go, at `sentMs`: the first to deliver or drop decides, copies
   * and what was held go on, and what all let pass arrives at once.
   */
  function ask(
    sentMs: number,
    to: Actor<Body>,
    letter: Letter<Body>,
    words: Uint32Array,
    at: number,
    label: string | number,
    first: number,
  ): void {
    let atMs = sentMs
    question.to = to.id
    question.underWay = to.underWay
    for (let i = first; i < links.length; i++) {
      moveKey(key, words, at + 4 * i, label)
      const verdict = links[i](question, atMs, key)
      if (typeof verdict === 'string') {
        if (verdict === 'drop') return
        continue
      }
      if ('deliverAfterMs' in verdict) {
        arrive(after(atMs, verdict.deliverAfterMs), to, letter)
        return
      }
      if ('copies' in verdict) {
        const own = words.slice(at + 4 * i, at + 4 * i + 4)
        ask(atMs, to, letter, words, at, label, i + 1)
        copy(atMs, to, letter, childKey(keyFromWords(own), label), i + 1, verdict)
        return
      }
      if (!(verdict.holdToMs >= atMs)) assert(false, `a packet is not held from ${atMs} ms to ${verdict.holdToMs}`)
      atMs = verdict.holdToMs
    }
    arrive(atMs, to, letter)
  }

  /** The copies go on to the links from the `first` on with keys of their own, which are branches of `parent`. */
  function copy(
    sentMs: number,
    to: Actor<Body>,
    letter: Letter<Body>,
    parent: Key,
    first: number,
    { copies, afterMs = 0 }: Extract<Verdict, { readonly copies: number }>,
  ): void {
    assert(Number.isSafeInteger(copies) && copies >= 1, `a link sends 1 copy or more, not ${copies}`)
    const words = new Uint32Array(width)
    links.forEach((_, i) => void words.set(keyWords(childKey(parent, i)), 4 * i))
    for (let k = 1; k < copies; k++) ask(after(sentMs, afterMs), to, letter, words, 0, k, first)
  }

  function arrive(atMs: number, to: Actor<Body>, { topic, body }: Letter<Body>): void {
    agenda.scheduleMessage(atMs, to, question.from, topic, body)
    to.underWay++
  }

  function after(atMs: number, delayMs: number): number {
    if (!(delayMs >= 0)) assert(false, `a delay is not negative, not ${delayMs}`)
    return atMs + delayMs
  }

  return { send }
}
