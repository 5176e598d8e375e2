import { assert, childKey, type Key, nextInteger, type Stream } from '../base/index.js'
import { drawNormal } from '../distributions/index.js'
import type { Transition } from './chain.js'
import type { Convergence } from './diagnostics.js'
import { type HmcState, hmc } from './hmc.js'
import { independence, logWeightsOf } from './independence.js'
import { kernelProposal } from './kernel-proposal.js'
import { findMode } from './mode.js'
import { type Proposal, splitTProposal } from './proposal.js'
import { paretoShape } from './psis.js'
import { randomWalk } from './random-walk.js'
import { type Monitor, runChains, startingPoints } from './run-chains.js'
import { type SplitT, splitT } from './split-t.js'
import { asTarget, type LogDensity, type Target } from './target.js'

export interface SamplePlan {
  readonly start: Float64Array
  /** Rough standard deviations of the coordinates. */
  readonly scales: Float64Array
  readonly chains: number
  /** Draws a chain in the first block; further blocks of a half follow until the diagnostics hold. */
  readonly draws: number
  readonly essTarget: number
  /** The quantities that must converge, where it is not the coordinates that are reported: R-hat changes under a map. */
  readonly monitor?: Monitor
  /** Split-t proposals to try in turn, and the blocks that each may take; the usual ones and 12 unless given. */
  readonly proposals?: readonly SplitTChoice[]
  readonly blocksMax?: number
  /** The density is dear to evaluate: the usual fallback is kept short. */
  readonly dear?: boolean
  /** What takes over from `reason` on where no proposal serves, in place of the usual fallback. */
  readonly otherwise?: (reason: string, key: Key) => Sample
}

/** Degrees of freedom, and a factor on the scales found about the mode. */
export interface SplitTChoice {
  readonly df: number
  readonly width: number
  /** Pareto k-hat up to which it serves; .7 unless given. */
  readonly paretoMax?: number
}

/** Draws in the sampler's coordinates: one array a coordinate, in it one array a chain. */
export interface Sample {
  readonly draws: readonly (readonly Float64Array[])[]
  /** The plan's monitored quantities of those draws, [quantity][chain]; the coordinates when it names none. */
  readonly monitored: readonly (readonly Float64Array[])[]
  /** R-hat and bulk ESS of each of them. */
  readonly convergence: readonly Convergence[]
  readonly method: string
  readonly paretoK?: number
  readonly fallback?: string
}

const PARETO_LIMIT = 0.7

/** The first is the most efficient, the second the safer one. */
const PROPOSALS: readonly SplitTChoice[] = [
  { df: 6, width: 1 },
  { df: 4, width: 1 },
]
/** Draws from the first of them that place the kernels of a refined proposal. */
const REFINING_DRAWS = 1000
const REFINING_DF = 6
const REFINING_ROUNDS = 3

/**
 * Samples a log density: independence Metropolis-Hastings from a split-t proposal at the mode, in blocks until split
 * R-hat < 1.01 and the asked bulk ESS hold for every monitored quantity. Where Pareto k-hat of the importance weights exceeds .7
 * for every split t, a mixture of kernels at importance-weighted draws proposes; where that fails too, or without a mode, adaptive
 * random walk (above eight coordinates HMC) takes over and the result says so.
 */
export function sampleDensity(given: Target | LogDensity, plan: SamplePlan, key: Key): Sample {
  const target = asTarget(given, plan.start.length)
  const mode = findMode(target, plan.start, plan.scales)
  let reason = 'no mode was found'
  if (mode === null)
    return plan.otherwise?.(reason, key) ?? fallBack(target, plan, plan.start, diagonal(plan.scales), key, reason)
  for (const { df, width, paretoMax } of plan.proposals ?? PROPOSALS) {
    const plain = childKey(childKey(key, 'independence'), df)
    const attempt = width === 1 ? plain : childKey(plain, String(width))
    const outcome = independent(target, splitTProposal(widened(splitT(target, mode, df), width)), plan, attempt, paretoMax)
    if (typeof outcome !== 'string') return outcome
    reason = outcome
  }
  if (plan.otherwise !== undefined) return plan.otherwise(reason, key)
  const first = splitTProposal(splitT(target, mode, REFINING_DF))
  const rounds = plan.dear === true ? 1 : REFINING_ROUNDS
  const refined = kernelProposal(target, first, REFINING_DRAWS, childKey(key, 'refine'), rounds)
  const outcome = refined === null ? reason : independent(target, refined, plan, childKey(key, 'refined'))
  return typeof outcome === 'string' ? fallBack(target, plan, mode.x, mode.factor, key, outcome) : outcome
}

