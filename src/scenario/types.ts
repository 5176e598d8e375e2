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
  /** When agents are down, in virtual milliseconds. */
  readonly outages?: readonly OutageSpec[]
  /** A whole fault plan, drawn from the seed: links and outages until a day, a healed network after it. */
  readonly storm?: StormSpec
}

/** An agent is down from `fromMs` to before `toMs`: messages to it and its own alarms and results are lost, what it knows is kept. */
export interface OutageSpec {
  readonly id: string
  readonly fromMs: number
  readonly toMs: number
}

export interface StormSpec {
  /** The first day of the healed network, counted from 0. */
  readonly untilDay: number
  /** How many faults: 1 is usual. */
  readonly intensity: number
  /** The kinds of faults drawn from; all that the way of deciding tolerates where absent. */
  readonly kinds?: readonly string[]
}

/**
 * No coordinator is trusted: the agents agree among themselves, at the day's deadline, on a forecast that all honest ones share to
 * within epsilon, percent points in every quantile and shortfall.
 */
export interface AgreementSpec {
  readonly kind: 'agreement'
  readonly protocol: 'synchronous' | 'asynchronous' | 'wMsr'
  /** The number of faulty agents that are tolerated. */
  readonly f: number
  readonly epsilon: number
  /** Public bound on the absolute value of everything that is agreed on, percent points: it fixes the number of rounds. */
  readonly range: number
  /** Virtual milliseconds of a round of the synchronous protocols: longer than any message takes. */
  readonly roundMs: number
  /** Number of rounds of W-MSR, for which none is known that reaches epsilon for sure; absent for the others. */
  readonly rounds?: number
}

/** How the coordinator scores agents after the fact, and what it does about it. */
export interface ScreeningSpec {
  /** The risk level at which they are scored. */
  readonly level: number
  readonly loss: 'pinball' | 'fz0'
  /** Online weights of the agents, for rules that weigh. */
  readonly weights: 'none' | 'exponential' | 'fixedShare' | 'bernstein'
  /** Their learning rate; absent without weights. */
  readonly eta?: number
  /** The share of its weight that an agent gives away to all each day; with fixed share only. */
  readonly alpha?: number
  readonly quarantine:
    | false
    | {
        /** Evidence against an agent (an e-value): an honest one is ever quarantined with probability at most 1 / threshold. */
        readonly threshold: number
        /** The number of reports on which a quarantined agent has to look honest. */
        readonly probationDays: number
      }
}

/** Weights that the coordinator learns for one rule from what agents said before. */
export interface WeightsSpec {
  readonly kind: 'exponential' | 'fixedShare' | 'bernstein' | 'relativeScore' | 'minimumScore' | 'stacking'
  /** The risk level at which agents are scored; absent with stacking, which looks at whole forecasts. */
  readonly level?: number
  /** Of online weights. */
  readonly loss?: 'pinball' | 'fz0'
  readonly eta?: number
  readonly alpha?: number
  /** Of estimated ones: how often, after how many days at first, and how many days back (all where absent). */
  readonly everyDays?: number
  readonly leastDays?: number
  readonly pastDays?: number
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
  /** Absent where a trusted coordinator decides, by the rules. */
  readonly decision?: AgreementSpec
  readonly rules: readonly RuleSpec[]
  /** Where present, every rule is also applied to the screened reports, as `<label>+screened`. */
  readonly screening?: ScreeningSpec
  readonly use: readonly string[]
}
