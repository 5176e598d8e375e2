import { assert } from '../base/index.js'
import { exp, expm1, ln, log1p } from '../math/index.js'

/** Durations as logarithms of their share of the longest, at most 0, each with how often it occurs; `size` of them count. */
export interface Durations {
  readonly logs: Float64Array
  readonly weights: Float64Array
  readonly size: number
  /** How many are not censored, and the sum of their logarithms, below 0. */
  readonly complete: number
  readonly logSum: number
}

export interface WeibullFit {
  readonly shape: number
  /** Of its likelihood to the exponential's. */
  readonly statistic: number
}

const STEPS_MAX = 200
const PRECISION = 1e-14

/**
 * The Weibull's shape b by maximum likelihood, its scale profiled out: m log b + (b - 1) S - m log sum w e^(bx) is concave in b. Its
 * maximum is where 1 / b = sum w x e^(bx) / sum w e^(bx) - S / m, found in log b by Newton's method inside a bracket.
 */
export function fitWeibull(durations: Durations): WeibullFit {
  const { complete, logSum } = durations
  const mean = logSum / complete
  let low = 0
  let high = Number.POSITIVE_INFINITY
  let shape = 1
  for (let step = 0; step < STEPS_MAX; step++) {
    const { centre, variance } = tilted(durations, shape)
    const score = 1 - shape * (centre - mean)
    if (score > 0) low = shape
    else high = shape
    const slope = -shape * (centre - mean) - shape * shape * variance
    let next = slope < 0 ? shape * exp(Math.max(-3, Math.min(3, -score / slope))) : 0
    if (!(next >= low && next <= high && next > 0)) next = between(low, high)
    const isDone = Math.abs(next - shape) <= PRECISION * shape
    shape = next
    if (isDone || score === 0) break
    assert(step < STEPS_MAX - 1, 'the score of a Weibull shape has a root')
  }
  return { shape, statistic: ratio(durations, shape) }
}

/** Inside the bracket, whose ends are 0 and infinite at first. */
const between = (low: number, high: number): number =>
  high === Number.POSITIVE_INFINITY ? 8 * low : low === 0 ? high / 8 : Math.sqrt(low) * Math.sqrt(high)

/** Mean and variance of the logarithms under weights w e^(bx). */
function tilted({ logs, weights, size }: Durations, shape: number): { centre: number; variance: number } {
  let total = 0
  let sum = 0
  let squares = 0
  for (let i = 0; i < size; i++) {
    const weight = weights[i] * exp(shape * logs[i])
    total += weight
    sum += weight * logs[i]
    squares += weight * logs[i] * logs[i]
  }
  const centre = sum / total
  return { centre, variance: Math.max(0, squares / total - centre * centre) }
}

/** Twice the gain in log likelihood over shape 1. Near 1 every term is taken as a difference, or they would cancel. */
function ratio({ logs, weights, size, complete, logSum }: Durations, shape: number): number {
  const excess = shape - 1
  let total = 0
  let change = 0
  for (let i = 0; i < size; i++) {
    const weight = weights[i] * exp(logs[i])
    total += weight
    change += weight * (Math.abs(excess) < 0.5 ? expm1(excess * logs[i]) : exp(excess * logs[i]))
  }
  const spread = Math.abs(excess) < 0.5 ? log1p(change / total) : ln(change / total)
  const scale = Math.abs(excess) < 0.5 ? log1p(excess) : ln(shape)
  return Math.max(0, 2 * (complete * (scale - spread) + excess * logSum))
}
