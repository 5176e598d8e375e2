import type { z } from 'zod'
import { refuse, show } from '../base/index.js'
import { studyGrid } from '../forecast/index.js'
import { plainCopy } from './plain.js'
import type { ParsedSpec, ScenarioSpec } from './schema.js'
import { assetScenarioSchema, scenarioSchema } from './schema.js'
import { checkScreening, normaliseScreening } from './screening.js'
import { type AgentSpec, type AgreementSpec, type AssetMarket, isAssetMarket, type Scenario } from './types.js'
import { normaliseWeights } from './weights.js'

/** Virtual milliseconds from one day's opening to the next. */
export const DAY_MS = 1000

/** Virtual milliseconds that a training takes. */
export const TRAIN_MS = 10

const DEADLINE_MS = 100
const W_MSR_ROUNDS = 50
const DEADLINE_MS_LEAST = 25

/**
 * Checks and normalises a scenario: defaults filled in, agents ordered by id, frozen, JSON-serialisable.
 * Errors: BAD_SCENARIO naming the field, what was found and what was expected. Names of models, rules, attacks, links and
 * topologies are looked up when the scenario is run, since `use` may add some.
 */
export function defineScenario(spec: ScenarioSpec): Scenario {
  const given = checked(spec)
  const schema = hasAssets(given.market) ? assetScenarioSchema : scenarioSchema
  const parsed = schema.safeParse(given, { reportInput: true })
  if (!parsed.success) refuseIssue(parsed.error.issues[0], spec)
  return freeze(normalise(parsed.data))
}

/** The spec as plain data; what data markets hold is checked when they are opened, with the place of each number. */
function checked(spec: ScenarioSpec): { readonly market: unknown } {
  if (typeof spec !== 'object' || spec === null) refuse('BAD_SCENARIO', spec, 'an object', 'scenario')
  const { market, ...rest } = spec as { readonly market?: unknown }
  const numbers = typeof market === 'object' && market !== null && ('returns' in market || 'prices' in market)
  return {
    ...(plainCopy(rest, 'scenario') as object),
    market: numbers ? listed(market) : market === undefined ? undefined : plainCopy(market, 'scenario.market'),
  }
}

/** Whether a market is meant to have several assets: by what only such markets have. */
function hasAssets(market: unknown): boolean {
  if (typeof market !== 'object' || market === null) return false
  const { returns } = market as { readonly returns?: unknown }
  return ['weights', 'assets', 'columns'].some(name => name in market) || (Array.isArray(returns) && Array.isArray(returns[0]))
}

const listed = (market: object): unknown =>
  Object.fromEntries(
    Object.entries(market).map(([name, value]) => [name, Array.isArray(value) ? value.map(asList) : asList(value)]),
  )

const asList = (value: unknown): unknown => (ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : value)

function normalise(spec: ParsedSpec): Scenario {
  const agents = spec.agents.map((agent): AgentSpec => {
    const { attack, assimilate, learnPrior } = agent.behaviour
    return {
      id: agent.id,
      model: agent.model,
      behaviour: {
        ...(attack === undefined ? {} : { attack }),
        ...(assimilate === undefined
          ? {}
          : { assimilate: { everyDays: spec.refitEveryDays, trim: 1, ownWeight: 0.5, ...assimilate } }),
        ...(learnPrior === undefined ? {} : { learnPrior: { trim: 1, discount: 0.5, ...learnPrior } }),
      },
    }
  })
  agents.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
  const { outages, storm, ...calm } = spec.network
  const network = {
    ...calm,
    deadlineMs: spec.network.deadlineMs ?? DEADLINE_MS,
    quorum: spec.network.quorum ?? agents.length,
    ...(outages === undefined ? {} : { outages }),
    ...(storm === undefined ? {} : { storm: { untilDay: Math.ceil((2 * spec.days) / 3), intensity: 1, ...storm } }),
  }
  const riskLevels = [...spec.riskLevels].sort((a, b) => a - b)
  const { decision, screening, ...rest } = spec
  const size = { agents: agents.length, days: spec.days, refitEveryDays: spec.refitEveryDays, riskLevels }
  const rules = spec.rules.map(({ weights, ...rule }, i) => ({
    ...rule,
    ...(weights === undefined ? {} : { weights: normaliseWeights(weights, size, `scenario.rules[${i}].weights`) }),
  }))
  const whole = {
    ...rest,
    agents,
    network,
    riskLevels,
    rules,
    ...(decision === undefined ? {} : { decision: wholeDecision(decision, agents.length) }),
    ...(screening === undefined
      ? {}
      : { screening: normaliseScreening(screening, { agents: agents.length, days: spec.days, riskLevels }) }),
  }
  checkWhole(whole)
  return whole
}

