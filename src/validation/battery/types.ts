import type { Power } from '../../backtest/index.js'

/** The forecasts of one model, agent or rule for the same days as the returns; NaN on days without a forecast. */
export interface ForecastSeries {
  readonly name: string
  /** By level, ascending. */
  readonly levels: readonly LevelForecasts[]
  /** Probability integral transforms, where the whole distribution was forecast. */
  readonly pits?: Float64Array
  readonly crps?: Float64Array
}

export interface LevelForecasts {
  readonly level: number
  readonly vars: Float64Array
  readonly ess?: Float64Array
}

/** What a battery needs: from a forecasts file of any tool, or from a Trace. */
export interface Forecasts {
  readonly days: readonly string[]
  readonly returns: Float64Array
  readonly series: readonly ForecastSeries[]
}

export type Family = 'coverage' | 'shortfall' | 'whole forecast'

/** One test of one series at one level; a test that the sample does not allow has no statistic but a reason. */
export interface TestRow {
  readonly series: string
  /** null: the test takes in several levels, or the whole distribution. */
  readonly level: number | null
  /** Key of the battery's cards. */
  readonly test: string
  readonly family: Family
  readonly days: number
  readonly statistic: number | null
  readonly df: number | null
  readonly pValue: number | null
  /** Monte Carlo p-value, when simulation was asked for. */
  readonly simulatedP: number | null
  /** Adjusted over the series (agents and rules) that had the same test at the same level. */
  readonly holm: number | null
  readonly benjaminiHochberg: number | null
  readonly power: readonly Power[]
  /** Why there is no statistic, or what stands beside it: zone, shape, degrees of freedom of a tail. */
  readonly remark: string | null
}

/** Counts, losses and Basel's verdict of one series at one level. */
export interface LevelSummary {
  readonly series: string
  readonly level: number
  readonly days: number
  readonly hits: number
  readonly expected: number
  readonly meanVar: number
  readonly meanEs: number | null
  readonly pinball: number
  readonly fz0: number | null
}

/** Daily losses of every series under one score; days without a loss in any series are left out of comparisons. */
export interface LossTable {
  /** 'pinball', 'fz0', 'crps', 'tail CRPS'. */
  readonly score: string
  readonly level: number | null
  /** Into `Forecasts.days`. */
  readonly days: Int32Array
  readonly losses: { readonly [series: string]: Float64Array }
}

/** Series against the reference, on the days of the loss table. */
export interface PairRow {
  readonly series: string
  readonly against: string
  readonly test: string
  readonly meanDifference: number | null
  readonly statistic: number | null
  readonly df: number | null
  readonly pValue: number | null
  readonly holm: number | null
  readonly benjaminiHochberg: number | null
  readonly power: readonly Power[]
  readonly remark: string | null
}

export interface ConfidenceSetRow {
  readonly series: string
  readonly meanLoss: number
  /** MCS p-values; a series is in the set of confidence 1 - a when its p-value is at least a. */
  readonly pRange: number | null
  readonly pMax: number | null
}

/** Mean elementary scores over thresholds: a series whose curve lies below another's everywhere is better under every consistent score. */
export interface MurphyCurves {
  readonly thresholds: Float64Array
  readonly curves: { readonly [series: string]: Float64Array }
}

export interface Comparison {
  readonly score: string
  readonly level: number | null
  readonly table: LossTable
  readonly pairs: readonly PairRow[]
  readonly confidenceSet: readonly ConfidenceSetRow[]
  readonly confidenceSetRemark: string | null
  /** Of pinball losses only. */
  readonly murphy: MurphyCurves | null
}

/** Basel's window of 250 days ending on each day: exceptions, zone, multiplier; of the 99 % VaR. */
export interface RollingZones {
  readonly series: string
  /** Into `Forecasts.days`: the last day of each window. */
  readonly days: Int32Array
  readonly exceptions: Int32Array
  readonly zone: readonly ('green' | 'yellow' | 'red')[]
}

export interface Battery {
  readonly days: readonly string[]
  readonly summaries: readonly LevelSummary[]
  readonly tests: readonly TestRow[]
  readonly comparisons: readonly Comparison[]
  readonly zones: readonly RollingZones[]
  /** How p-values were simulated; null: asymptotic only. */
  readonly simulation: { readonly replications: number; readonly seed: string } | null
  /** What a reader must know of this input: days dropped, levels without ES. */
  readonly remarks: readonly string[]
}
