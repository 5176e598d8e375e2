import { nextUniform, type Stream } from '../base/index.js'
import { drawNormal, normalQuantile } from '../distributions/index.js'
import { exp, ln, pow } from '../math/index.js'
import type { Transition } from './chain.js'
import { blendedFactor, movesOf } from './covariance.js'
import { logDensityOf, type Target } from './target.js'

export interface RandomWalkState {
  readonly x: Float64Array
  logDensity: number
}

/** The asymptotically best acceptance rate (Roberts, Gelman & Gilks 1997). */
const ACCEPTANCE = 0.234

/**
 * Adaptive random-walk Metropolis (Haario, Saksman & Tamminen 2001): Gaussian steps with the covariance of all chains' last
 * block of warm-up, scaled towards an acceptance rate of 23 %. Any split into blocks gives the same bits.
 * @param factor lower Cholesky factor of a rough covariance, row-major
 * @param scale of the steps, in units of that covariance
 */
export function randomWalk(
  target: Target,
  factor: Float64Array,
  scale = 2.38 / Math.sqrt(target.dimension),
): Transition<RandomWalkState> {
  const d = target.dimension
  const logDensity = logDensityOf(target)
  const lanes = target.lanes ?? 1
  const candidates = new Float64Array(lanes * d)
  const values = new Float64Array(lanes)

  function drawJumps(count: number, stream: Stream): { jumps: Float64Array; uniforms: Float64Array } {
    const jumps = new Float64Array(count * d)
    const uniforms = new Float64Array(count)
    for (let n = 0; n < count; n++) {
      for (let i = 0; i < d; i++) {
        const z = scale * drawNormal(stream)
        for (let k = i; k < d; k++) jumps[n * d + k] += z * factor[k * d + i]
      }
      uniforms[n] = nextUniform(stream)
    }
    return { jumps, uniforms }
  }

  return {
    dimension: d,
    method: 'adaptive random-walk Metropolis',
    init: x => ({ x: Float64Array.from(x), logDensity: logDensity(x) }),
    step(state, count, stream, out) {
      const { jumps, uniforms } = drawJumps(count, stream)
      for (let n = 0; n < count; ) {
        // What would be proposed next if all before it were rejected, which most are, is asked beforehand (Brockwell 2006).
        const ahead = Math.min(lanes, count - n)
        for (let j = 0; j < ahead; j++) for (let k = 0; k < d; k++) candidates[j * d + k] = state.x[k] + jumps[(n + j) * d + k]
        target.evaluate(candidates, ahead, values)
        let hasMoved = false
        for (let j = 0; j < ahead && !hasMoved; j++, n++) {
          const gain = values[j] - state.logDensity
          if (gain >= 0 || ln(uniforms[n]) < gain) {
            state.x.set(candidates.subarray(j * d, (j + 1) * d))
            state.logDensity = values[j]
            hasMoved = true
          }
          out.set(state.x, n * d)
        }
      }
      return state
    },
    tuned(_, blocks) {
      const { moves, steps } = movesOf(blocks, d)
      const next = blendedFactor(blocks, factor)
      // What was seen is how large the steps were, whatever they are measured in.
      let logRatio = 0
      for (let i = 0; i < d; i++) logRatio += ln(factor[i * d + i] / next[i * d + i]) / d
      return randomWalk(target, next, scale * exp(logRatio) * correction(moves / Math.max(steps, 1), d))
    },
  }
}

/**
 * The factor by which the steps must change: on a Gaussian the acceptance rate is 2 Phi(-c scale) with c the same for both
 * (Roberts, Gelman & Gilks 1997, theorem 1.1); of steps much larger than the target it is the share of volume that they hit.
 */
function correction(rate: number, d: number): number {
  if (rate < 0.05) return Math.max(pow(Math.max(rate, 0.001) / ACCEPTANCE, 1 / d), 0.05)
  return Math.min(normalQuantile(ACCEPTANCE / 2) / normalQuantile(Math.min(rate, 0.98) / 2), 20)
}
