import { crps, type Forecast, pit } from '../forecast/index.js'
import { meanOf } from '../math/index.js'
import { finiteOrNull } from './score.js'
import type { Calibration } from './types.js'

export const PIT_BINS = 20

/** Counts of values of [0, 1] in equal bins; 1 falls in the last. */
export function pitHistogram(values: readonly number[], bins = PIT_BINS): number[] {
  const counts = new Array<number>(bins).fill(0)
  for (const value of values) counts[Math.min(bins - 1, Math.floor(value * bins))]++
  return counts
}

/** PIT and CRPS of a grid of quantiles, days x levels row-major; rows that hold a NaN are days without a forecast. */
export function calibrate(returns: Float64Array, levels: Float64Array, rows: Float64Array): Calibration {
  const values: (number | null)[] = []
  const scores: number[] = []
  for (let day = 0; day < returns.length; day++) {
    const quantiles = rows.slice(day * levels.length, (day + 1) * levels.length)
    if (quantiles.length === 0 || quantiles.some(Number.isNaN)) {
      values.push(null)
      continue
    }
    const forecast: Forecast = { levels, quantiles, riskLevels: new Float64Array(0), shortfalls: new Float64Array(0) }
    values.push(finiteOrNull(pit(forecast, returns[day])))
    scores.push(crps(forecast, returns[day]))
  }
  return {
    pit: values,
    pitHistogram: pitHistogram(values.filter(value => value !== null)),
    meanCrps: scores.length === 0 ? null : finiteOrNull(meanOf(scores)),
  }
}
