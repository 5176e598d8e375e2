import { assert, type Stream } from '../base/index.js'
import { drawInverseWishartRoot, drawNormal } from '../distributions/index.js'
import { cholesky, dot } from '../math/index.js'

/**
 * The normal-inverse-Wishart of d assets: covariance inverse Wishart with nu degrees of freedom and scale Psi, means normal about
 * m with covariance / kappa. Kept in moments: forgetting and learning then only ever add positive terms to Psi.
 */
export interface NormalInverseWishart {
  kappa: number
  nu: number
  /** m, length d. */
  readonly mean: Float64Array
  /** Psi, row-major d x d. */
  readonly scatter: Float64Array
}

export const copyOf = ({ kappa, nu, mean, scatter }: NormalInverseWishart): NormalInverseWishart => ({
  kappa,
  nu,
  mean: Float64Array.from(mean),
  scatter: Float64Array.from(scatter),
})

/** Becomes the mixture keep * own + (1 - keep) * other of natural parameters. */
export function mixTowards(own: NormalInverseWishart, other: NormalInverseWishart, keep: number): void {
  const d = own.mean.length
  const [a, b] = [keep * own.kappa, (1 - keep) * other.kappa]
  const between = (a * b) / (a + b)
  for (let i = 0; i < d; i++) {
    const gap = own.mean[i] - other.mean[i]
    for (let j = 0; j <= i; j++) {
      const k = i * d + j
      own.scatter[k] = keep * own.scatter[k] + (1 - keep) * other.scatter[k] + between * gap * (own.mean[j] - other.mean[j])
      own.scatter[j * d + i] = own.scatter[k]
    }
  }
  for (let i = 0; i < d; i++) own.mean[i] += (b / (a + b)) * (other.mean[i] - own.mean[i])
  own.kappa = a + b
  own.nu = keep * own.nu + (1 - keep) * other.nu
}

/** Learns one day's returns (Gelman et al. 2013, section 3.6). */
export function absorbRow(own: NormalInverseWishart, row: Float64Array): void {
  const d = own.mean.length
  const between = own.kappa / (own.kappa + 1)
  for (let i = 0; i < d; i++) {
    const gap = between * (row[i] - own.mean[i])
    for (let j = 0; j <= i; j++) {
      own.scatter[i * d + j] += gap * (row[j] - own.mean[j])
      own.scatter[j * d + i] = own.scatter[i * d + j]
    }
  }
  own.kappa++
  own.nu++
  for (let i = 0; i < d; i++) own.mean[i] += (row[i] - own.mean[i]) / own.kappa
}

/** Natural parameters: kappa m, kappa, nu, and the lower triangle of Psi + kappa m m' by rows. For one asset: normalInverseGamma's. */
export function toNatural({ kappa, nu, mean, scatter }: NormalInverseWishart): Float64Array {
  const d = mean.length
  const natural = new Float64Array(naturalLength(d))
  for (let i = 0; i < d; i++) natural[i] = kappa * mean[i]
  natural[d] = kappa
  natural[d + 1] = nu
  let at = d + 2
  for (let i = 0; i < d; i++) for (let j = 0; j <= i; j++) natural[at++] = scatter[i * d + j] + kappa * mean[i] * mean[j]
  return natural
}

export function fromNatural(natural: Float64Array, d: number): NormalInverseWishart {
  const kappa = natural[d]
  const mean = Float64Array.from({ length: d }, (_, i) => natural[i] / kappa)
  const scatter = new Float64Array(d * d)
  let at = d + 2
  for (let i = 0; i < d; i++)
    for (let j = 0; j <= i; j++) scatter[i * d + j] = scatter[j * d + i] = natural[at++] - natural[i] * mean[j]
  return { kappa, nu: natural[d + 1], mean, scatter }
}

const naturalLength = (d: number): number => d + 2 + (d * (d + 1)) / 2

/** Rounding leaves the variance of a hedge no more than this share of its legs' variances. */
const ROUNDING = 1e-12

/**
 * What the belief says of the portfolio w'r alone, exactly: mean normal about m with variance / kappa, variance inverse gamma
 * with shape a = (nu - d + 1) / 2 and scale b = w' Psi w / 2.
 */
export function portfolioOf(
  { kappa, nu, mean, scatter }: NormalInverseWishart,
  weights: Float64Array,
): { m: number; kappa: number; a: number; b: number } {
  const d = mean.length
  let squares = 0
  let legs = 0
  for (let i = 0; i < d; i++) {
    legs += weights[i] * weights[i] * scatter[i * d + i]
    for (let j = 0; j < d; j++) squares += weights[i] * weights[j] * scatter[i * d + j]
  }
  return { m: dot(weights, mean), kappa, a: (nu - d + 1) / 2, b: Math.max(squares, ROUNDING * legs) / 2 }
}

/** One draw: `means` (length d), and the rows of a square root of the covariance. */
export interface WishartDraw {
  readonly means: Float64Array
  readonly root: Float64Array
}

/** Draws one after the other from a belief. */
export function openDraws(belief: NormalInverseWishart, stream: Stream): () => WishartDraw {
  const { kappa, nu, mean, scatter } = belief
  const d = mean.length
  const factor = factorOf(scatter, d)
  return () => {
    const root = drawInverseWishartRoot(stream, nu, factor, d)
    const z = Float64Array.from({ length: d }, () => drawNormal(stream) / Math.sqrt(kappa))
    const means = mean.map((m, i) => m + dot(root.subarray(i * d, (i + 1) * d), z))
    return { means, root }
  }
}

/** The lower factor of Psi, each variance a rounding error larger: assets that move as one have a factor too. */
function factorOf(scatter: Float64Array, d: number): Float64Array {
  for (let lift = ROUNDING; lift < 1; lift *= 10) {
    const lifted = Float64Array.from(scatter)
    for (let i = 0; i < d; i++) lifted[i * d + i] *= 1 + lift
    const factor = cholesky(lifted, d)
    if (factor !== null) return factor
  }
  assert(false, 'a scatter matrix is positive definite up to rounding')
}
