import { nextInteger, refuse, type Stream } from '../base/index.js'
import { studentTCdf } from '../distributions/index.js'
import { lawOf, type ShapeOption } from './acerbi-szekely.js'
import type { TestCard } from './card.js'
import type { Test } from './coverage.js'
import { monteCarloPValue, type Power, type Simulation } from './monte-carlo.js'
import {
  checkCoherent,
  checkForecasts,
  checkReturns,
  checkScales,
  type RiskForecasts,
  type TailEvents,
  tailEvents,
} from './shortfall-sample.js'
import { type EventStatistic, nullDraw, powersOf } from './tail-simulation.js'

export const mcneilFreyCard: TestCard = {
  name: 'mcneilFrey',
  title: 'McNeil-Frey exceedance residuals',
  null: 'Given that the VaR was breached, the loss is on average the ES forecast; against: the ES is understated.',
  source: 'McNeil & Frey 2000, section 3.3',
  caution:
    'Blind to the number of breaches. The t test rejects only 1-3 % of right forecasts at 1,000 days and 2.5 % (nominal 5 %), as losses are skewed; the bootstrap 3.5-4 %; the Monte Carlo p-value is exact when the shape of the tail is right.',
}

/** Residuals that differ by no more than this, relative to what they are made of, are equal. */
const ROUNDING = 16 * Number.EPSILON

/**
 * Exceedance residuals (r + ES) / scale on the days with a hit: a one-sided t test of mean 0 against a negative mean, which is an
 * understated ES (McNeil & Frey 2000). Scales are volatility forecasts; where there are none (undefined), the VaR, which is
 * proportional to the volatility when returns have mean 0, and unlike ES - VaR is never nearly 0. Errors: BAD_RETURN, BAD_VAR,
 * BAD_ES, BAD_SCALE, BAD_LEVEL, LENGTH_MISMATCH, TOO_FEW_DAYS, NO_HITS, TOO_FEW_HITS (fewer than 2), ZERO_VARIANCE (equal residuals).
 */
export function mcneilFrey(
  returns: ArrayLike<number>,
  vars: ArrayLike<number>,
  ess: ArrayLike<number>,
  scales: ArrayLike<number> | undefined,
  level: number,
): Test {
  const residuals = observedResiduals(returns, vars, ess, scales, level)
  const statistic = definedStatistic(residuals)
  return { statistic, pValue: studentTCdf(statistic, residuals.length - 1) }
}

/**
 * The p-value of {@link mcneilFrey}'s statistic by resampling the centred residuals (Efron & Tibshirani 1993, algorithm 16.2, as McNeil &
 * Frey 2000 use it), resamples of equal residuals being drawn again. Errors: as {@link mcneilFrey}; BAD_REPLICATIONS, BAD_SEED.
 */
export function mcneilFreyBootstrap(
  returns: ArrayLike<number>,
  vars: ArrayLike<number>,
  ess: ArrayLike<number>,
  scales: ArrayLike<number> | undefined,
  level: number,
  simulation: Simulation,
): Test {
  const residuals = observedResiduals(returns, vars, ess, scales, level)
  const statistic = definedStatistic(residuals)
  const n = residuals.length
  let mean = 0
  for (const residual of residuals) mean += residual / n
  const centred = residuals.map(residual => residual - mean)
  const resample = new Float64Array(n)
  const draw = (stream: Stream): number | null => {
    for (let i = 0; i < n; i++) resample[i] = centred[nextInteger(stream, n)]
    const drawn = tStatistic(resample, n)
    return drawn === null ? null : -drawn
  }
  return { statistic, pValue: monteCarloPValue(-statistic, draw, simulation, 'mcneilFrey bootstrap') }
}

/**
 * The p-value of {@link mcneilFrey}'s statistic among samples of the null with at least two hits: exact when the tail has the given
 * shape, else the one implied by ES / VaR. Errors: as {@link mcneilFrey}; ES_BELOW_VAR, BAD_SHAPE, BAD_REPLICATIONS, BAD_SEED.
 */
