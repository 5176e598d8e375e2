import { childKey, type Key } from '../base/index.js'
import type { Inbox } from './bus.js'
import type { Id, Node } from './node.js'

/** A node in a world: its state, and the counters that name its keys. */
export interface Actor<Body> {
  readonly id: Id
  readonly inbox: Inbox<Body>
  readonly node: Node<unknown, Body>
  /** Parent of the keys of its steps. */
  readonly stepKey: Key
  /** Parent of the keys of its packets. */
  readonly linkKey: Key
  state: unknown
  steps: number
  packets: number
  crashed: boolean
}

export function createActor<Body>(inbox: Inbox<Body>, node: Node<unknown, Body>, key: Key): Actor<Body> {
  const { id } = inbox
  const stepKey = childKey(childKey(key, 'node'), id)
  const linkKey = childKey(childKey(key, 'link'), id)
  const peers = inbox.neighbours.map(neighbour => neighbour.id)
  return { id, inbox, node, stepKey, linkKey, state: node.init(id, peers), steps: 0, packets: 0, crashed: false }
}
