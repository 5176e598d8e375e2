import { childKey, type Key, nextInteger, nextUniform, openStream, type Stream } from '../../base/index.js'
import type { AgreementBody, Event, Id, Node, Packet, Step, Value } from '../../network/index.js'
import { roundMs, type StormPlan, shuffle } from './plan.js'
import { type Sight, type Strategy, strategies } from './strategies.js'

/** What a storm's adversary does, drawn from its seed. */
export interface AdversaryPlan {
  /** By the puppet: the names of its strategies, between which it may choose anew each time. */
  readonly strategies: ReadonlyMap<Id, readonly string[]>
  /** Whether its lies are the ends of the range, of the honest values, or just beyond these. */
  readonly lies: 'range' | 'honest' | 'beyond'
  /** How likely a puppet's packets wait, and at most how long. */
  readonly delayed: number
  readonly delayMsMax: number
  readonly habits: ReadonlyMap<Id, Sight['habit']>
}

/** One strategy for all puppets, one for each, or a choice at every step. */
export function drawAdversaryPlan(plan: StormPlan, key: Key): AdversaryPlan {
  const s = openStream(key)
  const names = Object.keys(strategies).sort()
  const any = (): string => names[nextInteger(s, names.length)]
  const style = nextUniform(s)
  const common = any()
  const puppets = [...plan.faulty].sort()
  return {
    strategies: new Map(puppets.map(id => [id, style < 0.5 ? [common] : style < 0.8 ? [any()] : [any(), any(), any()]])),
    lies: (['range', 'honest', 'beyond'] as const)[nextInteger(s, 3)],
    delayed: nextUniform(s) < 0.3 ? nextUniform(s) : 0,
    delayMsMax: [2, 20, 200][nextInteger(s, 3)],
    habits: new Map(puppets.map(id => [id, drawHabit(s, plan, id)])),
  }
}

function drawHabit(s: Stream, { ids }: StormPlan, puppet: Id): Sight['habit'] {
  const others = ids.filter(id => id !== puppet)
  return { crashAt: nextInteger(s, 12), favoured: new Set(shuffle(s, others).slice(0, 1 + nextInteger(s, others.length))) }
}

interface Spoken {
  readonly puppet: Id
  readonly body: AgreementBody
}

export interface AdversaryState {
  /** What honest participants in the puppets' places would have said at this instant. */
  pending: Spoken[]
  /** The honest participants' latest values, all said at one time or another. */
  readonly values: Map<Id, Value>
  readonly memory: AgreementBody[]
  readonly counts: Map<Id, number>
  readonly later: Map<string, readonly Packet<AgreementBody>[]>
}

const memoryMax = 50

/**
 * An omniscient, rushing adversary: it overhears everything, lets the instant pass, and then speaks for its puppets, knowing what all
 * honest participants have just said. The puppets' own nodes run the protocol honestly and say what would be right.
 */
export function stormAdversary(plan: StormPlan, adversary: AdversaryPlan): Node<AdversaryState, AgreementBody> {
  const puppets = [...plan.faulty].sort()

  function speak(state: AdversaryState, { puppet, body }: Spoken, stream: Stream): readonly Packet<AgreementBody>[] {
    const count = state.counts.get(puppet) ?? 0
    state.counts.set(puppet, count + 1)
    const names = adversary.strategies.get(puppet)!
    const strategy: Strategy = strategies[names[names.length === 1 ? 0 : nextInteger(stream, names.length)]]
    const sight: Sight = {
      plan,
      puppet,
      puppets,
      others: plan.ids.filter(id => id !== puppet),
      ...sidesOf(plan, adversary, state.values),
      memory: state.memory,
      count,
      stream,
      habit: adversary.habits.get(puppet)!,
    }
    const packets = strategy(sight, body)
    if (!(nextUniform(stream) < adversary.delayed)) return packets
    const name = `later ${state.later.size}`
    state.later.set(name, packets)
    // Where all hear the same, that is so of time too: late for all.
    const afterMs = plan.local ? 2 * roundMs : adversary.delayMsMax * nextUniform(stream)
    return [{ kind: 'wake', name, afterMs }]
  }

  function on(state: AdversaryState, event: Event<AgreementBody>, _now: number, key: Key): Step<AdversaryState, AgreementBody> {
    const send: Packet<AgreementBody>[] = []
    if (event.kind === 'overheard' && event.packet.kind !== 'wake') overhear(plan, state, event.from, event.packet.body, send)
    else if (event.kind === 'wake' && event.name === 'speak') {
      const { pending } = state
      state.pending = []
      const stream = openStream(childKey(key, 'speak'))
      for (const spoken of pending) send.push(...speak(state, spoken, stream))
    } else if (event.kind === 'wake') send.push(...(state.later.get(event.name) ?? []))
    return { state, send, note: [], work: [] }
  }

  const init = (): AdversaryState => ({ pending: [], values: new Map(), memory: [], counts: new Map(), later: new Map() })
  return { init, on }
}

function overhear(plan: StormPlan, state: AdversaryState, from: Id, body: AgreementBody, send: Packet<AgreementBody>[]): void {
  if (state.memory.length < memoryMax) state.memory.push(body)
  if (plan.faulty.has(from)) {
    if (state.pending.length === 0) send.push({ kind: 'wake', name: 'speak', afterMs: 0 })
    state.pending.push({ puppet: from, body })
  } else if (body.kind === 'value' || body.kind === 'send') state.values.set(from, body.value)
}

/** Splits everybody by what the honest say: who is low is told low. Half of those who have not spoken are. */
function sidesOf(
  plan: StormPlan,
  { lies }: AdversaryPlan,
  values: ReadonlyMap<Id, Value>,
): Pick<Sight, 'lowSide' | 'low' | 'high'> {
  const { ids, dimension, range } = plan
  const known = ids.filter(id => values.has(id)).sort((a, b) => values.get(a)![0] - values.get(b)![0])
  const unknown = ids.filter(id => !values.has(id))
  const lowSide = new Set([...known.slice(0, known.length >> 1), ...unknown.slice(0, unknown.length >> 1)])
  const end = (pick: (...numbers: number[]) => number, outermost: number): Value =>
    Float64Array.from({ length: dimension }, (_, j) => {
      if (lies === 'range' || known.length === 0) return outermost
      const honest = pick(...known.map(id => values.get(id)![j]))
      return lies === 'honest' ? honest : Math.max(-range, Math.min(range, honest + outermost / 1000))
    })
  return { lowSide, low: end(Math.min, -range), high: end(Math.max, range) }
}
