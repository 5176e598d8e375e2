import { refuse } from '../base/index.js'
import { checkLevel } from './hits.js'

/** The days on which a return fell below minus the VaR (strictly), and by how much. Buffers: the first `count` entries count. */
export interface TailEvents {
  count: number
  readonly days: Int32Array
  /** -return - VaR, at least 0, percent. */
  readonly excesses: Float64Array
}

/** Daily VaR and ES, positive losses in percent, at one left-tail level. */
export interface RiskForecasts {
  readonly vars: Float64Array
  readonly ess: Float64Array
  readonly level: number
}

/** Errors: BAD_LEVEL, BAD_VAR, BAD_ES (not finite, or not above 0), LENGTH_MISMATCH, TOO_FEW_DAYS (none). */
export function checkForecasts(vars: ArrayLike<number>, ess: ArrayLike<number>, level: number): RiskForecasts {
  checkLevel(level)
  const checked = { vars: finite(vars, 'BAD_VAR', 'vars'), ess: finite(ess, 'BAD_ES', 'ess'), level }
  sameLength(vars.length, ess.length, 'ess')
  if (vars.length === 0) refuse('TOO_FEW_DAYS', '0 days', 'at least 1', 'vars')
  const bad = checked.ess.findIndex(es => !(es > 0))
  if (bad >= 0) refuse('BAD_ES', ess[bad], 'a positive expected shortfall in percent', `ess[${bad}]`)
  return checked
}

/** As {@link checkForecasts}, and ES_BELOW_VAR: nothing can be simulated from an ES that is below its VaR. */
export function checkCoherent(vars: ArrayLike<number>, ess: ArrayLike<number>, level: number): RiskForecasts {
  const forecasts = checkForecasts(vars, ess, level)
  if (level > 0.5) refuse('BAD_LEVEL', level, 'a left-tail probability of at most 0.5', 'level')
  const bad = forecasts.ess.findIndex((es, t) => es < forecasts.vars[t])
  if (bad >= 0) refuse('ES_BELOW_VAR', ess[bad], `at least the VaR, ${vars[bad]}`, `ess[${bad}]`)
  return forecasts
}

/** Errors: BAD_RETURN, LENGTH_MISMATCH. */
export function checkReturns(returns: ArrayLike<number>, { vars }: RiskForecasts): Float64Array {
  const checked = finite(returns, 'BAD_RETURN', 'returns')
  sameLength(vars.length, returns.length, 'returns')
  return checked
}

/** What scales residuals: positive numbers, one a day. Errors: BAD_SCALE, LENGTH_MISMATCH. */
export function checkScales(scales: ArrayLike<number>, { vars }: RiskForecasts): Float64Array {
  const checked = finite(scales, 'BAD_SCALE', 'scales')
  sameLength(vars.length, scales.length, 'scales')
  const bad = checked.findIndex(scale => !(scale > 0))
  if (bad >= 0) refuse('BAD_SCALE', scales[bad], 'a positive number', `scales[${bad}]`)
  return checked
}

export const emptyEvents = (days: number): TailEvents => ({
  count: 0,
  days: new Int32Array(days),
  excesses: new Float64Array(days),
})

export function tailEvents(returns: Float64Array, { vars }: RiskForecasts): TailEvents {
  const events = emptyEvents(returns.length)
  for (let t = 0; t < returns.length; t++) {
    if (!(returns[t] < -vars[t])) continue
    events.days[events.count] = t
    events.excesses[events.count++] = -returns[t] - vars[t]
  }
  return events
}

function finite(values: ArrayLike<number>, code: string, where: string): Float64Array {
  const isArray = Array.isArray(values) || (ArrayBuffer.isView(values) && 'length' in values)
  if (!isArray) refuse(code, values, 'an array of finite numbers', where)
  const checked = new Float64Array(values.length)
  for (let t = 0; t < values.length; t++) {
    if (!Number.isFinite(values[t])) refuse(code, values[t], 'a finite number', `${where}[${t}]`)
    checked[t] = values[t]
  }
  return checked
}

function sameLength(days: number, found: number, where: string): void {
  if (found !== days) refuse('LENGTH_MISMATCH', `${found} of ${where}`, `${days}, one a VaR`, where)
}
