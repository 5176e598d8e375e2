import type { Key, Stream } from '../base/index.js'
import type { Forecast, Levels } from '../forecast/index.js'
import type { Belief, Posterior } from '../inference/index.js'

/** How hard a model's training works; every field has the model's own default. */
export interface Effort {
  readonly chains?: number
  /** Draws a chain after warm-up. */
  readonly draws?: number
  /** The conditional variance of the first observation; by default the sample variance of the window. */
  readonly start?: number
}

export type Parameters = { readonly [name: string]: number }

/**
 * A parametric model in its own words: what likelihoods, simulated markets and simulation-based calibration need. The returns of
 * several assets are row-major, days x columns.
 */
export interface Parametric {
  /** The parameters, named as in the posterior. */
  readonly names: readonly string[]
  /** What is wrong with these values, in words (what was expected), or null. */
  problem(params: Parameters): string | null
  /** One draw from the prior. */
  drawPrior(stream: Stream): Parameters
  /** `days` returns; `start` is the conditional variance of the first one, by default the model's stationary one. */
  simulate(params: Parameters, days: number, stream: Stream, options?: { readonly start?: number }): Float64Array
  /** The log density of the returns; `start` as in training: by default the sample variance of the window. */
  logLikelihood(params: Parameters, returns: Float64Array, options?: { readonly start?: number }): number
}

/** Fields of a model's prior, as a scenario gives them. */
export type PriorFields = { readonly [name: string]: number }

/** The state after pooling, and how it went: k-hat where draws were reweighted, and the method in words. */
export interface Assimilation<State> {
  readonly state: State
  readonly paretoK?: number
  readonly method: string
}

/** The cumulative return over several days as a function of independent standard normal scores, for any sampling design. */
export interface ScorePaths {
  /** Scores that one path takes. */
  readonly dimension: number
  /** The cumulative returns of `count` rows of scores, row-major; leaves the scores alone. */
  returns(scores: Float64Array, count: number): Float64Array
}

/**
 * A belief about tomorrow's return. States are plain data (numbers, strings, typed arrays, plain objects of those), so
 * that training can run in another thread. Returns are log returns in percent.
 */
export interface Model<State = unknown> {
  readonly name: string
  /**
   * How many assets a multivariate model learns from: its history is row-major, days x columns, and its updates come with the
   * day's row; forecasts are of the portfolio. Absent: the model learns from the portfolio's returns alone.
   */
  readonly columns?: number
  /**
   * Trains on a window, oldest return first. Throws a typed error (TOO_FEW_RETURNS, CONSTANT_RETURNS, BAD_RETURN, and
   * BAD_HISTORY for rows that do not come out even).
   */
  init(history: Float64Array, key: Key, effort?: Effort): State
  /** Absorbs one return; may consume its argument. `row` holds the assets' returns of that day, where the market has any. */
  update(state: State, ret: number, key: Key, row?: Float64Array): State
  /** The predictive distribution of the next return. Draws nothing and leaves the state alone. */
  forecast(state: State, levels: Levels): Forecast
  /**
   * The training's draws, in its chains; once returns were absorbed or beliefs pooled, the draws that forecast, resampled to equal
   * weights where they have any (`method` says so).
   */
  posterior(state: State): Posterior
  /** Why a weaker method had to take over in the last training; absent or undefined when the first choice served. */
  fallback?(state: State): string | undefined
  /** 95 % credible interval of VaR(theta) at a level. Absent in benchmarks, which have no posterior. */
  varInterval95?(state: State, level: number): readonly [number, number]
  /** The same of ES(theta). */
  esInterval95?(state: State, level: number): readonly [number, number]
  /**
   * Pools what peers believe into the own belief (weights: the own first, then one a peer, summing to 1).
   * The pooled belief serves until the next training; it is never the prior of a refit on returns it has already seen.
   */
  assimilate?(state: State, peers: readonly Posterior[], weights: Float64Array, key: Key): Assimilation<State>
  /** The belief in pooling coordinates, without the cost of the whole posterior. Required beside `assimilate`. */
  belief?(state: State): Belief
  /** Why a peer's belief cannot be pooled with the own, or null when it can. Required beside `assimilate`. */
  beliefProblem?(state: State, belief: unknown): string | null
  /**
   * The prior that a belief of this family (one that `beliefProblem` lets pass) leaves for later returns: the model's own prior
   * times the likelihood behind the belief to the power `discount` in (0, 1], a power prior (Ibrahim & Chen 2000), as if the belief
   * had grown from the own prior: a peer's other prior enters as data would. Exact in
   * conjugate families, matched by moments elsewhere. null when no prior of the family matches. Never for returns that the
   * belief has seen.
   */
  priorFrom?(belief: Belief, discount: number, key: Key): PriorFields | null
  copy(state: State): State
  /**
   * Paths of future returns from the posterior predictive, row-major paths x days: each path under a parameter draw of its own,
   * the volatility moving with the path. Leaves the state alone.
   */
  simulate?(state: State, days: number, paths: number, key: Key): Float64Array
  /**
   * The same paths in groups, row-major groups x size x days: the `size` paths of a group share one parameter draw, each group having
   * one of its own from the posterior. Groups of one are `simulate`'s paths, in distribution. What VaR(theta) over several days, and so its interval, is made of.
   */
  simulateGroups?(state: State, days: number, groups: number, size: number, key: Key): Float64Array
  /**
   * The posterior predictive of the cumulative return over `days`, driven by normal scores: independent standard normal ones give what
   * `simulate` gives, in distribution, parameter draws and all. Leaves the state alone.
   */
  scorePaths?(state: State, days: number): ScorePaths
  /** What the last update had to do beyond reweighting its draws, in words; absent or undefined when nothing. */
  rejuvenation?(state: State): string | undefined
  /** The parametric model behind it; absent where there is none. */
  readonly parametric?: Parametric
}
