import { nextUniform, type Stream } from '../../base/index.js'
import { drawGamma, drawNormal } from '../../distributions/index.js'
import { cbrt, gammainc, gammaincinv, ln, lnGamma } from '../../math/index.js'
import type { Parameters } from '../model.js'
import { fields, type Spec } from '../options.js'

export type GarchName = 'garchNormal' | 'garchT' | 'gjrGarchT'

/**
 * A member of the GARCH(1,1) family: h_(t+1) = omega + (alpha + gamma [r_t < mu]) (r_t - mu)^2 + beta h_t, gamma only with
 * leverage (Glosten, Jagannathan & Runkle 1993), errors normal or Student-t of unit variance (Bollerslev 1987).
 */
export interface GarchFamily {
  readonly name: GarchName
  /** As the kernels number them: 1 for Student-t errors, plus 2 for leverage. */
  readonly kind: number
  readonly names: readonly string[]
  readonly hasNu: boolean
  readonly hasLeverage: boolean
}

export const garchFamilies: { readonly [name in GarchName]: GarchFamily } = {
  garchNormal: { name: 'garchNormal', kind: 0, names: ['mu', 'omega', 'alpha', 'beta'], hasNu: false, hasLeverage: false },
  garchT: { name: 'garchT', kind: 1, names: ['mu', 'omega', 'alpha', 'beta', 'nu'], hasNu: true, hasLeverage: false },
  gjrGarchT: {
    name: 'gjrGarchT',
    kind: 3,
    names: ['mu', 'omega', 'alpha', 'gamma', 'beta', 'nu'],
    hasNu: true,
    hasLeverage: true,
  },
}

/**
 * Priors of the family: mu normal, omega half-normal, the parts of the persistence and what lacks to 1 Dirichlet, nu Gamma
 * truncated to nu > 2. The parts are (alpha, beta), or with leverage (alpha / 2, (alpha + gamma) / 2, beta).
 */
export interface GarchPrior {
  readonly muMean: number
  readonly muSd: number
  readonly omegaScale: number
  /** Dirichlet concentrations; all 1 is uniform. */
  readonly alphaWeight: number
  readonly negativeWeight: number
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
  negativeWeight: 1,
  betaWeight: 1,
  restWeight: 1,
  nuShape: 2,
  nuRate: 0.1,
}

/** The fields of a family's prior, at their defaults. */
export function garchPriorFields({ hasNu, hasLeverage }: GarchFamily): { readonly [name: string]: number } {
  const { nuShape, nuRate, negativeWeight, ...common } = DEFAULTS
  return { ...common, ...(hasLeverage ? { negativeWeight } : {}), ...(hasNu ? { nuShape, nuRate } : {}) }
}

/** Fills in the defaults; refuses fields that the family has not and values that are no prior. */
export function garchPrior(spec: Spec | undefined, family: GarchFamily): GarchPrior {
  return { ...DEFAULTS, ...fields(spec, garchPriorFields(family), 'prior', { muMean: 'finite' }) }
}

const LN_SQRT_2PI = 0.9189385332046727

/** The doubles that the kernel reads, in its order; the constant normalises the density of the sampler's coordinates. */
export function priorForKernel(prior: GarchPrior, { hasNu, hasLeverage }: GarchFamily): Float64Array {
  const { muMean, muSd, omegaScale, alphaWeight, negativeWeight, betaWeight, restWeight, nuShape, nuRate } = prior
  const weights = [alphaWeight, betaWeight, restWeight, ...(hasLeverage ? [negativeWeight] : [])]
  // Jacobian: 2 c, 3/2 sqrt(u), and the logistic maps, whose factors the kernel multiplies in.
  let constant = ln(3) + ln(2) - ln(omegaScale) - ln(muSd) - 2 * LN_SQRT_2PI
  constant += lnGamma(weights.reduce((sum, w) => sum + w, 0)) - weights.reduce((sum, w) => sum + lnGamma(w), 0)
  if (hasNu) constant += nuShape * ln(nuRate) - lnGamma(nuShape) - ln(gammainc(2 * nuRate, nuShape, true, true))
  return Float64Array.of(
    muMean,
    1 / muSd,
    1 / omegaScale,
    alphaWeight - 1,
    negativeWeight - 1,
    betaWeight - 1,
    restWeight - 1,
    nuShape - 1,
    nuRate,
    constant,
  )
}

/**
 * The sampler's coordinates (docs/adr/0001): (mu, c, u, l[, m][, y]) with omega = c^2, 1 - persistence = u^(3/2), logistic(l)
 * the share of ARCH in the persistence, logistic(m) that of negative shocks in ARCH, nu = 2 + exp(y).
 */
export function toCoordinates({ mu, omega, alpha, gamma = 0, beta, nu }: Parameters, family: GarchFamily): Float64Array {
  const arch = alpha + gamma / 2
  const rest = 1 - arch - beta
  const x = [mu, Math.sqrt(omega), cbrt(rest * rest), ln(arch / beta)]
  if (family.hasLeverage) x.push(ln((alpha + gamma) / alpha))
  if (family.hasNu) x.push(ln(nu - 2))
  return Float64Array.from(x)
}

/** What the parameters should have been, in words, or null. */
export function garchProblem({ mu, omega, alpha, gamma = 0, beta, nu = 3 }: Parameters): string | null {
  const finite = [mu, omega, alpha, gamma, beta, nu].every(Number.isFinite)
  const isStationary = alpha + gamma / 2 + beta < 1
  return finite && omega > 0 && alpha >= 0 && alpha + gamma >= 0 && beta >= 0 && isStationary && nu > 2
    ? null
    : 'omega > 0, alpha, beta >= 0, alpha + beta < 1 (alpha + gamma >= 0 and alpha + gamma / 2 + beta < 1 with leverage), nu > 2'
}

/** One draw from the prior. */
export function drawGarchPrior(prior: GarchPrior, family: GarchFamily, stream: Stream): Parameters {
  const mu = prior.muMean + prior.muSd * drawNormal(stream)
  const omega = prior.omegaScale * Math.abs(drawNormal(stream))
  const weights = [prior.alphaWeight, prior.betaWeight, prior.restWeight, ...(family.hasLeverage ? [prior.negativeWeight] : [])]
  const parts = weights.map(weight => drawGamma(stream, weight))
  const total = parts.reduce((sum, part) => sum + part, 0)
  const [first, beta, , negative = 0] = parts.map(part => part / total)
  const arch: Parameters = family.hasLeverage ? { alpha: 2 * first, gamma: 2 * negative - 2 * first } : { alpha: first }
  return { mu, omega, ...arch, beta, ...(family.hasNu ? { nu: drawNu(prior, stream) } : {}) }
}

/** Gamma(shape, rate) truncated to nu > 2: by rejection, and by inversion where the truncation leaves little. */
function drawNu({ nuShape, nuRate }: GarchPrior, stream: Stream): number {
  for (let tries = 0; tries < 100; tries++) {
    const nu = drawGamma(stream, nuShape) / nuRate
    if (nu > 2) return nu
  }
  const above = gammainc(2 * nuRate, nuShape, true, true)
  return Math.max(gammaincinv(above * nextUniform(stream), nuShape, true) / nuRate, 2.000001)
}
