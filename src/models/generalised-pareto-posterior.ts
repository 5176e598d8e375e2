import { assert, type Key, refuse, type Stream } from '../base/index.js'
import { drawNormal, generalisedParetoMeanExcess, normalCdf, normalLogPdf } from '../distributions/index.js'
import { type Posterior, type Sample, sampleDensity, type Target } from '../inference/index.js'
import { exp, ln, meanOf, varianceOf } from '../math/index.js'
import type { Effort } from './model.js'
import { fields, type Spec } from './options.js'

/** xi normal, truncated to (-1/2, 1): the density is bounded and the mean finite; ln sigma normal about ln scaleMedian. */
export interface TailPrior {
  readonly shapeMean: number
  readonly shapeSd: number
  readonly scaleMedian: number
  readonly scaleLogSd: number
}

export const TAIL_DEFAULTS: TailPrior = { shapeMean: 0.1, shapeSd: 0.2, scaleMedian: 0.5, scaleLogSd: 1 }
const SHAPE_LEAST = -0.5
const SHAPE_MOST = 1

/** Fills in the defaults; refuses unknown fields and values that are no prior. */
export function tailPrior(spec: Spec | undefined): TailPrior {
  const prior = fields(spec, TAIL_DEFAULTS, 'prior', { shapeMean: 'finite' })
  if (!(massInside(prior) > 0.001))
    refuse(
      'BAD_MODEL',
      `${prior.shapeMean} +- ${prior.shapeSd}`,
      'a normal with a thousandth of its mass in (-0.5, 1)',
      'prior.shapeMean',
    )
  return prior
}

const massInside = ({ shapeMean, shapeSd }: TailPrior): number =>
  normalCdf((SHAPE_MOST - shapeMean) / shapeSd) - normalCdf((SHAPE_LEAST - shapeMean) / shapeSd)

/** A draw from the prior: xi and sigma. */
export function drawTailPrior(spec: Spec | undefined, stream: Stream): { xi: number; sigma: number } {
  const { shapeMean, shapeSd, scaleMedian, scaleLogSd } = tailPrior(spec)
  let xi = Number.NaN
  for (let attempt = 0; !(xi > SHAPE_LEAST && xi < SHAPE_MOST); attempt++) {
    assert(attempt < 1_000_000, 'a thousandth of the shapes lies in the support')
    xi = shapeMean + shapeSd * drawNormal(stream)
  }
  return { xi, sigma: scaleMedian * exp(scaleLogSd * drawNormal(stream)) }
}

// Products instead of logs: so many factors, each below 1e38, go into one.
const CHUNK = 8

/** The log posterior at (xi, ln sigma). */
export function tailTarget(exceedances: Float64Array, prior: TailPrior): Target {
  const { shapeMean, shapeSd, scaleMedian, scaleLogSd } = prior
  const n = exceedances.length
  let sum = 0
  let squares = 0
  let largest = 0
  for (const y of exceedances) {
    sum += y
    squares += y * y
    if (y > largest) largest = y
  }
  const constant = -ln(shapeSd) - ln(massInside(prior)) - ln(scaleLogSd)

  /** sum ln(1 + c y) for a c at which every term is positive. */
  function logSum(c: number): number {
    let total = 0
    for (let from = 0; from < n; from += CHUNK) {
      const to = Math.min(from + CHUNK, n)
      let product = 1
      for (let i = from; i < to; i++) product *= 1 + c * exceedances[i]
      total += ln(product)
    }
    return total
  }

  function at(xi: number, logSigma: number): number {
    if (!(xi > SHAPE_LEAST && xi < SHAPE_MOST && Math.abs(logSigma) < 80)) return Number.NEGATIVE_INFINITY
    const sigma = exp(logSigma)
    const c = xi / sigma
    if (!(c * largest > -1)) return Number.NEGATIVE_INFINITY
    // Near xi = 0 the quotient below would lose its digits; the series' next term is below 1e-10 of the first.
    const isNearZero = Math.abs(c) * largest < 1e-5
    const logs = isNearZero ? c * sum - (c * c * squares) / 2 : logSum(c)
    const hazard = isNearZero ? (sum - (c * squares) / 2) / sigma : logs / xi
    const logPrior = normalLogPdf((xi - shapeMean) / shapeSd) + normalLogPdf((logSigma - ln(scaleMedian)) / scaleLogSd)
    const value = -n * logSigma - logs - hazard + constant + logPrior
    return Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value
  }

  return {
    dimension: 2,
    evaluate(points, count, out) {
      for (let i = 0; i < count; i++) out[i] = at(points[2 * i], points[2 * i + 1])
    },
  }
}

/** Where a mode search starts: the moments' shape and scale (Hosking & Wallis 1987), pulled into the support. */
function guess(exceedances: Float64Array, { scaleMedian }: TailPrior): Float64Array {
  const n = exceedances.length
  const mean = n === 0 ? 0 : meanOf(exceedances)
  const variance = n < 2 ? 0 : varianceOf(exceedances)
  const ratio = variance > 0 ? (mean * mean) / variance : 1
  const xi = Math.min(Math.max(0.5 * (1 - ratio), 0.02), 0.6)
  const excess = mean > 0 ? mean : scaleMedian
  return Float64Array.of(xi, ln(excess / generalisedParetoMeanExcess(0, xi, 1)))
}

/** Samples the posterior of (xi, ln sigma) given exceedances. */
export function sampleTail(
  exceedances: Float64Array,
  prior: TailPrior,
  key: Key,
  size: { readonly chains: number; readonly draws: number; readonly essTarget: number },
): Sample {
  const wide = 1 / Math.sqrt(Math.max(exceedances.length, 4))
  return sampleDensity(
    tailTarget(exceedances, prior),
    { start: guess(exceedances, prior), scales: Float64Array.of(wide, 1.5 * wide), ...size },
    key,
  )
}

/**
 * The posterior of a generalised Pareto tail (Pickands 1975; McNeil & Frey 2000): exceedances over a threshold have shape xi and
 * scale sigma. Prior fields: shapeMean .1, shapeSd .2 (xi normal, truncated to (-1/2, 1)), scaleMedian .5, scaleLogSd 1 (ln sigma
 * normal about ln scaleMedian). Independence Metropolis-Hastings; draws of xi and sigma.
 * Errors: BAD_EXCEEDANCES (not finite, negative, above 1e8), BAD_MODEL.
 */
export function fitGeneralisedPareto(
  exceedances: ArrayLike<number>,
  prior: Spec | undefined,
  key: Key,
  { chains = 4, draws = 600 }: Pick<Effort, 'chains' | 'draws'> = {},
): Posterior {
  if (typeof exceedances?.length !== 'number') refuse('BAD_EXCEEDANCES', exceedances, 'an array of exceedances', 'exceedances')
  const values = Float64Array.from(exceedances)
  values.forEach((y, i) => {
    if (!(y >= 0 && y <= 1e8)) refuse('BAD_EXCEEDANCES', y, 'a finite number from 0 to 1e8', `exceedances[${i}]`)
  })
  const sample = sampleTail(values, tailPrior(prior), key, { chains, draws, essTarget: 400 })
  return {
    names: ['xi', 'sigma'],
    draws: { xi: sample.draws[0], sigma: sample.draws[1].map(chain => chain.map(exp)) },
    method: sample.method,
    ...(sample.paretoK === undefined ? {} : { paretoK: sample.paretoK }),
    ...(sample.fallback === undefined ? {} : { fallback: sample.fallback }),
  }
}
