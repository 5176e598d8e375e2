import { refuse } from '../base/index.js'
import type { Forecast } from './forecast.js'

/** Why `levels` are not probability levels (strictly ascending, inside (0, 1)), or null. */
export function levelsFault(levels: ArrayLike<number>): string | null {
  for (let i = 0; i < levels.length; i++) {
    if (!(levels[i] > 0 && levels[i] < 1)) return `level ${levels[i]} is not inside (0, 1)`
    if (i > 0 && !(levels[i] > levels[i - 1])) return `levels are not ascending: ${levels[i]} follows ${levels[i - 1]}`
  }
  return null
}

/** Why `quantiles` are not a quantile function on `levels` (one a level, finite, ascending), or null. */
export function quantilesFault(levels: ArrayLike<number>, quantiles: ArrayLike<number>): string | null {
  const fault = finiteFault('quantiles', levels, quantiles)
  if (fault !== null) return fault
  for (let i = 1; i < quantiles.length; i++) {
    if (quantiles[i] < quantiles[i - 1]) {
      return `quantiles are not ascending: ${quantiles[i]} at level ${levels[i]} follows ${quantiles[i - 1]} at level ${levels[i - 1]}`
    }
  }
  return null
}

/** Why `values` are not one finite number a level, or null. */
export function finiteFault(name: string, levels: ArrayLike<number>, values: ArrayLike<number>): string | null {
  if (values.length !== levels.length) return `${name} have length ${values.length}, not ${levels.length}`
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) return `${name} are not finite: ${String(values[i])} at level ${levels[i]}`
  }
  return null
}

/** Refuses a forecast whose levels and quantiles are no quantile function: BAD_FORECAST. */
export function checkForecast(forecast: Forecast): void {
  const fault = curveFault(forecast)
  if (fault !== null) refuse('BAD_FORECAST', fault, 'finite quantiles, ascending on ascending levels inside (0, 1)', 'forecast')
}

function curveFault(forecast: Forecast | null | undefined): string | null {
  if (forecast?.levels === undefined || forecast.quantiles === undefined) return 'no levels or no quantiles'
  const { levels, quantiles } = forecast
  return levels.length === 0 ? 'no levels' : (levelsFault(levels) ?? quantilesFault(levels, quantiles))
}

/** Refuses anything but a probability level: BAD_LEVEL. */
export function checkLevel(level: number): void {
  if (!(typeof level === 'number' && level > 0 && level < 1)) refuse('BAD_LEVEL', level, 'a probability inside (0, 1)', 'level')
}

/** Refuses a return that is not a finite number: BAD_RETURN. */
export function checkReturn(ret: number): void {
  if (!Number.isFinite(ret)) refuse('BAD_RETURN', ret, 'a finite return in percent', 'ret')
}
