// Backtests of risk forecasts: coverage of hits and comparison of losses, pure functions on arrays.

export { baselPenalty, type CapitalCharges, dailyCapitalCharges } from './capital-charge.js'
export type { TestCard } from './card.js'
export { circularBlocks } from './circular-blocks.js'
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
export { type DieboldMarianoTest, dieboldMariano } from './diebold-mariano.js'
export type { Hits } from './hits.js'
export { monteCarloPValue, type Power, REPLICATIONS_MAX, type Simulation, simulatedPower } from './monte-carlo.js'
