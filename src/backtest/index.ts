// Backtests of risk forecasts: coverage of hits and comparison of losses, pure functions on arrays.

export {
  type AcerbiSzekelyStatistics,
  type AcerbiSzekelyTest,
  acerbiSzekely,
  acerbiSzekelyAsymptotic,
  acerbiSzekelyPower,
  acerbiSzekelyTest,
  acerbiSzekelyZ1Card,
  acerbiSzekelyZ2Card,
  type ShapeOption,
  type SimulatedAcerbiSzekelyTest,
  type SimulatedShortfallTest,
} from './acerbi-szekely.js'
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
export { type DieboldMarianoTest, dieboldMariano } from './diebold-mariano.js'
export {
  type EsRegressionKind,
  type EsRegressionSimulation,
  type EsRegressionTest,
  esRegression,
  esRegressionCard,
  esRegressionInterceptCard,
  esRegressionMonteCarlo,
  esRegressionPower,
} from './es-regression.js'
export type { Hits } from './hits.js'
export { mcneilFrey, mcneilFreyBootstrap, mcneilFreyCard, mcneilFreyMonteCarlo, mcneilFreyPower } from './mcneil-frey.js'
export { monteCarloPValue, type Power, REPLICATIONS_MAX, type Simulation, simulatedPower } from './monte-carlo.js'
export {
  type NoldeZiegelOptions,
  type NoldeZiegelSimulation,
  type NoldeZiegelTest,
  noldeZiegel,
  noldeZiegelCard,
  noldeZiegelMonteCarlo,
  noldeZiegelOneSidedCard,
  noldeZiegelPower,
} from './nolde-ziegel.js'
export { type ShortfallPowers, shortfallPowers } from './shortfall-powers.js'
export { type ImpliedShape, impliedShape, NU_MIN, shapeWords, type TailShape } from './tail-shape.js'