function wholeDecision({ rounds, ...decision }: NonNullable<ParsedSpec['decision']>, agents: number): AgreementSpec {
  const isFixed = decision.protocol !== 'wMsr'
  if (isFixed && rounds !== undefined)
    refuse('BAD_SCENARIO', rounds, 'no rounds but for wMsr: epsilon and range fix them', 'scenario.decision.rounds')
  return { ...decision, f: decision.f ?? Math.floor((agents - 1) / 3), ...(isFixed ? {} : { rounds: rounds ?? W_MSR_ROUNDS }) }
}

/** How decisions are made, as far as other fields depend on it. */
function checkDecision({ decision, rules, network }: Scenario): void {
  if (decision === undefined && rules.length === 0)
    refuse('BAD_SCENARIO', 'no rules', "at least one rule, or decision: 'agreement'", 'scenario.rules')
  if (decision === undefined) return
  if (rules.length > 0)
    refuse(
      'BAD_SCENARIO',
      counted(rules.length, 'rule'),
      "none: with decision: 'agreement' no coordinator applies them",
      'scenario.rules',
    )
  const endMs = network.deadlineMs + roundsOf(decision) * decision.roundMs
  if (decision.protocol !== 'asynchronous' && endMs >= DAY_MS)
    refuse(
      'BAD_SCENARIO',
      `${roundsOf(decision)} rounds of ${decision.roundMs} ms that begin at ${network.deadlineMs} ms`,
      `less than a day's ${DAY_MS} virtual ms: a larger epsilon, a smaller range or shorter rounds`,
      'scenario.decision',
    )
}

/** Rounds that bring values within +-range to within epsilon, halving their spread each. */
function roundsOf({ protocol, range, epsilon, rounds: given }: AgreementSpec): number {
  if (protocol === 'wMsr') return given ?? W_MSR_ROUNDS
  let rounds = 0
  for (let spread = 2 * range; spread > epsilon; spread /= 2) rounds++
  return rounds
}

const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`

function checkOutages({ agents, network: { outages = [], storm }, days }: Scenario): void {
  outages.forEach(({ id, fromMs, toMs }, i) => {
    const where = `scenario.network.outages[${i}]`
    if (!agents.some(agent => agent.id === id)) refuse('BAD_SCENARIO', id, 'the id of an agent', `${where}.id`)
    if (toMs <= fromMs) refuse('BAD_SCENARIO', toMs, `more than fromMs, ${fromMs}`, `${where}.toMs`)
  })
  if (storm !== undefined && storm.untilDay > days)
    refuse('BAD_SCENARIO', storm.untilDay, `at most the number of days, ${days}`, 'scenario.network.storm.untilDay')
}

/** What one field alone cannot show. */
function checkWhole(scenario: Scenario): void {
  const { market, agents, network, riskLevels } = scenario
  if (isAssetMarket(market)) checkAssets(market)
  checkDecision(scenario)
  checkOutages(scenario)
  checkScreening(scenario)
  agents.forEach(({ id }, i) => {
    if (id === agents[i - 1]?.id) refuse('BAD_SCENARIO', `two agents '${id}'`, 'ids that are unique', 'scenario.agents')
    if (id === 'coordinator' || id === 'adversary')
      refuse('BAD_SCENARIO', `an agent '${id}'`, 'another id: this one is taken', 'scenario.agents')
  })
  if (new Set(riskLevels).size < riskLevels.length)
    refuse('BAD_SCENARIO', riskLevels, 'levels that differ', 'scenario.riskLevels')
  if (network.quorum > agents.length)
    refuse('BAD_SCENARIO', network.quorum, `at most the number of agents, ${agents.length}`, 'scenario.network.quorum')
  if (network.deadlineMs < DEADLINE_MS_LEAST)
    refuse(
      'BAD_SCENARIO',
      network.deadlineMs,
      `at least ${DEADLINE_MS_LEAST} virtual ms: a training takes ${TRAIN_MS}, and sharing waits for it`,
      'scenario.network.deadlineMs',
    )
  for (const level of riskLevels) {
    const near = studyGrid.find(grid => grid !== level && Math.abs(grid - level) < 1e-6)
    if (near !== undefined || level < 1e-6)
      refuse(
        'BAD_SCENARIO',
        level,
        near === undefined ? 'a level of at least 1e-6' : `${near} itself, or a level further from it`,
        'scenario.riskLevels',
      )
  }
  if (network.deadlineMs >= DAY_MS)
    refuse('BAD_SCENARIO', network.deadlineMs, `less than a day's ${DAY_MS} virtual ms`, 'scenario.network.deadlineMs')
}

