import { childKey, type Key, refuse, within } from '../base/index.js'
import { type Levels, studyGrid } from '../forecast/index.js'
import { type Model, makeModel, type Portfolio, type PriorFields } from '../models/index.js'
import {
  type AgreementBody,
  type Id,
  type Link,
  type Neighbours,
  type Node,
  parseLink,
  parseTopology,
  type Storm,
} from '../network/index.js'
import {
  type Attack,
  type Coalition,
  type Collusion,
  type LabelledRule,
  parseAttack,
  type ScheduledAttack,
} from '../swarm/index.js'
import { agreementOf } from './agreement.js'
import { coalitionsOf } from './coalitions.js'
import { ruleLabels, screenedLabel } from './labels.js'
import type { Registry } from './registry.js'
import { everyoneOn, stormOf } from './storm.js'
import { type AgentSpec, isAssetMarket, type Market, type OutageSpec, type Scenario } from './types.js'
import { partsOf, weightsPlan } from './weights.js'

/** A scenario with every name looked up and every parameter checked: nothing can be refused after this. */
export interface RunPlan {
  readonly levels: Levels
  readonly agents: readonly AgentInPlan[]
  readonly rules: readonly LabelledRule[]
  readonly links: readonly Link[]
  readonly neighbours: Neighbours
  /** One day's instance of it, when no coordinator decides. */
  readonly agreement?: Node<unknown, AgreementBody>
  /** When agents are down. */
  readonly outages: readonly OutageSpec[]
  /** What of the links and outages was drawn from the seed. */
  readonly storm: Storm
  /** Agents that lie together, for whom the adversary speaks. */
  readonly coalitions: readonly Coalition[]
}

export interface AgentInPlan {
  readonly spec: AgentSpec
  readonly model: Model
  readonly attack?: ScheduledAttack<Attack | Collusion>
  /** The same model under another prior. */
  remake(prior: PriorFields): Model
}

/** Errors: UNKNOWN_MODEL, CANNOT_LEARN_PRIOR, UNKNOWN_RULE, UNKNOWN_ATTACK, TOO_MANY_FAULTS, and what models, rules, links and topologies refuse. */
export function planRun(scenario: Scenario, { models, rules, attacks }: Registry, key: Key): RunPlan {
  const ids = scenario.agents.map(({ id }) => id)
  const portfolio = portfolioIn(scenario.market)
  const levels = levelsFor(scenario.riskLevels)
  const agents = scenario.agents.map((spec): AgentInPlan => {
    const where = `scenario.agents.${spec.id}`
    const { attack, learnPrior } = spec.behaviour
    const model = checkedModel(
      within(where, () => makeModel(spec.model, models, portfolio)),
      portfolio,
      where,
    )
    if (learnPrior !== undefined) checkLearning(model, where)
    return {
      spec,
      model,
      remake: prior => makeModel({ ...spec.model, prior }, models, portfolio),
      ...(attack === undefined ? {} : { attack: parseAttack(attack, `${where}.behaviour.attack`, attacks) }),
    }
  })
  const known = labelled(scenario, rules)
  const { decision, network } = scenario
  const everyone = everyoneOn(scenario, ids)
  const storm = stormOf(scenario, everyone, key)
  const neighbours = parseTopology(network.topology, ids, childKey(key, 'topology'), 'scenario.network.topology')
  return {
    levels,
    agents,
    rules: scenario.screening === undefined ? known : [...known, ...known.map(screened)],
    links: [
      ...storm.links.map((spec, i) => parseLink(spec, everyone, `storm.links[${i}]`, childKey(childKey(key, 'storm links'), i))),
      ...network.links.map((spec, i) =>
        parseLink(spec, everyone, `scenario.network.links[${i}]`, childKey(childKey(key, 'links'), i)),
      ),
    ],
    neighbours,
    outages: [...storm.outages, ...(network.outages ?? [])],
    storm,
    ...(decision === undefined
      ? {}
      : { agreement: within('scenario.decision', () => agreementOf(decision, ids, neighbours, levels)) }),
    coalitions: coalitionsOf(agents, known, levels),
  }
}

