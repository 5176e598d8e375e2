import { assert, type Key, nextUniform, openStream, type Stream } from '../base/index.js'
import { drawChiSquare, drawNormal } from '../distributions/index.js'
import { cholesky, exp, LN_PI, ln, lnGamma, momentsOf, pow, solveLower } from '../math/index.js'
import type { Proposal } from './proposal.js'
import { psis } from './psis.js'
import type { Target } from './target.js'

const CENTRES = 64
const DF = 5
/** Kernel width in standard deviations of the target. */
const BANDWIDTH = 0.6
/** What the first proposal keeps, so that no region it covered is lost. */
const DEFENSIVE = 0.2

/**
 * A proposal refined by importance sampling (West 1993; Hesterberg 1995): `count` draws from a first one are weighted by the target,
 * and Student-t kernels stand at 64 of them, taken in proportion to their weights, beside a share of the first proposal. It bends to
 * targets that no single split t covers. Null where the weights are of no use.
 */
export function kernelProposal(target: Target, first: Proposal, count: number, key: Key): Proposal | null {
  const d = target.dimension
  const stream = openStream(key)
  const points = new Float64Array(count * d)
  const logRatios = new Float64Array(count)
  const logQ = new Float64Array(count)
  for (let i = 0; i < count; i++) logQ[i] = first.draw(stream, points.subarray(i * d, (i + 1) * d))
  target.evaluate(points, count, logRatios)
  for (let i = 0; i < count; i++) logRatios[i] -= logQ[i]
  if (!logRatios.some(ratio => ratio > Number.NEGATIVE_INFINITY)) return null
  const weights = psis(logRatios).logWeights.map(exp)
  const columns = Array.from({ length: d }, (_, i) => Float64Array.from({ length: count }, (_, k) => points[k * d + i]))
  const factor = cholesky(momentsOf(columns, weights).covariance, d)
  if (factor === null) return null
  const kernel = factor.map(v => BANDWIDTH * v)
  return mixture(first, centresOf(points, weights, d, nextUniform(stream)), kernel, d)
}

/** Points in proportion to their weights, systematically, one row each. */
function centresOf(points: Float64Array, weights: Float64Array, d: number, uniform: number): Float64Array[] {
  let k = 0
  let cumulative = weights[0]
  return Array.from({ length: CENTRES }, (_, i) => {
    while (cumulative * CENTRES < i + uniform && k < weights.length - 1) cumulative += weights[++k]
    return points.slice(k * d, (k + 1) * d)
  })
}

function mixture(first: Proposal, centres: readonly Float64Array[], factor: Float64Array, d: number): Proposal {
  // In whitened coordinates every kernel is round.
  const white = centres.map(centre => solveLower(factor, centre))
  let constant = lnGamma((DF + d) / 2) - lnGamma(DF / 2) - 0.5 * d * (ln(DF) + LN_PI)
  for (let i = 0; i < d; i++) constant -= ln(factor[i * d + i])
  const scale = ((1 - DEFENSIVE) * exp(constant)) / CENTRES
  assert(scale > 0 && Number.isFinite(scale), 'a kernel with a density')
  const logDensity = (x: Float64Array): number => {
    const z = solveLower(factor, x)
    let sum = 0
    for (const centre of white) {
      let square = 0
      for (let i = 0; i < d; i++) square += (z[i] - centre[i]) * (z[i] - centre[i])
      sum += pow(1 + square / DF, -0.5 * (DF + d))
    }
    return ln(DEFENSIVE * exp(first.logDensity(x)) + scale * sum)
  }
  return {
    dimension: d,
    name: `Student-t kernels (${DF} degrees of freedom) at ${CENTRES} weighted draws beside ${first.name}`,
    draw(stream: Stream, x: Float64Array): number {
      const choice = nextUniform(stream)
      if (choice < DEFENSIVE) {
        first.draw(stream, x)
        return logDensity(x)
      }
      x.set(centres[Math.min(Math.floor(((choice - DEFENSIVE) / (1 - DEFENSIVE)) * CENTRES), CENTRES - 1)])
      const radius = Math.sqrt(DF / drawChiSquare(stream, DF))
      for (let i = 0; i < d; i++) {
        const z = radius * drawNormal(stream)
        for (let k = i; k < d; k++) x[k] += z * factor[k * d + i]
      }
      return logDensity(x)
    },
    logDensity,
  }
}
