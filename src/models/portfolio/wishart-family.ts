import { assert, type Stream } from '../../base/index.js'
import { drawInverseWishartRoot, drawNormal } from '../../distributions/index.js'
import type { NormalInverseGamma, NormalInverseWishart } from '../../inference/index.js'
import { cholesky, dot } from '../../math/index.js'

// Beliefs about d assets are kept in moments, not in natural parameters: forgetting, learning and pooling then only ever add
// positive terms to the scale matrix, which stays positive definite whatever the size of the means.

/** The belief whose natural parameters are (1 - share) of one's and share of the other's, 0 <= share <= 1. */
export function mixture(one: NormalInverseWishart, other: NormalInverseWishart, share: number): NormalInverseWishart {
  const d = one.mean.length
  const [a, b] = [(1 - share) * one.strength, share * other.strength]
  const between = (a * b) / (a + b)
  const gap = one.mean.map((m, i) => other.mean[i] - m)
  const scale = new Float64Array(d * d)
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      const at = i * d + j
      scale[at] = (1 - share) * one.scale[at] + share * other.scale[at] + between * gap[i] * gap[j]
      scale[j * d + i] = scale[at]
    }
  }
  return {
    mean: one.mean.map((m, i) => m + (b / (a + b)) * gap[i]),
    strength: a + b,
    df: (1 - share) * one.df + share * other.df,
    scale,
  }
}

/**
 * Natural parameters, in which a row of returns adds (r, 1, 1, r r'): strength m, strength, df, and the lower triangle of
 * scale + strength m m' by rows. For one asset they are normalInverseGamma's.
 */
export function toNatural({ mean, strength, df, scale }: NormalInverseWishart): Float64Array {
  const d = mean.length
  const natural = new Float64Array(d + 2 + (d * (d + 1)) / 2)
  for (let i = 0; i < d; i++) natural[i] = strength * mean[i]
  natural[d] = strength
  natural[d + 1] = df
  let at = d + 2
  for (let i = 0; i < d; i++) for (let j = 0; j <= i; j++) natural[at++] = scale[i * d + j] + strength * mean[i] * mean[j]
  return natural
}

export function fromNatural(natural: Float64Array, d: number): NormalInverseWishart {
  const strength = natural[d]
  const mean = natural.slice(0, d).map(shift => shift / strength)
  const scale = new Float64Array(d * d)
  let at = d + 2
  for (let i = 0; i < d; i++)
    for (let j = 0; j <= i; j++) scale[i * d + j] = scale[j * d + i] = natural[at++] - natural[i] * mean[j]
  return { mean, strength, df: natural[d + 1], scale }
}

/** Rounding leaves of the variance of a hedge no less than this share of its legs' variances. */
const ROUNDING = 1e-12

/** What a belief about assets says of their portfolio w'r, exactly. */
export function portfolioOf({ mean, strength, df, scale }: NormalInverseWishart, weights: Float64Array): NormalInverseGamma {
  const d = mean.length
  let squares = 0
  let legs = 0
  for (let i = 0; i < d; i++) {
    legs += weights[i] * weights[i] * scale[i * d + i]
    for (let j = 0; j < d; j++) squares += weights[i] * weights[j] * scale[i * d + j]
  }
  return { mean: dot(weights, mean), strength, shape: (df - d + 1) / 2, scale: Math.max(squares, ROUNDING * legs) / 2 }
}

/** One draw: the assets' means, and a square root of their covariance, row-major d x d. */
export interface WishartDraw {
  readonly means: Float64Array
  readonly root: Float64Array
}

/** Draws one after the other from a belief. */
export function openDraws({ mean, strength, df, scale }: NormalInverseWishart, stream: Stream): () => WishartDraw {
  const d = mean.length
  const factor = factorOf(scale, d)
  return () => {
    const root = drawInverseWishartRoot(stream, df, factor, d)
    const z = Float64Array.from({ length: d }, () => drawNormal(stream) / Math.sqrt(strength))
    return { means: mean.map((m, i) => m + dot(root.subarray(i * d, (i + 1) * d), z)), root }
  }
}

/** The lower factor of a scale matrix, each variance a rounding error larger: assets that move as one have a factor too. */
function factorOf(scale: Float64Array, d: number): Float64Array {
  for (let lift = ROUNDING; lift < 1; lift *= 10) {
    const factor = cholesky(
      scale.map((v, at) => (Math.floor(at / d) === at % d ? v * (1 + lift) : v)),
      d,
    )
    if (factor !== null) return factor
  }
  assert(false, 'a scale matrix is positive definite up to rounding')
}
