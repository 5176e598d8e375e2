import { assert, nextUniform, type Stream } from '../base/index.js'
import { drawNormal } from '../distributions/index.js'
import { cholesky, ln, momentsOf } from '../math/index.js'
import { type Proposal, studentTProposal } from './proposal.js'
import { essOf, logSumExp, normalisedWeights, systematic } from './resampling.js'
import { columnsOf } from './run-chains.js'
import type { Target } from './target.js'

// Iterated batch importance sampling (Chopin 2002): draws of the parameters carried from day to day by weights, renewed by Markov
// moves when few of them carry the weight.

/** Weighted draws of d parameters. Never changed in place. */
export interface ParticleSet {
  /** n x d, row-major. */
  readonly points: Float64Array
  /** n; as weights they sum to one. */
  readonly logWeights: Float64Array
}

export interface Rejuvenation {
  /** Proposals from a Student-t fitted to the weighted draws, or random-walk steps with their covariance. Independence unless given. */
  readonly move?: 'independence' | 'walk'
  /** Passes over all draws stop when this share of them has moved at least once, and enough passes were made; .9 unless given. */
  readonly movedShare?: number
  /** Passes at most; 10 unless given, more where the weights had all but collapsed. */
  readonly movesMax?: number
}

export interface Rejuvenated {
  /** Equally weighted. */
  readonly set: ParticleSet
  /** Acceptance rate over all passes. */
  readonly accepted: number
  /** Share of the draws that moved at least once: below the asked share, the limit on passes ended it. */
  readonly moved: number
  /** Passes over all draws. */
  readonly moves: number
  /** In words. */
  readonly method: string
}

/** `n` equally weighted draws, row-major n x d. */
export const equallyWeighted = (points: Float64Array, n: number): ParticleSet => ({
  points,
  logWeights: new Float64Array(n).fill(-ln(n)),
})

/**
 * The set after an observation with this log density under each draw, and the log of the observation's predictive density:
 * their sum over the days is the log evidence. Where no draw gives the observation a positive density the weights stay as they
 * were and the log density is -Infinity.
 */
export function reweighted(set: ParticleSet, logDensities: Float64Array): { set: ParticleSet; logPredictive: number } {
  assert(logDensities.length === set.logWeights.length, 'one log density a draw')
  const sums = set.logWeights.map((w, i) => w + logDensities[i])
  const logPredictive = logSumExp(sums)
  if (logPredictive === Number.NEGATIVE_INFINITY) return { set, logPredictive }
  return { set: { points: set.points, logWeights: sums.map(v => v - logPredictive) }, logPredictive }
}

/** Systematic resampling from one uniform: equally weighted draws, in order. Equal weights take each draw once. */
export function resampled({ points, logWeights }: ParticleSet, uniform: number): ParticleSet {
  const n = logWeights.length
  const d = points.length / n
  const chosen = systematic(logWeights, uniform)
  const next = new Float64Array(points.length)
  for (let i = 0; i < n; i++) next.set(points.subarray(chosen[i] * d, (chosen[i] + 1) * d), i * d)
  return equallyWeighted(next, n)
}

/** Degrees of freedom of the independence proposal: heavier tails than the draws it is fitted to. */
const PROPOSAL_DF = 6
/** Below this acceptance rate an independence proposal does not fit, and the next passes are random walks. */
const ACCEPTANCE_MIN = 0.1

/**
 * Resamples and then moves every draw by Metropolis-Hastings steps that leave the target (the posterior of all observations so
 * far) as it is, all draws of a pass asked at once, until the asked share has moved or the limit on passes is reached. The
 * proposal is fitted to the weighted draws before resampling (Chopin 2002, section 4), and again to the moved draws after every
 * pass: few draws that carry the weight know the target's width badly, so the fewer they were the more passes are made, three for
 * every halving of their number. Fitted to the draws that it moves, it narrows their spread a little: by a hundredth for sixty.
 */
