import { gammaLogPdf, normalLogPdf } from '../distributions/index.js'
import { cbrt, exp, gammainc, ln, lnGamma, log1p } from '../math/index.js'
import { fields, type Spec } from './options.js'

/** Priors of the GARCH family: mu normal, omega half-normal, (alpha, beta, 1 - alpha - beta) Dirichlet, nu Gamma truncated to nu > 2. */
export interface GarchPrior {
  readonly muMean: number
  readonly muSd: number
  readonly omegaScale: number
  /** Dirichlet concentrations of (alpha, beta, 1 - alpha - beta); 1, 1, 1 is uniform. */
  readonly alphaWeight: number
  readonly betaWeight: number
  readonly restWeight: number
  readonly nuShape: number
  readonly nuRate: number
}

const DEFAULTS: GarchPrior = {
  muMean: 0,
  muSd: 1,
  omegaScale: 1,
  alphaWeight: 1,
  betaWeight: 1,
  restWeight: 1,
  nuShape: 2,
  nuRate: 0.1,
}

/** Fills in the defaults; refuses unknown fields and values that are no prior. */
export function garchPrior(spec: Spec | undefined, hasNu: boolean): GarchPrior {
  const { nuShape, nuRate, ...rest } = DEFAULTS
  const known = hasNu ? DEFAULTS : rest
  const given = fields(spec, known, 'prior', { muMean: 'finite' })
  return { nuShape, nuRate, ...given } as GarchPrior
}

// The sampler's coordinates, in which the posterior is near-normal with tails that a split-t proposal covers:
//   x = (mu, c, u, l, y): omega = c^2, 1 - alpha - beta = u^(3/2), alpha / (alpha + beta) = logistic(l), nu = 2 + exp(y).
// c <= 0, u <= 0 and u >= 1 have density 0.

export interface GarchParameters {
  mu: number
  omega: number
  alpha: number
  beta: number
  nu: number
}

/** From coordinates to parameters; false outside the support. For the normal model `x` has four entries and nu is Infinity. */
export function toParameters(x: Float64Array, out: GarchParameters): boolean {
  const c = x[1]
  const u = x[2]
  if (!(c > 0 && u > 0 && u < 1)) return false
  const persistence = 1 - u * Math.sqrt(u)
  const share = 1 / (1 + exp(-x[3]))
  out.mu = x[0]
  out.omega = c * c
  out.alpha = persistence * share
  out.beta = persistence * (1 - share)
  out.nu = x.length > 4 ? 2 + exp(x[4]) : Number.POSITIVE_INFINITY
  return out.alpha > 0 && out.beta > 0 && out.nu > 2.0000001 && (x.length < 5 || out.nu < 1e7)
}

export function fromParameters({ mu, omega, alpha, beta, nu }: GarchParameters): Float64Array {
  const coordinates = [mu, Math.sqrt(omega), cbrt((1 - alpha - beta) * (1 - alpha - beta)), ln(alpha / beta)]
  if (Number.isFinite(nu)) coordinates.push(ln(nu - 2))
  return Float64Array.from(coordinates)
}

/** The log prior density of the coordinates, Jacobian 2 c * 3/2 sqrt(u) * (alpha + beta) share (1 - share) * (nu - 2) included. */
export function garchLogPrior(prior: GarchPrior): (x: Float64Array, p: GarchParameters) => number {
  const { muMean, muSd, omegaScale, alphaWeight, betaWeight, restWeight, nuShape, nuRate } = prior
  const total = alphaWeight + betaWeight + restWeight
  const constant =
    lnGamma(total) - lnGamma(alphaWeight) - lnGamma(betaWeight) - lnGamma(restWeight) + ln(2) - ln(omegaScale) - ln(muSd) + ln(3)
  const truncation = log1p(-gammainc(2 * nuRate, nuShape, true, false))
  return (x, p) => {
    const persistence = p.alpha + p.beta
    const z = (p.mu - muMean) / muSd
    const o = p.omega / omegaScale
    let value = constant + normalLogPdf(z) + normalLogPdf(o)
    const root = Math.sqrt(x[2])
    // share (1 - share) = alpha beta / persistence^2.
    value += ln((x[1] * root * p.alpha * p.beta) / persistence)
    if (alphaWeight !== 1) value += (alphaWeight - 1) * ln(p.alpha)
    if (betaWeight !== 1) value += (betaWeight - 1) * ln(p.beta)
    if (restWeight !== 1) value += (restWeight - 1) * ln(x[2] * root)
    if (x.length > 4) value += gammaLogPdf(p.nu, nuShape, nuRate) - truncation + x[4]
    return value
  }
}
