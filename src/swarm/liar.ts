import { childKey, type Key } from '../base/index.js'
import type { Levels } from '../forecast/index.js'
import type { Id, Node, Packet, Step } from '../network/index.js'
import type { Story } from './attack.js'
import type { ScheduledAttack } from './attack-table.js'
import type { AgreementMessage, Body } from './messages.js'
import { forecastOf, vectorOf } from './participant.js'

/** An honest node's state, and what its liar remembers of the truth. */
export interface LiarState<State> {
  readonly honest: State
  readonly id: Id
  readonly neighbours: readonly Id[]
  readonly past: { readonly report: Story[]; readonly posterior: Story[] }
}

/** Where agents agree without a coordinator: who hears a participant, and what its vectors mean. */
export interface LiarInAgreement {
  readonly participants: readonly Id[]
  readonly levels: Levels
}

/**
 * A faulty agent: an honest node wrapped by a function of what it sends. It learns like the honest node inside; only its
 * messages change. Wake-ups to itself are never touched. In an agreement it lies about its own value of every round as it would
 * lie in a report, and what it says of others stays true, unless the attack is to say nothing.
 */
export function liar<State>(
  node: Node<State, Body>,
  { attack, fromDay, toDay }: ScheduledAttack,
  agreement?: LiarInAgreement,
): Node<LiarState<State>, Body> {
  function tamper(state: LiarState<State>, packet: Packet<Body>, key: Key): Packet<Body>[] {
    if (packet.kind === 'wake') return [packet]
    const { body } = packet
    const truth = body.kind === 'agreement' ? storyOf(body, agreement) : body
    if (truth.kind !== 'report' && truth.kind !== 'posterior') return [packet]
    const past = state.past[truth.kind]
    if (body.kind !== 'agreement' || isFirst(body)) past.push(truth)
    if (past.length > attack.memoryDays + 1) past.shift()
    if (truth.day < fromDay || truth.day > toDay) return [packet]
    const told = (receiver: Id): Body | null => {
      const story = attack.tamper(truth, receiver, childKey(key, truth.kind), past)
      return story === null || body.kind !== 'agreement' ? story : retold(body, story)
    }
    if (packet.kind === 'point') return withBody(packet, told(packet.to))
    if (!attack.isTwoFaced) return withBody(packet, told(''))
    const hearers = packet.kind === 'topic' && agreement !== undefined ? agreement.participants : state.neighbours
    return hearers
      .filter(to => to !== state.id)
      .flatMap(to => withBody({ kind: 'point', to, topic: packet.topic, body }, told(to)))
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

/** The value that a participant tells as its own, and null in what it says of others. */
export const ownValue = ({ body }: AgreementMessage): Float64Array | null =>
  body.kind === 'value' || body.kind === 'send' ? body.value : null

const isFirst = (message: AgreementMessage): boolean =>
  ownValue(message) !== null && 'round' in message.body && message.body.round === 1

/** A message of the agreement as if it were a report; one that says something of others tells no forecast. */
function storyOf(message: AgreementMessage, agreement: LiarInAgreement | undefined): Story | AgreementMessage {
  const value = ownValue(message)
  if (agreement === undefined) return message
  const { levels } = agreement
  const vector = value ?? new Float64Array(levels.levels.length + levels.riskLevels.length)
  return { kind: 'report', day: message.day, forecast: forecastOf(vector, levels) }
}

/** The message with the lie in place of the own value. */
export function retold(message: AgreementMessage, story: Story): Body {
  if (ownValue(message) === null || story.kind !== 'report') return message
  return { ...message, body: { ...message.body, value: vectorOf(story.forecast) } as AgreementMessage['body'] }
}

const withBody = <P extends Packet<Body> & { kind: 'point' | 'broadcast' | 'topic' }>(packet: P, body: Body | null): P[] =>
  body == null ? [] : [{ ...packet, body }]
