import { childKey, type Key } from '../base/index.js'
import { type Position, putLosses } from './position.js'
import { normalDraws } from './scores.js'

/** What a method drew: enough to estimate any tail, and how sure it is. */
export interface Sample {
  readonly losses: Float64Array
  /** Likelihood ratios or regression weights, of mean near 1; null: all 1. */
  readonly weights: Float64Array | null
  /** Consecutive blocks of so many losses are independent and alike; 1: every loss by itself. */
  readonly blockSize: number
  /** Regressors whose fit is left out of the variance (control variates): one array each. */
  readonly regressors?: readonly Float64Array[]
  /** Losses evaluated, pilot runs included. */
  readonly evaluations: number
  /** What the method found by itself, in words. */
  readonly remark?: string
}

/** What is asked of a method. */
export interface Request {
  readonly level: number
  /** The budget: a method evaluates at most so many losses, pilot included. */
  readonly paths: number
}

/** Rows of scores that are held at once. */
const ROWS_MAX = 16_384

/** The losses of `count` rows of scores, made in chunks of a multiple of `unit` rows; `scores` answers a chunk's rows. */
export function lossesOf(
  position: Position,
  count: number,
  unit: number,
  key: Key,
  scores: (key: Key, rows: number, from: number) => Float64Array,
): Float64Array {
  const losses = new Float64Array(count)
  const chunk = Math.max(1, Math.floor(ROWS_MAX / unit)) * unit
  for (let from = 0, i = 0; from < count; from += chunk, i++) {
    const rows = Math.min(chunk, count - from)
    putLosses(position, scores(childKey(key, i), rows, from), rows, losses, from)
  }
  return losses
}

/** The losses of blocks of `size` rows, each from a key of its own. */
export function repeatedLosses(
  position: Position,
  count: number,
  size: number,
  key: Key,
  scores: (key: Key) => Float64Array,
): Float64Array {
  const losses = new Float64Array(count)
  for (let from = 0, i = 0; from < count; from += size, i++) putLosses(position, scores(childKey(key, i)), size, losses, from)
  return losses
}

/** `rows` rows of independent normal scores. */
export const independentScores = (position: Position, key: Key, rows: number): Float64Array =>
  normalDraws(key, rows * position.dimension)
