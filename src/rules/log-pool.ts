import { type Curve, type Forecast, partialMean } from '../forecast/index.js'
import { exp, ln } from '../math/index.js'
import { tailArea, tailMoment, tailPoint } from './gaussian-tail.js'
import { commonQuantiles, definePool, meanShortfalls, openPool, type Pool, type PoolMember, pooled } from './pool.js'

/** What makes a point mass a narrow normal piece, as a share of the largest quantile: 2^-40. */
const NARROWEST = 9.094947017729282e-13

/**
 * The logarithmic pool (Bacharach 1972; Genest & Zidek 1986): the density proportional to the weighted geometric mean of the
 * forecasts' densities, each interpolated linearly in the normal score with its end pieces run on (see Curve). Between two
 * neighbours of all their quantiles every density is a piece of a normal one, and so is the pool's: its quantiles and its ES
 * are closed forms. To the ES the weighted mean of what the carried shortfalls exceed their own curves' by is added. A point
 * mass counts as a normal piece of 2^-40 of the largest quantile. Breakdown 0: whoever says that something is impossible has a veto.
 * Forecasts that agree are returned to the bit.
 * @param weights >= 0, scaled to sum to 1; equal where not given
 * Errors: BAD_REPORT, BAD_WEIGHTS, GRID_TOO_COARSE.
 */
export function logPool(forecasts: readonly Forecast[], weights?: ArrayLike<number>): Forecast {
  const pool = openPool(forecasts, weights)
  const common = commonQuantiles(pool)
  if (common !== null) return pooled(pool, common, meanShortfalls(pool))
  const { levels, riskLevels } = pool.members[0].forecast
  const { halves, total } = halvesOf(pool)
  const quantiles = levels.map(level => quantileOf(halves, level * total))
  const carried = meanShortfalls(pool)
  const shortfalls = riskLevels.map((level, i) => {
    const own = pool.members.reduce((sum, { weight, curve }) => sum - (weight * partialMean(curve, level)) / level, 0)
    return carried[i] - own - lowerMean(halves, level * total) / (level * total)
  })
  return pooled(pool, quantiles, shortfalls)
}

export const logPoolRule = definePool({
  name: 'logPool',
  source: 'Genest & Zidek, 1986',
  breakdown: '0',
  bound: () => 0,
  pool: logPool,
})

/** A stretch on one side of a normal density's centre, seen from its end nearer the centre. */
interface Half {
  /** The value at that end. */
  readonly anchor: number
  /** 1: the stretch runs up from there, -1: down. */
  readonly side: 1 | -1
  /** The anchor's distance from the centre and the far end's, in standard deviations. */
  readonly near: number
  readonly far: number
  readonly sd: number
  /** Log density at the anchor, until `mass` is known relative to the heaviest half. */
  readonly logHeight: number
}

interface WeighedHalf extends Half {
  readonly mass: number
}

interface Line {
  readonly weight: number
  /** Normal score and density of it at the stretch's reference. */
  readonly score: number
  readonly slope: number
}

/** The whole density from left to right. */
function halvesOf({ members }: Pool): { halves: WeighedHalf[]; total: number } {
  const largest = Math.max(...members.flatMap(({ forecast }) => Array.from(forecast.quantiles, Math.abs)))
  const curves = members.map(({ curve }) => strictly(curve, NARROWEST * largest))
  const knots = Float64Array.from(new Set(curves.flatMap(({ quantiles }) => [...quantiles]))).sort()
  const pieces = new Int32Array(members.length)
  const halves: Half[] = []
  for (let k = 0; k <= knots.length; k++) {
    const low = k === 0 ? Number.NEGATIVE_INFINITY : knots[k - 1]
    const high = k === knots.length ? Number.POSITIVE_INFINITY : knots[k]
    const reference = k === 0 ? high : low
    curves.forEach(({ quantiles }, i) => {
      while (pieces[i] < quantiles.length - 2 && quantiles[pieces[i] + 1] <= low) pieces[i]++
    })
    halves.push(...stretch(linesAt(members, curves, pieces, reference), reference, low, high))
  }
  const logMasses = halves.map(({ logHeight, near, far, sd }) => logHeight + ln(sd * tailArea(near, far)))
  const heaviest = Math.max(...logMasses)
  const weighed = halves.map((half, i) => ({ ...half, mass: exp(logMasses[i] - heaviest) }))
  return { halves: weighed, total: weighed.reduce((sum, { mass }) => sum + mass, 0) }
}

