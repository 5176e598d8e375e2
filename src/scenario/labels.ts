import type { RuleSpec } from './types.js'

/** Rules by their labels: the name, and name#2, name#3 ... when a name comes again. */
export function ruleLabels(specs: readonly RuleSpec[]): string[] {
  const seen = new Map<string, number>()
  return specs.map(({ name }) => {
    const count = (seen.get(name) ?? 0) + 1
    seen.set(name, count)
    return count === 1 ? name : `${name}#${count}`
  })
}

/** The label of the same rule on screened reports. */
export const screenedLabel = (label: string): string => `${label}+screened`
