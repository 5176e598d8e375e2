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
  /** Parents of the keys of its packets, one a link. */
  readonly linkKeys: readonly Key[]
  state: unknown
  steps: number
  packets: number
  crashed: boolean
}

export function createActor<Body>(inbox: Inbox<Body>, node: Node<unknown, Body>, key: Key, links: number): Actor<Body> {
  const { id } = inbox
  const stepKey = childKey(childKey(key, 'node'), id)
  const linksKey = childKey(key, 'link')
  const linkKeys = Array.from({ length: links }, (_, i) => childKey(childKey(linksKey, i), id))
  const peers = inbox.neighbours.map(neighbour => neighbour.id)
  return { id, inbox, node, stepKey, linkKeys, state: node.init(id, peers), steps: 0, packets: 0, crashed: false }
}
