import { childKey, type Key } from '../base/index.js'
import { type Inbox, openInbox } from './bus.js'
import type { Id, Node } from './node.js'

/** A node in a world: its inbox, its state, and the counters that name its keys. */
export interface Actor<Body> extends Inbox<Body> {
  readonly node: Node<unknown, Body>
  /** Its place among the ids. */
  readonly place: number
  /** Parent of the keys of its steps. */
  readonly stepKey: Key
  state: unknown
  steps: number
  packets: number
  /** How many messages are on their way to it. */
  underWay: number
  /** Events reach it: it has neither crashed nor is it down. */
  isUp: boolean
  crashed: boolean
  /** Wake-ups and results that were asked for before this many events had been scheduled were lost when it went down. */
  forgotten: number
}

/** An actor whose node has not been initialised yet. */
export function createActor<Body>(id: Id, place: number, node: Node<unknown, Body>, key: Key): Actor<Body> {
  const stepKey = childKey(childKey(key, 'node'), id)
  const { emitter } = openInbox<Body>(id)
  const counts = { steps: 0, packets: 0, underWay: 0, forgotten: 0 }
  return { id, emitter, node, place, stepKey, state: undefined, ...counts, isUp: true, crashed: false }
}
