// Robust aggregation of reports: rules on vectors, their lift to whole forecasts, and the table of them.
export { mean } from './mean.js'
export { median } from './median.js'
export { defineRule, type Rule, type RuleDefinition, type RuleParameters } from './rule.js'
export { ruleNamed, ruleTable } from './table.js'
export { trimmedMean } from './trimmed-mean.js'
export { vincentize } from './vincentize.js'
