import { assert, childKey, type Key, openStream, type Stream } from '../base/index.js'
import type { Transition } from './chain.js'
import { type Convergence, convergence } from './diagnostics.js'
import { logDensityOf, type Target } from './target.js'

/** Quantities of draws: of one point, or of `count` row-major points at once, one array a quantity. */
export type Monitor =
  | ((x: Float64Array) => Float64Array)
  | { readonly columns: (points: Float64Array, count: number) => Float64Array[] }

export interface ChainPlan<State> {
  /** One a chain, of positive density. */
  readonly starts: readonly Float64Array[]
  /** Transitions in each block of warm-up; between them the transition is tuned. */
  readonly warmup: readonly number[]
  /** Draws a chain in the first block that is kept. */
  readonly draws: number
  /** Draws a chain in every further one. */
  readonly furtherDraws: number
  /** Kept blocks at most. */
  readonly blocksMax: number
  /** Transitions for each kept draw; 1 unless given. */
  readonly thin?: number
  readonly essTarget: number
  /** The quantities that must converge; the coordinates unless given. R-hat changes under a map. */
  readonly monitor?: Monitor
  /** Looks at the states after each kept block: why it is no use to go on, in words, or undefined. */
  readonly halt?: (states: readonly State[]) => string | undefined
}

export interface ChainRun<State> {
  /** Kept draws, [coordinate][chain]. */
  readonly draws: readonly (readonly Float64Array[])[]
  /** The monitored quantities of those draws, [quantity][chain]. */
  readonly monitored: readonly (readonly Float64Array[])[]
  /** R-hat and bulk ESS of each monitored quantity. */
  readonly convergence: readonly Convergence[]
  readonly states: readonly State[]
  /** As tuned: what made the kept draws. */
  readonly transition: Transition<State>
  /** What was not reached, in words; absent when R-hat and ESS hold. */
  readonly unmet?: string
}

export const RHAT_LIMIT = 1.01

/**
 * Runs one chain a start: blocks of warm-up with tuning between them, then blocks of kept draws until rank-normalised split
 * R-hat < 1.01 and the asked bulk ESS hold for every monitored quantity. Chain c draws from childKey(key, c) alone.
 * Where the diagnostics are looked at follows from the sizes of the blocks; the draws up to there do not, for a transition
 * whose steps do not depend on theirs (all in this room).
 */
export function runChains<State>(transition: Transition<State>, plan: ChainPlan<State>, key: Key): ChainRun<State> {
  const { starts, warmup, thin = 1, blocksMax } = plan
  const d = transition.dimension
  const streams = starts.map((_, c) => openStream(childKey(key, c)))
  let states = starts.map((start, c) => transition.init(start, streams[c]))
  let tuned = transition
  warmup.forEach((count, block) => {
    const outs = starts.map(() => new Float64Array(count * d))
    states = states.map((state, c) => tuned.step(state, count, streams[c], outs[c]))
    tuned = tuned.tuned?.(states, outs, block === warmup.length - 1) ?? tuned
  })
  let draws: Float64Array[][] = []
  let monitored: Float64Array[][] = []
  for (let block = 0; ; block++) {
    const count = block === 0 ? plan.draws : plan.furtherDraws
    const rows = states.map((state, c) => {
      const out = new Float64Array(count * thin * d)
      states[c] = tuned.step(state, count * thin, streams[c], out)
      return thin === 1 ? out : everyNth(out, count, thin, d)
    })
    draws = extended(
      draws,
      rows.map(points => columnsOf(points, count, d)),
    )
    if (plan.monitor !== undefined)
      monitored = extended(
        monitored,
        rows.map(points => quantitiesOf(plan.monitor!, points, count, d)),
      )
    const reason = plan.halt?.(states)
    const quantities = plan.monitor === undefined ? draws : monitored
    // What is halted is not looked at: it will not be used, or its shortcomings are said already.
    const found = reason === undefined ? quantities.map(convergence) : []
    const unmet = reason ?? unmetBy(found, quantities[0][0].length, plan.essTarget)
    const run = { draws, monitored: quantities, convergence: found, states, transition: tuned }
    if (unmet === undefined) return run
    if (reason !== undefined || block + 1 >= blocksMax) return { ...run, unmet }
  }
}

/** What the worst quantity lacks, in words, or undefined when all have converged. */
function unmetBy(quantities: readonly Convergence[], draws: number, essTarget: number): string | undefined {
  let rhat = 0
  let ess = Number.POSITIVE_INFINITY
  for (const found of quantities) {
    // NaN, of chains that do not move, is the worst of all and stays.
    if (!(found.rhat <= rhat)) rhat = found.rhat
    if (!(found.essBulk >= ess)) ess = found.essBulk
  }
  if (rhat < RHAT_LIMIT && ess >= essTarget) return undefined
  return `R-hat ${rhat.toFixed(3)}, bulk ESS ${ess.toFixed(0)} of ${essTarget} after ${draws} draws a chain`
}

/** Columns [quantity][chain] with the next block ([chain][quantity]) behind each. */
function extended(columns: readonly (readonly Float64Array[])[], block: readonly (readonly Float64Array[])[]): Float64Array[][] {
  return block[0].map((_, q) => block.map((chain, c) => (columns.length === 0 ? chain[q] : joined(columns[q][c], chain[q]))))
}

function joined(head: Float64Array, tail: Float64Array): Float64Array {
  const all = new Float64Array(head.length + tail.length)
  all.set(head)
  all.set(tail, head.length)
  return all
}

function everyNth(rows: Float64Array, count: number, thin: number, d: number): Float64Array {
  const kept = new Float64Array(count * d)
  for (let i = 0; i < count; i++) {
    const from = ((i + 1) * thin - 1) * d
    kept.set(rows.subarray(from, from + d), i * d)
  }
  return kept
}

/** The columns of row-major points. */
export function columnsOf(points: Float64Array, count: number, d: number): Float64Array[] {
  return Array.from({ length: d }, (_, i) => {
    const column = new Float64Array(count)
    for (let k = 0; k < count; k++) column[k] = points[k * d + i]
    return column
  })
}

function quantitiesOf(monitor: Monitor, points: Float64Array, count: number, d: number): Float64Array[] {
  if (typeof monitor !== 'function') return monitor.columns(points, count)
  let columns: Float64Array[] = []
  for (let k = 0; k < count; k++) {
    const values = monitor(points.slice(k * d, (k + 1) * d))
    if (k === 0) columns = Array.from(values, () => new Float64Array(count))
    assert(values.length === columns.length, 'a monitor gives as many quantities at every point')
    for (let q = 0; q < values.length; q++) columns[q][k] = values[q]
  }
  return columns
}

/**
 * Starting points: for each chain the first of `draw`'s points where the density is positive, or `otherwise` after 200 that are
 * not. `draw` writes the point of an attempt (0, 1 ...) to `x`.
 */
export function startingPoints(
  target: Target,
  chains: number,
  draw: (stream: Stream, attempt: number, x: Float64Array) => void,
  otherwise: Float64Array,
  key: Key,
): Float64Array[] {
  const logDensity = logDensityOf(target)
  return Array.from({ length: chains }, (_, c) => {
    const stream = openStream(childKey(key, c))
    const x = new Float64Array(target.dimension)
    for (let attempt = 0; attempt < 200; attempt++) {
      draw(stream, attempt, x)
      if (logDensity(x) > Number.NEGATIVE_INFINITY) return x
    }
    return Float64Array.from(otherwise)
  })
}
