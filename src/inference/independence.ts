import { nextUniform, type Stream } from '../base/index.js'
import { ln } from '../math/index.js'
import type { Transition } from './chain.js'
import type { Proposal } from './proposal.js'
import { logDensityOf, type Target } from './target.js'

export interface IndependenceState {
  readonly x: Float64Array
  /** Log of target over proposal at x. */
  logWeight: number
  /** The log weights of every point proposed so far, block by block: independent draws, whose Pareto k-hat judges the proposal. */
  readonly logWeights: Float64Array[]
}

/** Points proposed at once (row-major), the proposal's log density at each, and the uniform that decides on each. */
export interface ProposedBlock {
  readonly points: Float64Array
  readonly logDensities: Float64Array
  readonly uniforms: Float64Array
}

/**
 * Metropolised independence (Tierney 1994): proposals that do not depend on where the chain is, so that a whole block is
 * proposed and evaluated at once and then accepted or not in a scan. Any split into blocks gives the same bits.
 */
export function independence(target: Target, proposal: Proposal): Transition<IndependenceState> {
  const logDensity = logDensityOf(target)
  return {
    dimension: target.dimension,
    method: `independence Metropolis-Hastings from ${proposal.name}`,
    init: x => ({ x: Float64Array.from(x), logWeight: logDensity(x) - proposal.logDensity(x), logWeights: [] }),
    step(state, count, stream, out) {
      const block = proposeBlock(proposal, count, stream)
      const logWeights = evaluateBlock(target, block)
      state.logWeights.push(logWeights)
      acceptBlock(state, block, logWeights, out)
      return state
    },
  }
}

export function proposeBlock(proposal: Proposal, count: number, stream: Stream): ProposedBlock {
  const d = proposal.dimension
  const points = new Float64Array(count * d)
  const logDensities = new Float64Array(count)
  const uniforms = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    logDensities[i] = proposal.draw(stream, points.subarray(i * d, (i + 1) * d))
    uniforms[i] = nextUniform(stream)
  }
  return { points, logDensities, uniforms }
}

/** The log weight of each point. */
export function evaluateBlock(target: Target, { points, logDensities }: ProposedBlock): Float64Array {
  const logWeights = new Float64Array(logDensities.length)
  target.evaluate(points, logDensities.length, logWeights)
  for (let i = 0; i < logWeights.length; i++) logWeights[i] -= logDensities[i]
  return logWeights
}

/** Moves the state through the block; where it stands after each proposal goes to `out`. */
export function acceptBlock(
  state: IndependenceState,
  { points, uniforms }: ProposedBlock,
  logWeights: Float64Array,
  out: Float64Array,
): void {
  const d = state.x.length
  // The row of the current point; -1: the point that the block began with.
  let current = -1
  for (let i = 0; i < logWeights.length; i++) {
    const gain = logWeights[i] - state.logWeight
    if (gain >= 0 || ln(uniforms[i]) < gain) {
      current = i
      state.logWeight = logWeights[i]
    }
    if (current < 0) out.set(state.x, i * d)
    else for (let k = 0; k < d; k++) out[i * d + k] = points[current * d + k]
  }
  if (current >= 0) state.x.set(points.subarray(current * d, (current + 1) * d))
}

/** All chains' log weights so far, chain by chain. */
export function logWeightsOf(states: readonly IndependenceState[]): Float64Array {
  const blocks = states.flatMap(state => state.logWeights)
  const all = new Float64Array(blocks.reduce((sum, block) => sum + block.length, 0))
  let at = 0
  for (const block of blocks) {
    all.set(block, at)
    at += block.length
  }
  return all
}
