import { refuse } from '../base/index.js'
import { type Curve, curveOf, type Forecast, parseForecast } from '../forecast/index.js'
import { noParameters } from './parameters.js'
import type { Rule } from './rule.js'
import { checkSameLevels } from './vincentize.js'
import { checkedWeights } from './weights.js'

/** One forecast of a pool, with a weight above 0; the weights of all sum to 1. */
export interface PoolMember {
  readonly weight: number
  readonly forecast: Forecast
  readonly curve: Curve
}

/** What a pool works on: the members that have weight, their values multiplied by `unit` where they would overflow. */
export interface Pool {
  readonly members: readonly PoolMember[]
  /** A power of two. */
  readonly unit: number
}

// Beyond these, squares and sums of a few values leave the range of numbers; the units are 2^-600 and 2^600.
const LARGE = 1e150
const SMALL = 1e-150
const SHRINK = 2.409919865102884e-181
const GROW = 4.149515568880993e180

/**
 * The members of a pool. Errors: BAD_REPORT (no forecasts, other levels, not finite, quantiles descending, ES below VaR),
 * BAD_WEIGHTS, GRID_TOO_COARSE (fewer than two levels).
 */
export function openPool(forecasts: readonly Forecast[], weights?: ArrayLike<number>): Pool {
  checkSameLevels(forecasts)
  const shares = checkedWeights(weights, forecasts.length)
  const parsed = forecasts.map((forecast, i) => {
    const result = parseForecast(forecast, forecasts[0])
    return result.ok
      ? result.forecast
      : refuse('BAD_REPORT', result.reason, 'a forecast on the levels of the first', `forecasts[${i}]`)
  })
  const weighed = parsed.filter((_, i) => shares[i] > 0)
  const unit = unitOf(weighed)
  const kept = shares.filter(share => share > 0)
  return {
    unit,
    members: weighed.map((given, i) => {
      const forecast = unit === 1 ? given : inUnits(given, unit)
      return { weight: kept[i], forecast, curve: curveOf(forecast) }
    }),
  }
}

/** The pool's answer in percent: sorted, since rounding may leave neighbours crossed, and with ES at or above VaR. */
export function pooled({ members, unit }: Pool, quantiles: Float64Array, shortfalls: Float64Array): Forecast {
  const { levels, riskLevels } = members[0].forecast
  const inPercent = quantiles.map(q => q / unit).sort()
  return {
    levels: levels.slice(),
    quantiles: inPercent,
    riskLevels: riskLevels.slice(),
    shortfalls: shortfalls.map((es, i) => Math.max(es / unit, 0 - inPercent[levels.indexOf(riskLevels[i])])),
  }
}

/** The members' quantiles where all agree: then a pool's are the same, to the bit. */
export function commonQuantiles({ members }: Pool): Float64Array | null {
  const [first] = members
  return members.every(({ forecast }) => isSame(forecast.quantiles, first.forecast.quantiles)) ? first.forecast.quantiles : null
}

/** The weighted mean of the members' carried shortfalls, exact where they agree. */
export function meanShortfalls({ members }: Pool): Float64Array {
  const [first] = members
  return first.forecast.shortfalls.map((start, i) =>
    members.reduce((sum, { weight, forecast }) => sum + weight * (forecast.shortfalls[i] - start), start),
  )
}

const isSame = (a: Float64Array, b: Float64Array): boolean => a.every((value, i) => value === b[i])

function unitOf(forecasts: readonly Forecast[]): number {
  let largest = 0
  for (const { quantiles, shortfalls } of forecasts)
    for (const value of [...quantiles, ...shortfalls]) largest = Math.max(largest, Math.abs(value))
  return largest > LARGE ? SHRINK : largest < SMALL && largest > 0 ? GROW : 1
}

const inUnits = (forecast: Forecast, unit: number): Forecast => ({
  ...forecast,
  quantiles: forecast.quantiles.map(q => q * unit),
  shortfalls: forecast.shortfalls.map(s => s * unit),
})

/** A rule on whole forecasts, without parameters, that takes weights. */
export interface PoolDefinition {
  readonly name: string
  readonly source: string
  readonly breakdown: string
  readonly bound: (n: number) => number
  readonly pool: (forecasts: readonly Forecast[], weights?: ArrayLike<number>) => Forecast
}

/**
 * A pool as a member of the table of rules: it acts on whole forecasts only. Its `aggregate` on plain vectors, which say
 * nothing of the distribution between their numbers, is refused: WHOLE_FORECASTS_ONLY.
 */
export function definePool({ name, source, breakdown, bound, pool }: PoolDefinition): Rule {
  const parameters = noParameters(name)
  return {
    name,
    source,
    breakdown,
    monotone: false,
    rearranges: false,
    weighs: true,
    parameters,
    bound(n, params) {
      parameters(params)
      return bound(n)
    },
    needs(params) {
      parameters(params)
      return 1
    },
    aggregate(_rows, params) {
      parameters(params)
      return refuse('WHOLE_FORECASTS_ONLY', 'rows of numbers', 'forecasts: this rule has `apply` alone', name)
    },
    apply(forecasts, params, weights) {
      parameters(params)
      return pool(forecasts, weights)
    },
  }
}
