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

// Between the outermost levels, and beyond each of them: enough for twelve neighbours on a smooth curve to leave nothing to polish.
const KNOTS = 35
const KNOTS_BEYOND = 3
const NEIGHBOURS = 12
const ROUNDS_MAX = 60
// In the distribution's scale: orders of interpolation that agree so closely need no polishing.
const SETTLED = 2e-8
// In the normal score. One more step from a gap below CLOSE leaves the product of the gap, a small curvature and the slope's own error.
const CLOSE = 1e-5
const EXACT = 1e-12

/**
 * Quantiles at ascending `levels` of a continuous distribution. In the normal score y of its cdf a bell-like distribution is
 * nearly linear: x(y) is interpolated through some thirty points. Where interpolations of three orders agree, that is the quantile;
 * the others are polished from there together by the secant method, or by bisection where that loses its way (hills far apart,
 * scales of several magnitudes).
 * @param rough a first guess of the quantile at a level
 * @param spread the distribution's scale, roughly
 */
export function searchQuantiles(cdf: Cdf, levels: Float64Array, rough: (level: number) => number, spread: number): Float64Array {
  const search = { cdf, targets: levels.map(clampedScore), spread }
  const knots = knotsOf(search, rough)
  const starts = Array.from(search.targets, target => interpolate(knots, target, spread))
  const open = starts.flatMap(({ settled }, i) => (settled ? [] : [i]))
  return polish(
    search,
    Float64Array.from(starts, s => s.x),
    Float64Array.from(starts, s => s.slope),
    open,
  )
}

/** Points of (x, normal score of the cdf) that span the levels' rough quantiles evenly in the score; few for few levels. */
function knotsOf({ cdf, targets }: Search, rough: (level: number) => number): Knots {
  const isFew = targets.length < NEIGHBOURS
  const count = isFew ? targets.length : KNOTS
  const beyond = isFew ? 0 : KNOTS_BEYOND
  const step = count < 2 ? 0 : (targets[targets.length - 1] - targets[0]) / (count - 1)
  const score = (k: number): number => targets[0] + (k - beyond) * step
  const x = Float64Array.from({ length: count + 2 * beyond }, (_, k) => rough(normalCdf(score(k)))).sort()
  return { x, score: cdf(x).map(clampedScore) }
}

interface Start {
  readonly x: number
  /** dx/dscore. */
  readonly slope: number
  /** Whether three orders of interpolation agree. */
  readonly settled: boolean
}

/** x at a score: through many neighbours where that is settled, else the cubic through four, else a line. */
function interpolate(knots: Knots, target: number, spread: number): Start {
  const { x, score } = knots
  const n = x.length
  const middle = lowerBound(score, target)
  if (n >= NEIGHBOURS) {
    const [few, more, many] = [4, 2, 0].map(fewer => through(knots, target, middle, NEIGHBOURS - fewer))
    if (few !== null && more !== null && many !== null) {
      // Two orders may agree by chance, three hardly.
      const settled = Math.abs(many.x - more.x) < SETTLED * spread && Math.abs(more.x - few.x) < 20 * SETTLED * spread
      if (settled) return { ...many, settled }
    }
  }
  const cubic = n < 4 ? null : through(knots, target, middle, 4)
  if (cubic !== null && cubic.slope > 0) return { ...cubic, settled: false }
  const near = n < 4 ? n >> 1 : Math.min(Math.max(middle - 1, 0), n - 1)
  return { x: n < 4 ? x[near] + (target - score[near]) * spread : x[near], slope: spread, settled: false }
}

/** Lagrange's polynomial through the `count` knots about `middle`, and its derivative; null where scores coincide or overflow. */
function through({ x, score }: Knots, target: number, middle: number, count: number): { x: number; slope: number } | null {
  const from = Math.min(Math.max(middle - (count >> 1), 0), x.length - count)
  let value = 0
  let slope = 0
  for (let i = from; i < from + count; i++) {
    let weight = 1
    let change = 0
    for (let j = from; j < from + count; j++) {
      if (j === i) continue
      const gap = score[i] - score[j]
      if (gap === 0) return null
      change = (change * (target - score[j]) + weight) / gap
      weight *= (target - score[j]) / gap
    }
    value += weight * x[i]
    slope += change * x[i]
  }
  return Number.isFinite(value) && Number.isFinite(slope) ? { x: value, slope } : null
}

const clampedScore = (p: number): number => normalQuantile(Math.min(Math.max(p, 1e-300), 1 - 1e-16))

/** The secant method on all `asked` targets at once, in place; the first step goes along `slopes`. */
function polish(search: Search, x: Float64Array, slopes: Float64Array, asked: readonly number[]): Float64Array {
  const { cdf, targets, spread } = search
  const bounded = (step: number): number => Math.max(-4 * spread, Math.min(4 * spread, step))
  const before = new Float64Array(x.length)
  const gapBefore = new Float64Array(x.length)
  const lost: number[] = []
  let open = asked
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
