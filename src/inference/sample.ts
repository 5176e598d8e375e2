import { childKey, type Key, nextInteger, nextUniform, openStream, type Stream } from '../base/index.js'
import { drawNormal } from '../distributions/index.js'
import { cholesky, ln, momentsOf } from '../math/index.js'
import { convergence, rhat } from './diagnostics.js'
import { findMode } from './mode.js'
import { psis } from './psis.js'
import { drawSplitT, type SplitT, splitT } from './split-t.js'
import type { LogDensity } from './target.js'

export interface SamplePlan {
  readonly start: Float64Array
  /** Rough standard deviations of the coordinates. */
  readonly scales: Float64Array
  readonly chains: number
  /** Draws a chain in the first block; further blocks of a half follow until the diagnostics hold. */
  readonly draws: number
  readonly essTarget: number
  /** The quantities that must converge, where it is not the coordinates that are reported: R-hat changes under a map. */
  readonly monitor?: (x: Float64Array) => Float64Array
}

/** Draws in the sampler's coordinates: one array a coordinate, in it one array a chain. */
export interface Sample {
  readonly draws: readonly (readonly Float64Array[])[]
  readonly method: string
  readonly paretoK?: number
  readonly fallback?: string
}

const RHAT_LIMIT = 1.01
const PARETO_LIMIT = 0.7
const BLOCKS_MAX = 12

/** Degrees of freedom of the proposals that are tried in turn: the first is the most efficient, the second the safer one. */
const PROPOSAL_DF = [6, 4]

/**
 * Samples a log density: independence Metropolis-Hastings from a split-t proposal at the mode, in blocks until split
 * R-hat < 1.01 and the asked bulk ESS hold for every monitored quantity. Without a mode, or when Pareto k-hat of the importance
 * weights exceeds .7 for every proposal, adaptive random walk takes over and the result says so.
 */
export function sampleDensity(f: LogDensity, plan: SamplePlan, key: Key): Sample {
  const mode = findMode(f, plan.start, plan.scales)
  if (mode === null) return randomWalk(f, plan, plan.start, null, key, 'no mode was found')
  let reason = ''
  for (const df of PROPOSAL_DF) {
    const outcome = independence(f, splitT(f, mode, df), plan, childKey(childKey(key, 'independence'), df))
    if (typeof outcome !== 'string') return outcome
    reason = outcome
  }
  return randomWalk(f, plan, mode.x, mode.factor, key, reason)
}

/** The sample, or why this proposal does not serve. */
function independence(f: LogDensity, proposal: SplitT, plan: SamplePlan, key: Key): Sample | string {
  const chains = Array.from({ length: plan.chains }, (_, c) => independenceChain(f, proposal, openStream(childKey(key, c))))
  for (let block = 0; block < BLOCKS_MAX; block++) {
    for (const chain of chains) chain.extend(block === 0 ? plan.draws : plan.draws >> 1)
    const { paretoK } = psis(Float64Array.from(chains.flatMap(chain => chain.logWeights)))
    if (paretoK > PARETO_LIMIT) return `Pareto k-hat ${paretoK.toFixed(2)} of the independence proposal exceeds ${PARETO_LIMIT}`
    const draws = byCoordinate(
      chains.map(chain => chain.draws),
      plan.start.length,
    )
    const monitored =
      plan.monitor === undefined
        ? draws
        : quantities(
            chains.map(chain => chain.draws),
            plan.monitor,
          )
    if (hasConverged(monitored, plan.essTarget)) {
      return {
        draws,
        method: `independence Metropolis-Hastings from a split-t proposal (${proposal.df} degrees of freedom)`,
        paretoK,
      }
    }
  }
  return 'the independence sampler did not reach R-hat < 1.01'
}

const hasConverged = (draws: readonly (readonly Float64Array[])[], essTarget: number): boolean =>
  draws.every(chains => {
    const found = convergence(chains)
    return found.rhat < RHAT_LIMIT && found.essBulk >= essTarget
  })

interface Chain {
  readonly draws: Float64Array[]
  readonly logWeights: number[]
  extend(count: number): void
}

/** Metropolised independence (Tierney 1994), after twenty steps of warm-up. */
function independenceChain(f: LogDensity, proposal: SplitT, stream: Stream): Chain {
  const d = proposal.mode.x.length
  const draws: Float64Array[] = []
  const logWeights: number[] = []
  const propose = (): { x: Float64Array; logWeight: number } => {
    const x = new Float64Array(d)
    const logQ = drawSplitT(proposal, stream, x)
    return { x, logWeight: f(x) - logQ }
  }
  let current = propose()
  for (let i = 0; i < 20; i++) current = accept(propose(), current)
  function accept(candidate: typeof current, held: typeof current): typeof current {
    return ln(nextUniform(stream)) < candidate.logWeight - held.logWeight || held.logWeight === Number.NEGATIVE_INFINITY
      ? candidate
      : held
  }
  function extend(count: number): void {
    for (let i = 0; i < count; i++) {
      const candidate = propose()
      logWeights.push(candidate.logWeight)
      current = accept(candidate, current)
      draws.push(current.x)
    }
  }
  return { draws, logWeights, extend }
}

