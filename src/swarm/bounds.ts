import type { Id, Note } from '../network/index.js'
import type { Rule, RuleParameters } from '../rules/index.js'
import type { WeightsPlan } from './learned-weights.js'

export interface LabelledRule {
  readonly label: string
  readonly rule: Rule
  readonly params: RuleParameters
  /** Whether it sees the screened reports and the online weights only. */
  readonly isScreened?: boolean
  /** How its weights are learned; rules that share a plan share the weights. */
  readonly weights?: WeightsPlan
}

/** Who turned out faulty by the time of a day's decision, as far as the coordinator can tell. */
export interface FaultyToday {
  readonly malformed: readonly Id[]
  readonly equivocated: readonly Id[]
  readonly silent: readonly Id[]
  readonly quarantined: readonly Id[]
}

/**
 * Notes every rule whose bound has become smaller than the number of agents that turned out faulty: among all `agents` for a rule
 * on all reports, among those out of quarantine for one on screened reports; once, until the number is within the bound again. `exceeded` keeps the labels, in place.
 */
export function watchBounds(rules: readonly LabelledRule[], agents: number, faulty: FaultyToday, exceeded: Set<string>): Note[] {
  const all = new Set(Object.values(faulty).flat())
  const free = new Set([...all].filter(id => !faulty.quarantined.includes(id)))
  return rules.flatMap(({ label, rule, params, isScreened = false }) => {
    const who = isScreened ? free : all
    const among = isScreened ? agents - faulty.quarantined.length : agents
    if (among < rule.needs(params)) return []
    const bound = rule.bound(among, params)
    const isExceeded = who.size > bound
    const wasExceeded = exceeded.has(label)
    if (isExceeded) exceeded.add(label)
    else exceeded.delete(label)
    if (!isExceeded || wasExceeded) return []
    const parts = (['malformed', 'equivocated', 'silent', 'quarantined'] as const)
      .filter(kind => faulty[kind].length > 0 && !(isScreened && kind === 'quarantined'))
      .map(kind => `${faulty[kind].length} ${kind}`)
    return [
      {
        kind: 'bound-exceeded',
        detail: `${label} bears ${bound} faulty of ${among} agents: ${who.size} are (${parts.join(', ')})`,
      },
    ]
  })
}
