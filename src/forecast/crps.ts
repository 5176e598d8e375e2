import { normalCdf, normalPdf } from '../distributions/index.js'
import { INV_SQRT_PI, SQRT_2 } from '../math/index.js'
import { checkReturn } from './check.js'
import type { Forecast } from './forecast.js'
import { cdfAt, curveOf, unitFor } from './interpolate.js'

/**
 * Continuous ranked probability score, percent: the integral of (F(x) - [x >= ret])^2 (Gneiting & Raftery 2007, eq. 20), in
 * closed form for the forecast's interpolated distribution (see Curve), point masses and degenerate tails included.
 * Errors: BAD_RETURN, BAD_FORECAST, GRID_TOO_COARSE.
 */
export function crps(forecast: Forecast, ret: number): number {
  checkReturn(ret)
  const { scores, quantiles } = curveOf(forecast)
  const last = quantiles.length - 1
  const unit = unitFor(Math.max(Math.abs(quantiles[0]), Math.abs(quantiles[last]), Math.abs(ret)))
  const x = ret * unit
  let score = 0
  for (let k = 0; k < last; k++) {
    const low = quantiles[k] * unit
    const high = quantiles[k + 1] * unit
    const slope = (high - low) / (scores[k + 1] - scores[k])
    const cut = scores[k] + (x - low) / slope
    if (Number.isFinite(cut)) {
      const from = k === 0 ? Number.NEGATIVE_INFINITY : scores[k]
      const to = k === last - 1 ? Number.POSITIVE_INFINITY : scores[k + 1]
      score += slope * pieceScore(from, Math.min(Math.max(cut, from), to), to)
    } else {
      // A flat piece has no width; at an end, F is 0 or 1 all the way from there to the return.
      if (k === 0) score += Math.max(low - x, 0)
      if (k === last - 1) score += Math.max(x - high, 0)
    }
  }
  return score / unit
}

/** Probability integral transform: P(return <= ret) under the forecast's interpolated distribution. Errors as {@link crps}. */
export function pit(forecast: Forecast, ret: number): number {
  checkReturn(ret)
  return cdfAt(curveOf(forecast), ret)
}

/** The integral of Phi^2 from `from` to `cut`, and of (1 - Phi)^2 from there to `to`. */
export const pieceScore = (from: number, cut: number, to: number): number => squareIntegral(from, cut) + squareIntegral(-to, -cut)

function squareIntegral(from: number, to: number): number {
  const width = to - from
  if (width > 1e-3) return squareIntegralTo(to) - squareIntegralTo(from)
  // The closed form cancels on a narrow piece; Simpson's rule is right to rounding there.
  return width > 0 ? (width / 6) * (squareCdf(from) + 4 * squareCdf(from + width / 2) + squareCdf(to)) : 0
}

/** The integral of Phi^2 from -Infinity to z: z Phi^2 + 2 phi Phi - Phi(z sqrt 2) / sqrt pi. */
function squareIntegralTo(z: number): number {
  if (z === Number.NEGATIVE_INFINITY) return 0
  const below = normalCdf(z)
  return below * (z * below + 2 * normalPdf(z)) - INV_SQRT_PI * normalCdf(SQRT_2 * z)
}

function squareCdf(z: number): number {
  const below = normalCdf(z)
  return below * below
}
