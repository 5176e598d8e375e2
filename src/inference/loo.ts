import { refuse } from '../base/index.js'
import { doublesAt, kernels, type Pointer, reserveDoubles, scratch } from '../kernels/index.js'
import { ln, varianceOf } from '../math/index.js'
import { checkRelativeEss, smoothInPlace, tailLength } from './psis.js'

export interface Loo {
  /** Expected log pointwise predictive density, leave-one-out: the sum of `pointwise`. */
  readonly elpd: number
  /** Standard error of `elpd`: sqrt(n times the sample variance of `pointwise`). */
  readonly se: number
  /** Effective number of parameters: how much less than the density within the sample that is. */
  readonly pLoo: number
  /** Each observation's share of `elpd`. */
  readonly pointwise: Float64Array
  /** Pareto k-hat of each observation: the estimate for it is reliable below .7. */
  readonly paretoK: Float64Array
  /** How many k-hat exceed .7. */
  readonly unreliable: number
}

const PARETO_LIMIT = 0.7
// Columns that are read together: a cache line of a row.
const BLOCK = 8

/**
 * Leave-one-out cross-validation by Pareto smoothed importance sampling (Vehtari, Gelman & Gabry 2017, equation 10; Vehtari et
 * al. 2024), equal to R's loo package.
 * @param logLikelihoods one row a draw, one column an observation (at least two); finite, else BAD_LOG_LIKELIHOODS
 * @param options.relativeEss relative efficiency of the draws (1 for independent ones)
 */
export function loo(logLikelihoods: readonly Float64Array[], options: { readonly relativeEss?: number } = {}): Loo {
  const relativeEss = checkRelativeEss(options)
  const n = check(logLikelihoods)
  const draws = logLikelihoods.length
  const tail = tailLength(draws, relativeEss)
  const pointwise = new Float64Array(n)
  const paretoK = new Float64Array(n)
  let elpd = 0
  let pLoo = 0
  let unreliable = 0
  for (let first = 0; first < n; first += BLOCK) {
    const width = Math.min(BLOCK, n - first)
    scratch(() => {
      const columns = reserveDoubles(width * draws)
      gather(logLikelihoods, first, width, doublesAt(columns, width * draws))
      const weights = reserveDoubles(draws)
      for (let j = 0; j < width; j++) {
        const column = columns + 8 * j * draws
        const inSample = kernels().logSumExp(column, draws) - ln(draws)
        const i = first + j
        paretoK[i] = leaveOut(column, weights, draws, tail)
        pointwise[i] = kernels().logSumExp(weights, draws)
        elpd += pointwise[i]
        pLoo += inSample - pointwise[i]
        if (paretoK[i] > PARETO_LIMIT) unreliable++
      }
    })
  }
  return { elpd, se: Math.sqrt(n * varianceOf(pointwise)), pLoo, pointwise, paretoK, unreliable }
}

/** Writes the log likelihoods, each times its draw's smoothed weight for an observation left out, to `weights`; returns k-hat. */
function leaveOut(column: Pointer, weights: Pointer, draws: number, tail: number): number {
  const given = doublesAt(column, draws)
  let least = given[0]
  for (let s = 1; s < draws; s++) if (given[s] < least) least = given[s]
  const ratios = doublesAt(weights, draws)
  for (let s = 0; s < draws; s++) ratios[s] = least - given[s]
  const paretoK = smoothInPlace(weights, draws, tail)
  const likelihoods = doublesAt(column, draws)
  const weighted = doublesAt(weights, draws)
  for (let s = 0; s < draws; s++) weighted[s] += likelihoods[s]
  return paretoK
}

function gather(rows: readonly Float64Array[], first: number, width: number, columns: Float64Array): void {
  const draws = rows.length
  for (let s = 0; s < draws; s++) {
    const row = rows[s]
    for (let j = 0; j < width; j++) {
      const value = row[first + j]
      if (!Number.isFinite(value))
        refuse('BAD_LOG_LIKELIHOODS', value, 'finite log likelihoods', `logLikelihoods[${s}][${first + j}]`)
      columns[j * draws + s] = value
    }
  }
}

/** The number of observations. */
function check(rows: readonly Float64Array[]): number {
  if (!Array.isArray(rows) || rows.length === 0) refuse('BAD_LOG_LIKELIHOODS', rows, 'at least one draw', 'logLikelihoods')
  const n = rows[0]?.length
  for (const row of rows) {
    if (typeof row?.length !== 'number') refuse('BAD_LOG_LIKELIHOODS', row, 'a row of numbers a draw', 'logLikelihoods')
    if (row.length !== n)
      refuse('BAD_LOG_LIKELIHOODS', `rows of ${n} and of ${row.length}`, 'rows of equal length', 'logLikelihoods')
  }
  if (n < 2) refuse('BAD_LOG_LIKELIHOODS', `${n} observations`, 'at least two observations', 'logLikelihoods')
  return n
}
