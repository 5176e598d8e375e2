import { assert, childKey, shellWord } from '../../base/index.js'
import { inProcess } from '../../execute/index.js'
import {
  type AgreementBody,
  asynchronousAgreement,
  createWorld,
  type Event,
  type Id,
  type Node,
  reliableBroadcast,
  synchronousAgreement,
  wMsr,
} from '../../network/index.js'
import { digestOf } from '../../scenario/digest.js'
import { checkApproximateAgreement, type Promised } from '../agreement.js'
import { checkReliableBroadcast } from '../broadcast.js'
import { checkFifo } from '../fifo.js'
import { type History, recordHistory, type Violation } from '../history.js'
import { drawAdversaryPlan, stormAdversary } from './adversary.js'
import { stormLinks } from './links.js'
import { drawStormPlan, roundMs, type StormInput, type StormPlan } from './plan.js'

/** What a storm came to. */
export interface StormResult {
  readonly violations: readonly Violation[]
  /** Hex SHA-256 of all that was noted, when and by whom. */
  readonly digest: string
  readonly deliveries: number
  /** Virtual milliseconds to the end. */
  readonly endMs: number
  /** The first of the faulty participants' strategies, by their ids. */
  readonly strategies: { readonly [id: Id]: readonly string[] }
}

const adversaryId = 'adversary'

/**
 * One protocol in a storm that its seed draws: inputs, faulty participants and what they do, delays, copies, reordering, partitions
 * and clogged nodes. Nothing is lost for good, and in synchronous storms nothing is late, for that is what the protocols assume. Then
 * everything that the protocol promises is checked. Errors: BAD_STORM, and TOO_MANY_FAULTS unless it is unsafe.
 */
export async function stormProtocol(input: StormInput): Promise<StormResult> {
  const { plan, key } = drawStormPlan(input)
  const adversary = drawAdversaryPlan(plan, childKey(key, 'adversary'))
  const { node, contraction } = protocolOf(plan)
  const isOrdered = plan.latency === 'constant' && plan.duplication === 0 && plan.holds.length === 0 && plan.weather === null
  const { recorder, events } = recordHistory<AgreementBody>(event => isOrdered && event.kind === 'message')
  const world = createWorld<AgreementBody>({
    nodes: { ...Object.fromEntries(plan.ids.map(id => [id, node])), [adversaryId]: stormAdversary(plan, adversary) },
    neighbours: plan.neighbours,
    subscriptions: { agreement: plan.ids },
    links: stormLinks(plan),
    key: childKey(key, 'world'),
    executor: inProcess({}),
    adversary: { id: adversaryId, corrupts: plan.faulty },
    recorder,
  })
  for (const id of plan.ids) {
    const value = plan.inputs.get(id)
    world.signal(0, id, 'agreement', value === undefined ? { kind: 'start' } : { kind: 'input', value })
  }
  await world.run()
  const crash = events.find(event => event.kind === 'noted' && event.note.kind === 'crash' && event.who === adversaryId)
  // A storm without its adversary would find nothing wrong.
  assert(crash === undefined, `the adversary of ${replayOf(input)} crashed`)
  const history: History<AgreementBody> = { seed: input.seed, replay: replayOf(input), events }
  const honest = new Set(plan.ids.filter(id => !plan.faulty.has(id)))
  const promised: Promised = { honest, epsilon: plan.epsilon, contraction }
  const violations = [
    ...(input.protocol === 'broadcast' ? checkReliableBroadcast : checkApproximateAgreement)(history, promised),
    ...(isOrdered ? checkFifo(history, { ordered: from => honest.has(from), sequenceOf }) : []),
  ]
  const notes = events.filter(event => event.kind === 'noted')
  return {
    violations,
    digest: digestOf([world.deliveries, world.now, notes]),
    deliveries: world.deliveries,
    endMs: world.now,
    strategies: Object.fromEntries(adversary.strategies),
  }
}

/** An honest participant's own values come round by round. */
const sequenceOf = (body: AgreementBody): number | undefined =>
  body.kind === 'value' || body.kind === 'send' || body.kind === 'report' ? body.round : undefined

interface Protocol {
  readonly node: Node<unknown, AgreementBody>
  readonly contraction: number
}

function protocolOf(plan: StormPlan): Protocol {
  const { input, ids, dimension, range, epsilon, rule, compare, neighbours, rounds, local } = plan
  const { protocol, f, n, unsafe = false, thresholds } = input
  const common = { ids, f, dimension, range, unsafe, ...(thresholds === undefined ? {} : { thresholds }) }
  switch (protocol) {
    case 'broadcast':
      return { node: anyState(reliableBroadcast(common)), contraction: 1 }
    case 'asynchronous':
      return { node: anyState(asynchronousAgreement({ ...common, epsilon })), contraction: 0.5 }
    case 'wMsr':
      return {
        node: anyState(wMsr({ ...common, neighbours, roundMs, rounds, broadcast: local ? 'local' : 'point' })),
        contraction: 1,
      }
    case 'synchronous': {
      const node = synchronousAgreement({ ...common, epsilon, rule, compare, roundMs })
      return { node: anyState(node), contraction: rule === 'trimmedMean' ? Math.min(1, f / (n - 2 * f)) : 0.5 }
    }
  }
}

/** The world keeps a node's state without looking into it. */
const anyState = <State>({ init, on }: Node<State, AgreementBody>): Node<unknown, AgreementBody> => ({
  init,
  on: (state, event: Event<AgreementBody>, now, key) => on(state as State, event, now, key),
})

function replayOf({ protocol, n, f, seed, unsafe, thresholds }: StormInput): string {
  const command = `swarmvar storm ${protocol} --n ${n} --f ${f} --only ${shellWord(seed)}`
  if (unsafe !== true) return command
  if (thresholds === undefined) return `${command} --unsafe`
  const { echoes, amplify, deliver } = thresholds
  return `${command} --unsafe --thresholds ${echoes},${amplify},${deliver}`
}
