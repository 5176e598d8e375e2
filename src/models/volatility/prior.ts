import type { Stream } from '../../base/index.js'
import { drawGamma, drawNormal } from '../../distributions/index.js'
import { cbrt, LN_2, LN_2PI, ln, lnGamma } from '../../math/index.js'
import { fields, type Spec } from '../options.js'
import type { VolatilityParameters } from './grid.js'

/** Priors of the stochastic volatility model (Kastner 2016): mu normal, (phi + 1) / 2 Beta, sigma half-normal; |phi| < .9999. */
export interface VolatilityPrior {
  readonly muMean: number
  readonly muSd: number
  readonly phiShape1: number
  readonly phiShape2: number
  readonly sigmaScale: number
}

const DEFAULTS: VolatilityPrior = { muMean: 0, muSd: 3, phiShape1: 20, phiShape2: 1.5, sigmaScale: 1 }

/** Beyond it a shock would live on for 27 years of trading days, and the grid would be too fine. */
export const PHI_MAX = 0.9999

/** Fills in the defaults; refuses unknown fields and values that are no prior. */
export const volatilityPrior = (spec: Spec | undefined): VolatilityPrior => fields(spec, DEFAULTS, 'prior', { muMean: 'finite' })

/** What is wrong with these parameters, or null. */
export function volatilityProblem({ mu, phi, sigma }: VolatilityParameters): string | null {
  if (!Number.isFinite(mu)) return 'mu must be a finite number'
  if (!(phi > -PHI_MAX && phi < PHI_MAX)) return `phi must lie between -${PHI_MAX} and ${PHI_MAX}`
  return sigma > 0 && Number.isFinite(sigma) ? null : 'sigma must be a positive number'
}

export function drawVolatilityPrior(prior: VolatilityPrior, stream: Stream): VolatilityParameters {
  const mu = prior.muMean + prior.muSd * drawNormal(stream)
  const sigma = Math.max(prior.sigmaScale * Math.abs(drawNormal(stream)), Number.MIN_VALUE)
  for (let tries = 0; tries < 1000; tries++) {
    const a = drawGamma(stream, prior.phiShape1)
    const b = drawGamma(stream, prior.phiShape2)
    const phi = (a - b) / (a + b)
    if (Math.abs(phi) < PHI_MAX) return { mu, phi, sigma }
  }
  // A prior that puts nearly all of itself beyond the bounds.
  return { mu, phi: prior.phiShape1 > prior.phiShape2 ? 0.9998 : -0.9998, sigma }
}

/** The log prior density of the parameters; the truncation of phi at +-.9999 is left out of the constant. */
export function volatilityLogPrior(prior: VolatilityPrior): (p: VolatilityParameters) => number {
  const { muMean, muSd, phiShape1: a, phiShape2: b, sigmaScale } = prior
  const beta = lnGamma(a + b) - lnGamma(a) - lnGamma(b) - LN_2
  const constant = beta - ln(muSd) - ln(sigmaScale) + LN_2 - LN_2PI
  return ({ mu, phi, sigma }) => {
    const z = (mu - muMean) / muSd
    const o = sigma / sigmaScale
    return constant - 0.5 * (z * z + o * o) + (a - 1) * ln(0.5 * (1 + phi)) + (b - 1) * ln(0.5 * (1 - phi))
  }
}

// The sampler's coordinates x = (m, u, v), in which the posterior is near-normal: phi = 1 - u^4, sigma = v^3,
// mu = centre + m sqrt(1 + .02 / (1 - phi)), for the mean is the less certain the nearer phi is to 1. u <= 0 and v <= 0 have density 0.

const SPREAD = 0.02

/** The parameters at a point and the log of the Jacobian; null outside the support. */
export function fromCoordinates(
  x: Float64Array,
  centre: number,
): { readonly params: VolatilityParameters; readonly logJacobian: number } | null {
  const [m, u, v] = x
  if (!(u > 0 && v > 0 && v < 100)) return null
  const gap = u * u * u * u
  const scale = Math.sqrt(1 + SPREAD / gap)
  const params = { mu: centre + m * scale, phi: 1 - gap, sigma: v * v * v }
  if (volatilityProblem(params) !== null) return null
  return { params, logJacobian: ln(12 * u * u * u * v * v * scale) }
}

export function toCoordinates({ mu, phi, sigma }: VolatilityParameters, centre: number): Float64Array {
  const gap = 1 - phi
  return Float64Array.of((mu - centre) / Math.sqrt(1 + SPREAD / gap), Math.sqrt(Math.sqrt(gap)), cbrt(sigma))
}
