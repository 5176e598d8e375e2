import type { Stream } from '../base/index.js'

/**
 * A Markov transition, the contract behind every sampler: warm-up, blocks, stopping and diagnostics are shared by what runs it.
 * Plain functions on states; the step that owns a state may change it in place. Draws come from the stream alone.
 */
export interface Transition<State = unknown> {
  readonly dimension: number
  /** In words a methods section could use. */
  readonly method: string
  /** A chain's state at a starting point of positive density. */
  init(x: Float64Array, stream: Stream): State
  /** `count` transitions; the position after each goes to `out`, row-major count x dimension. */
  step(state: State, count: number, stream: Stream, out: Float64Array): State
  /**
   * Between blocks of warm-up: the transition tuned on all chains' last block (one row-major array a chain) and their states.
   * Absent when there is nothing to tune. Never called once draws are kept; `isLast` says that they come next.
   */
  tuned?(states: readonly State[], blocks: readonly Float64Array[], isLast: boolean): Transition<State>
}
