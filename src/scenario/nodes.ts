import { childKey, type Key } from '../base/index.js'
import type { Levels } from '../forecast/index.js'
import type { Id, Node } from '../network/index.js'
import {
  ADVERSARY,
  type AgentPlan,
  adversary,
  agent,
  type Body,
  COORDINATOR,
  coordinator,
  isCollusion,
  liar,
  participant,
} from '../swarm/index.js'
import { TRAIN_MS } from './define.js'
import { type AgentInPlan, portfolioIn, type RunPlan } from './plan.js'
import { screeningPlan } from './screening.js'
import type { Scenario } from './types.js'

/** The actors of a run by their ids: agents, the coordinator unless they agree among themselves, the adversary if there is one. */
export function nodesOf(scenario: Scenario, plan: RunPlan, use: readonly string[], key: Key): Map<Id, Node<unknown, Body>> {
  const { network } = scenario
  const { rules, levels, coalitions } = plan
  const ids = scenario.agents.map(({ id }) => id)
  const nodes = new Map<Id, Node<unknown, Body>>()
  for (const one of plan.agents) nodes.set(one.spec.id, actorOf(scenario, plan, one, use, key))
  if (coalitions.length > 0) nodes.set(ADVERSARY, mindOf(scenario, plan) as Node<unknown, Body>)
  if (plan.agreement === undefined) {
    const { deadlineMs, quorum } = network
    const screening = scenario.screening === undefined ? {} : { screening: screeningPlan(scenario.screening) }
    nodes.set(COORDINATOR, coordinator({ agents: ids, rules, levels, deadlineMs, quorum, ...screening }) as Node<unknown, Body>)
  }
  return nodes
}

/** An agent with its part in the agreement and its behaviour. */
function actorOf(scenario: Scenario, plan: RunPlan, one: AgentInPlan, use: readonly string[], key: Key): Node<unknown, Body> {
  const { attack } = one
  const levels = copyOf(plan.levels)
  const startMs = scenario.network.deadlineMs
  const honest = agent(agentPlan(scenario, plan, one, use, key)) as Node<unknown, Body>
  const { agreement } = plan
  const actor = agreement === undefined ? honest : (participant(honest, { levels, startMs, agreement }) as Node<unknown, Body>)
  if (attack === undefined || isCollusion(attack.attack)) return actor
  const inAgreement = agreement === undefined ? undefined : { participants: scenario.agents.map(({ id }) => id), levels }
  return liar(actor, { ...attack, attack: attack.attack }, inAgreement) as Node<unknown, Body>
}

function agentPlan(
  scenario: Scenario,
  { levels }: RunPlan,
  { spec, model, remake }: AgentInPlan,
  use: readonly string[],
  key: Key,
): AgentPlan {
  const { window, refitEveryDays, network } = scenario
  const { assimilate, learnPrior } = spec.behaviour
  const portfolio = portfolioIn(scenario.market)
  return {
    model,
    key: childKey(childKey(key, 'agent'), spec.id),
    levels: copyOf(levels),
    window,
    refitEveryDays,
    trainMs: TRAIN_MS,
    shareMs: network.deadlineMs / 2,
    publishes: publishingOf(scenario),
    ...(assimilate === undefined ? {} : { assimilate }),
    ...(learnPrior === undefined ? {} : { learnPrior: { ...learnPrior, remake } }),
    trainInput: (history, words, prior) => ({
      model: prior === undefined ? spec.model : { ...spec.model, prior },
      ...(portfolio === undefined ? {} : { portfolio }),
      use,
      history,
      words,
    }),
  }
}

/** Agents that the adversary speaks for. */
export const puppetsIn = ({ coalitions }: RunPlan): Set<Id> =>
  new Set(coalitions.flatMap(({ members }) => members.map(({ id }) => id)))

const mindOf = ({ network }: Scenario, { coalitions, agents, neighbours, levels, agreement }: RunPlan) =>
  adversary({
    coalitions,
    honest: agents.filter(({ attack }) => attack === undefined).map(({ spec }) => spec.id),
    neighbours,
    levels: copyOf(levels),
    deadlineMs: network.deadlineMs,
    quorum: network.quorum,
    trainMs: TRAIN_MS,
    shareMs: network.deadlineMs / 2,
    ...(agreement === undefined ? {} : { participants: agents.map(({ spec }) => spec.id) }),
  })

/** Posteriors cross the network when somebody listens. */
function publishingOf({ agents }: Scenario): AgentPlan['publishes'] {
  if (agents.some(({ behaviour }) => behaviour.assimilate !== undefined)) return 'every day'
  return agents.some(({ behaviour }) => behaviour.learnPrior !== undefined) ? 'training days' : 'never'
}

/** Every agent has levels of its own: what a model writes into them is its own trouble. */
const copyOf = ({ levels, riskLevels }: Levels): Levels => ({
  levels: Float64Array.from(levels),
  riskLevels: Float64Array.from(riskLevels),
})
