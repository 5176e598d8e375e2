import type { Key } from '../../base/index.js'
import type { Belief } from '../../inference/index.js'
import { cholesky, gammainc, meanOf, varianceOf } from '../../math/index.js'
import type { PriorFields } from '../model.js'
import { gaussianPoints } from './pool.js'
import { columnsOfRows } from './posterior.js'
import type { GarchFamily, GarchPrior } from './prior.js'
import { parametersOf } from './target.js'

const DRAWS = 1000

/**
 * The prior that a Gaussian belief in the sampler's coordinates leaves for later returns. Draws of the belief are matched in the
 * prior's own families: mu by mean and variance, omega by its mean square (the scale's maximum likelihood), the parts of the
 * persistence by their means and the sum of their variances, nu by mean and variance of the truncated Gamma. Then, in the natural
 * parameters of each family, that prior counts `discount` and the model's own the rest: what the data said, to the power
 * `discount`. Correlations between the blocks are lost; the half-normal keeps the size of omega and not its precision.
 * null when almost none of the belief lies in the support, or its draws do not vary.
 */
export function garchPriorFrom(
  belief: Belief,
  discount: number,
  own: GarchPrior,
  family: GarchFamily,
  key: Key,
): PriorFields | null {
  if (belief.kind !== 'gaussian') return null
  const factor = cholesky(belief.covariance, belief.mean.length)
  const points = factor === null ? null : gaussianPoints(family, belief.mean, factor, DRAWS, key)
  if (points === null) return null
  const columns = columnsOfRows(parametersOf(family, points), family.names.length)
  const of = (name: string): Float64Array => columns[family.names.indexOf(name)]
  const mixed = (ours: number, told: number): number => (1 - discount) * ours + discount * told

  const mu = of('mu')
  const precisions = [1 / (own.muSd * own.muSd), 1 / varianceOf(mu)] as const
  const precision = mixed(...precisions)
  const parts = partsOf(of, family)
  const learned: { [name: string]: number } = {
    muMean: mixed(own.muMean * precisions[0], meanOf(mu) * precisions[1]) / precision,
    muSd: 1 / Math.sqrt(precision),
    omegaScale: 1 / Math.sqrt(mixed(1 / (own.omegaScale * own.omegaScale), 1 / meanOf(of('omega').map(v => v * v)))),
  }
  const total = concentrationOf(parts.map(([, values]) => values))
  for (const [name, values] of parts) learned[name] = mixed(own[name], total * meanOf(values))
  if (family.hasNu) {
    const { shape, rate } = truncatedGamma(meanOf(of('nu')), varianceOf(of('nu')))
    learned.nuShape = mixed(own.nuShape, shape)
    learned.nuRate = mixed(own.nuRate, rate)
  }
  const isPrior = Object.entries(learned).every(([name, value]) => Number.isFinite(value) && (name === 'muMean' || value > 0))
  return isPrior ? learned : null
}

type Weight = 'alphaWeight' | 'negativeWeight' | 'betaWeight' | 'restWeight'

/** The Dirichlet's parts under each draw, named as their concentrations. */
function partsOf(of: (name: string) => Float64Array, { hasLeverage }: GarchFamily): [Weight, Float64Array][] {
  const [alpha, beta] = [of('alpha'), of('beta')]
  const parts: [Weight, Float64Array][] = hasLeverage
    ? [
        ['alphaWeight', alpha.map(a => a / 2)],
        ['negativeWeight', of('gamma').map((gamma, k) => (alpha[k] + gamma) / 2)],
      ]
    : [['alphaWeight', alpha]]
  parts.push(['betaWeight', beta])
  const rest = beta.map(
    (b, k) => 1 - b - parts.reduce((sum, [name, values]) => (name === 'betaWeight' ? sum : sum + values[k]), 0),
  )
  parts.push(['restWeight', rest])
  return parts
}

/** The sum of a Dirichlet's concentrations: its variances are m (1 - m) / (sum + 1). */
function concentrationOf(parts: readonly Float64Array[]): number {
  let spread = 0
  let variance = 0
  for (const part of parts) {
    const mean = meanOf(part)
    spread += mean * (1 - mean)
    variance += varianceOf(part)
  }
  return spread / variance - 1
}

const ROUNDS_MAX = 60

/** Shape and rate of the Gamma that, truncated to nu > 2, has about this mean and variance: the best of a fixed-point search. */
function truncatedGamma(mean: number, variance: number): { shape: number; rate: number } {
  let best = { shape: (mean * mean) / variance, rate: mean / variance }
  let bestGap = Number.POSITIVE_INFINITY
  // Moments before truncation, moved by what is lacking after it.
  let [m, v] = [mean, variance]
  for (let round = 0; round < ROUNDS_MAX && bestGap > 1e-6; round++) {
    const [shape, rate] = [(m * m) / v, m / v]
    const above = (extra: number): number => gammainc(2 * rate, shape + extra, true, true)
    const found = (m * above(1)) / above(0)
    const square = ((m * m + v) * above(2)) / above(0)
    const gap = Math.abs(found / mean - 1) + Math.abs((square - found * found) / variance - 1)
    if (!Number.isFinite(gap)) break
    if (gap < bestGap) [best, bestGap] = [{ shape, rate }, gap]
    m = Math.max(m + mean - found, 0.05 * mean)
    v *= variance / (square - found * found)
  }
  return best
}
