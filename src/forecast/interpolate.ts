import { refuse } from '../base/index.js'
import { normalCdf, normalPdf, normalQuantile } from '../distributions/index.js'
import { lowerBound } from '../math/index.js'
import { checkForecast, checkLevel } from './check.js'
import type { Forecast } from './forecast.js'
import { normalScores } from './grid.js'

/**
 * A forecast's whole distribution: its quantile function is linear in the normal score z = Phi^-1(level) between grid levels,
 * and the first and the last piece run on into the tails. So a normal forecast is exact, a flat piece is a point mass, and
 * between its ends the distribution function has no gaps. Made once a forecast, asked often.
 */
export interface Curve {
  readonly levels: Float64Array
  /** Normal scores of `levels`, strictly ascending. */
  readonly scores: Float64Array
  /** Quantiles at `levels`, ascending, percent. */
  readonly quantiles: Float64Array
}

/**
 * The curve of a forecast; shares its arrays. Errors: BAD_FORECAST (not finite, not ascending, lengths differ, or levels so
 * close that their scores coincide), GRID_TOO_COARSE (fewer than two levels).
 */
export function curveOf(forecast: Forecast): Curve {
  checkForecast(forecast)
  const { levels, quantiles } = forecast
  if (levels.length < 2) refuse('GRID_TOO_COARSE', '1 level', 'at least 2 levels to interpolate between', 'forecast.levels')
  const scores = normalScores(levels)
  for (let i = 1; i < scores.length; i++) {
    if (!(scores[i] > scores[i - 1]))
      refuse('BAD_FORECAST', `${levels[i - 1]}, ${levels[i]}`, 'levels that can be told apart', 'forecast.levels')
  }
  return { levels, scores, quantiles }
}

/** The quantile at a level inside (0, 1): a grid level's own, interpolated, or extrapolated in the tails. BAD_LEVEL. */
export function quantileAt({ levels, scores, quantiles }: Curve, level: number): number {
  checkLevel(level)
  const i = lowerBound(levels, level)
  if (levels[i] === level) return quantiles[i]
  const k = Math.min(Math.max(i - 1, 0), levels.length - 2)
  const share = (normalQuantile(level) - scores[k]) / (scores[k + 1] - scores[k])
  if (share < 0 || share > 1) return beyond(quantiles[k], quantiles[k + 1], share)
  // Clamped, so that rounding never makes the quantile function descend; the products cannot overflow.
  const between = (1 - share) * quantiles[k] + share * quantiles[k + 1]
  return Math.min(Math.max(between, quantiles[k]), quantiles[k + 1])
}

// Measured from the nearer end, so that an extrapolated quantile never lies inside the grid's.
const beyond = (low: number, high: number, share: number): number =>
  share < 0 ? low + share * (high - low) : high + (share - 1) * (high - low)

/**
 * The normal score of x: the z with Phi(z) = P(return <= x), -Infinity or Infinity outside a distribution that ends in a
 * point mass. On a point mass, the score of its upper end.
 */
export function scoreAt({ scores, quantiles }: Curve, x: number): number {
  const last = quantiles.length - 1
  let i = lowerBound(quantiles, x)
  while (i <= last && quantiles[i] === x) i++
  const k = Math.min(Math.max(i - 1, 0), last - 1)
  const low = quantiles[k]
  const high = quantiles[k + 1]
  if (low === high) return x < low ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  const width = high - low
  const share = width < Number.POSITIVE_INFINITY ? (x - low) / width : (x / 4 - low / 4) / (high / 4 - low / 4)
  return scores[k] + share * (scores[k + 1] - scores[k])
}

/** P(return <= x); on a point mass, its upper end. */
export const cdfAt = (curve: Curve, x: number): number => normalCdf(scoreAt(curve, x))

/** A power of two by which values as large as `largest` are multiplied, so that their differences and slopes cannot overflow. */
export const unitFor = (largest: number): number => (largest > 1e290 ? 5.421010862427522e-20 : 1)

/**
 * The integral of the quantile function from 0 to `level` in [0, 1], percent: on a piece q + b (z - z_k), with dp the piece's
 * probability, it is q dp - b (phi(hi) - phi(lo) + z_k dp). At 1 it is the mean.
 */
export function partialMean({ levels, scores, quantiles }: Curve, level: number): number {
  const unit = unitFor(Math.max(Math.abs(quantiles[0]), Math.abs(quantiles[quantiles.length - 1])))
  const last = levels.length - 2
  let sum = 0
  let from = 0
  let density = 0
  for (let k = 0; k <= last && from < level; k++) {
    const to = k < last ? Math.min(levels[k + 1], level) : level
    const densityTo = normalPdf(to === level ? normalQuantile(level) : scores[k + 1])
    const mass = to - from
    const slope = (quantiles[k + 1] * unit - quantiles[k] * unit) / (scores[k + 1] - scores[k])
    sum += quantiles[k] * unit * mass - slope * (densityTo - density + scores[k] * mass)
    from = to
    density = densityTo
  }
  return sum / unit
}
