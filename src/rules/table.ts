import { refuse } from '../base/index.js'
import { bulyanRule } from './bulyan.js'
import { centeredClippingRule } from './centered-clipping.js'
import { geometricMedianRule } from './geometric-median.js'
import { hodgesLehmannRule } from './hodges-lehmann.js'
import { krumRule } from './krum.js'
import { linearPoolRule } from './linear-pool.js'
import { logPoolRule } from './log-pool.js'
import { huberRule, tukeyRule } from './m-estimators.js'
import { meanRule } from './mean.js'
import { meanAroundMedianRule } from './mean-around-median.js'
import { medianRule } from './median.js'
import { medianOfMeansRule } from './median-of-means.js'
import { minimumDiameterRule } from './minimum-diameter.js'
import { multiKrumRule } from './multi-krum.js'
import type { Rule } from './rule.js'
import { trimmedMeanRule } from './trimmed-mean.js'
import { trimmedMidpointRule } from './trimmed-midpoint.js'
import { wassersteinMedianRule } from './wasserstein-median.js'
import { weightedMedianRule } from './weighted-median.js'
import { weightedTrimmedMeanRule } from './weighted-trimmed-mean.js'

const rules: readonly Rule[] = [
  bulyanRule,
  centeredClippingRule,
  geometricMedianRule,
  hodgesLehmannRule,
  huberRule,
  krumRule,
  linearPoolRule,
  logPoolRule,
  meanAroundMedianRule,
  meanRule,
  medianOfMeansRule,
  medianRule,
  minimumDiameterRule,
  multiKrumRule,
  trimmedMeanRule,
  trimmedMidpointRule,
  tukeyRule,
  wassersteinMedianRule,
  weightedMedianRule,
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
