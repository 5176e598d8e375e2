import { assert, childKey, type Key, nextUniform, openStream, refuse } from '../base/index.js'
import { drawNormal } from '../distributions/index.js'
import type { Forecast } from '../forecast/index.js'
import type { Belief } from '../inference/index.js'
import type { PosteriorBody, ReportBody } from './messages.js'

/** What a faulty agent sends in place of the truth to one receiver ('' when all neighbours hear the same); null: nothing. */
export type Story = PosteriorBody | ReportBody
export type Tamper = (truth: Story, receiver: string, key: Key, past: readonly Story[]) => Story | null

/** A way of being faulty. */
export interface Attack {
  readonly kind: string
  /** In words, for tables: "understates risk by 60 %". */
  readonly description: string
  /** Tells every receiver a story of its own. */
  readonly isTwoFaced: boolean
  /** How many earlier truths of each kind it has to remember. */
  readonly memoryDays: number
  readonly tamper: Tamper
}

type Parameters = { readonly [name: string]: unknown }
/** Makes an attack from its parameters, which it checks; `where` names the place in error messages. */
export type AttackFactory = (parameters: Parameters, where: string) => Attack
export type AttackTable = { readonly [kind: string]: AttackFactory }

function number(
  parameters: Parameters,
  name: string,
  where: string,
  fallback: number | null,
  test: (x: number) => boolean,
  expected: string,
): number {
  const value = parameters[name] ?? fallback
  if (typeof value !== 'number' || !test(value)) refuse('BAD_ATTACK', value ?? 'nothing', expected, `${where}.${name}`)
  return value
}

function only(parameters: Parameters, names: readonly string[], where: string): void {
  for (const name of Object.keys(parameters).sort()) {
    if (!names.includes(name))
      refuse('BAD_ATTACK', `unknown field '${name}'`, names.length > 0 ? `one of ${names.join(', ')}` : 'no parameters', where)
  }
}

const attack = (kind: string, description: string, tamper: Tamper, more: Partial<Attack> = {}): Attack => ({
  kind,
  description,
  isTwoFaced: false,
  memoryDays: 0,
  tamper,
  ...more,
})

/** A story with its forecast or belief replaced; credible intervals belong to the true forecast and are dropped. */
function retell(truth: Story, forecast: (f: Forecast) => Forecast, belief: (b: Belief) => Belief): Story {
  return truth.kind === 'report'
    ? { kind: 'report', day: truth.day, forecast: forecast(truth.forecast) }
    : { kind: 'posterior', day: truth.day, belief: belief(truth.belief) }
}

const mapForecast = (f: Forecast, quantile: (q: number) => number, shortfall: (s: number) => number): Forecast => ({
  ...f,
  quantiles: f.quantiles.map(quantile),
  shortfalls: f.shortfalls.map(shortfall),
})

const mapBelief = (b: Belief, change: (x: number) => number): Belief =>
  b.kind === 'natural' ? { ...b, values: b.values.map(change) } : { ...b, mean: b.mean.map(change) }

/** Crash: from the first moment on nothing is heard. */
const silence: AttackFactory = (parameters, where) => {
  only(parameters, [], where)
  return attack('silence', 'sends nothing', () => null)
}

/** Leaves out each message with a probability. */
const omission: AttackFactory = (parameters, where) => {
  only(parameters, ['probability'], where)
  const probability = number(parameters, 'probability', where, 0.5, p => p >= 0 && p <= 1, 'a number from 0 to 1')
  return attack('omission', `leaves out ${percent(probability)} of its messages`, (truth, _, key) =>
    nextUniform(openStream(key)) < probability ? null : truth,
  )
}

/** Replays what it believed some days ago as if it were today's. */
const staleness: AttackFactory = (parameters, where) => {
  only(parameters, ['lagDays'], where)
  const lagDays = number(
    parameters,
    'lagDays',
    where,
    20,
    d => Number.isInteger(d) && d >= 1 && d <= 10_000,
    'a whole number of days from 1 to 10000',
  )
  return attack(
    'staleness',
    `replays its report of ${lagDays} days before`,
    (truth, _, _key, past) => {
      const old = past.findLast(story => story.day <= truth.day - lagDays) ?? past[0] ?? truth
      return { ...old, day: truth.day }
    },
    { memoryDays: lagDays },
  )
}

/** A constant lie about risk: all quantiles and shortfalls times `riskScale`, or moved by `shift`, or replaced by `value`. */
const bias: AttackFactory = (parameters, where) => {
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
const signFlip: AttackFactory = (parameters, where) => {
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
const noise: AttackFactory = (parameters, where) => {
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

const FORMS: { readonly [form: string]: (f: Forecast) => Forecast } = {
  nan: f => ({ ...f, quantiles: f.quantiles.map((q, i) => (i === 0 ? Number.NaN : q)) }),
  infinite: f => ({ ...f, shortfalls: f.shortfalls.map(() => Number.POSITIVE_INFINITY) }),
  wrongLength: f => ({ ...f, quantiles: f.quantiles.slice(1) }),
  descending: f => ({ ...f, quantiles: f.quantiles.slice().reverse() }),
  esBelowVar: f => ({ ...f, shortfalls: f.shortfalls.map(s => -Math.abs(s) - 1e3) }),
}

/** Reports that are no forecasts at all; the coordinator's border has to find them. */
const malformed: AttackFactory = (parameters, where) => {
  only(parameters, ['form'], where)
  const form = parameters.form ?? 'nan'
  if (typeof form !== 'string' || !Object.hasOwn(FORMS, form))
    refuse('BAD_ATTACK', form, `one of ${Object.keys(FORMS).join(', ')}`, `${where}.form`)
  return attack('malformed', `sends malformed reports (${form})`, truth =>
    retell(truth, FORMS[form], b => mapBelief(b, () => Number.NaN)),
  )
}

/** Another story for every receiver: risk scaled by a factor of its own, uniform on [1 - spread, 1 + spread]. */
const equivocation: AttackFactory = (parameters, where) => {
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

const percent = (x: number): string => `${Math.round(x * 1000) / 10} %`

/** Every attack by its kind. */
export const attackTable: AttackTable = { bias, equivocation, malformed, noise, omission, signFlip, silence, staleness }

/** An attack in its time: active from `fromDay` to `toDay`, both included. */
export interface ScheduledAttack {
  readonly attack: Attack
  readonly fromDay: number
  readonly toDay: number
}

/** The attack of a scenario's spec { kind, fromDay?, toDay?, ...parameters }. */
export function parseAttack(
  spec: { readonly kind: string } & Parameters,
  where: string,
  table: AttackTable = attackTable,
): ScheduledAttack {
  const { kind, fromDay = 0, toDay = Number.MAX_SAFE_INTEGER, ...parameters } = spec
  if (!Object.hasOwn(table, kind))
    refuse('UNKNOWN_ATTACK', kind, `one of ${Object.keys(table).sort().join(', ')}`, `${where}.kind`)
  for (const [name, value] of [
    ['fromDay', fromDay],
    ['toDay', toDay],
  ] as const) {
    if (!Number.isSafeInteger(value) || (value as number) < 0)
      refuse('BAD_ATTACK', value, 'a whole number of days, 0 or more', `${where}.${name}`)
  }
  assert(typeof fromDay === 'number' && typeof toDay === 'number', 'checked above')
  if (toDay < fromDay) refuse('BAD_ATTACK', toDay, `a day not before fromDay ${fromDay}`, `${where}.toDay`)
  return { attack: table[kind](parameters, where), fromDay, toDay }
}
