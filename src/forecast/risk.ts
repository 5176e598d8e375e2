import { refuse } from '../base/index.js'
import { checkForecast, checkLevel } from './check.js'
import type { Forecast } from './forecast.js'
import { curveOf, partialMean, quantileAt } from './interpolate.js'

const LEAST_LEVELS = 4
const LEAST_REACH = 5

/**
 * Value-at-Risk at a left-tail level: minus the quantile, in percent, a loss being positive. A grid level's own, else linear in
 * the normal score. Errors: BAD_LEVEL, LEVEL_OUTSIDE_GRID (nothing is extrapolated), BAD_FORECAST.
 */
export function valueAtRisk(forecast: Forecast, level: number): number {
  checkLevel(level)
  checkForecast(forecast)
  const i = forecast.levels.indexOf(level)
  if (i >= 0) return 0 - forecast.quantiles[i]
  checkInside(forecast.levels, level)
  return 0 - quantileAt(curveOf(forecast), level)
}

/**
 * Expected shortfall at a left-tail level, in percent, a loss being positive: the carried one, else the closed-form mean of the
 * interpolated quantile function below the level, the tail extrapolated linearly in the normal score. The integral needs at
 * least 4 grid levels at or below `level`, the lowest at or below level / 5: GRID_TOO_COARSE. Others as {@link valueAtRisk}.
 */
export function expectedShortfall(forecast: Forecast, level: number): number {
  checkLevel(level)
  checkForecast(forecast)
  const carried = forecast.riskLevels.indexOf(level)
  if (carried >= 0) return carriedShortfall(forecast, carried)
  const { levels } = forecast
  const below = levels.filter(each => each <= level).length
  if (below < LEAST_LEVELS || levels[0] > level / LEAST_REACH) {
    const expected = `at least ${LEAST_LEVELS} levels up to ${level}, the lowest at most ${level / LEAST_REACH}, or a carried shortfall`
    refuse('GRID_TOO_COARSE', `${below} levels, the lowest ${levels[0]}`, expected, 'forecast.levels')
  }
  checkInside(levels, level)
  const curve = curveOf(forecast)
  // A mean of values at or below the quantile: rounding must not put it above.
  return Math.max((0 - partialMean(curve, level)) / level, 0 - quantileAt(curve, level))
}

function carriedShortfall({ riskLevels, shortfalls }: Forecast, i: number): number {
  if (Number.isFinite(shortfalls[i])) return shortfalls[i]
  return refuse('BAD_FORECAST', shortfalls[i], `a finite shortfall at level ${riskLevels[i]}`, 'forecast.shortfalls')
}

function checkInside(levels: Float64Array, level: number): void {
  const highest = levels[levels.length - 1]
  if (level < levels[0] || level > highest) refuse('LEVEL_OUTSIDE_GRID', level, `a level in [${levels[0]}, ${highest}]`, 'level')
}
