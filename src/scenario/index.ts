// Scenarios: their type and schema, market data, the run, its Trace, and sweeps over scenarios.

export { AGREEMENT } from './agreement.js'
export { isFaultyOn } from './agreement-record.js'
export type { AssetData } from './assets.js'
export { type Conclusion, type ConclusionTable, checkConclusions } from './conclusion.js'
export { type PriceSeries, parsePrices, readPrices, readReturns } from './csv.js'
export { DAY_MS, defineScenario } from './define.js'
export { digestOf } from './digest.js'
export { jobs, jobsModule, type RunInput } from './jobs.js'
export { ruleLabels, screenedLabel } from './labels.js'
export { logReturns } from './log-returns.js'
export { type MarketData, openMarket, SP500_PATH } from './market.js'
export { fileDigest, loadModule } from './modules.js'
export { absolutePaths, openRegistry, type Registry } from './registry.js'
export { type FinishedRun, type RunOptions, run, runInto } from './run.js'
export type { AgentInput, ScenarioSpec } from './schema.js'
export type { DayRisks, RunFacts, TraceSink } from './sink.js'
export { stormOfRun } from './storm.js'
export { type RiskSummary, type SummarySink, summariseTrace, summarySink, type TraceSummary } from './summary.js'
export { type Grid, type Point, pointsOf, type SweepOptions, type SweepResult, sweep } from './sweep.js'
export type { AgentRiskSeries, GridSeries, RiskSeries, Trace, TraceData, TraceEvent, TraceNote } from './trace.js'
export type {
  AgentSpec,
  AssetMarket,
  AssimilateSpec,
  AttackSpec,
  LearnPriorSpec,
  LinkSpec,
  Market,
  ModelSpec,
  NetworkSpec,
  PriceFile,
  RuleSpec,
  Scenario,
  ScreeningSpec,
  SimulatedSegment,
  SingleMarket,
  TopologySpec,
} from './types.js'
