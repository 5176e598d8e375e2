// A power of two: shrinking by it is exact, and makes room to add 2^64 values of any size.
const SHRINK = 5.421010862427522e-20

/**
 * The mean of values[from .. to), which is never outside their range and never overflows. Added up in the order they stand,
 * because that is monotone in every value even after rounding (a compensated sum is not), which keeps quantiles ascending;
 * clamped to the range, so that equal values return exactly that value.
 */
export function averageOf(values: Float64Array, from: number, to: number): number {
  let low = values[from]
  let high = low
  let sum = low
  for (let i = from + 1; i < to; i++) {
    const value = values[i]
    sum += value
    if (value < low) low = value
    if (value > high) high = value
  }
  const average = Number.isFinite(sum) ? sum / (to - from) : shrunkSum(values, from, to) / (to - from) / SHRINK
  return Math.min(Math.max(average, low), high)
}

function shrunkSum(values: Float64Array, from: number, to: number): number {
  let sum = 0
  for (let i = from; i < to; i++) sum += values[i] * SHRINK
  return sum
}
