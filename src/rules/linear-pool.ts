import { cdfAt, type Forecast, partialMean } from '../forecast/index.js'
import { lowerBound } from '../math/index.js'
import { commonQuantiles, definePool, meanShortfalls, openPool, type Pool, type PoolMember, pooled } from './pool.js'

/** As a share of the level, which is reached up to rounding. */
const EXACT = 1e-14
const STEPS_MAX = 200

/**
 * The linear pool (Stone 1961): the mixture of the forecasts, whose distribution function is the weighted mean of theirs, each
 * interpolated linearly in the normal score with its end pieces run on (see Curve). A quantile is the least value at which
 * the mixture reaches the level. Its ES is the mixture's, from each forecast's mean below the pooled quantile: the curve's,
 * corrected so that it agrees with the carried shortfalls at their levels; never below the weighted mean of those. Its quantile
 * at level a breaks down as soon as the faulty weight reaches min(a, 1 - a). Forecasts that agree are returned to the bit.
 * @param weights >= 0, scaled to sum to 1; equal where not given
 * Errors: BAD_REPORT, BAD_WEIGHTS, GRID_TOO_COARSE.
 */
export function linearPool(forecasts: readonly Forecast[], weights?: ArrayLike<number>): Forecast {
  const pool = openPool(forecasts, weights)
  const common = commonQuantiles(pool)
  if (common !== null) return pooled(pool, common, meanShortfalls(pool))
  const { levels, riskLevels } = pool.members[0].forecast
  const knots = knotsOf(pool)
  const quantiles = levels.map((level, k) => mixtureQuantile(pool.members, knots, level, k))
  const lower = pool.members.map(lowerMeanOf)
  // ES is concave in the distribution: whatever lies between the levels, a mixture's is not below the mean of its parts'.
  const least = meanShortfalls(pool)
  const shortfalls = riskLevels.map((level, i) =>
    Math.max(mixtureShortfall(pool.members, lower, level, quantiles[levels.indexOf(level)]), least[i]),
  )
  return pooled(pool, quantiles, shortfalls)
}

export const linearPoolRule = definePool({
  name: 'linearPool',
  source: 'Stone, 1961',
  breakdown: 'min(a, 1 - a) of the weight, at level a; 0 for shortfalls',
  bound: () => 0,
  pool: linearPool,
})

/** All members' quantiles, ascending: between two neighbours every curve is one straight piece. */
const knotsOf = ({ members }: Pool): Float64Array =>
  Float64Array.from(new Set(members.flatMap(({ forecast }) => [...forecast.quantiles]))).sort()

const mixtureCdf = (members: readonly PoolMember[], x: number): number =>
  members.reduce((sum, { weight, curve }) => sum + weight * cdfAt(curve, x), 0)

/** The quantile at levels[k], which lies between the least and the largest of the members' own. */
function mixtureQuantile(members: readonly PoolMember[], knots: Float64Array, level: number, k: number): number {
  const own = members.map(({ forecast }) => forecast.quantiles[k])
  let low = lowerBound(knots, Math.min(...own))
  let high = lowerBound(knots, Math.max(...own))
  const target = level * (1 - EXACT)
  if (mixtureCdf(members, knots[low]) >= target) return knots[low]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (mixtureCdf(members, knots[middle]) < target) low = middle
    else high = middle
  }
  return crossing(x => mixtureCdf(members, x) / target - 1, knots[low], knots[high])
}

/** The least x in (low, high] with gap(x) >= 0, where gap ascends from below 0: the Illinois method, every third step halving. */
function crossing(gap: (x: number) => number, low: number, high: number): number {
  let below = gap(low)
  let above = Math.max(gap(high), 0)
  for (let step = 0; step < STEPS_MAX && above > EXACT / 10; step++) {
    const share = step % 3 === 2 ? 0.5 : below / (below - above)
    const x = (1 - share) * low + share * high
    if (!(x > low && x < high)) break
    const found = gap(x)
    if (found < 0) {
      low = x
      below = found
      above /= 2
    } else {
      high = x
      above = found
      below /= 2
    }
  }
  return high
}

/**
 * u -> the integral of a member's quantile function from 0 to u: the curve's, and what the carried shortfalls say beyond it,
 * spread evenly over the levels between one risk level and the next.
 */
function lowerMeanOf({ forecast: { riskLevels, shortfalls }, curve }: PoolMember): (u: number) => number {
  const excess = riskLevels.map((level, i) => -level * shortfalls[i] - partialMean(curve, level))
  return u => {
    const i = lowerBound(riskLevels, u)
    const [from, to] = [i === 0 ? 0 : riskLevels[i - 1], riskLevels[i] ?? 1]
    const [start, end] = [i === 0 ? 0 : excess[i - 1], i < excess.length ? excess[i] : (excess[i - 1] ?? 0)]
    return partialMean(curve, u) + start + ((end - start) * (u - from)) / (to - from)
  }
}

function mixtureShortfall(
  members: readonly PoolMember[],
  lower: readonly ((u: number) => number)[],
  level: number,
  quantile: number,
): number {
  let mass = 0
  let mean = 0
  members.forEach(({ weight, curve }, i) => {
    const below = cdfAt(curve, quantile)
    mass += weight * below
    mean += weight * lower[i](below)
  })
  // What a point mass at the quantile holds beyond the level is not in the tail.
  return (quantile * (mass - level) - mean) / level
}
