// A Trace's risk tables: coverage, losses and calibration of every rule and agent, who is faulty, what the notes say.

export { compareLosses } from './against-mean.js'
export { PIT_BINS, pitHistogram } from './calibration.js'
export { compareEvaluations } from './compare.js'
export { evaluate } from './evaluate.js'
export { describeAttack, faultyAgents, type RuleTable } from './faults.js'
export { type DailyLosses, dailyLosses, scoreSummary } from './score.js'
export type {
  AgentEvaluation,
  AgreementEvaluation,
  Blame,
  Calibration,
  Evaluation,
  EvaluationComparison,
  FaultyAgent,
  IntakeCount,
  LevelScore,
  LossComparison,
  LossDifference,
  NoteCount,
  RuleEvaluation,
  RuleLevelScore,
  SeriesDifference,
  Tolerance,
} from './types.js'
