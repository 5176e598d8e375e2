import type { Stream } from '../base/index.js'
import { drawSplitT, type SplitT, splitTLogConstant, splitTLogDensity } from './split-t.js'

/** A distribution that can be drawn from and whose density is known: what importance sampling and independence chains propose from. */
export interface Proposal {
  readonly dimension: number
  /** In words a methods section could use: "a split-t proposal (6 degrees of freedom)". */
  readonly name: string
  /** A draw into `x`; returns the log density there, which integrates to one. */
  draw(stream: Stream, x: Float64Array): number
  logDensity(x: Float64Array): number
}

export function splitTProposal(proposal: SplitT): Proposal {
  const constant = splitTLogConstant(proposal)
  return {
    dimension: proposal.mode.x.length,
    name: `a split-t proposal (${proposal.df} degrees of freedom)`,
    draw: (stream, x) => drawSplitT(proposal, stream, x) + constant,
    logDensity: x => splitTLogDensity(proposal, x) + constant,
  }
}
