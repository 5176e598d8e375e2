import { refuse } from '../base/index.js'
import { normalQuantile } from '../distributions/index.js'
import type { Forecast } from '../forecast/index.js'
import type { Belief } from '../inference/index.js'
import type { Id } from '../network/index.js'
import { mapForecast, number, only, percent } from './attack.js'
import { type CollusionFactory, collusion, type Lie, type Round } from './collusion.js'
import {
  between,
  type Direction,
  directionOf,
  extreme,
  extremeBelief,
  honestMean,
  kinBeliefs,
  lastReport,
  mainVar,
  perCoordinate,
  pointOf,
  withPoint,
} from './honest-range.js'

const same =
  <Content>(content: Content | null): Lie<Content> =>
  () =>
    content

/**
 * Inner-product manipulation (Xie, Koyejo & Gupta 2020): minus epsilon times the honest mean. A quantile function times a negative
 * number is none, so the honest mean is moved as a whole until its VaR at the lowest risk level is -epsilon times what it was;
 * the shape stays. The VaR of the mean of all n reports has the wrong sign when epsilon > (n - f) / f. Of Gaussian posteriors
 * the mean is told times -epsilon; natural parameters, which may not be negative, are those of the honest agent with least risk.
 */
export const scaledMean: CollusionFactory = (parameters, where) => {
  only(parameters, ['epsilon'], where)
  const epsilon = number(parameters, 'epsilon', where, 1, e => e > 0 && e <= 1e6, 'a number above 0, at most 1e6')
  return collusion('scaledMean', `all report the honest mean with its VaR times -${epsilon}`, () => ({
    report: round => same(scaledRisk(honestMean(round), -epsilon)),
    belief: round => puppet => {
      const told = extremeBelief(round, 'understate')(puppet, '')
      return told?.kind === 'gaussian'
        ? withPoint(
            told,
            meanPoint(round, told).map(x => -epsilon * x),
          )
        : told
    },
  }))
}

/** The forecast moved as a whole so that its VaR at the lowest risk level is `scale` times what it was. */
export function scaledRisk(forecast: Forecast, scale: number): Forecast {
  const shift = (1 - scale) * mainVar(forecast)
  return mapForecast(
    forecast,
    q => q + shift,
    s => s - shift,
  )
}

/** The mean of the coordinates of a belief's honest kin, itself where there is none. */
function meanPoint(round: Round, own: Belief): Float64Array {
  const kin = kinBeliefs(round, own)
  if (kin.length === 0) return pointOf(own)
  return pointOf(own).map((_, k) => kin.reduce((sum, [, b]) => sum + pointOf(b)[k], 0) / kin.length)
}

/**
 * A little is enough (Baruch, Baruch & Goldberg 2019): every quantile is the honest mean + z sd and every shortfall mean - z sd
 * when risk is understated, the other way round when overstated; sd has divisor n - f. z is the largest that leaves enough honest
 * agents farther out for the liars and them to be a majority: Phi^-1((n - f - s) / (n - f)), s = floor(n / 2 + 1) - f, and 0 where
 * that is negative (f = 1). Refused before the run: s <= 0, where liars are a majority by themselves. Of posteriors the
 * coordinates are told so, whatever their sign means for risk.
 */
export const aLittleIsEnough: CollusionFactory = (parameters, where) => {
  only(parameters, ['direction', 'z'], where)
  const direction = directionOf(parameters, where)
  const given =
    parameters.z === undefined ? null : number(parameters, 'z', where, null, z => z >= 0 && z <= 100, 'a number from 0 to 100')
  const words = `all ${direction} risk by ${given ?? 'z'} standard deviations of the honest reports`
  return collusion('aLittleIsEnough', words, ({ agents, puppets }, place) => {
    const z = given ?? alieZ(agents.length, puppets.length) ?? refuseMajority(agents.length, puppets.length, place)
    const sign = direction === 'understate' ? 1 : -1
    return {
      report: round => same(littleForecast(round, sign * z)),
      belief: round => puppet => {
        const own = round.ownBeliefs.get(puppet)!
        const kin = kinBeliefs(round, own).map(([, belief]) => pointOf(belief))
        const told = pointOf(own).map((x, k) =>
          kin.length === 0
            ? x
            : meanPlus(
                Float64Array.from(kin, row => row[k]),
                sign * z,
              ),
        )
        return withPoint(own, told)
      },
    }
  })
}

