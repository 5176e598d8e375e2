import { refuse } from '../base/index.js'
import { normalCdf } from '../distributions/index.js'

/**
 * A position is its loss as a function of independent standard normal scores: every other innovation is a monotone function of a
 * score, so one form serves every sampling design. Plain data and pure functions.
 */
export interface Position {
  readonly name: string
  /** Scores that one loss takes. */
  readonly dimension: number
  /** The losses (gains negative) of `count` rows of scores, row-major count x dimension; leaves the scores alone. */
  losses(scores: Float64Array, count: number): Float64Array
  /** Where the loss grows fastest in the scores, of any length above 0; found by a pilot run where absent. */
  readonly direction?: Float64Array
  /** A loss of the same scores whose risk is known; where absent, the score along the direction. */
  readonly control?: Control
}

/** What a control variate must know of itself, at every left-tail level. */
export interface Control {
  readonly name: string
  losses(scores: Float64Array, count: number): Float64Array
  /** The loss exceeded with this probability. */
  quantile(level: number): number
}

export const DIMENSION_MAX = 1024

/** Refuses what is no position. BAD_POSITION. */
export function checkPosition(position: Position): void {
  const { dimension, losses, direction, control } = position ?? {}
  if (typeof losses !== 'function') refuse('BAD_POSITION', position, 'a Position', 'position')
  if (!(Number.isInteger(dimension) && dimension >= 1 && dimension <= DIMENSION_MAX))
    refuse('BAD_POSITION', dimension, `a whole number from 1 to ${DIMENSION_MAX}`, 'position.dimension')
  if (
    direction !== undefined &&
    !(direction.length === dimension && direction.every(Number.isFinite) && direction.some(x => x !== 0))
  )
    refuse('BAD_POSITION', direction, `${dimension} finite numbers that are not all 0`, 'position.direction')
  if (control !== undefined && [control.losses, control.quantile].some(part => typeof part !== 'function'))
    refuse('BAD_POSITION', control, 'a Control', 'position.control')
}

/** The losses of `count` rows into `out` from `at` on; refuses what is no loss. BAD_LOSS. */
export function putLosses(position: Position, scores: Float64Array, count: number, out: Float64Array, at: number): void {
  const losses = position.losses(scores, count)
  if (losses.length !== count) refuse('BAD_LOSS', `${losses.length} losses`, `${count}, one a row of scores`, position.name)
  for (let i = 0; i < count; i++) {
    const loss = losses[i]
    if (!Number.isFinite(loss)) refuse('BAD_LOSS', loss, 'a finite loss', position.name)
    out[at + i] = loss
  }
}

/** A position from a function of one row of uniforms inside (0, 1). */
export function positionOfUniforms(name: string, dimension: number, loss: (uniforms: Float64Array) => number): Position {
  const highest = 1 - 1.1102230246251565e-16
  return {
    name,
    dimension,
    losses(scores, count) {
      const uniforms = new Float64Array(dimension)
      return Float64Array.from({ length: count }, (_, i) => {
        for (let j = 0; j < dimension; j++) uniforms[j] = Math.min(highest, normalCdf(scores[i * dimension + j]))
        return loss(uniforms)
      })
    },
  }
}
