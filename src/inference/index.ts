// Posteriors: samplers, variational and sequential approximations, conjugate updates, diagnostics, PSIS, pooling of beliefs.
export type { Transition } from './chain.js'
export {
  type Beta,
  binomialPosterior,
  binomialPredictive,
  drawNormalInverseGamma,
  exponentialPosterior,
  exponentialPredictive,
  type Gamma,
  type Normal,
  type NormalInverseGamma,
  type NormalInverseWishart,
  normalInverseGammaFromNatural,
  normalInverseGammaNatural,
  normalInverseGammaNext,
  normalInverseGammaPosterior,
  normalInverseGammaPredictive,
  normalInverseWishartPosterior,
  normalInverseWishartPredictive,
  normalPosterior,
  normalPredictive,
  poissonPosterior,
  poissonPredictive,
} from './conjugate.js'
export { type Convergence, convergence, type Diagnosis, diagnose, essBulk, essTail, mcseMean, rhat } from './diagnostics.js'
export { type HmcOptions, type HmcState, hmc } from './hmc.js'
export {
  equallyWeighted,
  type ParticleSet,
  type Rejuvenated,
  type Rejuvenation,
  rejuvenate,
  resampled,
  reweighted,
} from './ibis.js'
export { type ImportanceSample, importanceSample } from './importance.js'
export { type IndependenceState, independence, logWeightsOf } from './independence.js'
export { type Loo, loo } from './loo.js'
export { findMode, type Mode } from './mode.js'
export { bootstrapFilter, type ParticleFilterOptions, particleFilter, type StateSpaceModel } from './particle-filter.js'
export { beliefProblem, poolBeliefs, trimPeers } from './pool.js'
export type { Belief, Posterior } from './posterior.js'
export { gaussianProposal, type Proposal, splitTProposal, squaredDistance, studentTProposal } from './proposal.js'
export { type DensityEstimate, type PseudoMarginalState, pseudoMarginal } from './pseudo-marginal.js'
export { type PsisOptions, paretoShape, psis } from './psis.js'
export { type RandomWalkState, randomWalk } from './random-walk.js'
export { essOf, logSumExp, systematic } from './resampling.js'
export { type ChainPlan, type ChainRun, type Monitor, runChains, startingPoints } from './run-chains.js'
export { type Sample, type SamplePlan, sampleDensity } from './sample.js'
export { drawSplitT, type SplitT, splitT, splitTLogDensity } from './split-t.js'
export { pseudoBmaWeights, stackingWeights } from './stacking.js'
export { type ParameterSummary, summarise } from './summary.js'
export { asTarget, type LogDensity, logDensityOf, type Target, targetOf } from './target.js'
export { type Variational, type VariationalPlan, variational } from './variational.js'
