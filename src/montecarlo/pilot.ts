import { childKey, type Key } from '../base/index.js'
import { ordered } from '../math/index.js'
import { type Position, putLosses } from './position.js'
import { movedAlong, normalDraws } from './scores.js'
import { densityRatios, type Tilt, tiltedTargets } from './tilt.js'

/** Where the tail of a position lies in the scores, and what it cost to find out. */
export interface Pilot {
  /** Of unit length, pointing to losses. */
  readonly direction: Float64Array
  /** Conditional on the tail, the coordinate along the direction: the side of more losses first; one side only as a rule. */
  readonly sides: readonly Side[]
  readonly evaluations: number
}

interface Side {
  /** Share of the tail's probability. */
  readonly share: number
  /** Signed. */
  readonly mean: number
  readonly sd: number
}

const PILOT_MIN = 1000
const PILOT_MAX = 10_000
/** Rows in the tail that the first stage wants. */
const TAIL_ROWS = 50
const SHIFT_MAX = 8

/** Evaluations that a pilot takes out of a budget. */
export const pilotSize = (paths: number): number =>
  2 * Math.floor(Math.min(PILOT_MAX, Math.max(PILOT_MIN, paths / 10), paths / 2) / 2)

/**
 * Finds the tail in two stages by cross-entropy (Rubinstein & Kroese 2004, section 3.2): where the losses beyond a level that plain
 * draws reach lie, then, drawing there, those beyond the level itself. The direction is the tail's mean score; where losses
 * come from both sides, the widest axis of the tail.
 */
export function runPilot(position: Position, level: number, paths: number, key: Key): Pilot {
  const half = pilotSize(paths) / 2
  const d = position.dimension
  const first = normalDraws(childKey(key, 'first'), half * d)
  const losses = new Float64Array(half)
  putLosses(position, first, half, losses, 0)
  const reached = Math.max(level, Math.min(0.25, TAIL_ROWS / half))
  const found = tailOf(first, losses, new Float64Array(half).fill(1), reached, given(position))
  const tilt = exponentialTilt(found.sides)
  const { targets } = tiltedTargets(tilt, childKey(key, 'second'), half)
  const rows = movedAlong(normalDraws(childKey(key, 'rows'), half * d), found.direction, targets)
  putLosses(position, rows, half, losses, 0)
  const weights = densityRatios(tilt, targets)
  return { ...tailOf(rows, losses, weights, level, given(position)), evaluations: 2 * half }
}

/** The direction of loss: what the position says of it, or a pilot run's. */
export function axisFor(position: Position, level: number, paths: number, key: Key): Pick<Pilot, 'direction' | 'evaluations'> {
  if (position.direction !== undefined) return { direction: unit(position.direction), evaluations: 0 }
  if (position.dimension === 1) return { direction: Float64Array.of(1), evaluations: 0 }
  return runPilot(position, level, paths, key)
}

const exponentialTilt = (sides: readonly Side[]): Tilt => ({
  kind: 'exponential',
  components: sides.map(({ share, mean }) => ({ share, centre: Math.max(-SHIFT_MAX, Math.min(SHIFT_MAX, mean)), scale: 1 })),
})

const given = ({ direction }: Position): Float64Array | null => (direction === undefined ? null : unit(direction))

function unit(vector: Float64Array): Float64Array {
  // Scaled first: squares may overflow.
  const largest = vector.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
  const scaled = vector.map(x => x / largest)
  const length = Math.sqrt(scaled.reduce((sum, x) => sum + x * x, 0))
  return scaled.map(x => x / length)
}

function tailOf(
  rows: Float64Array,
  losses: Float64Array,
  weights: Float64Array,
  level: number,
  direction: Float64Array | null,
): Omit<Pilot, 'evaluations'> {
  const n = losses.length
  const d = rows.length / n
  const { order } = ordered(losses)
  const tail: number[] = []
  let mass = 0
  for (let k = n - 1; k >= 0 && (mass < level * n || tail.length < 2); k--) {
    tail.push(order[2 * k])
    mass += weights[order[2 * k]]
  }
  const axis = direction ?? axisOf(rows, d, tail, weights, mass)
  const sideOf = (sign: 1 | -1): Side => {
    let [share, mean, square] = [0, 0, 0]
    for (const i of tail) {
      const s = along(rows, i, axis)
      if (s * sign <= 0) continue
      share += weights[i]
      mean += weights[i] * s
      square += weights[i] * s * s
    }
    if (!(share > 0)) return { share: 0, mean: sign, sd: 1 }
    mean /= share
    return { share: share / mass, mean, sd: Math.sqrt(Math.max(0, square / share - mean * mean)) }
  }
  const sides = [sideOf(1), sideOf(-1)].filter(({ share }) => share > SHARE_MIN).sort((a, b) => b.share - a.share)
  const total = sides.reduce((sum, { share }) => sum + share, 0)
  return { direction: axis, sides: sides.map(side => ({ ...side, share: side.share / total })) }
}

/** A side of less of the tail is left to the untilted part of the draws. */
const SHARE_MIN = 0.02

function along(rows: Float64Array, i: number, axis: Float64Array): number {
  let sum = 0
  for (let j = 0; j < axis.length; j++) sum += rows[i * axis.length + j] * axis[j]
  return sum
}

const POWER_STEPS = 100
const ONE_SIDED = 0.9

function axisOf(rows: Float64Array, d: number, tail: readonly number[], weights: Float64Array, mass: number): Float64Array {
  const mean = new Float64Array(d)
  for (const i of tail) for (let j = 0; j < d; j++) mean[j] += (weights[i] * rows[i * d + j]) / mass
  const meanSquare = mean.reduce((sum, x) => sum + x * x, 0)
  // The widest axis, by the power method on the tail's second moments, from the row farthest out.
  let axis: Float64Array = mean
  let widest = 0
  for (const i of tail) {
    const row = rows.subarray(i * d, (i + 1) * d)
    const square = row.reduce((sum, x) => sum + x * x, 0)
    if (square > widest) [axis, widest] = [row, square]
  }
  axis = unit(axis)
  let moment = 0
  for (let step = 0; step < POWER_STEPS; step++) {
    const next = new Float64Array(d)
    for (const i of tail) {
      const s = (weights[i] * along(rows, i, axis)) / mass
      for (let j = 0; j < d; j++) next[j] += s * rows[i * d + j]
    }
    moment = Math.sqrt(next.reduce((sum, x) => sum + x * x, 0))
    axis = unit(next)
  }
  // Away from the tail a second moment is 1; what the axis has beyond that, the mean has too where losses come from one side.
  return meanSquare >= ONE_SIDED * (moment - 1) ? unit(mean) : axis
}
