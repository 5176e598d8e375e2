import { ln } from '../math/index.js'
import { checkReturn } from './check.js'
import type { Forecast } from './forecast.js'
import { curveOf } from './interpolate.js'

const LN_SQRT_2PI = 0.9189385332046728
/** The least width of a piece, as a share of the largest quantile: 2^-40. */
const NARROWEST = 9.094947017729282e-13
const LEAST = -1e6

/**
 * The log density of the forecast's interpolated distribution (see Curve) at a return, nats per percent: normal with each piece's own
 * slope, the first and the last piece run on into the tails. What the logarithmic score rewards (Good 1952). A point mass
 * counts as a piece of 2^-40 of the largest quantile, and nothing is below -1e6. Errors: BAD_RETURN, BAD_FORECAST, GRID_TOO_COARSE.
 */
export function logDensity(forecast: Forecast, ret: number): number {
  checkReturn(ret)
  const { scores, quantiles } = curveOf(forecast)
  const last = quantiles.length - 1
  let k = 0
  while (k < last - 1 && quantiles[k + 1] <= ret) k++
  const largest = Math.max(Math.abs(quantiles[0]), Math.abs(quantiles[last]))
  const width = Math.max(quantiles[k + 1] - quantiles[k], NARROWEST * (largest > 0 ? largest : 1))
  const slope = (scores[k + 1] - scores[k]) / width
  const score = scores[k] + (ret - quantiles[k]) * slope
  const found = ln(slope) - LN_SQRT_2PI - 0.5 * score * score
  return found > LEAST ? found : LEAST
}