/** A `use` module's factory may return anything. */
function checkedModel(model: Model, portfolio: Portfolio | undefined, where: string): Model {
  const missing = (['init', 'update', 'forecast', 'posterior', 'copy'] as const).filter(
    name => typeof model?.[name] !== 'function',
  )
  if (missing.length > 0)
    refuse(
      'BAD_MODEL',
      `a model without ${missing.join(', ')}`,
      'a Model with init, update, forecast, posterior and copy',
      `${where}.model`,
    )
  const assets = portfolio?.weights.length ?? 1
  if (model.columns !== undefined && model.columns !== assets)
    refuse('BAD_MODEL', `a model of ${model.columns} assets`, `as many as the market has: ${assets}`, `${where}.model`)
  return model
}

/** What the market says of its portfolio; nothing in a market of one series. */
export const portfolioIn = (market: Market): Portfolio | undefined =>
  isAssetMarket(market) ? { weights: market.weights } : undefined

function checkLearning(model: Model, where: string): void {
  const missing = (['belief', 'beliefProblem', 'priorFrom'] as const).filter(name => typeof model[name] !== 'function')
  if (missing.length > 0)
    refuse(
      'CANNOT_LEARN_PRIOR',
      `model '${model.name}' without ${missing.join(', ')}`,
      'a model that makes priors of beliefs, such as garchT or normalInverseGamma',
      `${where}.behaviour.learnPrior`,
    )
}

/** The study grid and the scenario's own risk levels, ascending. */
function levelsFor(risk: readonly number[]): Levels {
  return { levels: Float64Array.from(new Set([...studyGrid, ...risk])).sort(), riskLevels: Float64Array.from(risk) }
}

/** The same rule on screened reports. */
const screened = (rule: LabelledRule): LabelledRule => ({ ...rule, label: screenedLabel(rule.label), isScreened: true })

const weighing = (table: Registry['rules']): string =>
  Object.keys(table)
    .filter(name => table[name].weighs === true)
    .sort()
    .join(', ')

function labelled(
  { rules: specs, agents: { length: agents }, network: { quorum }, riskLevels }: Scenario,
  table: Registry['rules'],
): LabelledRule[] {
  const labels = ruleLabels(specs)
  return specs.map((spec, i) => {
    const where = `scenario.rules[${i}]`
    const { name, params, weights } = partsOf(spec)
    if (!Object.hasOwn(table, name))
      refuse('UNKNOWN_RULE', name, `one of ${Object.keys(table).sort().join(', ')}`, `${where}.name`)
    const rule = table[name]
    const needs = within(where, () => rule.needs(params))
    if (needs > agents)
      refuse('TOO_MANY_FAULTS', `${JSON.stringify(params)} with ${agents} agents`, `at least ${needs} agents for it`, where)
    if (needs > quorum)
      refuse(
        'TOO_MANY_FAULTS',
        `a quorum of ${quorum}`,
        `at least the ${needs} reports that rule ${i + 1} needs`,
        'scenario.network.quorum',
      )
    // What a rule refuses whatever its reports say, such as too many subsets to search.
    within(where, () => rule.bound(agents, params))
    if (weights !== undefined && rule.weighs !== true)
      refuse('BAD_SCENARIO', `weights for '${name}'`, `a rule that weighs: ${weighing(table)}`, `${where}.weights`)
    return { label: labels[i], rule, params, ...(weights === undefined ? {} : { weights: weightsPlan(weights, { riskLevels }) }) }
  })
}

/** Ids of everyone who hears decisions, and of the coordinator's neighbours: none. */
export const withCoordinator = (neighbours: Neighbours, coordinator: Id): Neighbours => ({ ...neighbours, [coordinator]: [] })
