// swarmvar: scenarios, runs and sweeps. Everything else has an export of its own.
export { isSwarmvarError, SwarmvarError } from './base/index.js'
export { runIfMain } from './cli/index.js'
export type { HeatMap } from './report/index.js'
export {
  type AgentInput,
  type AgentSpec,
  type AttackSpec,
  type Conclusion,
  type ConclusionTable,
  defineScenario,
  type Grid,
  jobs,
  jobsModule,
  type LinkSpec,
  type Market,
  type ModelSpec,
  type Point,
  type RiskSeries,
  type RuleSpec,
  type RunOptions,
  run,
  type Scenario,
  type ScenarioSpec,
  type SweepOptions,
  type SweepResult,
  summariseTrace,
  sweep,
  type Trace,
  type TraceEvent,
  type TraceNote,
  type TraceSummary,
} from './scenario/index.js'
