import type { Stream } from '../base/index.js'
import { doublesAt, integersAt, kernels, put, putRandomWords, randomState, reserveDoubles, scratch } from '../kernels/index.js'
import type { Transition } from './chain.js'
import type { Proposal } from './proposal.js'
import { logDensityOf, type Target } from './target.js'

export interface IndependenceState {
  readonly x: Float64Array
  /** Log of target over proposal at x. */
  logWeight: number
  /** The log weights of every point proposed so far, block by block: independent draws, whose Pareto k-hat judges the proposal. */
  readonly logWeights: Float64Array[]
  /** Random states of their own for what is proposed and what is accepted, so that blocks of any size give the same bits. */
  readonly proposing: Int32Array
  readonly deciding: Int32Array
}

/** Points proposed at once, row-major, and the proposal's log density at each. */
interface ProposedBlock {
  readonly points: Float64Array
  readonly logDensities: Float64Array
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
    init: (x, stream) => ({
      x: Float64Array.from(x),
      logWeight: logDensity(x) - proposal.logDensity(x),
      logWeights: [],
      proposing: randomState(stream),
      deciding: randomState(stream),
    }),
    step(state, count, stream, out) {
      const block = proposeBlock(proposal, state.proposing, count, stream)
      const logWeights = evaluateBlock(target, block)
      state.logWeights.push(logWeights)
      acceptBlock(state, block, logWeights, out)
      return state
    },
  }
}

function proposeBlock(proposal: Proposal, random: Int32Array, count: number, stream: Stream): ProposedBlock {
  const d = proposal.dimension
  const points = new Float64Array(count * d)
  const logDensities = new Float64Array(count)
  if (proposal.drawMany !== undefined) proposal.drawMany(random, count, points, logDensities)
  else if (proposal.drawBlock !== undefined) proposal.drawBlock(stream, count, points, logDensities)
  else for (let i = 0; i < count; i++) logDensities[i] = proposal.draw(stream, points.subarray(i * d, (i + 1) * d))
  return { points, logDensities }
}

/** The log weight of each point. */
function evaluateBlock(target: Target, { points, logDensities }: ProposedBlock): Float64Array {
  const logWeights = new Float64Array(logDensities.length)
  target.evaluate(points, logDensities.length, logWeights)
  for (let i = 0; i < logWeights.length; i++) logWeights[i] -= logDensities[i]
  return logWeights
}

/** Moves the state through the block; where it stands after each proposal goes to `out`. */
function acceptBlock(state: IndependenceState, { points }: ProposedBlock, logWeights: Float64Array, out: Float64Array): void {
  const d = state.x.length
  const count = logWeights.length
  scratch(() => {
    const random = putRandomWords(state.deciding)
    const [proposed, weights, held] = [put(points), put(logWeights), reserveDoubles(d + 1)]
    const places = reserveDoubles(count * d)
    const holding = doublesAt(held, d + 1)
    holding.set(state.x)
    holding[d] = state.logWeight
    kernels().acceptIndependence(random, d, count, proposed, weights, held, places)
    state.deciding.set(integersAt(random, 8))
    state.x.set(holding.subarray(0, d))
    state.logWeight = holding[d]
    out.set(doublesAt(places, count * d))
  })
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
