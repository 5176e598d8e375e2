import { type Key, refuse } from '../base/index.js'
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

export type Parameters = { readonly [name: string]: unknown }
/** Makes an attack from its parameters, which it checks; `where` names the place in error messages. */
export type AttackFactory = (parameters: Parameters, where: string) => Attack

export function number(
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

/** A field that is one of a few texts. */
export function text<Choice extends string>(
  parameters: Parameters,
  name: string,
  where: string,
  fallback: Choice,
  choices: readonly Choice[],
): Choice {
  const value = parameters[name] ?? fallback
  const found = choices.find(choice => choice === value)
  return found ?? refuse('BAD_ATTACK', value, `one of ${choices.join(', ')}`, `${where}.${name}`)
}

export function only(parameters: Parameters, names: readonly string[], where: string): void {
  for (const name of Object.keys(parameters).sort()) {
    if (!names.includes(name))
      refuse('BAD_ATTACK', `unknown field '${name}'`, names.length > 0 ? `one of ${names.join(', ')}` : 'no parameters', where)
  }
}

export const attack = (kind: string, description: string, tamper: Tamper, more: Partial<Attack> = {}): Attack => ({
  kind,
  description,
  isTwoFaced: false,
  memoryDays: 0,
  tamper,
  ...more,
})

/** A story with its forecast or belief replaced; credible intervals belong to the true forecast and are dropped. */
export function retell(truth: Story, forecast: (f: Forecast) => Forecast, belief: (b: Belief) => Belief): Story {
  return truth.kind === 'report'
    ? { kind: 'report', day: truth.day, forecast: forecast(truth.forecast) }
    : { kind: 'posterior', day: truth.day, belief: belief(truth.belief) }
}

export const mapForecast = (f: Forecast, quantile: (q: number) => number, shortfall: (s: number) => number): Forecast => ({
  ...f,
  quantiles: f.quantiles.map(quantile),
  shortfalls: f.shortfalls.map(shortfall),
})

export const mapBelief = (b: Belief, change: (x: number) => number): Belief =>
  b.kind === 'natural' ? { ...b, values: b.values.map(change) } : { ...b, mean: b.mean.map(change) }

export const percent = (x: number): string => `${Math.round(x * 1000) / 10} %`
