import type { Key } from '../base/index.js'

export type Id = string

/** What a node is told. */
export type Event<Body> =
  | { readonly kind: 'message'; readonly from: Id; readonly topic: string; readonly body: Body }
  /** From the world itself (market data, orders): not from a peer, over no link. */
  | { readonly kind: 'signal'; readonly topic: string; readonly body: Body }
  /** A wake-up that the node asked for. */
  | { readonly kind: 'wake'; readonly name: string }
  /** Only to the adversary: what a node has sent, in the instant of sending, before anybody else can hear of it. */
  | { readonly kind: 'overheard'; readonly from: Id; readonly packet: Packet<Body> }
  /**
   * The node is up again, having been down since `downSinceMs`: what was sent to it in between is lost, and so are the wake-ups and the
   * results that it had asked for before, whenever they were due. Its state is as it was.
   */
  | { readonly kind: 'recovered'; readonly downSinceMs: number }
  /** The result of a job that the node asked for. */
  | { readonly kind: 'result'; readonly job: string; readonly tag: string; readonly output: unknown }
  /** A job that the node asked for failed with a typed error. */
  | { readonly kind: 'failure'; readonly job: string; readonly tag: string; readonly code: string; readonly message: string }

/**
 * What a node sends: to one peer, to all its neighbours (all hear the same), to a topic's subscribers, or a wake-up to itself.
 * Only the adversary may speak `as` another: one of the nodes that it has corrupted.
 */
export type Packet<Body> =
  | { readonly kind: 'point'; readonly to: Id; readonly topic: string; readonly body: Body; readonly as?: Id }
  | { readonly kind: 'broadcast'; readonly topic: string; readonly body: Body; readonly as?: Id }
  | { readonly kind: 'topic'; readonly topic: string; readonly body: Body; readonly as?: Id }
  | { readonly kind: 'wake'; readonly name: string; readonly afterMs: number }

/** Something worth recording: a peer's misbehaviour, a degraded choice, a crash. Never an exception. */
export interface Note {
  readonly kind: string
  /** The agent it is about (the misbehaving one), where it is not the node that writes the note. */
  readonly agent?: Id
  readonly detail: string
  /** Plain data for the recorder, where words are not enough. */
  readonly data?: unknown
}

/** A long computation that leaves the step: the result comes back as an event, `afterMs` of virtual time later. */
export interface Work {
  readonly job: string
  readonly tag: string
  readonly input: unknown
  readonly afterMs: number
}

export interface Step<State, Body> {
  readonly state: State
  readonly send: readonly Packet<Body>[]
  readonly note: readonly Note[]
  readonly work: readonly Work[]
}

/**
 * An actor: a pure step function on a state it owns. It may change its state in place; what leaves a step is never
 * changed again. Randomness comes only from the step's key.
 */
export interface Node<State, Body> {
  init(id: Id, peers: readonly Id[]): State
  on(state: State, event: Event<Body>, now: number, key: Key): Step<State, Body>
}
