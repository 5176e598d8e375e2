import type { Id, Note } from '../network/index.js'
import type { Rule, RuleParameters } from '../rules/index.js'

export interface LabelledRule {
  readonly label: string
  readonly rule: Rule
  readonly params: RuleParameters
  /** Whether it sees the screened reports and the online weights only. */
  readonly isScreened?: boolean
}

/** Who turned out faulty by the time of a day's decision, as far as the coordinator can tell. */
export interface FaultyToday {
  readonly malformed: readonly Id[]
  readonly equivocated: readonly Id[]
  readonly silent: readonly Id[]
  readonly quarantined: readonly Id[]
}

/**
 * Notes every rule on all reports whose bound among `agents` has become smaller than the number of agents that turned out
 * faulty; once, until the number is within the bound again. `exceeded` keeps the labels, in place.
 */
export function watchBounds(rules: readonly LabelledRule[], agents: number, faulty: FaultyToday, exceeded: Set<string>): Note[] {
  const who = new Set(Object.values(faulty).flat())
  return rules.flatMap(({ label, rule, params, isScreened }) => {
    if (isScreened === true) return []
    const bound = rule.bound(agents, params)
    const isExceeded = who.size > bound
    const wasExceeded = exceeded.has(label)
    if (isExceeded) exceeded.add(label)
    else exceeded.delete(label)
    if (!isExceeded || wasExceeded) return []
    const parts = (['malformed', 'equivocated', 'silent', 'quarantined'] as const)
      .filter(kind => faulty[kind].length > 0)
      .map(kind => `${faulty[kind].length} ${kind}`)
    return [
      {
        kind: 'bound-exceeded',
        detail: `${label} bears ${bound} faulty of ${agents} agents: ${who.size} are (${parts.join(', ')})`,
      },
    ]
  })
}
