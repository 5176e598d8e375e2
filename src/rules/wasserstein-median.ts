import type { Forecast } from '../forecast/index.js'
import { geometricMedian } from './geometric-median.js'
import { commonQuantiles, definePool, meanShortfalls, openPool, pooled } from './pool.js'

export interface WassersteinMedianOptions {
  /** One a forecast, >= 0, not all 0; equal where not given. */
  readonly weights?: ArrayLike<number>
  /** The largest gap to the minimum, as a share of it. Default 1e-9. */
  readonly tolerance?: number
}

/**
 * The geometric median of forecasts in the Wasserstein-2 distance, which in one dimension is the root mean square difference of
 * quantile functions: here over the grid, each level standing for the probability half-way to its neighbours (the outermost
 * ones for what lies beyond too). Kin of the M-posterior (Minsker, Srivastava, Lin & Dunson 2014). It is one convex combination of
 * the forecasts, so quantiles stay ascending and ES at or above VaR. Within `tolerance` of the minimum by {@link geometricMedian}'s
 * certificate. With less than half of the weight faulty it stays near the honest forecasts. Forecasts that agree are returned to
 * the bit. Errors: BAD_REPORT, BAD_WEIGHTS, BAD_PARAMETER, GRID_TOO_COARSE, NOT_CONVERGED.
 */
export function wassersteinMedian(forecasts: readonly Forecast[], options: WassersteinMedianOptions = {}): Forecast {
  const pool = openPool(forecasts, options.weights)
  const common = commonQuantiles(pool)
  if (common !== null) return pooled(pool, common, meanShortfalls(pool))
  const { members } = pool
  const { levels, riskLevels } = members[0].forecast
  const roots = quadratureWeights(levels).map(Math.sqrt)
  const rows = members.map(({ forecast }) => forecast.quantiles.map((q, k) => q * roots[k]))
  const weights = Float64Array.from(members, ({ weight }) => weight)
  const { tolerance = 1e-9 } = options
  const shares = combination(rows, weights, geometricMedian(rows, { weights, tolerance }))
  const mix = (length: number, valuesOf: (forecast: Forecast) => Float64Array): Float64Array => {
    const sum = new Float64Array(length)
    members.forEach(({ forecast }, i) => {
      valuesOf(forecast).forEach((value, k) => {
        sum[k] += shares[i] * value
      })
    })
    return sum
  }
  return pooled(
    pool,
    mix(levels.length, ({ quantiles }) => quantiles),
    mix(riskLevels.length, ({ shortfalls }) => shortfalls),
  )
}

/** The probability that each level stands for; they sum to 1. */
export const quadratureWeights = (levels: Float64Array): Float64Array =>
  levels.map((level, k) => {
    const from = k === 0 ? 0 : (levels[k - 1] + level) / 2
    const to = k === levels.length - 1 ? 1 : (level + levels[k + 1]) / 2
    return to - from
  })

/**
 * The median as a convex combination of the rows: one more step of Weiszfeld (1937), which never raises the sum of distances,
 * weighs each row by its weight over its distance; a row at the median itself is the whole of it.
 */
function combination(rows: readonly Float64Array[], weights: Float64Array, median: Float64Array): Float64Array {
  const distances = rows.map(row => Math.sqrt(row.reduce((sum, x, k) => sum + (x - median[k]) * (x - median[k]), 0)))
  const nearest = Math.min(...distances)
  const pulls = weights.map((weight, i) =>
    nearest === 0 ? (distances[i] === 0 ? weight : 0) : weight * (nearest / distances[i]),
  )
  const total = pulls.reduce((sum, pull) => sum + pull, 0)
  return pulls.map(pull => pull / total)
}

export const wassersteinMedianRule = definePool({
  name: 'wassersteinMedian',
  source: 'Minsker, Srivastava, Lin & Dunson, 2014',
  breakdown: '1/2 of the weight',
  bound: n => Math.floor((n - 1) / 2),
  pool: (forecasts, weights) => wassersteinMedian(forecasts, weights === undefined ? {} : { weights }),
})