export function rejuvenate(target: Target, set: ParticleSet, stream: Stream, options: Rejuvenation = {}): Rejuvenated {
  const { move = 'independence', movedShare = 0.9, movesMax = 10 } = options
  const d = target.dimension
  const n = set.logWeights.length
  const movesMin = Math.min(PASSES_A_HALVING * halvings(n, essOf(set.logWeights)), MOVES_MIN_MAX)
  const first = fitted(set, d)
  const chosen = resampled(set, nextUniform(stream))
  if (first === null) return { set: chosen, accepted: 0, moved: 0, moves: 0, method: 'no moves: the draws lie in a plane' }
  const pass: Pass = { points: chosen.points, values: new Float64Array(n), hasMoved: new Uint8Array(n) }
  target.evaluate(pass.points, n, pass.values)
  let kind = move
  let scale = 2.38 / Math.sqrt(d)
  let accepted = 0
  let moves = 0
  let moved = 0
  const kinds: string[] = []
  while (moves < Math.max(movesMax, movesMin) && (moved < movedShare || moves < movesMin)) {
    const { mean, factor } = moves === 0 ? first : (fitted(chosen, d) ?? first)
    const count =
      kind === 'walk'
        ? walkPass(target, pass, factor, scale, stream)
        : independencePass(target, pass, studentTProposal(mean, factor, PROPOSAL_DF), stream)
    moves++
    accepted += count
    moved = pass.hasMoved.reduce((sum, v) => sum + v, 0) / n
    const rate = count / n
    const words = kind === 'walk' ? 'random-walk' : 'independence'
    if (kinds[kinds.length - 1] !== words) kinds.push(words)
    if (kind === 'walk') scale *= rate < 0.15 ? 0.5 : rate > 0.5 ? 1.5 : 1
    else if (rate < ACCEPTANCE_MIN) kind = 'walk'
  }
  return {
    set: chosen,
    accepted: moves === 0 ? 0 : accepted / (moves * n),
    moved,
    moves,
    method: `${kinds.join(', then ')} Metropolis-Hastings moves`,
  }
}

const PASSES_A_HALVING = 3
const MOVES_MIN_MAX = 30

/** How often n is halved until ess is left. */
function halvings(n: number, ess: number): number {
  let count = 0
  for (let left = n; left > 1.0001 * ess && count < 64; left /= 2) count++
  return count
}

interface Pass {
  /** Moved in place: the set that `rejuvenate` made for itself. */
  readonly points: Float64Array
  readonly values: Float64Array
  readonly hasMoved: Uint8Array
}

const independencePass = (target: Target, pass: Pass, proposal: Proposal, stream: Stream): number =>
  metropolisPass(target, pass, stream, (current, candidate) => {
    const there = proposal.draw(stream, candidate)
    return proposal.logDensity(current) - there
  })

const walkPass = (target: Target, pass: Pass, factor: Float64Array, scale: number, stream: Stream): number =>
  metropolisPass(target, pass, stream, (current, candidate) => {
    const d = current.length
    candidate.set(current)
    for (let i = 0; i < d; i++) {
      const z = scale * drawNormal(stream)
      for (let k = i; k < d; k++) candidate[k] += z * factor[k * d + i]
    }
    return 0
  })

/** One step for every draw. `propose` writes a candidate and returns log q(current) - log q(candidate). How many were accepted. */
function metropolisPass(
  target: Target,
  { points, values, hasMoved }: Pass,
  stream: Stream,
  propose: (current: Float64Array, candidate: Float64Array) => number,
): number {
  const d = target.dimension
  const n = values.length
  const candidates = new Float64Array(n * d)
  const corrections = new Float64Array(n)
  for (let i = 0; i < n; i++)
    corrections[i] = propose(points.subarray(i * d, (i + 1) * d), candidates.subarray(i * d, (i + 1) * d))
  const there = new Float64Array(n)
  target.evaluate(candidates, n, there)
  let accepted = 0
  for (let i = 0; i < n; i++) {
    const gain = there[i] - values[i] + corrections[i]
    const u = nextUniform(stream)
    if (!(gain >= 0 || ln(u) < gain)) continue
    points.set(candidates.subarray(i * d, (i + 1) * d), i * d)
    values[i] = there[i]
    hasMoved[i] = 1
    accepted++
  }
  return accepted
}

/**
 * Weighted mean, and the Cholesky factor of the weighted covariance; of the unweighted one when too few draws carry the weight.
 * Null when all draws lie in a plane.
 */
function fitted({ points, logWeights }: ParticleSet, d: number): { mean: Float64Array; factor: Float64Array } | null {
  const n = logWeights.length
  const columns = columnsOf(points, n, d)
  const { mean, covariance } = momentsOf(columns, normalisedWeights(logWeights))
  // d + 1 points span a simplex; a few more make its covariance worth something.
  const weighted = essOf(logWeights) > 2 * (d + 1) ? spanningFactor(mean, covariance) : null
  if (weighted !== null) return { mean, factor: weighted }
  const plain = momentsOf(columns, new Float64Array(n).fill(1 / n))
  const factor = spanningFactor(plain.mean, plain.covariance)
  return factor === null ? null : { mean, factor }
}

/** The Cholesky factor, or null where a coordinate's spread, or what the ones before it leave of it, is no more than rounding. */
function spanningFactor(mean: Float64Array, covariance: Float64Array): Float64Array | null {
  const d = mean.length
  const factor = cholesky(covariance, d)
  if (factor === null) return null
  for (let i = 0; i < d; i++) {
    const variance = covariance[i * d + i]
    const left = factor[i * d + i] * factor[i * d + i]
    if (!(left > 1e-12 * variance && variance > 1e-24 * mean[i] * mean[i])) return null
  }
  return factor
}
