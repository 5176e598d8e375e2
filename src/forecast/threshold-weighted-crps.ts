import { refuse } from '../base/index.js'
import { checkReturn } from './check.js'
import { pieceScore } from './crps.js'
import type { Forecast } from './forecast.js'
import { curveOf, unitFor } from './interpolate.js'

/**
 * The part of the CRPS that lies at or below a threshold, percent: the integral of (F(x) - [x >= ret])^2 over x <= threshold
 * (Gneiting & Ranjan 2011, eq. 12, with weight [x <= threshold]), in closed form for the same interpolated distribution as crps.
 * Proper; the thresholds Infinity and -Infinity give crps and 0. Errors: BAD_RETURN, BAD_FORECAST, BAD_THRESHOLD (NaN), GRID_TOO_COARSE.
 */
export function thresholdWeightedCrps(forecast: Forecast, ret: number, threshold: number): number {
  checkReturn(ret)
  if (!(typeof threshold === 'number' && !Number.isNaN(threshold)))
    refuse('BAD_THRESHOLD', threshold, 'a return in percent', 'threshold')
  const { scores, quantiles } = curveOf(forecast)
  const last = quantiles.length - 1
  const unit = unitFor(Math.max(Math.abs(quantiles[0]), Math.abs(quantiles[last]), Math.abs(ret)))
  const x = ret * unit
  const end = threshold * unit
  let score = 0
  for (let k = 0; k < last; k++) {
    const low = quantiles[k] * unit
    const high = quantiles[k + 1] * unit
    const slope = (high - low) / (scores[k + 1] - scores[k])
    const cut = scores[k] + (x - low) / slope
    if (Number.isFinite(cut)) {
      const from = k === 0 ? Number.NEGATIVE_INFINITY : scores[k]
      const to = Math.min(k === last - 1 ? Number.POSITIVE_INFINITY : scores[k + 1], scores[k] + (end - low) / slope)
      if (to > from) score += slope * pieceScore(from, Math.min(Math.max(cut, from), to), to)
    } else {
      if (k === 0) score += Math.max(Math.min(low, end) - x, 0)
      if (k === last - 1) score += Math.max(Math.min(x, end) - high, 0)
    }
  }
  return score / unit
}