/** The honest mean with every quantile moved up, and every shortfall down, by z standard deviations. */
export const littleForecast = (round: Round, z: number): Forecast =>
  perCoordinate(round, (values, isLoss) => meanPlus(values, isLoss ? -z : z))

function meanPlus(values: Float64Array, z: number): number {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length
  return mean + z * Math.sqrt(values.reduce((sum, x) => sum + (x - mean) * (x - mean), 0) / values.length)
}

/** The z of f liars among n agents; null when s <= 0, or when no honest agent would be left inside. */
export function alieZ(n: number, f: number): number | null {
  const s = Math.floor(n / 2 + 1) - f
  return s <= 0 || n - f - s <= 0 ? null : Math.max(0, normalQuantile((n - f - s) / (n - f)))
}

const refuseMajority = (n: number, f: number, where: string): never =>
  refuse(
    'BAD_ATTACK',
    `${f} liars among ${n} agents: s = ${Math.floor(n / 2 + 1) - f}`,
    'fewer liars than floor(n / 2 + 1), among 3 agents or more',
    where,
  )

/** All copy one honest agent (Karimireddy, He & Jaggi 2022): the one given, or whose VaR is farthest from the honest mean that day. */
export const mimic: CollusionFactory = (parameters, where) => {
  only(parameters, ['of'], where)
  const { of } = parameters
  if (of !== undefined && typeof of !== 'string') refuse('BAD_ATTACK', of, 'the id of an honest agent', `${where}.of`)
  return collusion('mimic', `all copy ${of ?? 'the honest agent farthest from the others'}`, ({ honest }, place) => {
    if (of !== undefined && !honest.includes(of)) refuse('BAD_ATTACK', of, `one of ${honest.join(', ')}`, `${place}.of`)
    return {
      report: round => same(round.honest.get(of ?? farthest(round)) ?? null),
      belief: round => {
        const copied = of ?? farthest(round)
        return puppet => {
          const own = round.ownBeliefs.get(puppet)!
          return kinBeliefs(round, own).find(([id]) => id === copied)?.[1] ?? own
        }
      },
    }
  })
}

/** The honest agent whose last known VaR is farthest from the mean of all of them; ties to the lower id. */
function farthest(round: Round): Id {
  const ids = [...new Set([...round.honest.keys(), ...round.beliefs.keys()])].sort()
  const risks = ids.flatMap(id => {
    const report = lastReport(round, id)
    return report === undefined ? [] : [{ id, risk: mainVar(report) }]
  })
  const mean = risks.reduce((sum, { risk }) => sum + risk, 0) / Math.max(1, risks.length)
  let chosen = ids[0]
  let most = -1
  for (const { id, risk } of risks) if (Math.abs(risk - mean) > most) [chosen, most] = [id, Math.abs(risk - mean)]
  return chosen
}

/** All report the honest extreme of every quantile and shortfall: within the honest range, so that order statistics bear it. */
export const withinRange: CollusionFactory = (parameters, where) => {
  only(parameters, ['direction'], where)
  const direction = directionOf(parameters, where)
  const words = `all ${direction} risk as far as an honest agent does, in every quantile`
  return collusion('withinRange', words, () => ranged(direction, 0))
}

/** Just inside the honest range: the share `inside` of the way from its extreme to the honest mean, so that no liar is extreme. */
export const edge: CollusionFactory = (parameters, where) => {
  only(parameters, ['direction', 'inside'], where)
  const direction = directionOf(parameters, where)
  const inside = number(parameters, 'inside', where, 0.1, x => x >= 0 && x <= 1, 'a share from 0 to 1')
  const words = `all ${direction} risk up to ${percent(inside)} of the way back from the honest extreme to the honest mean`
  return collusion('edge', words, () => ranged(direction, inside))
}

const ranged = (direction: Direction, inside: number) => ({
  report: (round: Round) => same(between(extreme(round, direction), honestMean(round), inside)),
  belief: (round: Round) => extremeBelief(round, direction),
})
