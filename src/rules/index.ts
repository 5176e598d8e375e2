// Robust aggregation of reports: rules on vectors, their lift to whole forecasts, and the table of them.
export { type Bucketing, bucketing } from './bucketing.js'
export { bulyan } from './bulyan.js'
export { type Clipping, centeredClipping } from './centered-clipping.js'
export { type GeometricMedianOptions, geometricMedian } from './geometric-median.js'
export { hodgesLehmann } from './hodges-lehmann.js'
export { krum } from './krum.js'
export { linearPool } from './linear-pool.js'
export { logPool } from './log-pool.js'
export { huber, tukey } from './m-estimators.js'
export { mean } from './mean.js'
export { meanAroundMedian } from './mean-around-median.js'
export { median } from './median.js'
export { medianOfMeans } from './median-of-means.js'
export { minimumDiameter } from './minimum-diameter.js'
export { multiKrum } from './multi-krum.js'
export { nearestNeighbourMixing } from './nearest-neighbour-mixing.js'
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
export { defineRule, type Order, type Rule, type RuleDefinition, type RuleParameters } from './rule.js'
export { minimumScoreWeights, type PastRisks, relativeScoreWeights } from './score-weights.js'
export { ruleNamed, ruleTable } from './table.js'
export { trimmedMean } from './trimmed-mean.js'
export { trimmedMidpoint } from './trimmed-midpoint.js'
export { vincentize } from './vincentize.js'
export { type WassersteinMedianOptions, wassersteinMedian } from './wasserstein-median.js'
export { type WhichMedian, weightedMedian } from './weighted-median.js'
export { weightedTrimmedMean } from './weighted-trimmed-mean.js'
