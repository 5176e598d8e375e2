import type { Key } from '../base/index.js'
import type { Fields } from './fields.js'
import type { Id } from './node.js'

/** What a link sees of a packet on its way to one receiver. */
export interface LinkPacket {
  readonly from: Id
  readonly to: Id
  readonly topic: string
  /** How many packets are on their way to the receiver, this one not among them. */
  readonly underWay: number
}

/**
 * Deliver after so many virtual milliseconds; drop; hold to a virtual time and then pass it on to the next link, as if it were sent then;
 * send so many copies, each going on to the remaining links with a key of its own, those beside the original `afterMs` later; or
 * pass it on at once.
 */
export type Verdict =
  | 'pass'
  | 'drop'
  | { readonly deliverAfterMs: number }
  | { readonly holdToMs: number }
  | { readonly copies: number; readonly afterMs?: number }

/**
 * A pure function: every network fault is a link. Its randomness comes only from the key, which costs nothing until drawn from.
 * The packet and the key are the world's own and serve the next question too: a link neither keeps nor changes them.
 */
export type Link = (packet: LinkPacket, now: number, key: Key) => Verdict

/** A link as a scenario holds it. Times are virtual milliseconds; the window holds fromMs and not toMs. */
export interface LinkSpec {
  readonly kind: string
  /** Only packets from these senders, to these receivers, on these topics. */
  readonly from?: Id | readonly Id[]
  readonly to?: Id | readonly Id[]
  readonly topic?: string | readonly string[]
  /** Only packets sent in this stretch of time. */
  readonly fromMs?: number
  readonly toMs?: number
  readonly [parameter: string]: unknown
}

/** Reads a kind's own parameters; the filters and the window are common to all kinds. What is drawn once for all comes from the key. */
export type LinkKind = (fields: Fields, ids: ReadonlySet<Id>, key: Key) => Link
