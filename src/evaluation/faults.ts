import type { Rule } from '../rules/index.js'
import { AGREEMENT } from '../scenario/agreement.js'
import type { Trace } from '../scenario/trace.js'
import type { AttackSpec, RuleSpec, Scenario } from '../scenario/types.js'
import { type AttackTable, attackTable, parseAttack } from '../swarm/index.js'
import { isScored } from './score.js'
import type { FaultyAgent, Tolerance } from './types.js'

/** Rules by name: the built-in ones and what a scenario's `use` adds. */
export type RuleTable = { readonly [name: string]: Rule }

/** The agents whose behaviour is an attack, in the scenario's order. `attacks` adds those of the scenario's `use`. */
export const faultyAgents = ({ agents }: Scenario, attacks: AttackTable = attackTable): FaultyAgent[] =>
  agents.flatMap(({ id, behaviour: { attack } }) => {
    if (attack === undefined) return []
    const { kind, fromDay, toDay } = attack
    return [
      {
        agent: id,
        kind,
        description: describeAttack(attack, attacks),
        ...(typeof fromDay === 'number' ? { fromDay } : {}),
        ...(typeof toDay === 'number' ? { toDay } : {}),
      },
    ]
  })

/** One line for a reader: the attack's own words, or the spec's where the table does not know it, and when it is active. */
export function describeAttack(spec: AttackSpec, attacks: AttackTable = attackTable): string {
  const { kind, fromDay, toDay, ...parameters } = spec
  const words = Object.hasOwn(attacks, kind)
    ? parseAttack(spec, 'attack', attacks).attack.description
    : spelledOut(kind, parameters)
  const from = fromDay === undefined ? '' : ` from day ${fromDay}`
  return `${words}${from}${toDay === undefined ? '' : `${from === '' ? ' up' : ''} to day ${toDay}`}`
}

/** 'tellJokes', { perDay: 3 } reads 'tell jokes (per day 3)'. */
function spelledOut(kind: string, parameters: { readonly [name: string]: unknown }): string {
  const parts = Object.entries(parameters).map(
    ([name, value]) => `${inWords(name)} ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  return inWords(kind) + (parts.length === 0 ? '' : ` (${parts.join(', ')})`)
}

const inWords = (name: string): string =>
  name.replace(/([a-z0-9])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`)

/** How many faulty reports among `reports` the rule tolerates; null for a rule without a known bound, or too few reports. */
function boundOf({ name, weights: _, ...params }: RuleSpec, reports: number, rules: RuleTable): number | null {
  if (name === AGREEMENT) return Number(params.f)
  if (!Object.hasOwn(rules, name) || reports < rules[name].needs(params)) return null
  const bound = rules[name].bound(reports, params)
  return Number.isFinite(bound) ? bound : null
}

/** The rule's bound against the faulty agents, over all agents and over each day's accepted reports. */
export function toleranceOf(trace: Trace, rule: RuleSpec, faulty: readonly FaultyAgent[], rules: RuleTable): Tolerance {
  const bound = boundOf(rule, trace.scenario.agents.length, rules)
  const level = String(trace.scenario.riskLevels[0])
  const ids = Object.keys(trace.agents)
  let exceededDays = 0
  for (let day = 0; day < trace.days.length; day++) {
    const active = new Set(faulty.filter(agent => isActive(agent, day)).map(({ agent }) => agent))
    if (active.size === 0) continue
    const accepted = ids.filter(id => isScored(trace.agents[id][level], day))
    const dayBound = boundOf(rule, accepted.length, rules)
    if (dayBound !== null && accepted.filter(id => active.has(id)).length > dayBound) exceededDays++
  }
  return { bound, faulty: faulty.length, exceeded: bound !== null && faulty.length > bound, exceededDays }
}

const isActive = ({ fromDay = 0, toDay = Number.POSITIVE_INFINITY }: FaultyAgent, day: number): boolean =>
  day >= fromDay && day <= toDay
