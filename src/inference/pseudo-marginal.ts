import { childKey, type Key, keyFromWords, nextUint32, nextUniform, type Stream } from '../base/index.js'
import { drawNormal } from '../distributions/index.js'
import { ln } from '../math/index.js'
import type { Transition } from './chain.js'
import { blendedFactor, movesOf } from './covariance.js'

/** The log of an unbiased estimate of an unnormalised density, random by the key alone; -Infinity outside the support. */
export type DensityEstimate = (x: Float64Array, key: Key) => number

export interface PseudoMarginalState {
  readonly x: Float64Array
  /** The estimate that came with x: it is kept for as long as the chain stays, or the chain would target something else. */
  logDensity: number
}

/** The best acceptance rate where the log estimate has a variance near 1 (Sherlock, Thiery, Roberts & Rosenthal 2015). */
const ACCEPTANCE = 0.1

/**
 * Pseudo-marginal Metropolis-Hastings (Andrieu & Roberts 2009), with a particle filter's likelihood particle marginal
 * Metropolis-Hastings (Andrieu, Doucet & Holenstein 2010): random-walk steps accepted on unbiased estimates of the density,
 * which leaves the exact density invariant whatever the noise. Slow where the log estimate's standard deviation exceeds 1.5 or so.
 * @param factor lower Cholesky factor of a rough covariance, row-major
 * @param scale of the steps, in units of that covariance; tuned during warm-up
 */
export function pseudoMarginal(
  estimate: DensityEstimate,
  dimension: number,
  factor: Float64Array,
  scale = 2.38 / Math.sqrt(dimension),
): Transition<PseudoMarginalState> {
  const candidate = new Float64Array(dimension)
  return {
    dimension,
    method: 'pseudo-marginal random-walk Metropolis-Hastings',
    init: (x, stream) => ({ x: Float64Array.from(x), logDensity: estimate(x, nextKey(stream)) }),
    step(state, count, stream, out) {
      for (let n = 0; n < count; n++) {
        candidate.set(state.x)
        for (let i = 0; i < dimension; i++) {
          const z = scale * drawNormal(stream)
          for (let k = i; k < dimension; k++) candidate[k] += z * factor[k * dimension + i]
        }
        const u = nextUniform(stream)
        const there = estimate(candidate, nextKey(stream))
        const gain = there - state.logDensity
        if (gain >= 0 || ln(u) < gain) {
          state.x.set(candidate)
          state.logDensity = there
        }
        out.set(state.x, n * dimension)
      }
      return state
    },
    tuned(_, blocks) {
      const { moves, steps } = movesOf(blocks, dimension)
      const rate = moves / Math.max(steps, 1)
      const wider = rate > 2 * ACCEPTANCE ? 1.3 : rate < 0.5 * ACCEPTANCE ? 0.7 : 1
      return pseudoMarginal(estimate, dimension, blendedFactor(blocks, factor), scale * wider)
    },
  }
}

/** A key for one estimate, from the chain's own stream. */
const nextKey = (stream: Stream): Key =>
  childKey(keyFromWords(Uint32Array.from({ length: 4 }, () => nextUint32(stream))), 'estimate')
