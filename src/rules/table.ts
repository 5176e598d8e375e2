import { refuse } from '../base/index.js'
import { linearPoolRule } from './linear-pool.js'
import { logPoolRule } from './log-pool.js'
import { meanRule } from './mean.js'
import { medianRule } from './median.js'
import type { Rule } from './rule.js'
import { trimmedMeanRule } from './trimmed-mean.js'
import { weightedTrimmedMeanRule } from './weighted-trimmed-mean.js'

const rules: readonly Rule[] = [
  linearPoolRule, //
  logPoolRule,
  meanRule,
  medianRule,
  trimmedMeanRule,
  weightedTrimmedMeanRule,
]

/** Every rule by its name, as scenarios and the command line write it. A new rule is one file and one line above. */
export const ruleTable: { readonly [name: string]: Rule } = Object.freeze(
  Object.fromEntries(rules.map(rule => [rule.name, rule])),
)

/** The rule of that name; UNKNOWN_RULE otherwise. */
export function ruleNamed(name: string): Rule {
  if (!Object.hasOwn(ruleTable, name)) refuse('UNKNOWN_RULE', name, `one of ${Object.keys(ruleTable).join(', ')}`, 'rule')
  return ruleTable[name]
}
