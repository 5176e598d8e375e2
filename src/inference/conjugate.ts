import type { Stream } from '../base/index.js'
import { drawGamma, drawNormal, normalLogPdf, studentTLogPdf } from '../distributions/index.js'
import { cholesky, ln, lnGamma, log1p } from '../math/index.js'
import { studentTProposal } from './proposal.js'

// Conjugate families (Gelman et al. 2013, chapters 2 and 3): the posterior after one observation, and the log density of an
// observation under the prior predictive, whose sum over the observations is the log evidence. Pure functions on plain data.

/** A normal belief about a mean; the observations' variance is known. */
export interface Normal {
  readonly mean: number
  readonly variance: number
}

export function normalPosterior({ mean, variance }: Normal, x: number, noise: number): Normal {
  const gain = variance / (variance + noise)
  return { mean: mean + gain * (x - mean), variance: gain * noise }
}

export const normalPredictive = ({ mean, variance }: Normal, x: number, noise: number): number => {
  const total = variance + noise
  return normalLogPdf((x - mean) / Math.sqrt(total)) - 0.5 * ln(total)
}

/** variance ~ inverse gamma(shape, scale); mean given it ~ normal(mean, variance / strength). */
export interface NormalInverseGamma {
  readonly mean: number
  readonly strength: number
  readonly shape: number
  readonly scale: number
}

export const normalInverseGammaPosterior = (prior: NormalInverseGamma, x: number): NormalInverseGamma => {
  const strength = prior.strength + 1
  const gap = x - prior.mean
  return {
    mean: prior.mean + gap / strength,
    strength,
    shape: prior.shape + 0.5,
    scale: prior.scale + (0.5 * prior.strength * gap * gap) / strength,
  }
}

/** The Student-t of the next observation: location, scale and degrees of freedom. */
export const normalInverseGammaNext = ({
  mean,
  strength,
  shape,
  scale,
}: NormalInverseGamma): { location: number; scale: number; df: number } => ({
  location: mean,
  scale: Math.sqrt((scale * (strength + 1)) / (shape * strength)),
  df: 2 * shape,
})

export function normalInverseGammaPredictive(prior: NormalInverseGamma, x: number): number {
  const { location, scale, df } = normalInverseGammaNext(prior)
  return studentTLogPdf((x - location) / scale, df) - ln(scale)
}

/** Natural coordinates (kappa m, kappa, 2 a, 2 b + kappa m^2), in which an observation adds (x, 1, 1, x^2). */
export const normalInverseGammaNatural = ({ mean, strength, shape, scale }: NormalInverseGamma): Float64Array =>
  Float64Array.of(strength * mean, strength, 2 * shape, 2 * scale + strength * mean * mean)

export function normalInverseGammaFromNatural([shift, strength, twiceShape, rest]: Float64Array): NormalInverseGamma {
  const mean = shift / strength
  return { mean, strength, shape: twiceShape / 2, scale: (rest - shift * mean) / 2 }
}

export function drawNormalInverseGamma(
  { mean, strength, shape, scale }: NormalInverseGamma,
  stream: Stream,
): { mean: number; sd: number } {
  const sd = Math.sqrt(scale / drawGamma(stream, shape))
  return { mean: mean + (sd / Math.sqrt(strength)) * drawNormal(stream), sd }
}

/** A gamma belief about a rate. */
export interface Gamma {
  readonly shape: number
  readonly rate: number
}

/** After a waiting time x of exponential distribution with that rate. */
export const exponentialPosterior = ({ shape, rate }: Gamma, x: number): Gamma => ({ shape: shape + 1, rate: rate + x })

/** Lomax. */
export const exponentialPredictive = ({ shape, rate }: Gamma, x: number): number =>
  ln(shape) - ln(rate) - (shape + 1) * log1p(x / rate)

/** After a Poisson count with that rate over `exposure`. */
export const poissonPosterior = ({ shape, rate }: Gamma, count: number, exposure = 1): Gamma => ({
  shape: shape + count,
  rate: rate + exposure,
})

/** Negative binomial. */
export const poissonPredictive = ({ shape, rate }: Gamma, count: number, exposure = 1): number =>
  lnGamma(shape + count) - lnGamma(shape) - lnGamma(count + 1) - shape * log1p(exposure / rate) - count * log1p(rate / exposure)

/** A beta belief about a probability: a - 1 successes and b - 1 failures more than the flat one. */
export interface Beta {
  readonly a: number
  readonly b: number
}

export const binomialPosterior = ({ a, b }: Beta, successes: number, trials: number): Beta => ({
  a: a + successes,
  b: b + trials - successes,
})

/** Beta-binomial. */
export const binomialPredictive = ({ a, b }: Beta, successes: number, trials: number): number =>
  lnGamma(trials + 1) -
  lnGamma(successes + 1) -
  lnGamma(trials - successes + 1) +
  logBeta(a + successes, b + trials - successes) -
  logBeta(a, b)

const logBeta = (a: number, b: number): number => lnGamma(a) + lnGamma(b) - lnGamma(a + b)

/** covariance ~ inverse Wishart(df, scale); mean given it ~ normal(mean, covariance / strength). `scale` is row-major d x d. */
export interface NormalInverseWishart {
  readonly mean: Float64Array
  readonly strength: number
  readonly df: number
  readonly scale: Float64Array
}

export function normalInverseWishartPosterior(prior: NormalInverseWishart, x: Float64Array): NormalInverseWishart {
  const d = x.length
  const strength = prior.strength + 1
  const gap = x.map((v, i) => v - prior.mean[i])
  return {
    mean: prior.mean.map((m, i) => m + gap[i] / strength),
    strength,
    df: prior.df + 1,
    scale: prior.scale.map((v, at) => v + (prior.strength / strength) * gap[Math.floor(at / d)] * gap[at % d]),
  }
}

/** Multivariate Student-t with df - d + 1 degrees of freedom. -Infinity where `scale` is not positive definite. */
export function normalInverseWishartPredictive({ mean, strength, df, scale }: NormalInverseWishart, x: Float64Array): number {
  const d = x.length
  const nu = df - d + 1
  const spread = (strength + 1) / (strength * nu)
  const factor = cholesky(
    scale.map(v => v * spread),
    d,
  )
  return factor === null ? Number.NEGATIVE_INFINITY : studentTProposal(mean, factor, nu).logDensity(x)
}
