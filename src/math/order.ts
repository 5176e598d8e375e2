import { doublesAt, kernels, put, reserve, reserveDoubles, scratch } from '../kernels/index.js'

/** A sorted copy, ascending; the input is left alone. Typed arrays sort numerically and put -0 before 0. */
export const sorted = (values: ArrayLike<number>): Float64Array => Float64Array.from(values).sort()

/** The midpoint of the two central order statistics (the central one for odd n) of an ascending array. */
export function medianOfSorted(ascending: ArrayLike<number>): number {
  const half = ascending.length >> 1
  return ascending.length % 2 === 1 ? ascending[half] : midpoint(ascending[half - 1], ascending[half])
}

/** (a + b) / 2 without overflow. */
export const midpoint = (a: number, b: number): number => {
  const sum = a + b
  return Number.isFinite(sum) ? sum / 2 : a / 2 + b / 2
}

/** Sample quantile of an ascending array, linear between order statistics (type 7 of Hyndman & Fan 1996). */
export function quantileOfSorted(ascending: ArrayLike<number>, p: number): number {
  const position = (ascending.length - 1) * p
  const i = Math.floor(position)
  if (i + 1 >= ascending.length) return ascending[ascending.length - 1]
  const share = position - i
  if (share === 0) return ascending[i]
  const value = ascending[i] + share * (ascending[i + 1] - ascending[i])
  // Infinite neighbours, or a difference that overflows.
  return Number.isFinite(value) ? value : (1 - share) * ascending[i] + share * ascending[i + 1]
}

/**
 * Quantiles of weighted values (weights >= 0, sum 1), linear between order statistics that stand at the middles of their
 * weights; with equal weights type 7 of Hyndman & Fan (1996).
 */
export function weightedQuantiles(values: Float64Array, weights: Float64Array, levels: ArrayLike<number>): Float64Array {
  const { ascending, order } = ordered(values)
  const n = ascending.length
  let first = 0
  while (first < n - 1 && !(weights[order[2 * first]] > 0)) first++
  let last = n - 1
  while (last > first && !(weights[order[2 * last]] > 0)) last--
  const lead = weights[order[2 * first]] / 2
  const span = 1 - lead - weights[order[2 * last]] / 2
  // Where each value stands, and the nearest ones before and behind a level.
  const below = Float64Array.from(levels, () => ascending[first])
  const positionBelow = new Float64Array(levels.length)
  const found = new Float64Array(levels.length).fill(Number.NaN)
  let before = 0
  for (let k = first; k <= last; k++) {
    const weight = weights[order[2 * k]]
    if (!(weight > 0)) continue
    const position = first === last ? 0 : (before + weight / 2 - lead) / span
    before += weight
    for (let j = 0; j < levels.length; j++) {
      if (!Number.isNaN(found[j])) continue
      if (position < levels[j]) {
        below[j] = ascending[k]
        positionBelow[j] = position
      } else {
        const share = position > positionBelow[j] ? (levels[j] - positionBelow[j]) / (position - positionBelow[j]) : 1
        found[j] = (1 - share) * below[j] + share * ascending[k]
      }
    }
  }
  return found.map(value => (Number.isNaN(value) ? ascending[last] : value))
}

/** The values ascending, and in the even places of `order` which they were; equal ones in their order. */
export function ordered(values: Float64Array): { ascending: Float64Array; order: Uint32Array } {
  return scratch(() => {
    const n = values.length
    const [at, words, ascending] = [put(values), reserve(8 * n), reserveDoubles(n)]
    kernels().sortDraws(at, n, words, ascending)
    const order = new Uint32Array(kernels().memory.buffer, words, 2 * n).slice()
    return { ascending: doublesAt(ascending, n).slice(), order }
  })
}

/** The least index whose element is not below x, in an ascending array. */
export function lowerBound(ascending: ArrayLike<number>, x: number, length = ascending.length): number {
  let low = 0
  let high = length
  while (low < high) {
    const mid = (low + high) >> 1
    if (ascending[mid] < x) low = mid + 1
    else high = mid
  }
  return low
}

/** The least index whose element is above x, in an ascending array. */
export function upperBound(ascending: ArrayLike<number>, x: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const mid = (low + high) >> 1
    if (ascending[mid] <= x) low = mid + 1
    else high = mid
  }
  return low
}

/**
 * Left quantiles of weighted values (weights >= 0, sum 1): at each ascending level the least value whose cumulative weight
 * reaches it, up to 1e-9. Without sorting everything: weights are summed into equal cells, and only the cells in which a level
 * is reached are sorted.
 */
export function weightedLowerQuantiles(values: Float64Array, weights: Float64Array, levels: ArrayLike<number>): Float64Array {
  const n = values.length
  let low = values[0]
  let high = values[0]
  for (let i = 1; i < n; i++) {
    if (values[i] < low) low = values[i]
    if (values[i] > high) high = values[i]
  }
  const cells = Math.max(16, n >> 4)
  const scale = cells / (high - low)
  // All equal, or too wide a range: one cell holds everything.
  const isSpread = Number.isFinite(scale)
  const cellOf = new Int32Array(n)
  const upTo = new Float64Array(cells)
  for (let i = 0; i < n; i++) {
    const cell = isSpread ? Math.min(cells - 1, ((values[i] - low) * scale) | 0) : 0
    cellOf[i] = cell
    upTo[cell] += weights[i]
  }
  for (let c = 1; c < cells; c++) upTo[c] += upTo[c - 1]
  const reached = Float64Array.from(levels, level => Math.min(lowerBound(upTo, level - 1e-9), cells - 1))
  const members = new Array<number[] | undefined>(cells).fill(undefined)
  for (const cell of reached) members[cell] ??= []
  for (let i = 0; i < n; i++) members[cellOf[i]]?.push(i)
  for (const indices of members) indices?.sort((a, b) => values[a] - values[b] || a - b)
  return Float64Array.from(levels, (level, j) => {
    const cell = reached[j]
    const indices = members[cell]!
    let before = cell === 0 ? 0 : upTo[cell - 1]
    for (const i of indices) {
      before += weights[i]
      if (before >= level - 1e-9) return values[i]
    }
    return values[indices[indices.length - 1]]
  })
}

/** Systematic resampling of `count` of the indices of `weights` (sum 1) from one uniform: index k comes floor or ceil of count w_k times. */
export function systematicIndices(weights: Float64Array, count: number, uniform: number): Uint32Array {
  const chosen = new Uint32Array(count)
  // A millionth away from the cells' borders, so that rounding cannot skip one when weights are equal.
  const offset = 1e-6 + (1 - 2e-6) * uniform
  let k = 0
  let cumulative = weights[0]
  for (let i = 0; i < count; i++) {
    while (cumulative * count < i + offset && k < weights.length - 1) cumulative += weights[++k]
    chosen[i] = k
  }
  return chosen
}

/** The mean, computed about the first value so that large offsets cancel. */
export function meanOf(values: ArrayLike<number>): number {
  if (values.length === 0) return 0
  const origin = values[0]
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i] - origin
  return origin + sum / values.length
}

/** The sample variance, divisor n - 1. */
export function varianceOf(values: ArrayLike<number>): number {
  const mean = meanOf(values)
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += (values[i] - mean) * (values[i] - mean)
  return sum / (values.length - 1)
}
