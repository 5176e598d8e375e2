import { refuse } from '../base/index.js'

/**
 * Weights of `count` reports, one each, not negative, scaled to sum to 1; equal ones where none are given. A fresh array.
 * Errors: BAD_WEIGHTS.
 */
export function checkedWeights(weights: ArrayLike<number> | undefined, count: number): Float64Array {
  if (weights === undefined) return new Float64Array(count).fill(1 / count)
  const isArray = Array.isArray(weights) || (ArrayBuffer.isView(weights) && 'length' in weights)
  if (!isArray || weights.length !== count)
    refuse('BAD_WEIGHTS', isArray ? `${weights.length} weights` : weights, `${count} weights, one a report`, 'weights')
  let largest = 0
  for (let i = 0; i < count; i++) {
    if (!(Number.isFinite(weights[i]) && weights[i] >= 0))
      refuse('BAD_WEIGHTS', weights[i], 'a finite number >= 0', `weights[${i}]`)
    largest = Math.max(largest, weights[i])
  }
  if (largest === 0) refuse('BAD_WEIGHTS', 'only zeros', 'at least one weight above 0', 'weights')
  const scaled = Float64Array.from(weights, weight => weight / largest)
  const sum = scaled.reduce((total, weight) => total + weight, 0)
  return scaled.map(weight => weight / sum)
}
