import { refuse } from '../base/index.js'
import { normalCdf } from '../distributions/index.js'
import { checkReturn } from './check.js'
import { crps } from './crps.js'
import type { Forecast } from './forecast.js'
import { curveOf, unitFor } from './interpolate.js'

/** Of the level a: left (1 - a)^2, right a^2, center a (1 - a), uniform 1. */
export type CrpsWeight = 'left' | 'right' | 'center' | 'uniform'

/**
 * Quantile-weighted CRPS, percent: the integral over levels a of twice the pinball loss times w(a) (Gneiting & Ranjan 2011, eq. 17,
 * table 4), for the same interpolated distribution as crps; left + right + 2 center = crps. By parts it is the integral of A(F(x))
 * below the return and of B(F(x)) above, A' = 2 a w, B' = -2 (1 - a) w: polynomials, by Gauss-Legendre on steps of at most 1/2
 * in the normal score, relative error below 1e-12. Proper. Errors: BAD_RETURN, BAD_FORECAST, BAD_WEIGHT, GRID_TOO_COARSE.
 */
export function tailWeightedCrps(forecast: Forecast, ret: number, { weight }: { readonly weight: CrpsWeight }): number {
  if (weight === 'uniform') return crps(forecast, ret)
  checkReturn(ret)
  if (!Object.hasOwn(POLYNOMIALS, weight)) refuse('BAD_WEIGHT', weight, "'left', 'right', 'center' or 'uniform'", 'weight')
  const { scores, quantiles } = curveOf(forecast)
  const { below, above } = integralsFor(scores)[weight]
  const last = quantiles.length - 1
  const unit = unitFor(Math.max(Math.abs(quantiles[0]), Math.abs(quantiles[last]), Math.abs(ret)))
  const x = ret * unit
  let score = 0
  for (let k = 0; k < last; k++) {
    const low = quantiles[k] * unit
    const high = quantiles[k + 1] * unit
    const slope = (high - low) / (scores[k + 1] - scores[k])
    const isFirst = k === 0
    const isLast = k === last - 1
    if (x >= high && !isLast) score += slope * below[k]
    else if (x <= low && !isFirst) score += slope * above[k]
    else score += cutPiece(low, high, slope, x, scores[k], scores[k + 1], isFirst, isLast, weight)
  }
  return score / unit
}

/** A piece in which the return lies, or an end piece, which has no end. */
function cutPiece(
  low: number,
  high: number,
  slope: number,
  x: number,
  scoreLow: number,
  scoreHigh: number,
  isFirst: boolean,
  isLast: boolean,
  weight: Named,
): number {
  const cut = scoreLow + (x - low) / slope
  if (!Number.isFinite(cut)) {
    // A flat piece; at an end, F is 0 or 1 from there to the return.
    const before = isFirst ? Math.max(low - x, 0) * at(weight, 'above', 0) : 0
    return before + (isLast ? Math.max(x - high, 0) * at(weight, 'below', 1) : 0)
  }
  const from = isFirst ? Math.min(farBelow(scoreHigh), cut) : scoreLow
  const to = isLast ? Math.max(-farBelow(-scoreLow), cut) : scoreHigh
  const inside = Math.min(Math.max(cut, from), to)
  return slope * (integral(weight, 'below', from, inside) + integral(weight, 'above', inside, to))
}

// By Horner in a = F below the return, and in b = 1 - F above it.
const left2 = (p: number): number => p * p * (1 - p * (4 / 3 - p / 2))
const right2 = (p: number): number => (p * p * p * p) / 2
const center2 = (p: number): number => p * p * p * (2 / 3 - p / 2)

const POLYNOMIALS = {
  left: { below: left2, above: right2 },
  right: { below: right2, above: left2 },
  center: { below: center2, above: center2 },
}
type Named = keyof typeof POLYNOMIALS
type Side = 'below' | 'above'

/** A or B where F = `share`. */
const at = (weight: Named, side: Side, share: number): number => POLYNOMIALS[weight][side](side === 'below' ? share : 1 - share)

/** A score so far left of z that F^2 below it is nothing beside F^2 at z. */
const farBelow = (z: number): number => (z < 0 ? -Math.sqrt(z * z + 80) : -9)

const STEP = 0.5
/** Gauss-Legendre of 10 nodes on [-1, 1], the positive ones. */
const NODES = [0.14887433898163122, 0.4333953941292472, 0.6794095682990244, 0.8650633666889845, 0.9739065285171717]
const WEIGHTS = [0.29552422471475287, 0.26926671930999635, 0.21908636251598204, 0.1494513491505806, 0.06667134430868814]
/** Beyond it F is 0 or 1 in double precision beside what it is compared with. */
const REACH = 9

/** The integral of A(Phi(z)), or of B, between two scores. */
function integral(weight: Named, side: Side, from: number, to: number): number {
  if (!(to > from)) return 0
  if (side === 'above') return integralOf(POLYNOMIALS[weight].above, -to, -from)
  return integralOf(POLYNOMIALS[weight].below, from, to)
}

function integralOf(polynomial: (p: number) => number, from: number, to: number): number {
  // Where Phi is 1 the integrand is constant.
  const top = Math.max(Math.min(to, REACH), from)
  let sum = to > top ? (to - top) * polynomial(1) : 0
  const bottom = Math.min(Math.max(from, farBelow(top)), top)
  const steps = Math.ceil((top - bottom) / STEP)
  const half = (top - bottom) / steps / 2
  for (let s = 0; s < steps; s++) {
    const middle = bottom + (2 * s + 1) * half
    for (let i = 0; i < NODES.length; i++) {
      const pair = polynomial(normalCdf(middle - half * NODES[i])) + polynomial(normalCdf(middle + half * NODES[i]))
      sum += half * WEIGHTS[i] * pair
    }
  }
  return sum
}

type Integrals = { readonly [W in Named]: { readonly below: Float64Array; readonly above: Float64Array } }

// The last grid's integrals of whole pieces: forecasts share their grid, and a function of the scores alone may be remembered.
let knownScores = new Float64Array(0)
let known: Integrals | undefined

function integralsFor(scores: Float64Array): Integrals {
  if (known !== undefined && isSame(scores, knownScores)) return known
  const last = scores.length - 1
  const of = (weight: Named): Integrals[Named] => {
    const below = new Float64Array(last)
    const above = new Float64Array(last)
    for (let k = 0; k < last; k++) {
      below[k] = integral(weight, 'below', k === 0 ? Number.NEGATIVE_INFINITY : scores[k], scores[k + 1])
      above[k] = integral(weight, 'above', scores[k], k === last - 1 ? Number.POSITIVE_INFINITY : scores[k + 1])
    }
    return { below, above }
  }
  known = { left: of('left'), right: of('right'), center: of('center') }
  knownScores = Float64Array.from(scores)
  return known
}

function isSame(a: Float64Array, b: Float64Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
