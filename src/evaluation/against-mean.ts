import { dieboldMariano } from '../backtest/index.js'
import { isSwarmvarError } from '../base/index.js'
import { finiteOrNull } from './score.js'
import type { LossComparison } from './types.js'

/**
 * Diebold-Mariano on the days that both have; null where it is undefined. Differences of losses are correlated over days even when
 * forecasts are one day ahead, since volatility is: the variance takes in automatic lags.
 */
export function compareLosses(losses: Float64Array, reference: Float64Array): LossComparison | null {
  const common = [...losses.keys()].filter(day => !Number.isNaN(losses[day]) && !Number.isNaN(reference[day]))
  if (common.length < 2 || common.every(day => losses[day] === reference[day])) return null
  const pick = (values: Float64Array): Float64Array => Float64Array.from(common, day => values[day])
  try {
    const { meanDifference, statistic, pValue } = dieboldMariano(pick(losses), pick(reference), { lag: 'automatic' })
    const answer = [meanDifference, statistic, pValue].map(finiteOrNull)
    return answer.includes(null) ? null : { meanDifference, statistic, pValue }
  } catch (error) {
    if (isSwarmvarError(error) && error.code === 'ZERO_VARIANCE') return null
    throw error
  }
}
