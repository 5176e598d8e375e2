// Actors: agents around models, the coordinator, and attacks that wrap an agent.

export { adversary } from './adversary.js'
export type { AdversaryPlan, AdversaryState, Coalition } from './adversary-state.js'
export { type AgentPlan, type AgentState, agent } from './agent.js'
export type { Attack, AttackFactory, Story, Tamper } from './attack.js'
export { attackTable, parseAttack, type ScheduledAttack } from './attack-table.js'
export type { LabelledRule } from './bounds.js'
export {
  type AttackTable,
  type Collusion,
  type CollusionFactory,
  collusion,
  isCollusion,
  type Lie,
  type Round,
  type Scene,
  type Scheme,
} from './collusion.js'
export { type CoordinatorPlan, type CoordinatorState, coordinator } from './coordinator.js'
export type { FittedWeights, OnlineWeights, WeightsPlan } from './learned-weights.js'
export { type LiarState, liar } from './liar.js'
export {
  ADVERSARY,
  type Body,
  COORDINATOR,
  type DayBody,
  type DayRecord,
  type DecisionBody,
  type PosteriorBody,
  type ReportBody,
} from './messages.js'
export {
  type AgreedRecord,
  forecastOf,
  type ParticipantPlan,
  type ParticipantState,
  participant,
  type RoundRecord,
  vectorOf,
} from './participant.js'
export type { Lesson, PriorInUse, PriorLearning } from './prior-learning.js'
export type { ScreeningPlan } from './screening.js'
