import { childKey, type Key, refuse, rootKey } from '../base/index.js'
import { ordered } from '../math/index.js'
import { binomialRanks, skewedInterval, spreadsOf, t95 } from './intervals.js'
import { methodTable } from './methods/table.js'
import { checkPosition, type Position } from './position.js'
import type { Sample } from './sample.js'

/** VaR and ES of a position at one level, positive losses, by one method. */
export interface Estimate {
  readonly method: string
  readonly level: number
  readonly var: number
  readonly es: number
  readonly varInterval95: readonly [number, number]
  readonly esInterval95: readonly [number, number]
  readonly standardErrors: { readonly var: number; readonly es: number }
  /** Losses evaluated, pilot runs included: at most the paths asked for. */
  readonly evaluations: number
  /**
   * Variance of plain Monte Carlo over this method's at the same number of evaluations, from this run's own standard errors;
   * `varianceReduction` measures it.
   */
  readonly factors: { readonly var: number; readonly es: number }
  /** What the method found by itself. */
  readonly remark?: string
}

export interface EstimateOptions {
  /** A left-tail level inside (0, .5). */
  readonly level: number
  /** How many losses may be evaluated. */
  readonly paths: number
  readonly seed: string
}

export const PATHS_MAX = 50_000_000
/** Losses beyond the level that plain draws must be expected to have. */
const TAIL_MIN = 50
const PATHS_MIN = 2000

/**
 * VaR and ES with 95 % intervals by a method of `methodTable`. The interval of VaR is Woodruff's (1952): the quantiles at which the
 * estimated tail probability, plus or minus its error, is the level; that of plain Monte Carlo is exact (binomial order
 * statistics). ES is linear in the losses given the quantile (Rockafellar & Uryasev 2000), and so is its error. Both errors
 * come from the method's independent parts about the estimate of the whole, so the bias of a part's quantile enters nowhere.
 * Errors: BAD_POSITION, BAD_LOSS, BAD_LEVEL, BAD_PATHS, BAD_SEED, UNKNOWN_METHOD, TOO_FEW_PATHS, BAD_CONTROL, TOO_MANY_DIMENSIONS.
 */
export function estimateRisk(position: Position, method: string, options: EstimateOptions): Estimate {
  checkPosition(position)
  checkOptions(options)
  return estimateWith(position, method, options, childKey(childKey(rootKey(options.seed), 'montecarlo'), method))
}

/** The same from a key; what is asked has been checked. */
export function estimateWith(
  position: Position,
  method: string,
  { level, paths }: Omit<EstimateOptions, 'seed'>,
  key: Key,
): Estimate {
  if (!Object.hasOwn(methodTable, method))
    refuse('UNKNOWN_METHOD', method, `one of ${Object.keys(methodTable).join(', ')}`, 'method')
  const sample = methodTable[method].sample(position, { level, paths }, key)
  return { method, ...estimateFrom(sample, level) }
}

/** The same from losses that were drawn independently elsewhere: plain Monte Carlo. Errors: BAD_LEVEL, TOO_FEW_PATHS, BAD_LOSS. */
export function estimateDraws(losses: Float64Array, level: number): Estimate {
  checkOptions({ level, paths: losses.length, seed: '' })
  if (!losses.every(Number.isFinite)) refuse('BAD_LOSS', losses, 'finite losses', 'losses')
  return { method: 'plain', ...estimateFrom({ losses, weights: null, blockSize: 1, evaluations: losses.length }, level) }
}

export function checkOptions(options: EstimateOptions): void {
  const { level, paths, seed } = options ?? {}
  if (typeof seed !== 'string') refuse('BAD_SEED', seed, 'a string', 'seed')
  if (!(level > 0 && level < 0.5)) refuse('BAD_LEVEL', level, 'a left-tail level inside (0, 0.5)', 'level')
  if (!(Number.isInteger(paths) && paths >= PATHS_MIN && paths <= PATHS_MAX))
    refuse('BAD_PATHS', paths, `a whole number from ${PATHS_MIN} to ${PATHS_MAX}`, 'paths')
  if (paths * level < TAIL_MIN)
    refuse('TOO_FEW_PATHS', paths, `at least ${Math.ceil(TAIL_MIN / level)} for level ${level}`, 'paths')
}

