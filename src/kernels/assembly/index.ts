// What the module exports. One file a kernel; every function works on pointers into the module's own memory.
export {
  dropIndices, effectiveSize, foldedScores, markAtMost, normalScores, rankScores, splitRhat, spread,
} from './diagnostics'
export { mLocations, walshMedians } from './column-locations'
export { meansAroundMedian, midpoints, sumsOfSorted, trimmedMeans } from './columns'
export { mapElementary } from './elementary'
export { garch, garchAbsorb, garchParameters } from './garch'
export { garchPaths } from './garch-paths'
export { acceptIndependence, proposeSplitT, sumOfKernels } from './independence'
export { paretoTails } from './pareto-tails'
export { logSumExp, smoothTail } from './psis'
export { particleFilter } from './particle-filter'
export { fillDraws } from './random'
export { distancesFrom, projections, scaledSquaredDistances, squaredDistances } from './row-distances'
export { combineRows, meansOfRows, shiftRows } from './row-sums'
export { garchFromScores, latinScores, moveAlong, sobolPoints, transformScores } from './scores'
export { sortDraws } from './sort'
export { studentTMixture } from './student-t'
export { regimeLikelihoods } from './regime-filter'
export { regimeFilter, regimeSmooth, sampleRegimes } from './regime-paths'
export { weightedMedians } from './weighted-medians'
export { filterVolatility, moveVolatility, prepareVolatility } from './volatility-filter'

/** Where the module's own data end and scratch memory may begin. */
export function heapBase(): usize {
  return __heap_base
}
