import { assert, childKey, type Key, nextUniform, openStream, type Stream } from '../base/index.js'
import { drawChiSquare, drawNormal } from '../distributions/index.js'
import { doublesAt, kernels, put, reserveDoubles, scratch } from '../kernels/index.js'
import { cholesky, exp, LN_PI, ln, lnGamma, momentsOf, solveLower } from '../math/index.js'
import type { Proposal } from './proposal.js'
import { psis } from './psis.js'
import { columnsOf } from './run-chains.js'
import type { Target } from './target.js'

const CENTRES = 64
const DF = 5
const DIMENSION_MAX = 64
/** Kernel width in standard deviations of the target. */
const BANDWIDTH = 0.6
/** What the first proposal keeps, so that no region it covered is lost. */
const DEFENSIVE = 0.2

/**
 * A proposal refined by importance sampling (West 1993; Hesterberg 1995): `count` draws from a first one are weighted by the target,
 * and Student-t kernels stand at 64 of them, taken in proportion to their weights, beside a share of the first proposal. It bends to
 * targets that no single split t covers. Further rounds see the target through the kernels of the last. Null where the weights are of
 * no use.
 */
export function kernelProposal(target: Target, first: Proposal, count: number, key: Key, rounds = 1): Proposal | null {
  if (target.dimension > DIMENSION_MAX) return null
  let proposal: Proposal | null = first
  for (let round = 0; round < rounds && proposal !== null; round++)
    proposal = refined(target, first, proposal, count, childKey(key, round))
  return proposal
}

/** Kernels beside `first` at weighted draws from `from`. */
function refined(target: Target, first: Proposal, from: Proposal, count: number, key: Key): Proposal | null {
  const d = target.dimension
  const stream = openStream(key)
  const points = new Float64Array(count * d)
  const logRatios = new Float64Array(count)
  const logQ = new Float64Array(count)
  if (from.drawBlock !== undefined) from.drawBlock(stream, count, points, logQ)
  else for (let i = 0; i < count; i++) logQ[i] = from.draw(stream, points.subarray(i * d, (i + 1) * d))
  target.evaluate(points, count, logRatios)
  for (let i = 0; i < count; i++) logRatios[i] -= logQ[i]
  if (!logRatios.some(ratio => ratio > Number.NEGATIVE_INFINITY)) return null
  const weights = psis(logRatios).logWeights.map(exp)
  const factor = cholesky(momentsOf(columnsOf(points, count, d), weights).covariance, d)
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
  const white = new Float64Array(d * CENTRES)
  centres.forEach((centre, k) => {
    solveLower(factor, centre).forEach((v, i) => {
      white[i * CENTRES + k] = v
    })
  })
  let constant = lnGamma((DF + d) / 2) - lnGamma(DF / 2) - 0.5 * d * (ln(DF) + LN_PI)
  for (let i = 0; i < d; i++) constant -= ln(factor[i * d + i])
  const scale = ((1 - DEFENSIVE) * exp(constant)) / CENTRES
  assert(scale > 0 && Number.isFinite(scale), 'a kernel with a density')
  const logDensities = (points: Float64Array, count: number, out: Float64Array): void => {
    scratch(() => {
      const [at, shared, places] = [points, factor, white].map(put)
      const sums = reserveDoubles(count)
      kernels().sumOfKernels(at, count, d, DF, shared, places, CENTRES, sums)
      out.set(doublesAt(sums, count))
    })
    for (let i = 0; i < count; i++)
      out[i] = ln(DEFENSIVE * exp(first.logDensity(points.subarray(i * d, (i + 1) * d))) + scale * out[i])
  }
  const one = new Float64Array(1)
  const logDensity = (x: Float64Array): number => {
    logDensities(x, 1, one)
    return one[0]
  }
  /** A point into `x`, its density left to whoever wants it. */
  const place = (stream: Stream, x: Float64Array): void => {
    const choice = nextUniform(stream)
    if (choice < DEFENSIVE) {
      first.draw(stream, x)
      return
    }
    x.set(centres[Math.min(Math.floor(((choice - DEFENSIVE) / (1 - DEFENSIVE)) * CENTRES), CENTRES - 1)])
    const radius = Math.sqrt(DF / drawChiSquare(stream, DF))
    for (let i = 0; i < d; i++) {
      const z = radius * drawNormal(stream)
      for (let k = i; k < d; k++) x[k] += z * factor[k * d + i]
    }
  }
  return {
    dimension: d,
    name: `Student-t kernels (${DF} degrees of freedom) at ${CENTRES} weighted draws beside ${first.name}`,
    draw(stream, x) {
      place(stream, x)
      return logDensity(x)
    },
    logDensity,
    drawBlock(stream, count, points, out) {
      for (let i = 0; i < count; i++) place(stream, points.subarray(i * d, (i + 1) * d))
      logDensities(points, count, out)
    },
  }
}
