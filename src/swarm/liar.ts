import { childKey, type Key } from '../base/index.js'
import type { Id, Node, Packet, Step } from '../network/index.js'
import type { Story } from './attack.js'
import type { ScheduledAttack } from './attack-table.js'
import type { Body } from './messages.js'

/** An honest node's state, and what its liar remembers of the truth. */
export interface LiarState<State> {
  readonly honest: State
  readonly id: Id
  readonly neighbours: readonly Id[]
  readonly past: { readonly report: Story[]; readonly posterior: Story[] }
}

/**
 * A faulty agent: an honest node wrapped by a function of what it sends. It learns like the honest node inside; only its
 * messages change. Wake-ups to itself are never touched.
 */
export function liar<State>(node: Node<State, Body>, { attack, fromDay, toDay }: ScheduledAttack): Node<LiarState<State>, Body> {
  function tamper(state: LiarState<State>, packet: Packet<Body>, key: Key): Packet<Body>[] {
    if (packet.kind === 'wake' || (packet.body.kind !== 'report' && packet.body.kind !== 'posterior')) return [packet]
    const truth = packet.body
    const past = state.past[truth.kind]
    past.push(truth)
    if (past.length > attack.memoryDays + 1) past.shift()
    if (truth.day < fromDay || truth.day > toDay) return [packet]
    const told = (receiver: Id): Story | null => attack.tamper(truth, receiver, childKey(key, truth.kind), past)
    if (packet.kind === 'point') return withBody(packet, told(packet.to))
    if (!attack.isTwoFaced) return withBody(packet, told(''))
    return state.neighbours.flatMap(to => withBody({ kind: 'point', to, topic: packet.topic, body: truth }, told(to)))
  }

  return {
    init: (id, peers) => ({ honest: node.init(id, peers), id, neighbours: peers, past: { report: [], posterior: [] } }),
    on(state, event, now, key): Step<LiarState<State>, Body> {
      const step = node.on(state.honest, event, now, key)
      const lies = childKey(key, 'lie')
      return {
        ...step,
        state: { ...state, honest: step.state },
        send: step.send.flatMap((packet, i) => tamper(state, packet, childKey(lies, i))),
      }
    },
  }
}

const withBody = <P extends Packet<Body> & { kind: 'point' | 'broadcast' | 'topic' }>(packet: P, body: Body | null): P[] =>
  body == null ? [] : [{ ...packet, body }]
