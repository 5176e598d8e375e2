import { childKey, type Key, nextUniform, openStream, refuse } from '../base/index.js'
import { drawNormal } from '../distributions/index.js'
import type { Forecast } from '../forecast/index.js'
import { type AttackFactory, attack, mapBelief, mapForecast, number, only, percent, retell } from './attack.js'

/** A constant lie about risk: all quantiles and shortfalls times `riskScale`, or moved by `shift`, or replaced by `value`. */
export const bias: AttackFactory = (parameters, where) => {
  only(parameters, ['riskScale', 'shift', 'value'], where)
  const given = ['riskScale', 'shift', 'value'].filter(name => parameters[name] !== undefined)
  if (given.length !== 1) refuse('BAD_ATTACK', given.join(' and ') || 'nothing', 'exactly one of riskScale, shift, value', where)
  if (given[0] === 'riskScale') {
    const scale = number(parameters, 'riskScale', where, null, s => s >= 0 && s <= 1e6, 'a number from 0 to 1e6')
    const words = scale < 1 ? `understates risk by ${percent(1 - scale)}` : `overstates risk ${scale}-fold`
    return attack('bias', words, truth =>
      retell(
        truth,
        f =>
          mapForecast(
            f,
            q => q * scale,
            s => s * scale,
          ),
        b => mapBelief(b, x => x * scale),
      ),
    )
  }
  const most = (x: number) => Math.abs(x) <= 1e9
  if (given[0] === 'shift') {
    const shift = number(parameters, 'shift', where, null, most, 'a number of percent, at most 1e9 in absolute value')
    return attack('bias', `moves VaR and ES by ${shift} points`, truth =>
      retell(
        truth,
        f =>
          mapForecast(
            f,
            q => q - shift,
            s => s + shift,
          ),
        b => mapBelief(b, x => x - shift),
      ),
    )
  }
  const value = number(parameters, 'value', where, null, most, 'a VaR in percent, at most 1e9 in absolute value')
  return attack('bias', `always reports a VaR of ${value}`, truth =>
    retell(
      truth,
      f =>
        mapForecast(
          f,
          () => -value,
          () => value,
        ),
      b => mapBelief(b, () => -value),
    ),
  )
}

/** Turns losses into gains: the forecast is moved so that the VaR at the lowest risk level changes its sign. */
export const signFlip: AttackFactory = (parameters, where) => {
  only(parameters, [], where)
  const flip = (f: Forecast): Forecast => {
    const q = f.quantiles[Math.max(0, f.levels.indexOf(f.riskLevels[0]))]
    return mapForecast(
      f,
      x => x - 2 * q,
      s => s + 2 * q,
    )
  }
  return attack('signFlip', 'reports its VaR with the opposite sign', truth => retell(truth, flip, b => mapBelief(b, x => -x)))
}

/** Gaussian noise on every number, put back in order so that the report looks well-formed. */
export const noise: AttackFactory = (parameters, where) => {
  only(parameters, ['sd'], where)
  const sd = number(parameters, 'sd', where, 1, s => s >= 0 && s <= 1e6, 'a standard deviation in percent from 0 to 1e6')
  const shake = (f: Forecast, key: Key): Forecast => {
    const stream = openStream(key)
    const quantiles = f.quantiles.map(q => q + sd * drawNormal(stream)).sort()
    const shortfalls = f.shortfalls.map((s, i) =>
      Math.max(s + sd * drawNormal(stream), -quantiles[f.levels.indexOf(f.riskLevels[i])]),
    )
    return { ...f, quantiles, shortfalls }
  }
  return attack('noise', `adds noise of ${sd} points`, (truth, _, key) =>
    retell(
      truth,
      f => shake(f, key),
      b => {
        const stream = openStream(key)
        return mapBelief(b, x => x * (1 + sd * drawNormal(stream)))
      },
    ),
  )
}

/** Another story for every receiver: risk scaled by a factor of its own, uniform on [1 - spread, 1 + spread]. */
export const equivocation: AttackFactory = (parameters, where) => {
  only(parameters, ['spread'], where)
  const spread = number(parameters, 'spread', where, 0.8, s => s > 0 && s <= 1, 'a number above 0, at most 1')
  return attack(
    'equivocation',
    `tells every receiver another story (up to ${percent(spread)} off)`,
    (truth, receiver, key) => {
      const scale = 1 + spread * (2 * nextUniform(openStream(childKey(key, receiver))) - 1)
      return retell(
        truth,
        f =>
          mapForecast(
            f,
            q => q * scale,
            s => s * scale,
          ),
        b => mapBelief(b, x => x * scale),
      )
    },
    { isTwoFaced: true },
  )
}
