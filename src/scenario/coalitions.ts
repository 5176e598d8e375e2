import { refuse } from '../base/index.js'
import type { Levels } from '../forecast/index.js'
import type { Id } from '../network/index.js'
import {
  type Attack,
  type Coalition,
  type Collusion,
  isCollusion,
  type LabelledRule,
  type ScheduledAttack,
} from '../swarm/index.js'
import { digestOf } from './digest.js'
import type { AttackSpec } from './types.js'

/** An agent as the adversary sees it before the run. */
interface Actor {
  readonly spec: { readonly id: Id; readonly behaviour: { readonly attack?: AttackSpec } }
  readonly attack?: ScheduledAttack<Attack | Collusion>
}

/**
 * The coalitions of a scenario: agents whose attacks have one kind and the same parameters, their days aside, lie together.
 * Ordered by their first members. Errors: BAD_ATTACK without an honest agent to lie about, and what the attacks refuse.
 */
export function coalitionsOf(agents: readonly Actor[], rules: readonly LabelledRule[], levels: Levels): Coalition[] {
  const groups = new Map<string, { collusion: Collusion; members: Coalition['members'][number][] }>()
  for (const { spec, attack } of agents) {
    if (attack === undefined || !isCollusion(attack.attack)) continue
    const { fromDay, toDay } = attack
    const { fromDay: _from, toDay: _to, ...same } = spec.behaviour.attack as AttackSpec
    const name = digestOf(same)
    const group = groups.get(name) ?? { collusion: attack.attack, members: [] }
    group.members.push({ id: spec.id, fromDay, toDay })
    groups.set(name, group)
  }
  const honest = agents.filter(({ attack }) => attack === undefined).map(({ spec }) => spec.id)
  const all = agents.map(({ spec }) => spec.id)
  return [...groups.values()].map(({ collusion: { prepare, isTwoFaced, memoryDays }, members }) => {
    const where = `scenario.agents.${members[0].id}.behaviour.attack`
    if (honest.length === 0) refuse('BAD_ATTACK', 'no honest agent', 'at least one, about whose report to lie', where)
    const puppets = members.map(({ id }) => id)
    return { scheme: prepare({ agents: all, puppets, honest, rules, levels }, where), isTwoFaced, memoryDays, members }
  })
}
