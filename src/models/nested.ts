import { assert, childKey, type Key, nextInteger, openStream } from '../base/index.js'
import { exp, ln, meanOf, quantileOfSorted, sorted, varianceOf } from '../math/index.js'
import { rankOf, tailAverage } from './history.js'
import type { Model } from './model.js'

// Risk of the cumulative return over several days, by simulation. Where the model can simulate several paths under one parameter
// draw, the same paths give VaR(theta) of every such draw, and so the interval.

/** Cumulative returns; consecutive groups of `size` share a parameter draw. */
export interface Sums {
  readonly values: Float64Array
  readonly size: number
}

const DRAWS_MAX = 400
const DRAWS_MIN = 50
/** Paths in the tail under one parameter draw. */
const TAIL_PATHS = 12
/** Numbers that one call of a model's simulation is asked for: 32 megabytes. */
const CALL_MAX = 4_000_000

/** How many parameter draws share `paths` paths when the deepest level is `level`. */
const groupsFor = (paths: number, level: number): number =>
  Math.max(DRAWS_MIN, Math.min(DRAWS_MAX, Math.floor((paths * level) / TAIL_PATHS)))

/** The cumulative returns of at least `paths` paths, grouped by parameter draw where the model can. */
export function simulateSums<S>(model: Model<S>, state: S, days: number, paths: number, level: number, key: Key): Sums {
  const { simulateGroups, simulate } = model
  assert(simulateGroups !== undefined || simulate !== undefined, 'the model can simulate')
  const groups = simulateGroups === undefined ? paths : groupsFor(paths, level)
  const size = Math.ceil(paths / groups)
  const values = new Float64Array(groups * size)
  const perCall = Math.max(1, Math.floor(CALL_MAX / (size * days)))
  for (let from = 0, call = 0; from < groups; from += perCall, call++) {
    const count = Math.min(perCall, groups - from)
    const callKey = childKey(key, call)
    const returns = simulateGroups?.(state, days, count, size, callKey) ?? simulate!(state, days, count, callKey)
    for (let i = 0; i < count * size; i++) {
      let sum = 0
      for (let t = 0; t < days; t++) sum += returns[i * days + t]
      values[from * size + i] = sum
    }
  }
  return { values, size }
}

/** VaR and ES at one level, positive losses. */
interface Risk {
  readonly var: number
  readonly es: number
}

export function riskOf(ascending: Float64Array, level: number): Risk {
  return { var: 0 - ascending[rankOf(level, ascending.length) - 1], es: tailAverage(ascending, level) }
}

const SECTIONS = 20

/** The paths in twenty parts, each ascending; groups that share a parameter draw stay together. */
export function sectionsOf({ values, size }: Sums): Float64Array[] {
  const groups = values.length / size
  return Array.from({ length: SECTIONS }, (_, s) => {
    const part = new Float64Array(size * Math.ceil((groups - s) / SECTIONS))
    for (let k = s, at = 0; k < groups; k += SECTIONS, at += size) part.set(values.subarray(k * size, (k + 1) * size), at)
    return part.sort()
  })
}

/**
 * Monte Carlo standard errors of VaR and ES by sectioning (Asmussen & Glynn 2007, section III.5): the spread of the estimates from
 * the parts about the estimate from all paths.
 */
export function sectionErrors(sections: readonly Float64Array[], level: number, whole: Risk): Risk {
  const errorOf = (which: keyof Risk): number => {
    let squares = 0
    for (const section of sections) {
      const difference = riskOf(section, level)[which] - whole[which]
      squares += difference * difference
    }
    return Math.sqrt(squares / (sections.length * (sections.length - 1)))
  }
  return { var: errorOf('var'), es: errorOf('es') }
}

/** Every group's paths, and those of its two halves, ascending. */
export interface Group {
  readonly whole: Float64Array
  readonly one: Float64Array
  readonly other: Float64Array
}

export function groupsOf({ values, size }: Sums): Group[] {
  return Array.from({ length: values.length / size }, (_, k) => {
    const from = k * size
    const part = (start: number, end: number): Float64Array => values.slice(from + start, from + end).sort()
    return { whole: part(0, size), one: part(0, size >> 1), other: part(size >> 1, size) }
  })
}

export interface NestedInterval {
  readonly interval: readonly [number, number]
  /** Monte Carlo standard errors of its two ends. */
  readonly mcse: readonly [number, number]
}

const RESAMPLES = 100

/**
 * The central 95 % of VaR(theta) and of ES(theta) over the parameter draws. Each draw's estimate carries the noise of its paths, which
 * would widen the interval: the estimates are drawn towards their mean until their variance is that of VaR(theta) itself (Louis
 * 1984), which the covariance of the estimates from two halves of the paths gives without bias. The ends' standard errors come from
 * resampling the parameter draws.
 */
export function nestedIntervals(
  groups: readonly Group[],
  level: number,
  key: Key,
): { readonly var: NestedInterval; readonly es: NestedInterval } {
  const risks = groups.map(({ whole, one, other }) => [riskOf(whole, level), riskOf(one, level), riskOf(other, level)])
  const intervalOf = (which: keyof Risk): NestedInterval => {
    const column = (part: number): Float64Array => Float64Array.from(risks, risk => risk[part][which])
    return withErrors(column(0), column(1), column(2), childKey(key, which))
  }
  return { var: intervalOf('var'), es: intervalOf('es') }
}

function withErrors(whole: Float64Array, one: Float64Array, other: Float64Array, key: Key): NestedInterval {
  const n = whole.length
  const interval = shrunkInterval(whole, one, other)
  const stream = openStream(key)
  const lows = new Float64Array(RESAMPLES)
  const highs = new Float64Array(RESAMPLES)
  const picked = [new Float64Array(n), new Float64Array(n), new Float64Array(n)]
  for (let b = 0; b < RESAMPLES; b++) {
    for (let i = 0; i < n; i++) {
      const k = nextInteger(stream, n)
      picked[0][i] = whole[k]
      picked[1][i] = one[k]
      picked[2][i] = other[k]
    }
    const [low, high] = shrunkInterval(picked[0], picked[1], picked[2])
    lows[b] = low
    highs[b] = high
  }
  return { interval, mcse: [Math.sqrt(varianceOf(lows)), Math.sqrt(varianceOf(highs))] }
}

/**
 * In logs where every estimate is a loss: the noise of a tail's estimate grows with the tail, and a plain shrinkage would draw the low
 * end up.
 */
function shrunkInterval(whole: Float64Array, one: Float64Array, other: Float64Array): [number, number] {
  const areLosses = [whole, one, other].every(part => part.every(value => value > 0))
  if (!areLosses) return shrunkEnds(whole, one, other)
  const [low, high] = shrunkEnds(whole.map(ln), one.map(ln), other.map(ln))
  return [exp(low), exp(high)]
}

function shrunkEnds(whole: Float64Array, one: Float64Array, other: Float64Array): [number, number] {
  const centre = meanOf(whole)
  const spread = varianceOf(whole)
  const share = spread > 0 ? Math.sqrt(Math.min(1, Math.max(0, covarianceOf(one, other)) / spread)) : 0
  const ascending = sorted(whole)
  const end = (p: number): number => centre + share * (quantileOfSorted(ascending, p) - centre)
  return [end(0.025), end(0.975)]
}

function covarianceOf(x: Float64Array, y: Float64Array): number {
  const [meanX, meanY] = [meanOf(x), meanOf(y)]
  let sum = 0
  for (let i = 0; i < x.length; i++) sum += (x[i] - meanX) * (y[i] - meanY)
  return sum / (x.length - 1)
}
