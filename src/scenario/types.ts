/** One simulated stretch of a market. */
export interface SimulatedSegment {
  readonly model: string
  readonly params: { readonly [name: string]: number }
  readonly days: number
}

/** A price file and the columns that are read from it. */
export interface PriceFile {
  readonly csv: string
  readonly date: string
  readonly close: string
}

/**
 * Several assets held in fixed proportions, weights summing to 1. The market's return is the portfolio's: the weighted sum of the
 * assets' log returns, which multivariate models forecast exactly. (The log return of a portfolio rebalanced every day is larger
 * by about half of what diversification takes from the variance: .01 percent a day for twenty US stocks.)
 */
export type AssetMarket =
  | { readonly assets: readonly PriceFile[]; readonly weights: readonly number[] }
  | { readonly csv: string; readonly date: string; readonly columns: readonly string[]; readonly weights: readonly number[] }
  | { readonly returns: readonly (readonly number[])[]; readonly weights: readonly number[] }
  | { readonly simulate: readonly SimulatedSegment[]; readonly weights: readonly number[] }

export type SingleMarket =
  | 'sp500'
  | PriceFile
  | { readonly prices: readonly number[] }
  | { readonly returns: readonly number[] }
  | { readonly simulate: readonly SimulatedSegment[] }

export type Market = SingleMarket | AssetMarket

export const isAssetMarket = (market: Market): market is AssetMarket => typeof market === 'object' && 'weights' in market

export interface ModelSpec {
  readonly name: string
  readonly prior?: { readonly [name: string]: unknown }
  readonly options?: { readonly [name: string]: unknown }
}

export interface AssimilateSpec {
  /** Pool with the neighbours' posteriors on every so many days. */
  readonly everyDays: number
  /** How many of the posteriors (the own included) are dropped as farthest from the coordinate-wise median. */
  readonly trim: number
  /** Weight of the own posterior; the kept peers share the rest equally. */
  readonly ownWeight: number
}

export interface LearnPriorSpec {
  /** How many posteriors (the own included) are left out at either end of every field of the prior. */
  readonly trim: number
  /** The share of what a window's returns said that the prior of later windows keeps, in (0, 1]. */
  readonly discount: number
}

/** What a faulty agent does to what it sends; `kind` names an entry of the table of attacks. */
export interface AttackSpec {
  readonly kind: string
  readonly [parameter: string]: unknown
}

export interface AgentSpec {
  readonly id: string
  readonly model: ModelSpec
  readonly behaviour: { readonly attack?: AttackSpec; readonly assimilate?: AssimilateSpec; readonly learnPrior?: LearnPriorSpec }
}

export interface LinkSpec {
  readonly kind: string
  readonly [parameter: string]: unknown
}

export interface TopologySpec {
  readonly kind: string
  readonly [parameter: string]: unknown
}

export interface NetworkSpec {
  readonly topology: TopologySpec
  /** In the order in which they are asked: the first verdict wins. */
  readonly links: readonly LinkSpec[]
  /** Virtual milliseconds after a day's opening at which the coordinator decides with what it has. */
  readonly deadlineMs: number
  /** Number of accepted reports at which the coordinator decides at once. */
  readonly quorum: number
}

export interface RuleSpec {
  readonly name: string
  readonly [parameter: string]: unknown
}

/** A normalised scenario: frozen, every default filled in, JSON-serialisable. */
export interface Scenario {
  readonly name: string
  readonly seed: string
  readonly market: Market
  readonly window: number
  readonly days: number
  readonly refitEveryDays: number
  readonly riskLevels: readonly number[]
  readonly agents: readonly AgentSpec[]
  readonly network: NetworkSpec
  readonly rules: readonly RuleSpec[]
  readonly use: readonly string[]
}
