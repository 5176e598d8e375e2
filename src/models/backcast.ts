import { childKey, rootKey } from '../base/index.js'
import { type Training, train } from './fit.js'
import type { Model } from './model.js'

/** One-day VaR of the last days of a history, each from a posterior that had not seen them. */
export interface Backcast {
  /** Index in the history of the first forecast day. */
  readonly from: number
  readonly levels: readonly number[]
  /** One array a level, one value a day; positive losses in percent. */
  readonly vars: readonly Float64Array[]
}

/**
 * Trains on all but the last `days` returns and forecasts each of those one day ahead, the volatility moving on day by day, the
 * parameters those of the training. Errors: as `fit` of the shorter history.
 */
export function backcast<S>(
  model: Model<S>,
  history: Float64Array,
  levels: readonly number[],
  days: number,
  options: Training,
): Backcast {
  const from = history.length - days
  const key = childKey(rootKey(options.seed), 'backcast')
  const ascending = Float64Array.from(new Set(levels)).sort()
  const vars = levels.map(() => new Float64Array(days))
  let state = train(model, history.subarray(0, from), options)
  for (let day = 0; day < days; day++) {
    const { quantiles } = model.forecast(state, { levels: ascending, riskLevels: new Float64Array(0) })
    for (let i = 0; i < levels.length; i++) vars[i][day] = 0 - quantiles[ascending.indexOf(levels[i])]
    state = model.update(state, history[from + day], childKey(key, day))
  }
  return { from, levels, vars }
}
