import { nextUniform, type Stream } from '../base/index.js'
import { ln, log1p } from '../math/index.js'
import type { HitCounts } from './coverage.js'
import { percent, rateWords } from './power.js'

/** Fills `positions` (room for `days`) with the days of hits, ascending, and says how many there are. */
export type DrawHits = (stream: Stream, positions: Int32Array) => number

/** Independent hits at a rate: the calm days between them are geometric, each drawn by inversion from one uniform. */
export function independentHits(days: number, rate: number): DrawHits {
  const scale = 1 / log1p(-rate)
  return (stream, positions) => {
    let count = 0
    for (let day = calm(stream, scale); day < days; day += 1 + calm(stream, scale)) positions[count++] = day
    return count
  }
}

/** Hits of a stationary Markov chain: the rate is right, but after a hit the next day is one with probability `persistence`. */
export function clusteredHits(days: number, rate: number, persistence: number): DrawHits {
  const scale = 1 / log1p(-(rate * (1 - persistence)) / (1 - rate))
  return (stream, positions) => {
    let count = 0
    let day = nextUniform(stream) < rate ? 0 : 1 + calm(stream, scale)
    while (day < days) {
      positions[count++] = day
      day += nextUniform(stream) < persistence ? 1 : 2 + calm(stream, scale)
    }
    return count
  }
}

/** How many calm days before the next hit: P(at least k) = (1 - rate)^k; `scale` is 1 / log(1 - rate). */
const calm = (stream: Stream, scale: number): number => Math.floor(ln(nextUniform(stream)) * scale)

export interface HitAlternative {
  readonly words: string
  readonly draw: DrawHits
}

/** What tests of the order of hits are tried against: a doubled rate, and clusters at the right rate. */
export function hitAlternatives(days: number, level: number): readonly HitAlternative[] {
  const persistence = Math.max(0.2, level + 0.1 * (1 - level))
  const clustered = {
    words: `clustered hits (a hit follows a hit ${percent(persistence)} of the time, the rate is right)`,
    draw: clusteredHits(days, level, persistence),
  }
  if (2 * level >= 1) return [clustered]
  return [{ words: rateWords(2 * level), draw: independentHits(days, 2 * level) }, clustered]
}

/** The days of the hits among 0/1. */
export function positionsOf(hits: Uint8Array): Int32Array {
  const positions = new Int32Array(hits.reduce((sum, hit) => sum + hit, 0))
  let count = 0
  for (let t = 0; t < hits.length; t++) if (hits[t] === 1) positions[count++] = t
  return positions
}

/** What the likelihood ratios need of the first `count` positions. */
export function countsAt(positions: Int32Array, count: number, days: number): HitCounts {
  let repeated = 0
  for (let i = 1; i < count; i++) if (positions[i] === positions[i - 1] + 1) repeated++
  const hitToCalm = count - (count > 0 && positions[count - 1] === days - 1 ? 1 : 0) - repeated
  const calmToHit = count - (count > 0 && positions[0] === 0 ? 1 : 0) - repeated
  return { days, hits: count, transitions: [days - 1 - hitToCalm - calmToHit - repeated, calmToHit, hitToCalm, repeated] }
}