export function mcneilFreyMonteCarlo(
  returns: ArrayLike<number>,
  vars: ArrayLike<number>,
  ess: ArrayLike<number>,
  scales: ArrayLike<number> | undefined,
  level: number,
  options: Simulation & ShapeOption,
): number {
  const statistic = definedStatistic(observedResiduals(returns, vars, ess, scales, level))
  const forecasts = checkCoherent(vars, ess, level)
  const { law } = lawOf(forecasts, options)
  const draw = nullDraw(forecasts, law, mcneilFreyOf(forecasts, scalesOf(scales, forecasts)))
  return monteCarloPValue(-statistic, draw, options, 'mcneilFrey')
}

/** Simulated powers of a size-5 % test. Errors: as {@link mcneilFreyMonteCarlo}. */
export function mcneilFreyPower(
  vars: ArrayLike<number>,
  ess: ArrayLike<number>,
  scales: ArrayLike<number> | undefined,
  level: number,
  { shape, replications = 200, seed }: ShapeOption & { readonly replications?: number; readonly seed: string },
): readonly Power[] {
  const forecasts = checkCoherent(vars, ess, level)
  const { law } = lawOf(forecasts, { shape })
  const statistic = mcneilFreyOf(forecasts, scalesOf(scales, forecasts))
  return powersOf(forecasts, law, [statistic], { replications, seed }, 'mcneilFrey')[0]
}

/** The VaR where no scales are given: BAD_SCALE when one is not positive. */
export const scalesOf = (scales: ArrayLike<number> | undefined, forecasts: RiskForecasts): Float64Array =>
  checkScales(scales ?? forecasts.vars, forecasts)

/** Minus the t statistic as a function of the hits. */
export function mcneilFreyOf(forecasts: RiskForecasts, scales: Float64Array): EventStatistic {
  const residuals = new Float64Array(scales.length)
  return events => {
    fillResiduals(events, forecasts, scales, residuals)
    const statistic = tStatistic(residuals, events.count)
    return statistic === null ? null : -statistic
  }
}

function observedResiduals(
  returns: ArrayLike<number>,
  vars: ArrayLike<number>,
  ess: ArrayLike<number>,
  scales: ArrayLike<number> | undefined,
  level: number,
): Float64Array {
  const forecasts = checkForecasts(vars, ess, level)
  const events = tailEvents(checkReturns(returns, forecasts), forecasts)
  if (events.count === 0) refuse('NO_HITS', 'no return below minus the VaR', 'at least 2', 'returns')
  const residuals = new Float64Array(events.count)
  fillResiduals(events, forecasts, scalesOf(scales, forecasts), residuals)
  return residuals
}

function fillResiduals(
  { count, days, excesses }: TailEvents,
  { vars, ess }: RiskForecasts,
  scales: Float64Array,
  residuals: Float64Array,
): void {
  for (let i = 0; i < count; i++) {
    const t = days[i]
    residuals[i] = (ess[t] - vars[t] - excesses[i]) / scales[t]
  }
}

function definedStatistic(residuals: Float64Array): number {
  const { length } = residuals
  if (length < 2) refuse('TOO_FEW_HITS', `${length} hit`, 'at least 2', 'returns')
  const statistic = tStatistic(residuals, length)
  return statistic ?? refuse('ZERO_VARIANCE', `${length} equal residuals`, 'residuals that vary', 'returns')
}

/** The t statistic of the first `n` values against mean 0; null for fewer than 2, or equal ones. */
function tStatistic(values: Float64Array, n: number): number | null {
  if (n < 2) return null
  const origin = values[0]
  let sum = 0
  let largest = 0
  for (let i = 0; i < n; i++) {
    sum += values[i] - origin
    largest = Math.max(largest, Math.abs(values[i]))
  }
  const mean = origin + sum / n
  let squares = 0
  for (let i = 0; i < n; i++) squares += (values[i] - mean) * (values[i] - mean)
  const sd = Math.sqrt(squares / (n - 1))
  return sd > ROUNDING * Math.max(largest, 1) ? mean / (sd / Math.sqrt(n)) : null
}
