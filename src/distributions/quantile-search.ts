import { lowerBound, midpoint } from '../math/index.js'
import { normalCdf, normalQuantile } from './normal.js'

/** A distribution function asked at many points at once, in any order. */
export type Cdf = (points: Float64Array) => Float64Array

interface Knots {
  readonly x: Float64Array
  readonly score: Float64Array
}

interface Search {
  readonly cdf: Cdf
  /** Normal scores of the levels. */
  readonly targets: Float64Array
  readonly spread: number
}

const KNOTS_MAX = 21
const ROUNDS_MAX = 60
// In the normal score. One more step from a gap below CLOSE leaves the product of the gap, a small curvature and the slope's own error.
const CLOSE = 3e-5
const EXACT = 1e-12

/**
 * Quantiles at ascending `levels` of a continuous distribution. In the normal score y of its cdf a bell-like distribution is
 * nearly linear: x(y) is interpolated through some twenty points, and all quantiles are polished from there together by the
 * secant method; where that loses its way (hills far apart, scales of several magnitudes) by bisection.
 * @param rough a first guess of the quantile at a level
 * @param spread the distribution's scale, roughly
 */
export function searchQuantiles(cdf: Cdf, levels: Float64Array, rough: (level: number) => number, spread: number): Float64Array {
  const search = { cdf, targets: levels.map(clampedScore), spread }
  const knots = knotsOf(search, rough)
  const starts = Array.from(search.targets, target => interpolate(knots, target, spread))
  return polish(
    search,
    Float64Array.from(starts, s => s.x),
    Float64Array.from(starts, s => s.slope),
  )
}

/** Points of (x, normal score of the cdf) that span the levels' rough quantiles evenly in the score. */
function knotsOf({ cdf, targets }: Search, rough: (level: number) => number): Knots {
  const count = Math.min(KNOTS_MAX, targets.length)
  const step = count < 2 ? 0 : (targets[targets.length - 1] - targets[0]) / (count - 1)
  const x = Float64Array.from({ length: count }, (_, k) => rough(normalCdf(targets[0] + k * step))).sort()
  return { x, score: cdf(x).map(clampedScore) }
}

/** x at a score, and dx/dscore: the cubic through the four nearest knots, a line where they do not ascend. */
function interpolate({ x, score }: Knots, target: number, spread: number): { x: number; slope: number } {
  const n = x.length
  if (n < 4) return { x: x[n >> 1] + (target - score[n >> 1]) * spread, slope: spread }
  const from = Math.min(Math.max(lowerBound(score, target) - 2, 0), n - 4)
  let value = 0
  let slope = 0
  for (let i = from; i < from + 4; i++) {
    let weight = 1
    let change = 0
    for (let j = from; j < from + 4; j++) {
      if (j === i) continue
      const gap = score[i] - score[j]
      if (gap === 0) return { x: x[i], slope: spread }
      change = (change * (target - score[j]) + weight) / gap
      weight *= (target - score[j]) / gap
    }
    value += weight * x[i]
    slope += change * x[i]
  }
  return Number.isFinite(value) && slope > 0 ? { x: value, slope } : { x: x[from + 1], slope: spread }
}

const clampedScore = (p: number): number => normalQuantile(Math.min(Math.max(p, 1e-300), 1 - 1e-16))

/** The secant method on every target at once; the first step goes along `slopes`. */
function polish(search: Search, x: Float64Array, slopes: Float64Array): Float64Array {
  const { cdf, targets, spread } = search
  const bounded = (step: number): number => Math.max(-4 * spread, Math.min(4 * spread, step))
  const before = new Float64Array(x.length)
  const gapBefore = new Float64Array(x.length)
  const lost: number[] = []
  let open = Array.from(x, (_, i) => i)
  for (let round = 0; open.length > 0; round++) {
    const probabilities = cdf(Float64Array.from(open, i => x[i]))
    const left: number[] = []
    open.forEach((i, k) => {
      const gap = clampedScore(probabilities[k]) - targets[i]
      const slope = round === 0 ? slopes[i] : (x[i] - before[i]) / (gap - gapBefore[i])
      before[i] = x[i]
      gapBefore[i] = gap
      if (Math.abs(gap) < EXACT) return
      if (!(slope > 0) || round === ROUNDS_MAX) {
        lost.push(i)
        return
      }
      const step = gap * slope
      x[i] -= bounded(step)
      if (Math.abs(gap) >= CLOSE || Math.abs(step) > 4 * spread) left.push(i)
    })
    open = left
  }
  for (const i of lost) x[i] = bisect(search, targets[i], x[i])
  return x
}

function bisect({ cdf, spread }: Search, target: number, from: number): number {
  const isBelow = (x: number): boolean => clampedScore(cdf(Float64Array.of(x))[0]) < target
  let low = from
  let high = from
  for (let width = spread; !isBelow(low) && low > Number.NEGATIVE_INFINITY; width *= 2) low -= width
  for (let width = spread; isBelow(high) && high < Number.POSITIVE_INFINITY; width *= 2) high += width
  for (let i = 0; i < 200; i++) {
    const middle = midpoint(low, high)
    if (middle === low || middle === high) break
    if (isBelow(middle)) low = middle
    else high = middle
  }
  return midpoint(low, high)
}
