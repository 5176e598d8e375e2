import { refuse } from '../base/index.js'
import { doublesAt, kernels, reserveDoubles, scratch } from '../kernels/index.js'
import { meanOf, medianOfSorted, quantileOfSorted, sorted, varianceOf } from '../math/index.js'

// Convergence diagnostics of Vehtari, Gelman, Simpson, Carpenter & Buerkner (2021), "Rank-normalization, folding, and
// localization: an improved R-hat", with the conventions of R's posterior package. Draws are sorted once, in a kernel.

type Chains = readonly Float64Array[]

/** Rank-normalised split R-hat: the larger of the bulk's and the folded one. NaN when constant or not finite. */
export function rhat(chains: Chains): number {
  return measure(chains, { rhat: true }).rhat
}

export interface Convergence {
  readonly rhat: number
  readonly essBulk: number
}

/** R-hat and bulk ESS at once: they share the ranks. */
export function convergence(chains: Chains): Convergence {
  const { rhat, essBulk } = measure(chains, { rhat: true, essBulk: true })
  return { rhat, essBulk }
}

/** Bulk effective sample size: that of the rank-normalised split chains. */
export function essBulk(chains: Chains): number {
  return measure(chains, { essBulk: true }).essBulk
}

/** Tail effective sample size: the smaller one of the indicators of the 5 % and 95 % quantiles. */
export function essTail(chains: Chains): number {
  return measure(chains, { essTail: true }).essTail
}

/** Monte Carlo standard error of the mean: sd / sqrt(ESS of the split chains). */
export function mcseMean(chains: Chains): number {
  const { essMean } = measure(chains, { essMean: true })
  return Math.sqrt(varianceOf(pooled(chains)) / essMean)
}

/** Everything that a table says of one quantity. */
export interface Diagnosis {
  readonly mean: number
  readonly sd: number
  readonly mcseMean: number
  readonly rhat: number
  readonly essBulk: number
  readonly essTail: number
  /** Sample quantile of all draws, type 7 of Hyndman & Fan (1996). */
  quantile(p: number): number
}

/**
 * Location, spread and all diagnostics of one quantity's chains, from one sort.
 * @param known what `convergence` said of the same chains, where it has been asked already
 */
export function diagnose(chains: Chains, known?: Convergence): Diagnosis {
  const { rhat, essBulk, essTail, essMean, ascending } = measure(chains, {
    rhat: known === undefined,
    essBulk: known === undefined,
    essTail: true,
    essMean: true,
    ascending: true,
  })
  const all = pooled(chains)
  const variance = varianceOf(all)
  const order = ascending ?? sorted(all)
  return {
    mean: meanOf(all),
    sd: Math.sqrt(variance),
    mcseMean: Math.sqrt(variance / essMean),
    rhat: known?.rhat ?? rhat,
    essBulk: known?.essBulk ?? essBulk,
    essTail,
    quantile: p => quantileOfSorted(order, p),
  }
}

type Name = 'rhat' | 'essBulk' | 'essTail' | 'essMean'

/** What was asked for; NaN for the rest, and for all of it when the draws are constant or not finite. */
interface Measures extends Record<Name, number> {
  ascending?: Float64Array
}

function measure(chains: Chains, asked: { readonly [name in Name | 'ascending']?: boolean }): Measures {
  check(chains)
  const half = chains[0].length >> 1
  const rows = 2 * chains.length
  const size = rows * half
  const count = chains.length * chains[0].length
  const found: Measures = { rhat: Number.NaN, essBulk: Number.NaN, essTail: Number.NaN, essMean: Number.NaN }
  scratch(() => {
    const kernel = kernels()
    const values = reserveDoubles(count)
    splitInto(doublesAt(values, count), chains)
    if (kernel.spread(values, count) !== 2) return
    const work = reserveDoubles(size + rows + half + 4)
    if (asked.essMean) found.essMean = kernel.effectiveSize(values, rows, half, work)
    if (!(asked.rhat || asked.essBulk || asked.essTail || asked.ascending)) return
    const words = reserveDoubles(count)
    const ascending = reserveDoubles(count)
    const scores = reserveDoubles(size)
    const table = asked.rhat || asked.essBulk ? putScores(size) : 0
    kernel.sortDraws(values, count, words, ascending)
    const order = doublesAt(ascending, count)
    if (asked.ascending) found.ascending = order.slice()
    const median = medianOfSorted(order)
    if (asked.essTail) {
      const sizes = [0.05, 0.95].map(p => {
        const marked = kernel.markAtMost(values, size, quantileOfSorted(order, p), scores)
        return marked > 0 && marked < size ? kernel.effectiveSize(scores, rows, half, work) : Number.NaN
      })
      found.essTail = Math.min(...sizes)
    }
    if (!(asked.rhat || asked.essBulk)) return
    if (size < count) kernel.dropIndices(words, ascending, count, size)
    kernel.rankScores(words, ascending, size, table, scores)
    if (asked.essBulk) found.essBulk = kernel.effectiveSize(scores, rows, half, work)
    if (!asked.rhat) return
    const bulk = kernel.splitRhat(scores, rows, half, work)
    // Distances from the median of all draws, an odd length's middle ones included.
    kernel.foldedScores(words, ascending, size, median, table, scores)
    found.rhat = Math.max(bulk, kernel.splitRhat(scores, rows, half, work))
  })
  return found
}

function check(chains: Chains): void {
  if (!Array.isArray(chains) || chains.length === 0) refuse('BAD_CHAINS', chains, 'at least one chain', 'chains')
  for (const chain of chains) {
    if (typeof chain?.length !== 'number') refuse('BAD_CHAINS', chain, 'a chain of numbers', 'chains')
    if (chain.length !== chains[0].length)
      refuse('BAD_CHAINS', `lengths ${chains.map(c => c.length)}`, 'chains of equal length', 'chains')
  }
  if (chains[0].length < 4) refuse('BAD_CHAINS', `${chains[0].length} draws`, 'at least 4 draws a chain', 'chains')
}

function pooled(chains: Chains): Float64Array {
  const all = new Float64Array(chains.length * chains[0].length)
  for (let m = 0; m < chains.length; m++) all.set(chains[m], m * chains[0].length)
  return all
}

/** Halves of every chain, one after the other; the middle draws of an odd length come last. */
function splitInto(out: Float64Array, chains: Chains): void {
  const length = chains[0].length
  const half = length >> 1
  for (let m = 0; m < chains.length; m++) {
    const chain = chains[m]
    const start = 2 * m * half
    for (let i = 0; i < half; i++) out[start + i] = chain[i]
    for (let i = half; i < 2 * half; i++) out[start + i] = chain[length - 2 * half + i]
    if (length % 2 === 1) out[2 * chains.length * half + m] = chain[half]
  }
}

// Normal scores of all average ranks of n draws: a cache of pure values.
const scoreTables = new Map<number, Float64Array>()
const TABLES_MAX = 16

/** The table of normal scores for `size` ranks, in the kernels' memory. */
function putScores(size: number): number {
  const length = 2 * size + 1
  const pointer = reserveDoubles(length)
  const known = scoreTables.get(size)
  if (known !== undefined) doublesAt(pointer, length).set(known)
  else {
    kernels().normalScores(size, pointer)
    if (scoreTables.size >= TABLES_MAX) scoreTables.clear()
    scoreTables.set(size, doublesAt(pointer, length).slice())
  }
  return pointer
}
