// Posteriors: samplers, convergence diagnostics, Pareto smoothed importance sampling, pooling of beliefs.
export { essBulk, essTail, mcseMean, rhat } from './diagnostics.js'
export { findMode, type LogDensity, type Mode } from './mode.js'
export { beliefProblem, poolBeliefs, trimPeers } from './pool.js'
export type { Belief, Posterior } from './posterior.js'
export { psis } from './psis.js'
export { type Sample, type SamplePlan, sampleDensity } from './sample.js'
export { drawSplitT, type SplitT, splitT, splitTLogDensity } from './split-t.js'
export { type ParameterSummary, summarise } from './summary.js'