/** How far weights may sum from 1: three thirds do not make a whole in binary. */
const WEIGHTS_TOLERANCE = 1e-9

function checkAssets(market: AssetMarket): void {
  const { weights } = market
  const where = 'scenario.market.weights'
  const count =
    'assets' in market
      ? market.assets.length
      : 'columns' in market
        ? market.columns.length
        : 'returns' in market
          ? market.returns[0].length
          : weights.length
  if (count !== weights.length) refuse('BAD_SCENARIO', `${weights.length} weights`, `one for each of the ${count} assets`, where)
  const sum = weights.reduce((total, w) => total + w, 0)
  if (!(Math.abs(sum - 1) <= WEIGHTS_TOLERANCE))
    refuse('BAD_SCENARIO', `weights that sum to ${sum}`, 'weights that sum to 1', where)
  if (!('columns' in market)) return
  const twice = market.columns.find((name, i) => market.columns.indexOf(name) < i)
  if (twice !== undefined) refuse('BAD_SCENARIO', `column '${twice}' twice`, 'columns that differ', 'scenario.market.columns')
}

type Issue = z.core.$ZodIssue

/** One line from the first issue: the deepest branch of a union that fits best speaks. */
function refuseIssue(issue: Issue, spec: unknown): never {
  let at = issue
  let path = issue.path
  while (at.code === 'invalid_union' && at.errors.length > 0) {
    const branches = at.errors.filter(branch => branch.length > 0)
    const best = branches.reduce((a, b) => (depth(b) > depth(a) || (depth(b) === depth(a) && b.length < a.length) ? b : a))
    if (depth(best) === 0) break
    at = best[0]
    path = [...path, ...at.path]
  }
  const where = ['scenario', ...path]
    .map((step, i) => (typeof step === 'number' ? `[${step}]` : `${i === 0 ? '' : '.'}${String(step)}`))
    .join('')
  refuse('BAD_SCENARIO', foundAt(at, spec, path), expectedOf(at, path), where)
}

const depth = (branch: readonly Issue[]): number =>
  Math.max(...branch.map(issue => issue.path.length + (issue.code === 'unrecognized_keys' ? 1 : 0)))

function foundAt(issue: Issue, spec: unknown, path: readonly PropertyKey[]): string {
  if (issue.code === 'unrecognized_keys')
    return `unknown field${issue.keys.length > 1 ? 's' : ''} ${issue.keys.map(key => `'${key}'`).join(', ')}`
  let value: unknown = spec
  for (const step of path) value = (value as { readonly [name: PropertyKey]: unknown } | undefined)?.[step]
  return value === undefined ? 'nothing' : typeof value === 'string' ? `'${show(value)}'` : show(value)
}

function expectedOf(issue: Issue, path: readonly PropertyKey[]): string {
  if (issue.code === 'unrecognized_keys') return 'only fields that a scenario has'
  if (issue.code === 'invalid_type') return `a value of type ${issue.expected}`
  if (issue.code === 'too_small')
    return `${issue.origin === 'array' ? 'a length' : 'a value'} of ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}`
  if (issue.code === 'too_big') return `a value of ${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}`
  if (issue.code === 'invalid_format') return issue.message
  if (issue.code === 'invalid_union' && path[0] !== 'market') return 'the documented form'
  if (issue.code === 'invalid_union')
    return "'sp500', { csv, date, close }, { prices }, { returns } or { simulate } for a market, or several assets and their weights"
  if (issue.code === 'invalid_value') return `one of ${issue.values.join(', ')}`
  return issue.message
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const item of Object.values(value)) freeze(item)
  }
  return value
}
