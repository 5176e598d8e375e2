import type { Convergence } from './diagnostics.js'

/** What a model believes about its parameters, as draws and, when it can be pooled with others', in pooling coordinates. */
export interface Posterior {
  readonly names: readonly string[]
  /** One array a chain, equal lengths, in the parameters' own (constrained) units. Closed forms give independent draws in one chain. */
  readonly draws: { readonly [name: string]: readonly Float64Array[] }
  /** R-hat and bulk ESS of exactly these draws, where their sampler has worked them out. */
  readonly convergence?: { readonly [name: string]: Convergence }
  /** How the draws were made, in words a methods section could use. */
  readonly method: string
  /** Pareto k-hat of the sampler's importance weights (Vehtari et al. 2024), where there are any. */
  readonly paretoK?: number
  /** Why a slower or weaker method had to take over; absent when the first choice served. */
  readonly fallback?: string
  /** The same belief in coordinates that can be averaged. */
  readonly belief?: Belief
}

/**
 * A belief in coordinates whose convex combinations are again beliefs.
 * `natural`: natural parameters of a conjugate family, pooled exactly. `gaussian`: mean and covariance (row-major) in the
 * model's unconstrained coordinates. Only beliefs of one `family` may be pooled.
 */
export type Belief =
  | { readonly kind: 'natural'; readonly family: string; readonly values: Float64Array }
  | { readonly kind: 'gaussian'; readonly family: string; readonly mean: Float64Array; readonly covariance: Float64Array }