const quantities = (
  chains: readonly (readonly Float64Array[])[],
  monitor: (x: Float64Array) => Float64Array,
): Float64Array[][] => {
  const values = chains.map(chain => chain.map(monitor))
  return byCoordinate(values, values[0][0].length)
}

function byCoordinate(chains: readonly (readonly Float64Array[])[], d: number): Float64Array[][] {
  return Array.from({ length: d }, (_, i) => chains.map(chain => Float64Array.from(chain, x => x[i])))
}

const WALK_STEPS = 4000
const WALK_BLOCKS_MAX = 8

/**
 * Adaptive random-walk Metropolis (Haario, Saksman & Tamminen 2001; step scaled towards 23 % acceptance): each block's
 * proposal covariance comes from the blocks before it, the first two blocks are warm-up. Keeps `plan.draws` a chain.
 */
function randomWalk(
  f: LogDensity,
  plan: SamplePlan,
  centre: Float64Array,
  factor: Float64Array | null,
  key: Key,
  reason: string,
): Sample {
  const d = centre.length
  let proposal = factor ?? diagonal(plan.scales)
  let scale = 2.38 / Math.sqrt(d)
  const streams = Array.from({ length: plan.chains }, (_, c) => openStream(childKey(childKey(key, 'walk'), c)))
  const states = streams.map(stream => overdispersed(f, centre, proposal, stream))
  let kept: Float64Array[][] = states.map(() => [])
  for (let block = 0; ; block++) {
    let accepted = 0
    const fresh = states.map((state, c) => {
      const draws: Float64Array[] = []
      for (let i = 0; i < WALK_STEPS; i++) {
        if (walkStep(f, state, proposal, scale, streams[c])) accepted++
        draws.push(state.x)
      }
      return draws
    })
    const isWarmup = block < 2
    if (isWarmup) {
      const columns = byCoordinate(fresh, d).map(chains => Float64Array.from(chains.flatMap(chain => [...chain])))
      const { covariance } = momentsOf(columns, new Float64Array(columns[0].length).fill(1 / columns[0].length))
      proposal = cholesky(covariance, d) ?? proposal
      const rate = accepted / (WALK_STEPS * plan.chains)
      scale *= rate < 0.1 ? 0.4 : rate > 0.45 ? 1.6 : 1
      continue
    }
    kept = kept.map((draws, c) => draws.concat(fresh[c]))
    const draws = plan.monitor === undefined ? byCoordinate(kept, d) : quantities(kept, plan.monitor)
    const converged = hasConverged(draws, plan.essTarget)
    if (!converged && block < WALK_BLOCKS_MAX) continue
    const worst = converged ? '' : `; R-hat ${Math.max(...draws.map(rhat)).toFixed(3)} after ${kept[0].length} draws a chain`
    return {
      draws: byCoordinate(
        kept.map(chain => thin(chain, plan.draws)),
        d,
      ),
      method: 'adaptive random-walk Metropolis',
      fallback: reason + worst,
    }
  }
}

function thin<T>(items: readonly T[], count: number): T[] {
  return Array.from({ length: count }, (_, i) => items[Math.floor(((i + 1) * items.length) / count) - 1])
}

const diagonal = (scales: Float64Array): Float64Array => {
  const d = scales.length
  const matrix = new Float64Array(d * d)
  for (let i = 0; i < d; i++) matrix[i * d + i] = scales[i]
  return matrix
}

interface WalkState {
  x: Float64Array
  value: number
}

function overdispersed(f: LogDensity, centre: Float64Array, factor: Float64Array, stream: Stream): WalkState {
  for (let attempt = 0; attempt < 200; attempt++) {
    const spread = 2 / (1 + nextInteger(stream, 4) + attempt / 20)
    const x = jump(centre, factor, spread, stream)
    const value = f(x)
    if (value > Number.NEGATIVE_INFINITY) return { x, value }
  }
  return { x: centre, value: f(centre) }
}

function jump(x: Float64Array, factor: Float64Array, scale: number, stream: Stream): Float64Array {
  const d = x.length
  const y = Float64Array.from(x)
  for (let i = 0; i < d; i++) {
    const z = scale * drawNormal(stream)
    for (let k = i; k < d; k++) y[k] += z * factor[k * d + i]
  }
  return y
}

function walkStep(f: LogDensity, state: WalkState, factor: Float64Array, scale: number, stream: Stream): boolean {
  const x = jump(state.x, factor, scale, stream)
  const value = f(x)
  if (!(ln(nextUniform(stream)) < value - state.value)) return false
  state.x = x
  state.value = value
  return true
}