/** The same curve with every piece at least `narrowest` wide per unit of the normal score. */
function strictly({ levels, scores, quantiles }: Curve, narrowest: number): Curve {
  const risen = quantiles.slice()
  for (let k = 1; k < risen.length; k++) risen[k] = Math.max(risen[k], risen[k - 1] + narrowest * (scores[k] - scores[k - 1]))
  return { levels, scores, quantiles: risen }
}

const linesAt = (members: readonly PoolMember[], curves: readonly Curve[], pieces: Int32Array, reference: number): Line[] =>
  curves.map(({ scores, quantiles }, i) => {
    const k = pieces[i]
    const slope = (scores[k + 1] - scores[k]) / (quantiles[k + 1] - quantiles[k])
    return { weight: members[i].weight, score: scores[k] + (reference - quantiles[k]) * slope, slope }
  })

/** The one or two halves of the normal density that the lines have in common from `low` to `high`. */
function stretch(lines: readonly Line[], reference: number, low: number, high: number): Half[] {
  let precision = 0
  let tilt = 0
  let logSlope = 0
  for (const { weight, score, slope } of lines) {
    precision += weight * slope * slope
    tilt += weight * score * slope
    logSlope += weight * ln(slope)
  }
  const sd = 1 / Math.sqrt(precision)
  const toCentre = -tilt / precision
  const heightAt = (away: number): number =>
    lines.reduce(
      (sum, { weight, score, slope }) => sum - 0.5 * weight * (score + slope * away) * (score + slope * away),
      logSlope,
    )
  const fromLow = (low - reference - toCentre) / sd
  const fromHigh = (high - reference - toCentre) / sd
  if (!(fromHigh > fromLow)) return []
  const up = (anchor: number, near: number): Half => ({
    anchor,
    side: 1,
    near,
    far: fromHigh,
    sd,
    logHeight: heightAt(anchor - reference),
  })
  const down = (anchor: number, near: number): Half => ({
    anchor,
    side: -1,
    near,
    far: -fromLow,
    sd,
    logHeight: heightAt(anchor - reference),
  })
  if (fromLow >= 0) return [up(low, fromLow)]
  if (fromHigh <= 0) return [down(high, -fromHigh)]
  const centre = reference + toCentre
  return [down(centre, 0), up(centre, 0)]
}

/** The half in which the density's mass from the left reaches `mass`, and what of it lies in that half below there. */
function reach(halves: readonly WeighedHalf[], mass: number): { readonly index: number; readonly within: number } {
  let before = 0
  let index = 0
  while (index < halves.length - 1 && before + halves[index].mass < mass) before += halves[index++].mass
  return { index, within: Math.min(mass - before, halves[index].mass) }
}

/** Standard deviations from the centre at which `share` of the half's mass lies between there and the anchor. */
const pointAt = ({ near, far }: Half, share: number): number => tailPoint(near, far, share * tailArea(near, far))

function quantileOf(halves: readonly WeighedHalf[], mass: number): number {
  const { index, within } = reach(halves, mass)
  const half = halves[index]
  const share = within / half.mass
  const point = pointAt(half, half.side === 1 ? share : 1 - share)
  return half.anchor + half.side * half.sd * (point - half.near)
}

/** The integral of x times the density from the left up to `mass`. */
function lowerMean(halves: readonly WeighedHalf[], mass: number): number {
  const { index, within } = reach(halves, mass)
  let sum = 0
  for (let k = 0; k < index; k++) sum += firstMoment(halves[k], halves[k].far, halves[k].mass)
  const half = halves[index]
  const share = within / half.mass
  if (half.side === 1) return sum + firstMoment(half, pointAt(half, share), within)
  return sum + firstMoment(half, half.far, half.mass) - firstMoment(half, pointAt(half, 1 - share), half.mass - within)
}

/** Of the part of a half between its anchor and `to`, whose mass is given. */
function firstMoment({ anchor, side, near, sd }: Half, to: number, mass: number): number {
  const area = tailArea(near, to)
  return area > 0 ? mass * (anchor + (side * sd * tailMoment(near, to)) / area) : 0
}