const widened = (proposal: SplitT, width: number): SplitT =>
  width === 1
    ? proposal
    : { ...proposal, below: proposal.below.map(scale => width * scale), above: proposal.above.map(scale => width * scale) }

/** The sample, or why this proposal does not serve. */
function independent(target: Target, proposal: Proposal, plan: SamplePlan, key: Key, paretoMax = PARETO_LIMIT): Sample | string {
  let paretoK = 0
  const { draws, monitored, convergence, transition, unmet } = runChains(
    independence(target, proposal),
    {
      starts: startingPoints(target, plan.chains, (stream, _, x) => proposal.draw(stream, x), plan.start, childKey(key, 'start')),
      warmup: [20],
      draws: plan.draws,
      furtherDraws: Math.max(plan.draws >> 1, 1),
      blocksMax: plan.blocksMax ?? 12,
      essTarget: plan.essTarget,
      monitor: plan.monitor,
      halt(states) {
        paretoK = paretoShape(logWeightsOf(states))
        return paretoK > paretoMax
          ? `Pareto k-hat ${paretoK.toFixed(2)} of the independence proposal exceeds ${paretoMax}`
          : undefined
      },
    },
    key,
  )
  if (unmet === undefined) return { draws, monitored, convergence, method: transition.method, paretoK }
  return paretoK > paretoMax ? unmet : `the independence sampler ended at ${unmet}`
}

interface Fallback {
  readonly label: string
  readonly transition: (target: Target, factor: Float64Array) => Transition<unknown>
  readonly warmup: readonly number[]
  readonly thin: number
  readonly blocksMax: number
}

const WALK: Fallback = {
  label: 'walk',
  transition: (target, factor) => randomWalk(target, factor) as Transition<unknown>,
  warmup: [400, 600, 1000, 1000],
  thin: 6,
  blocksMax: 20,
}
const SHORT_WALK: Fallback = { ...WALK, warmup: [200, 300, 400], thin: 1, blocksMax: 6 }
const HMC: Fallback = {
  label: 'hmc',
  transition: (target, factor) => hmc(target, { factor }) as Transition<unknown>,
  warmup: [100, 150, 200, 150],
  thin: 1,
  blocksMax: 8,
}
/**
 * Above as many coordinates the walk needs several times the time of HMC for an effective draw. Below, it is the faster one on
 * most posteriors that come here, and edges, cusps and second modes do not stop it.
 */
const WALK_DIMENSION_MAX = 8

/** Slower samplers that need no proposal which covers the target: the first that converges, else the last. */
function fallBack(
  target: Target,
  plan: SamplePlan,
  centre: Float64Array,
  factor: Float64Array,
  key: Key,
  reason: string,
): Sample {
  const first = Math.max(plan.draws, 400)
  const order = target.dimension > WALK_DIMENSION_MAX ? [HMC, WALK] : [plan.dear === true ? SHORT_WALK : WALK]
  let said = reason
  let sample: Sample | undefined
  for (const { label, transition, warmup, thin, blocksMax } of order) {
    const own = childKey(key, label)
    const run = runChains(
      transition(target, factor),
      {
        starts: startingPoints(target, plan.chains, overdispersed(centre, factor), centre, childKey(own, 'start')),
        warmup,
        draws: first,
        furtherDraws: first >> 1,
        blocksMax,
        thin,
        essTarget: plan.essTarget,
        monitor: plan.monitor,
      },
      own,
    )
    if (run.unmet !== undefined) said += `; ${run.unmet}`
    sample = {
      draws: run.draws,
      monitored: run.monitored,
      convergence: run.convergence,
      method: run.transition.method,
      fallback: said + divergencesOf(run.states),
    }
    if (run.unmet === undefined) break
  }
  assert(sample !== undefined, 'there is a fallback')
  return sample
}

function divergencesOf(states: readonly unknown[]): string {
  let count = 0
  for (const state of states) count += (state as Partial<HmcState>).divergences ?? 0
  return count === 0 ? '' : `; ${count} trajectories diverged`
}

/** Gaussian points about a centre, half to twice as wide as the factor says, narrower from attempt to attempt. */
const overdispersed =
  (centre: Float64Array, factor: Float64Array) =>
  (stream: Stream, attempt: number, x: Float64Array): void => {
    const d = centre.length
    const spread = 2 / (1 + nextInteger(stream, 4) + attempt / 20)
    x.set(centre)
    for (let i = 0; i < d; i++) {
      const z = spread * drawNormal(stream)
      for (let k = i; k < d; k++) x[k] += z * factor[k * d + i]
    }
  }

function diagonal(scales: Float64Array): Float64Array {
  const d = scales.length
  const matrix = new Float64Array(d * d)
  for (let i = 0; i < d; i++) matrix[i * d + i] = scales[i]
  return matrix
}
