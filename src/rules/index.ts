// Robust aggregation of reports: rules on vectors, their lift to whole forecasts, and the table of them.
export { linearPool } from './linear-pool.js'
export { logPool } from './log-pool.js'
export { mean } from './mean.js'
export { median } from './median.js'
export {
  bernsteinOnline,
  bernsteinStep,
  evenWeights,
  exponentialStep,
  exponentialWeights,
  fixedShare,
  fixedShareStep,
  weightsOf,
} from './online-weights.js'
export { defineRule, type Rule, type RuleDefinition, type RuleParameters } from './rule.js'
export { ruleNamed, ruleTable } from './table.js'
export { trimmedMean } from './trimmed-mean.js'
export { vincentize } from './vincentize.js'
export { weightedTrimmedMean } from './weighted-trimmed-mean.js'
