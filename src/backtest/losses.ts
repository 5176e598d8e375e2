import { refuse } from '../base/index.js'

/** Differences of two losses as shares of the largest one, so that squares of tiny or huge ones survive. */
export interface LossDifferences {
  /** (A - B) / scale; all 0 when the losses are equal throughout. */
  readonly shares: Float64Array
  /** The largest absolute difference. */
  readonly scale: number
  /** The largest spread, as a share, that rounding gives to differences that are really equal. */
  readonly noise: number
}

/** The largest spread, relative to the losses, that rounding gives to differences that are really equal. */
export const ROUNDING = 4 * Number.EPSILON

/** Errors: BAD_LOSS, LENGTH_MISMATCH, TOO_FEW_DAYS (fewer than 2). */
export function lossDifferences(lossesA: ArrayLike<number>, lossesB: ArrayLike<number>): LossDifferences {
  checkLosses(lossesA, 'lossesA')
  checkLosses(lossesB, 'lossesB')
  const days = lossesA.length
  if (lossesB.length !== days)
    refuse('LENGTH_MISMATCH', `${days} and ${lossesB.length} losses`, 'as many of A as of B', 'lossesB')
  if (days < 2) refuse('TOO_FEW_DAYS', `${days} days`, 'at least 2', 'lossesA')
  const differences = Float64Array.from(lossesA, (loss, t) => loss - lossesB[t])
  let scale = 0
  let largest = 0
  for (let t = 0; t < days; t++) {
    scale = Math.max(scale, Math.abs(differences[t]))
    largest = Math.max(largest, Math.abs(lossesA[t]), Math.abs(lossesB[t]))
  }
  if (scale === Number.POSITIVE_INFINITY)
    refuse('BAD_LOSS', 'a difference too large for a number', 'finite differences', 'lossesA - lossesB')
  if (scale === 0) return { shares: differences.fill(0), scale, noise: 0 }
  return { shares: differences.map(each => each / scale), scale, noise: (ROUNDING * largest) / scale }
}

/** Errors: BAD_LOSS. */
export function checkLosses(losses: ArrayLike<number>, where: string): void {
  const isArray = Array.isArray(losses) || (ArrayBuffer.isView(losses) && 'length' in losses)
  if (!isArray) refuse('BAD_LOSS', losses, 'an array of finite numbers', where)
  for (let t = 0; t < losses.length; t++)
    if (!Number.isFinite(losses[t])) refuse('BAD_LOSS', losses[t], 'a finite number', `${where}[${t}]`)
}

/** |mean of all losses of both|, without overflow: what a difference is compared to. */
export function meanLossOf(lossesA: ArrayLike<number>, lossesB: ArrayLike<number>): number {
  let mean = 0
  for (let t = 0; t < lossesA.length; t++) mean += lossesA[t] / (2 * lossesA.length) + lossesB[t] / (2 * lossesA.length)
  return Math.abs(mean)
}
