// Backtests of risk forecasts: coverage of hits and comparison of losses, pure functions on arrays.

export { automaticBlockLength } from './block-length.js'
export type { TestCard } from './card.js'
export {
  type ChristoffersenTest,
  christoffersen,
  christoffersenOf,
  type HitCounts,
  type KupiecTest,
  kupiec,
  kupiecOf,
  type Test,
} from './coverage.js'
export {
  type Alternative,
  type DieboldMarianoOptions,
  type DieboldMarianoTest,
  dieboldMariano,
  dieboldMarianoCard,
} from './diebold-mariano.js'
export { dieboldMarianoMonteCarlo, dieboldMarianoPower, type SignFlips } from './diebold-mariano-simulated.js'
export {
  type GiacominiWhiteOptions,
  type GiacominiWhiteTest,
  giacominiWhite,
  giacominiWhiteCard,
} from './giacomini-white.js'
export { giacominiWhiteMonteCarlo, giacominiWhitePower } from './giacomini-white-simulated.js'
export type { Hits } from './hits.js'
export { automaticLag, type Lag } from './long-run-variance.js'
export {
  type ConfidenceSet,
  type ConfidenceSetOptions,
  type Losses,
  modelConfidenceSet,
  modelConfidenceSetCard,
  modelConfidenceSets,
} from './model-confidence-set.js'
export { monteCarloPValue, type Power, REPLICATIONS_MAX, type Simulation, simulatedPower } from './monte-carlo.js'
export { murphyCard, murphyQuantile, murphyThresholds } from './murphy.js'
export { type MurphyDifference, murphyDifference, murphyShortfallDifference } from './murphy-difference.js'
export { type Dominance, murphyDominance, murphyShortfallDominance } from './murphy-dominance.js'
export { murphyShortfall } from './murphy-shortfall.js'
