// What a model validator signs: the battery of backtests over forecasts of any tool, and risk by simulation of a model.
export type {
  Battery,
  Comparison,
  ConfidenceSetRow,
  Family,
  ForecastSeries,
  Forecasts,
  LevelForecasts,
  LevelSummary,
  LossTable,
  MurphyCurves,
  PairRow,
  RollingZones,
  TestRow,
} from './battery/types.js'
export {
  type LevelSimulation,
  predictivePosition,
  type RiskSimulation,
  type SimulateRiskOptions,
  simulateRisk,
  simulateRiskFrom,
} from './posterior-predictive/simulate-risk.js'
