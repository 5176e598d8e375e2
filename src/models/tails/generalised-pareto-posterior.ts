import { assert, childKey, type Key, refuse, type Stream } from '../../base/index.js'
import { drawNormal, normalCdf, normalLogPdf } from '../../distributions/index.js'
import {
  type Posterior,
  randomWalk,
  runChains,
  type Sample,
  sampleDensity,
  startingPoints,
  type Target,
} from '../../inference/index.js'
import { exp, ln, meanOf, medianOfSorted, sorted } from '../../math/index.js'
import type { Effort } from '../model.js'
import { fields, type Spec } from '../options.js'

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
const LOG_SCALE_MOST = 600

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
    if (!(xi > SHAPE_LEAST && xi < SHAPE_MOST && Math.abs(logSigma) < LOG_SCALE_MOST)) return Number.NEGATIVE_INFINITY
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

/** Where a mode search starts: the most credible of a few shapes with the scales that median, mean and prior suggest. */
function guess(target: Target, exceedances: Float64Array, { scaleMedian, scaleLogSd }: TailPrior): Float64Array {
  const n = exceedances.length
  const suggested = [ln(scaleMedian), Math.max(ln(scaleMedian) - n * scaleLogSd * scaleLogSd, -LOG_SCALE_MOST / 2)]
  if (n > 0)
    for (const typical of [meanOf(exceedances), medianOfSorted(sorted(exceedances))]) if (typical > 0) suggested.push(ln(typical))
  const points = Float64Array.from([-0.2, 0.02, 0.2, 0.5, 0.9].flatMap(xi => suggested.flatMap(logScale => [xi, logScale])))
  const values = new Float64Array(points.length / 2)
  target.evaluate(points, values.length, values)
  const best = values.reduce((held, value, i) => (value > values[held] ? i : held), 0)
  return points.slice(2 * best, 2 * best + 2)
}

interface TailSize {
  readonly chains: number
  readonly draws: number
  readonly essTarget: number
}

/** Samples the posterior of (xi, ln sigma) given exceedances. */
export function sampleTail(exceedances: Float64Array, prior: TailPrior, key: Key, size: TailSize): Sample {
  const target = tailTarget(exceedances, prior)
  const start = guess(target, exceedances, prior)
  const wide = 1 / Math.sqrt(Math.max(exceedances.length, 4))
  const scales = Float64Array.of(wide, 1.5 * wide)
  const otherwise = (reason: string, child: Key): Sample => walk(target, start, scales, size, reason, childKey(child, 'walk'))
  return sampleDensity(target, { start, scales, ...size, otherwise }, key)
}

/** The fallback for exceedances like no tail's, as of residuals that are all but equal: a random walk, which two coordinates allow. */
function walk(target: Target, start: Float64Array, scales: Float64Array, size: TailSize, reason: string, key: Key): Sample {
  const { chains, ...blocks } = size
  const nearby = (stream: Stream, attempt: number, x: Float64Array): void => {
    for (let i = 0; i < 2; i++) x[i] = start[i] + (2 / (1 + attempt / 10)) * scales[i] * drawNormal(stream)
  }
  const { draws, monitored, convergence, transition, unmet } = runChains(
    randomWalk(target, Float64Array.of(scales[0], 0, 0, scales[1])),
    {
      starts: startingPoints(target, chains, nearby, start, childKey(key, 'start')),
      warmup: [200, 300, 500],
      ...blocks,
      furtherDraws: size.draws,
      blocksMax: 4,
      thin: 4,
    },
    key,
  )
  return {
    draws,
    monitored,
    convergence,
    method: transition.method,
    fallback: unmet === undefined ? reason : `${reason}; ${unmet}`,
  }
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
