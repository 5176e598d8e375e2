import { assert } from '../base/index.js'
import { type Forecast, valueAtRisk } from '../forecast/index.js'
import type { Belief } from '../inference/index.js'
import type { Id } from '../network/index.js'
import { mean, vincentize } from '../rules/index.js'
import { type Parameters, text } from './attack.js'
import type { Lie, Round } from './collusion.js'

// What colluding liars make of the honest reports of a round.

/** Which way a lie moves risk. */
export type Direction = 'understate' | 'overstate'

export const directionOf = (parameters: Parameters, where: string): Direction =>
  text(parameters, 'direction', where, 'understate', ['understate', 'overstate'])

export const forecastsOf = (round: Round): Forecast[] => [...round.honest.values()]

/** The Vincentized mean of the honest reports. */
export const honestMean = (round: Round): Forecast => vincentize(forecastsOf(round), mean)

/** Per quantile and shortfall the statistic of the honest values, put back in order: `wellFormed`. */
export function perCoordinate(round: Round, statistic: (values: Float64Array, isLoss: boolean) => number): Forecast {
  const forecasts = forecastsOf(round)
  const along = (part: 'quantiles' | 'shortfalls', isLoss: boolean): Float64Array =>
    forecasts[0][part].map((_, k) =>
      statistic(
        Float64Array.from(forecasts, f => f[part][k]),
        isLoss,
      ),
    )
  return wellFormed({ ...forecasts[0], quantiles: along('quantiles', false), shortfalls: along('shortfalls', true) })
}

/** What no border refuses: quantiles are sorted, and a shortfall below the VaR of its level is raised to it. */
export function wellFormed(forecast: Forecast): Forecast {
  const { levels, riskLevels } = forecast
  const quantiles = forecast.quantiles.slice().sort()
  const shortfalls = forecast.shortfalls.map((s, i) => Math.max(s, 0 - quantiles[levels.indexOf(riskLevels[i])]))
  return { ...forecast, quantiles, shortfalls }
}

/** VaR at the lowest risk level; without any, at the lowest level. */
export const mainVar = (forecast: Forecast): number => valueAtRisk(forecast, forecast.riskLevels[0] ?? forecast.levels[0])

/** The honest extreme of every quantile and shortfall: the most gain and the least loss when risk is understated. */
export const extreme = (round: Round, direction: Direction): Forecast =>
  perCoordinate(round, (values, isLoss) => {
    values.sort()
    return (direction === 'understate') === isLoss ? values[0] : values[values.length - 1]
  })

/** The forecast a share of the way from one to another: as well-formed as both. */
export const between = (from: Forecast, to: Forecast, share: number): Forecast =>
  wellFormed({
    ...from,
    quantiles: from.quantiles.map((q, k) => (1 - share) * q + share * to.quantiles[k]),
    shortfalls: from.shortfalls.map((s, k) => (1 - share) * s + share * to.shortfalls[k]),
  })

/** The honest beliefs that may be pooled with a belief. */
export function kinBeliefs(round: Round, own: Belief): (readonly [Id, Belief])[] {
  const size = pointOf(own).length
  return [...round.beliefs].filter(([, b]) => b.kind === own.kind && b.family === own.family && pointOf(b).length === size)
}

/** Natural parameters, or the mean: what lies about beliefs move. */
export const pointOf = (belief: Belief): Float64Array => (belief.kind === 'natural' ? belief.values : belief.mean)

export const withPoint = (belief: Belief, point: Float64Array): Belief =>
  belief.kind === 'natural' ? { ...belief, values: point } : { ...belief, mean: point }

/** The last well-formed report of an honest agent that is known: today's, or yesterday's when posteriors are told first. */
export const lastReport = (round: Round, id: Id): Forecast | undefined =>
  round.honest.get(id) ?? round.past[round.past.length - 1]?.honest.get(id)

/**
 * An honest belief of the puppet's own family that no border refuses: of the agent whose last report has the least VaR, or the
 * largest, ties to the lower id; the puppet's own where nobody else has one.
 */
export const extremeBelief =
  (round: Round, direction: Direction): Lie<Belief> =>
  puppet => {
    const own = round.ownBeliefs.get(puppet)
    assert(own !== undefined, 'only puppets that believe something are asked')
    const sign = direction === 'understate' ? 1 : -1
    let chosen = own
    let least = Number.POSITIVE_INFINITY
    for (const [id, belief] of kinBeliefs(round, own)) {
      const report = lastReport(round, id)
      const risk = report === undefined ? Number.MAX_VALUE : sign * mainVar(report)
      if (risk < least) [chosen, least] = [belief, risk]
    }
    return chosen
  }
