import type { Stream } from '../../base/index.js'
import { drawGamma, drawNormal, normalLogPdf } from '../../distributions/index.js'
import { exp, ln, lnGamma } from '../../math/index.js'
import { fields, type Spec } from '../options.js'
import { matrixAt, ordered, pointLength, type Regimes, TRANSITION_LEAST } from './point.js'

/**
 * Priors of Markov-switching volatility: mu normal; the variances independent inverse gamma, ordered; the transition matrix's rows
 * independent Dirichlet with `stayWeight` on the diagonal and `moveWeight` elsewhere. Before the ordering it is the same for every
 * labelling of the regimes, so the ordered density is K! times it, and a sampler may label as it likes and order afterwards.
 */
export interface RegimePrior {
  readonly muMean: number
  readonly muSd: number
  readonly varianceShape: number
  readonly varianceScale: number
  readonly stayWeight: number
  readonly moveWeight: number
}

const DEFAULTS: RegimePrior = { muMean: 0, muSd: 1, varianceShape: 1, varianceScale: 0.5, stayWeight: 20, moveWeight: 1 }

/** Fills in the defaults; refuses unknown fields and values that are no prior. */
export const regimePrior = (spec: Spec | undefined): RegimePrior => fields(spec, DEFAULTS, 'prior', { muMean: 'finite' })

/**
 * The log prior density of the coordinates x of a point at `offset` of `points`, the Jacobians included: 2 sigma^2 for ln sigma,
 * ln(sigma_(k+1) / sigma_k) for its log, 3 u^2 for u = cbrt(leave), leave * share (1 - share) for the logit of a share.
 */
export function regimeLogPrior(
  prior: RegimePrior,
  regimes: Regimes,
): (x: Float64Array, points: Float64Array, offset?: number) => number {
  const { muMean, muSd, varianceShape: shape, varianceScale: scale, stayWeight, moveWeight } = prior
  const total = stayWeight + (regimes - 1) * moveWeight
  const row = lnGamma(total) - lnGamma(stayWeight) - (regimes - 1) * lnGamma(moveWeight)
  const constant =
    (regimes === 2 ? ln(2) : ln(6)) - ln(muSd) + regimes * (ln(2) + shape * ln(scale) - lnGamma(shape)) + regimes * (row + ln(3))
  const matrix = matrixAt(regimes)
  return (x, points, offset = 0) => {
    let value = constant + normalLogPdf((x[0] - muMean) / muSd)
    let logSigma = x[1]
    for (let k = 1; k <= regimes; k++) {
      if (k > 1) {
        logSigma += exp(x[k])
        value += x[k]
      }
      value -= 2 * shape * logSigma + scale / (points[offset + k] * points[offset + k])
    }
    // One log for all powers of u and products of shares.
    let product = 1
    for (let i = 0; i < regimes; i++) {
      const u = x[1 + regimes + i]
      product *= u * u
      const at = offset + matrix + i * regimes
      value += (stayWeight - 1) * ln(points[at + i])
      let moves = 1
      for (let j = 0; j < regimes; j++) if (j !== i) moves *= points[at + j]
      if (moveWeight !== 1) value += (moveWeight - 1) * ln(moves)
      // leave share (1 - share) = first second / leave.
      if (regimes === 3) product *= moves / (u * u * u)
    }
    return value + ln(product)
  }
}

/** A draw from the prior, as a point. */
export function drawRegimePrior(prior: RegimePrior, regimes: Regimes, stream: Stream): Float64Array {
  const point = new Float64Array(pointLength(regimes))
  point[0] = prior.muMean + prior.muSd * drawNormal(stream)
  for (let k = 1; k <= regimes; k++) point[k] = Math.sqrt(prior.varianceScale / drawGamma(stream, prior.varianceShape))
  const weights = new Float64Array(regimes)
  for (let i = 0; i < regimes; i++) {
    weights.fill(prior.moveWeight)
    weights[i] = prior.stayWeight
    point.set(drawTransitions(weights, stream), matrixAt(regimes) + i * regimes)
  }
  return ordered(regimes, point)
}

/** A Dirichlet draw, kept off the faces where the filter would lose its digits. */
export function drawTransitions(weights: Float64Array, stream: Stream): Float64Array {
  const row = weights.map(weight => drawGamma(stream, weight))
  let sum = 0
  for (const x of row) sum += x
  const floor = 2 * TRANSITION_LEAST
  for (let j = 0; j < row.length; j++) row[j] = Math.max(row[j] / sum, floor)
  sum = 0
  for (const x of row) sum += x
  return row.map(x => x / sum)
}
