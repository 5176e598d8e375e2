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
 * The order statistics x_(k+1) for ascending 0-based `ranks`, without sorting everything: values are counted into
 * equal cells, and only the cells that hold an asked rank are sorted.
 */
export function orderStatistics(values: Float64Array, ranks: ArrayLike<number>): Float64Array {
  const n = values.length
  const result = new Float64Array(ranks.length)
  let low = values[0]
  let high = values[0]
  for (let i = 1; i < n; i++) {
    if (values[i] < low) low = values[i]
    if (values[i] > high) high = values[i]
  }
  const cells = Math.max(16, n >> 4)
  const scale = cells / (high - low)
  if (!Number.isFinite(scale)) {
    const all = sorted(values)
    return result.map((_, j) => all[ranks[j]])
  }
  const cellOf = (x: number): number => Math.min(cells - 1, ((x - low) * scale) | 0)
  const starts = new Int32Array(cells + 1)
  for (let i = 0; i < n; i++) starts[cellOf(values[i]) + 1]++
  for (let c = 0; c < cells; c++) starts[c + 1] += starts[c]
  const wanted = new Uint8Array(cells)
  const cellOfRank = Int32Array.from(ranks, rank => {
    const cell = lastStartAtMost(starts, rank)
    wanted[cell] = 1
    return cell
  })
  const byCell = new Map<number, number[]>()
  for (let i = 0; i < n; i++) {
    const cell = cellOf(values[i])
    if (wanted[cell] === 0) continue
    const members = byCell.get(cell)
    if (members === undefined) byCell.set(cell, [values[i]])
    else members.push(values[i])
  }
  const ascending = new Map<number, Float64Array>()
  for (const [cell, members] of byCell) ascending.set(cell, sorted(members))
  for (let j = 0; j < ranks.length; j++) result[j] = ascending.get(cellOfRank[j])![ranks[j] - starts[cellOfRank[j]]]
  return result
}

function lastStartAtMost(starts: Int32Array, rank: number): number {
  let low = 0
  let high = starts.length - 1
  while (high - low > 1) {
    const mid = (low + high) >> 1
    if (starts[mid] <= rank) low = mid
    else high = mid
  }
  return low
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
