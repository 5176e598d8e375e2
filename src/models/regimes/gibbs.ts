import { nextUniform, type Stream } from '../../base/index.js'
import { drawGamma, drawNormal } from '../../distributions/index.js'
import { type Proposal, studentTProposal, type Target, type Transition } from '../../inference/index.js'
import { cholesky, ln, momentsOf } from '../../math/index.js'
import { type RegimePaths, withRegimePaths } from './likelihood.js'
import { fromPoint, matrixAt, ordered, pointLength, type Regimes, toPoint } from './point.js'
import { drawTransitions, type RegimePrior } from './prior.js'

/** Where a chain stands. */
export interface GibbsState {
  point: Float64Array
}

/**
 * Gibbs sampler of Markov-switching volatility: a path of regimes by forward filtering and backward sampling (Chib 1996), variances
 * and mean by conjugacy, transition rows by their Dirichlet, accepted by Metropolis for the first regime's stationary probability.
 * The prior does not know labels, so each sweep may end by ordering the regimes: the ordered chain targets the ordered posterior
 * (permutation sampling: Fruehwirth-Schnatter 2001). After warm-up each sweep is followed by one independence proposal, Student-t with
 * the moments of all chains' warm-up, which crosses between hills that sweeps do not. Positions are the sampler's coordinates.
 */
export function regimeGibbs(
  regimes: Regimes,
  prior: RegimePrior,
  returns: Float64Array,
  target: Target,
  proposal?: Proposal,
): Transition<GibbsState> {
  const dimension = target.dimension
  const pair = new Float64Array(2 * dimension)
  const values = new Float64Array(2)
  const candidate = new Float64Array(pointLength(regimes))

  function leap(state: GibbsState, far: Proposal, stream: Stream): void {
    const held = fromPoint(regimes, state.point)
    pair.set(held)
    const proposed = pair.subarray(dimension)
    const logProposal = far.draw(stream, proposed)
    target.evaluate(pair, 2, values)
    const logRatio = values[1] - values[0] + far.logDensity(held) - logProposal
    if (ln(nextUniform(stream)) < logRatio && toPoint(regimes, proposed, candidate)) state.point = Float64Array.from(candidate)
  }

  return {
    dimension,
    method: `Gibbs sampling with forward filtering and backward sampling of the regimes${proposal === undefined ? '' : `, each sweep followed by an independence proposal from ${proposal.name}`}`,
    init(x) {
      const point = new Float64Array(pointLength(regimes))
      toPoint(regimes, x, point)
      return { point }
    },
    step(state, count, stream, out) {
      return withRegimePaths(regimes, returns, stream, paths => {
        for (let i = 0; i < count; i++) {
          state.point = sweep(regimes, prior, state.point, paths, stream)
          if (proposal !== undefined) leap(state, proposal, stream)
          out.set(fromPoint(regimes, state.point), i * dimension)
        }
        return state
      })
    },
    tuned: (_, blocks) => regimeGibbs(regimes, prior, returns, target, pooledProposal(blocks, dimension) ?? proposal),
  }
}

/** Student-t about the mean of all draws with their covariance, widened a little; null when they do not span the space. */
function pooledProposal(blocks: readonly Float64Array[], d: number): Proposal | null {
  const columns = Array.from({ length: d }, (_, i) =>
    Float64Array.from(blocks.flatMap(block => Array.from({ length: block.length / d }, (_, k) => block[k * d + i]))),
  )
  const n = columns[0].length
  const { mean, covariance } = momentsOf(columns, new Float64Array(n).fill(1 / n))
  const factor = cholesky(covariance, d)
  if (factor === null) return null
  return studentTProposal(
    mean,
    factor.map(entry => 1.1 * entry),
    5,
  )
}

function sweep(regimes: Regimes, prior: RegimePrior, point: Float64Array, paths: RegimePaths, stream: Stream): Float64Array {
  const path = paths.draw(point)
  const counts = path.subarray(0, regimes)
  const sums = path.subarray(regimes, 2 * regimes)
  const squares = path.subarray(2 * regimes, 3 * regimes)
  const moves = path.subarray(3 * regimes, 3 * regimes + regimes * regimes)
  const first = path[3 * regimes + regimes * regimes]
  const next = Float64Array.from(point)
  for (let k = 0; k < regimes; k++) {
    const about = Math.max(0, squares[k] - 2 * point[0] * sums[k] + counts[k] * point[0] * point[0])
    next[1 + k] = Math.sqrt((prior.varianceScale + about / 2) / drawGamma(stream, prior.varianceShape + counts[k] / 2))
  }
  let precision = 1 / (prior.muSd * prior.muSd)
  let weighted = prior.muMean * precision
  for (let k = 0; k < regimes; k++) {
    precision += counts[k] / (next[1 + k] * next[1 + k])
    weighted += sums[k] / (next[1 + k] * next[1 + k])
  }
  next[0] = weighted / precision + drawNormal(stream) / Math.sqrt(precision)
  drawMatrix(regimes, prior, next, moves, first, stream)
  return ordered(regimes, next)
}

/** The transition matrix given the moves of a path, in place. */
function drawMatrix(
  regimes: Regimes,
  { stayWeight, moveWeight }: RegimePrior,
  point: Float64Array,
  moves: Float64Array,
  first: number,
  stream: Stream,
): void {
  const matrix = matrixAt(regimes)
  const proposed = Float64Array.from(point)
  for (let i = 0; i < regimes; i++) {
    const weights = new Float64Array(regimes)
    for (let j = 0; j < regimes; j++) weights[j] = moves[i * regimes + j] + (i === j ? stayWeight : moveWeight)
    proposed.set(drawTransitions(weights, stream), matrix + i * regimes)
  }
  const ratio = stationary(regimes, proposed)[first] / stationary(regimes, point)[first]
  if (nextUniform(stream) < ratio) point.set(proposed)
}

/** The stationary distribution of a point's chain, by spanning trees (Markov chain tree theorem): sums of positive terms. */
export function stationary(regimes: Regimes, point: Float64Array): Float64Array {
  const p = point.subarray(matrixAt(regimes))
  const weights =
    regimes === 2
      ? Float64Array.of(p[2], p[1])
      : Float64Array.of(
          p[3] * (p[6] + p[7]) + p[6] * p[5],
          p[1] * (p[6] + p[7]) + p[7] * p[2],
          p[2] * (p[3] + p[5]) + p[5] * p[1],
        )
  let total = 0
  for (const w of weights) total += w
  return weights.map(w => w / total)
}
