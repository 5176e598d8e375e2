import { exp, ln, systematicIndices } from '../math/index.js'

/** Weights that sum to one, from log weights up to a constant. All -Infinity: equal weights. */
export function normalisedWeights(logWeights: ArrayLike<number>): Float64Array {
  const n = logWeights.length
  const { largest, sum } = scaledSum(logWeights)
  const weights = new Float64Array(n)
  for (let i = 0; i < n; i++) weights[i] = sum > 0 ? exp(logWeights[i] - largest) / sum : 1 / n
  return weights
}

/** ln sum exp of the values; -Infinity when all are. */
export function logSumExp(values: ArrayLike<number>): number {
  const { largest, sum } = scaledSum(values)
  return sum > 0 ? largest + ln(sum) : Number.NEGATIVE_INFINITY
}

function scaledSum(values: ArrayLike<number>): { largest: number; sum: number } {
  let largest = Number.NEGATIVE_INFINITY
  for (let i = 0; i < values.length; i++) if (values[i] > largest) largest = values[i]
  let sum = 0
  if (largest > Number.NEGATIVE_INFINITY) for (let i = 0; i < values.length; i++) sum += exp(values[i] - largest)
  return { largest, sum }
}

/** Effective sample size of weighted draws, 1 / sum w^2 (Kong, Liu & Wong 1994), from log weights up to a constant. */
export function essOf(logWeights: ArrayLike<number>): number {
  let squares = 0
  for (const w of normalisedWeights(logWeights)) squares += w * w
  return 1 / squares
}

/**
 * Systematic resampling (Carpenter, Clifford & Fearnhead 1999) from one uniform: index k is taken floor or ceil of n w_k times,
 * in order; equal weights take each once. Log weights up to a constant.
 */
export function systematic(logWeights: ArrayLike<number>, uniform: number): Uint32Array {
  return systematicIndices(normalisedWeights(logWeights), logWeights.length, uniform)
}
