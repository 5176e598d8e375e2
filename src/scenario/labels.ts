import type { RuleSpec, WeightsSpec } from './types.js'

/** Rules by their labels: the name, `+` and the kind of its learned weights if it has some, and #2, #3 ... when that comes again. */
export function ruleLabels(specs: readonly RuleSpec[]): string[] {
  const seen = new Map<string, number>()
  return specs.map(spec => {
    const { weights } = spec as { readonly weights?: WeightsSpec }
    const name = weights === undefined ? spec.name : `${spec.name}+${weights.kind}`
    const count = (seen.get(name) ?? 0) + 1
    seen.set(name, count)
    return count === 1 ? name : `${name}#${count}`
  })
}

/** The label of the same rule on screened reports. */
export const screenedLabel = (label: string): string => `${label}+screened`
