// Backtests of risk forecasts: coverage, shortfall, the whole distribution, desk tests and comparison of losses, pure functions on arrays.
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
export { type BerkowitzTest, berkowitz, berkowitzCard, berkowitzMonteCarlo, berkowitzPower } from './berkowitz.js'
export {
  type BerkowitzTailTest,
  berkowitzTail,
  berkowitzTailCard,
  berkowitzTailMonteCarlo,
  berkowitzTailPower,
} from './berkowitz-tail.js'
export {
  type BinomialTest,
  binomialAtLeast,
  binomialAtMost,
  binomialCoverage,
  binomialCoverageCard,
  binomialCoverageOf,
  binomialCoveragePower,
} from './binomial.js'
export { automaticBlockLength } from './block-length.js'
export { baselPenalty, type CapitalCharges, dailyCapitalCharges } from './capital-charge.js'
export type { TestCard } from './card.js'
export { type Cells, cellsOfViolations, multilevelCells } from './cells.js'
export { circularBlocks } from './circular-blocks.js'
export {
  type ChiSquareTest,
  type ChristoffersenTest,
  christoffersen,
  christoffersenOf,
  conditionalCoverageCard,
  type HitCounts,
  independenceCard,
  type KupiecTest,
  kupiec,
  kupiecCard,
  kupiecOf,
  type Test,
} from './coverage.js'
export {
  christoffersenMonteCarlo,
  christoffersenPower,
  kupiecMonteCarlo,
  kupiecPower,
  kupiecPowerAt,
} from './coverage-simulated.js'
export {
  type DeskBacktest,
  type DeskCount,
  deskBacktest,
  deskBacktestCard,
  deskFailureProbability,
  deskPower,
} from './desk-tests.js'
export {
  type Alternative,
  type DieboldMarianoOptions,
  type DieboldMarianoTest,
  dieboldMariano,
  dieboldMarianoCard,
} from './diebold-mariano.js'
export { dieboldMarianoMonteCarlo, dieboldMarianoPower, type SignFlips } from './diebold-mariano-simulated.js'
export { type DurationTest, durationCard, durationMonteCarlo, durationPower, durationTest } from './duration.js'
export {
  type DynamicQuantileOptions,
  type DynamicQuantileTest,
  dynamicQuantile,
  dynamicQuantileCard,
  dynamicQuantileMonteCarlo,
  dynamicQuantilePower,
} from './dynamic-quantile.js'
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
export { type GiacominiWhiteOptions, type GiacominiWhiteTest, giacominiWhite, giacominiWhiteCard } from './giacomini-white.js'
export { giacominiWhiteMonteCarlo, giacominiWhitePower } from './giacomini-white-simulated.js'
export type { Hits } from './hits.js'
export { kolmogorovSurvival, smirnovSurvival } from './kolmogorov-distribution.js'
export {
  kolmogorovSmirnov,
  kolmogorovSmirnovCard,
  kolmogorovSmirnovMonteCarlo,
  kolmogorovSmirnovPower,
} from './kolmogorov-smirnov.js'
export { automaticLag, type Lag } from './long-run-variance.js'
export { mcneilFrey, mcneilFreyBootstrap, mcneilFreyCard, mcneilFreyMonteCarlo, mcneilFreyPower } from './mcneil-frey.js'
export {
  type ConfidenceSet,
  type ConfidenceSetOptions,
  type Losses,
  modelConfidenceSet,
  modelConfidenceSetCard,
  modelConfidenceSets,
} from './model-confidence-set.js'
export { monteCarloPValue, type Power, REPLICATIONS_MAX, type Simulation, simulatedPower } from './monte-carlo.js'
export {
  likelihoodRatioMultilevel,
  likelihoodRatioMultilevelCard,
  likelihoodRatioMultilevelMonteCarlo,
  likelihoodRatioMultilevelOf,
  likelihoodRatioMultilevelPower,
  nassMultilevel,
  nassMultilevelCard,
  nassMultilevelMonteCarlo,
  nassMultilevelOf,
  nassMultilevelPower,
  pearsonMultilevel,
  pearsonMultilevelCard,
  pearsonMultilevelMonteCarlo,
  pearsonMultilevelOf,
  pearsonMultilevelPower,
  type RiskMap,
  riskMap,
  riskMapCard,
  riskMapMonteCarlo,
  riskMapPower,
} from './multilevel.js'
export { benjaminiHochberg, holm, type PValues } from './multiple.js'
export { murphyCard, murphyQuantile, murphyThresholds } from './murphy.js'
export { type MurphyDifference, murphyDifference, murphyShortfallDifference } from './murphy-difference.js'
export { type Dominance, murphyDominance, murphyShortfallDominance } from './murphy-dominance.js'
export { murphyShortfall } from './murphy-shortfall.js'
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
export {
  type PitIndependenceTest,
  pitIndependence,
  pitIndependenceCard,
  pitIndependenceMonteCarlo,
  pitIndependencePower,
} from './pit-independence.js'
export { POWER_SIMULATION, powerSentence } from './power.js'
export {
  type AttributionZone,
  type ProfitAndLossAttribution,
  profitAndLossAttribution,
  profitAndLossAttributionCard,
} from './profit-and-loss-attribution.js'
export { type QuantileReliability, reliabilityQuantile } from './reliability.js'
export { type ShortfallPowers, shortfallPowers } from './shortfall-powers.js'
export { type ImpliedShape, impliedShape, NU_MIN, shapeWords, type TailShape } from './tail-shape.js'
export {
  type BaselRules,
  type RollingTrafficLight,
  rollingTrafficLight,
  type TrafficLight,
  trafficLight,
  trafficLightCard,
  trafficLightOf,
  trafficLightPower,
  type Zone,
  type ZonePower,
} from './traffic-light.js'
