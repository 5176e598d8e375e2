import { refuse } from '../base/index.js'
import { doublesAt, kernels, type Pointer, reserveDoubles, scratch } from '../kernels/index.js'

export interface PsisOptions {
  /** Relative efficiency of the draws: 1 for independent ones. */
  readonly relativeEss?: number
}

/**
 * Pareto smoothed importance sampling (Vehtari, Simpson, Gelman, Yao & Gabry 2024).
 * @param logRatios log importance ratios, up to a constant
 * @returns log weights that sum (as weights) to 1, in the given order, and the shape k-hat of the fitted tail: the
 *   estimate is reliable for k < .7. k is Infinity when the tail has fewer than 5 draws, 0 when all weights are equal.
 */
export function psis(logRatios: ArrayLike<number>, options: PsisOptions = {}): { logWeights: Float64Array; paretoK: number } {
  const { n, largest, tail } = examine(logRatios, options)
  return scratch(() => {
    const values = putShifted(logRatios, n, largest)
    const paretoK = smoothInPlace(values, n, tail)
    return { logWeights: doublesAt(values, n).slice(), paretoK }
  })
}

/** The shape k-hat that `psis` finds, without the smoothed weights. */
export function paretoShape(logRatios: ArrayLike<number>, options: PsisOptions = {}): number {
  const { n, largest, tail } = examine(logRatios, options)
  return scratch(() => fitTail(putShifted(logRatios, n, largest), n, tail, false))
}

/** Replaces `n` log ratios in the kernels' memory, whose largest is 0, by smoothed and normalised log weights; returns k-hat. */
export function smoothInPlace(values: Pointer, n: number, tail: number): number {
  const paretoK = fitTail(values, n, tail, true)
  const total = kernels().logSumExp(values, n)
  const logWeights = doublesAt(values, n)
  for (let i = 0; i < n; i++) logWeights[i] -= total
  return paretoK
}

function fitTail(values: Pointer, n: number, tail: number, replace: boolean): number {
  if (tail < 5) return Number.POSITIVE_INFINITY
  return scratch(() => {
    const words = reserveDoubles(n)
    const ascending = reserveDoubles(n)
    const work = reserveDoubles(2 * tail + 60)
    kernels().sortDraws(values, n, words, ascending)
    return kernels().smoothTail(values, n, tail, words, ascending, replace, work)
  })
}

function putShifted(logRatios: ArrayLike<number>, n: number, largest: number): Pointer {
  const pointer = reserveDoubles(n)
  const values = doublesAt(pointer, n)
  for (let i = 0; i < n; i++) values[i] = logRatios[i] - largest
  return pointer
}

/** The number of draws that are taken for the tail. */
export const tailLength = (n: number, relativeEss: number): number => Math.ceil(Math.min(0.2 * n, 3 * Math.sqrt(n / relativeEss)))

export function checkRelativeEss(options: PsisOptions): number {
  const relativeEss = options?.relativeEss ?? 1
  if (!(relativeEss > 0 && relativeEss < Number.POSITIVE_INFINITY))
    refuse('BAD_RELATIVE_ESS', relativeEss, 'a positive number', 'relativeEss')
  return relativeEss
}

function examine(logRatios: ArrayLike<number>, options: PsisOptions): { n: number; largest: number; tail: number } {
  const n = logRatios?.length
  const relativeEss = checkRelativeEss(options)
  if (typeof n !== 'number' || n === 0) refuse('BAD_LOG_RATIOS', 'no draws', 'at least one log ratio', 'logRatios')
  let largest = Number.NEGATIVE_INFINITY
  for (let i = 0; i < n; i++) {
    const ratio = logRatios[i]
    if (typeof ratio !== 'number' || Number.isNaN(ratio) || ratio === Number.POSITIVE_INFINITY)
      refuse('BAD_LOG_RATIOS', ratio, 'finite log ratios', `logRatios[${i}]`)
    if (ratio > largest) largest = ratio
  }
  if (largest === Number.NEGATIVE_INFINITY) refuse('BAD_LOG_RATIOS', 'all -Infinity', 'a positive ratio', 'logRatios')
  return { n, largest, tail: tailLength(n, relativeEss) }
}
