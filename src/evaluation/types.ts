/** How one stream of VaR and ES did at one level. Losses and returns in percent; null wherever a number is undefined. */
export interface LevelScore {
  readonly level: number
  /** Days scored: those with an accepted forecast. */
  readonly days: number
  readonly missing: number
  /** Days with return < -VaR. */
  readonly hits: number
  /** level x days. */
  readonly expectedHits: number
  readonly hitRate: number | null
  readonly kupiecP: number | null
  /** Conditional coverage, on the scored days taken as consecutive. */
  readonly christoffersenP: number | null
  readonly meanVar: number | null
  readonly meanEs: number | null
  readonly meanPinball: number | null
  /** null where any ES is not positive: the score is undefined there. */
  readonly meanFz0: number | null
  readonly nonPositiveEsDays: number
}

/** Diebold-Mariano on the days that both have; a negative mean difference says that this rule lost less than the other. */
export interface LossComparison {
  readonly meanDifference: number
  readonly statistic: number
  readonly pValue: number
}

export interface RuleLevelScore extends LevelScore {
  /** null for the mean itself, without a 'mean' rule, and for losses that never differ. */
  readonly pinballAgainstMean: LossComparison | null
  readonly fz0AgainstMean: LossComparison | null
  /** Of a rule on screened reports against the same rule on all; null for any other, and for losses that never differ. */
  readonly pinballAgainstUnscreened: LossComparison | null
  readonly fz0AgainstUnscreened: LossComparison | null
}

/** How whole forecasts were calibrated. */
export interface Calibration {
  /** One value a day, null on days without an accepted forecast. */
  readonly pit: readonly (number | null)[]
  /** Counts in 20 equal bins of (0, 1). */
  readonly pitHistogram: readonly number[]
  readonly meanCrps: number | null
}

/** How many faulty agents a rule's bound tolerates, against how many there are. */
export interface Tolerance {
  /** null for a rule that no bound is known for. */
  readonly bound: number | null
  readonly faulty: number
  readonly exceeded: boolean
  /** Days on which the reports accepted from faulty agents outnumbered the bound for that day's number of reports. */
  readonly exceededDays: number
}

export interface RuleEvaluation {
  /** The rule as the scenario spells it: its name and parameters. */
  readonly name: string
  readonly parameters: { readonly [name: string]: unknown }
  /** The label of the same rule on all reports, when this is the one on screened reports. */
  readonly unscreened: string | null
  readonly levels: { readonly [level: string]: RuleLevelScore }
  readonly calibration: Calibration
  readonly tolerance: Tolerance
}

export interface AgentEvaluation {
  readonly model: string
  readonly fault: FaultyAgent | null
  readonly levels: { readonly [level: string]: LevelScore }
  readonly calibration: Calibration
}

export interface FaultyAgent {
  readonly agent: string
  readonly kind: string
  /** One line for a reader. */
  readonly description: string
  /** The first and the last forecast day (counted from 0) on which it is faulty; always where absent. */
  readonly fromDay?: number
  readonly toDay?: number
}

export interface NoteCount {
  readonly agent: string
  readonly kind: string
  readonly count: number
  readonly firstDay: string
  readonly lastDay: string
}

/** The evidence against one agent. */
export interface Blame {
  readonly agent: string
  /** How often: two stories on one day, a report that is no forecast, hits that no honest forecast has, no report by the deadline, a report after the decision. */
  readonly counts: { readonly [charge in 'equivocated' | 'malformed' | 'quarantined' | 'silent' | 'late']: number }
  readonly readmitted: number
  readonly firstDay: string
  readonly lastDay: string
  /** The first of the gravest kind, as noted. */
  readonly evidence: { readonly charge: string; readonly day: string; readonly detail: string }
}

/** Posteriors of peers that went into an agent's belief or prior. */
export interface IntakeCount {
  readonly count: number
  /** Those by an honest agent that kept something of a faulty agent's posterior. */
  readonly tookInFaulty: number
  /** The honest agents that did so at least once. */
  readonly honestAgentsThatDid: readonly string[]
  /** Notes whose detail could not be read. */
  readonly unreadable: number
}

/** How agents fared that agreed without a coordinator. */
export interface AgreementEvaluation {
  readonly protocol: string
  /** What they were to end within, percent points, and the largest difference of any two honest agents in any number on any day. */
  readonly epsilon: number
  readonly largestSpread: number
  readonly days: number
  /** Days on which every honest agent had a decision. */
  readonly agreedDays: number
  /** Virtual milliseconds after a day's opening at which the last agent of any day was done. */
  readonly latestMs: number
}

/** A Trace's risk tables: plain data, JSON-able, without NaN. */
export interface Evaluation {
  readonly scenario: string
  readonly seed: string
  readonly digest: string
  readonly days: number
  readonly firstDay: string
  readonly lastDay: string
  /** Ascending; their String() are the keys of every `levels`. */
  readonly levels: readonly number[]
  readonly rules: { readonly [rule: string]: RuleEvaluation }
  readonly agents: { readonly [id: string]: AgentEvaluation }
  readonly faulty: readonly FaultyAgent[]
  /** null where a coordinator decided. */
  readonly agreement: AgreementEvaluation | null
  readonly notes: readonly NoteCount[]
  /** Agents with evidence against them, in the scenario's order. */
  readonly blame: readonly Blame[]
  readonly assimilations: IntakeCount
  readonly priorsLearned: IntakeCount
  /** The agents that learn their priors when there is a lesson to learn from. */
  readonly priorLearners: readonly string[]
}

/** A loss in two runs of the same days. */
export interface LossDifference {
  readonly first: number | null
  readonly second: number | null
  /** first - second; null where either is, and where the two were scored on different days. */
  readonly difference: number | null
}

export interface SeriesDifference {
  /** Whether both runs have forecasts of the same days: means over other days cannot be compared. */
  readonly sameDays: boolean
  readonly pinball: LossDifference
  readonly fz0: LossDifference
}

/** Two Evaluations side by side: first is usually the run with sharing, second the control without. */
export interface EvaluationComparison {
  readonly firstDigest: string
  readonly secondDigest: string
  readonly levels: readonly number[]
  /** Those that both runs have, by level. */
  readonly rules: { readonly [rule: string]: { readonly [level: string]: SeriesDifference } }
  readonly agents: { readonly [id: string]: { readonly [level: string]: SeriesDifference } }
}
