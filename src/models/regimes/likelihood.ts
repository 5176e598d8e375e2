import type { Stream } from '../../base/index.js'
import { doublesAt, kernels, type Pointer, put, putRandomState, reserveDoubles, scratch } from '../../kernels/index.js'
import { meanOf } from '../../math/index.js'
import { matrixAt, pointLength, type Regimes } from './point.js'

/** Returns as the kernels take them, with their mean and sum of squares about it. */
export interface Observed {
  readonly returns: Float64Array
  readonly mean: number
  readonly squares: number
}

export function observed(history: ArrayLike<number>): Observed {
  const returns = Float64Array.from(history)
  const mean = meanOf(returns)
  let squares = 0
  for (const ret of returns) squares += (ret - mean) * (ret - mean)
  return { returns, mean, squares }
}

/**
 * Log-likelihoods of Markov-switching volatility at `count` points by the Hamilton (1989) filter, the chain started from its
 * stationary distribution. Each writes 1 + K numbers to `out`: the log-likelihood (-Infinity where it is not finite) and the
 * filtered probabilities of the regimes at the last return.
 */
export function regimeLikelihoods(
  regimes: Regimes,
  data: Observed,
  points: Float64Array,
  count: number,
  out: Float64Array,
): void {
  if (count === 0) return
  const stride = 1 + regimes
  scratch(() => {
    const returns = put(data.returns)
    const at = put(points.subarray(0, count * pointLength(regimes)))
    const results = reserveDoubles(count * stride)
    kernels().regimeLikelihoods(regimes, returns, data.returns.length, data.mean, data.squares, at, count, results)
    out.set(doublesAt(results, count * stride))
  })
  for (let i = 0; i < count; i++) if (!Number.isFinite(out[i * stride])) out[i * stride] = Number.NEGATIVE_INFINITY
}

/** Filtered (or smoothed: Kim 1994) probabilities of the regimes under one point, row-major days x K. */
export function regimeProbabilities(
  regimes: Regimes,
  returns: Float64Array,
  point: Float64Array,
  smoothed: boolean,
): Float64Array {
  return scratch(() => {
    const at = put(point)
    const from = put(returns)
    const rows = reserveDoubles(returns.length * regimes)
    kernels().regimeFilter(regimes, from, returns.length, at, rows)
    if (smoothed) kernels().regimeSmooth(regimes, returns.length, at, rows)
    return doublesAt(rows, returns.length * regimes).slice()
  })
}

/** The distribution of the regimes one step on: p P. */
export function nextRegimes(regimes: Regimes, p: Float64Array, point: Float64Array, offset = 0): Float64Array {
  const matrix = offset + matrixAt(regimes)
  const next = new Float64Array(regimes)
  for (let i = 0; i < regimes; i++) for (let j = 0; j < regimes; j++) next[j] += p[i] * point[matrix + i * regimes + j]
  return next
}

/** What a Gibbs sampler needs of one path of regimes: counts, sums and sums of squares (K each), K x K moves, the first regime. */
export interface RegimePaths {
  /** Draws a path given a point; what it returns is good until the next draw. */
  draw(point: Float64Array): Float64Array
}

/** Runs `work` with a sampler of regime paths on returns that stay in the kernels' memory meanwhile. */
export function withRegimePaths<T>(regimes: Regimes, returns: Float64Array, stream: Stream, work: (paths: RegimePaths) => T): T {
  return scratch(() => {
    const from: Pointer = put(returns)
    const at = reserveDoubles(pointLength(regimes))
    const rows = reserveDoubles(returns.length * regimes)
    const random = putRandomState(stream)
    const length = regimes * (3 + regimes) + 1
    const out = reserveDoubles(length)
    return work({
      draw(point) {
        doublesAt(at, point.length).set(point)
        kernels().sampleRegimes(regimes, from, returns.length, at, rows, random, out)
        return doublesAt(out, length)
      },
    })
  })
}