function estimateFrom(sample: Sample, level: number): Omit<Estimate, 'method'> {
  const { losses, weights, evaluations, remark } = sample
  const n = losses.length
  const curve = tailCurve(losses, weights)
  const value = curve.reaching(level)
  const weightOf = (i: number): number => (weights === null ? 1 : weights[i])
  const beyond = new Float64Array(n)
  const excess = new Float64Array(n)
  let mean = 0
  let square = 0
  for (let i = 0; i < n; i++) {
    const above = losses[i] - value
    if (above < 0) continue
    const weight = weightOf(i)
    // The atom at the quantile itself counts half.
    beyond[i] = above > 0 ? weight : weight / 2
    excess[i] = (weight * above) / level
    mean += excess[i] / n
    square += (excess[i] * above) / level / n
  }
  const es = value + mean
  const [tail, shortfall] = spreadsOf([beyond, excess], sample)
  // Losses come one at a time: an error below their spacing cannot be seen. 1/12 is a uniform's variance.
  const spacing = curve.spacing(level)
  const reach = t95(tail.df) * Math.sqrt(tail.se * tail.se + (spacing * spacing) / 12)
  const isPlain = weights === null && sample.blockSize === 1
  const varInterval95 = isPlain ? exactInterval(curve, n, level) : invert(curve, level, reach)
  return {
    level,
    var: value,
    es,
    varInterval95,
    esInterval95: skewedInterval(es, shortfall),
    standardErrors: { var: (varInterval95[1] - varInterval95[0]) / (2 * t95(tail.df)), es: shortfall.se },
    evaluations,
    factors: {
      var: ratio(level * (1 - level), tail.se * tail.se * evaluations),
      es: ratio(square - mean * mean, shortfall.se * shortfall.se * evaluations),
    },
    ...(remark === undefined ? {} : { remark }),
  }
}

/** An error that no part of the sample showed is no error of 0: the factor is then a bound that cannot be named. */
const ratio = (plain: number, own: number): number => (own > 0 ? plain / own : Number.MAX_VALUE)

const exactInterval = (curve: TailCurve, n: number, level: number): readonly [number, number] => {
  const { a, b } = binomialRanks(n, level)
  return [curve.ranked(b), curve.ranked(a)]
}

function invert(curve: TailCurve, level: number, reach: number): readonly [number, number] {
  if (level - reach <= curve.first)
    refuse('TOO_FEW_PATHS', 'an interval beyond the largest loss', 'more paths, or a level less far out', 'paths')
  return [curve.at(level + reach), curve.at(level - reach)]
}

/** The estimated tail probability as a function of the loss, from the largest loss on. */
interface TailCurve {
  /** The largest loss whose tail, itself included, reaches a probability. */
  reaching(probability: number): number
  /** The loss where the tail has a probability, linear between losses that stand at the middles of their weights. */
  at(probability: number): number
  /** The k-th largest, k >= 1. */
  ranked(k: number): number
  /** The weight of the loss that `reaching` answers. */
  spacing(probability: number): number
  /** The tail at the largest loss. */
  readonly first: number
}

function tailCurve(losses: Float64Array, weights: Float64Array | null): TailCurve {
  const n = losses.length
  const { ascending, order } = ordered(losses)
  const shareOf = (k: number): number => (weights === null ? 1 / n : weights[order[2 * (n - k)]] / n)
  const loss = (k: number): number => ascending[n - k]
  const rankAt = (probability: number): number => {
    if (weights === null) return Math.min(n, Math.max(1, Math.ceil(probability * n - 1e-9)))
    let sum = 0
    for (let k = 1; k < n; k++) {
      sum += shareOf(k)
      if (sum >= probability - 1e-12) return k
    }
    return n
  }
  return {
    first: shareOf(1) / 2,
    ranked: k => loss(Math.min(n, Math.max(1, k))),
    reaching: probability => loss(rankAt(probability)),
    spacing: probability => Math.abs(shareOf(rankAt(probability))),
    at(probability) {
      let before = 0
      let [lastMiddle, k] = [0, 1]
      for (; k <= n; k++) {
        const share = shareOf(k)
        const middle = before + share / 2
        if (middle >= probability) {
          if (k === 1) return loss(1)
          return loss(k - 1) + ((probability - lastMiddle) / (middle - lastMiddle)) * (loss(k) - loss(k - 1))
        }
        before += share
        lastMiddle = middle
      }
      return loss(n)
    },
  }
}
