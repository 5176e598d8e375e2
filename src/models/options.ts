import { refuse } from '../base/index.js'

/** A model's prior or options as a scenario gives them. */
export type Spec = { readonly [name: string]: unknown }

/** What the market says of the portfolio that is forecast: the weights of its assets. */
export interface Portfolio {
  readonly weights: readonly number[]
}

type Kind = 'positive' | 'finite' | 'fraction' | 'count' | 'regimes' | 'tail'

const EXPECTED: { readonly [kind in Kind]: string } = {
  positive: 'a positive number from 1e-100 to 1e100',
  finite: 'a finite number of at most 1e100 in absolute value',
  fraction: 'a number strictly between 0 and 1',
  count: 'a whole number of at least 10',
  regimes: '2 or 3',
  tail: 'a number from 0.01 to 0.5',
}

const IS: { readonly [kind in Kind]: (value: number) => boolean } = {
  positive: value => value >= 1e-100 && value <= 1e100,
  finite: value => Math.abs(value) <= 1e100,
  fraction: value => value > 0 && value < 1,
  count: value => Number.isInteger(value) && value >= 10,
  regimes: value => value === 2 || value === 3,
  tail: value => value >= 0.01 && value <= 0.5,
}

/**
 * The given fields over the defaults; unknown names and values of the wrong kind ('positive' unless said) are refused by name.
 * A field whose default is a list takes a list of such numbers, or one number for a list of one.
 */
export function fields<T extends { readonly [K in keyof T]: number | readonly number[] }>(
  spec: Spec | undefined,
  defaults: T,
  where: string,
  kinds: { readonly [K in keyof T]?: Kind } = {},
): T {
  if (spec === undefined) return defaults
  if (typeof spec !== 'object' || spec === null || Array.isArray(spec)) refuse('BAD_MODEL', spec, 'an object', where)
  const result: { [name: string]: unknown } = { ...defaults }
  for (const name of Object.keys(spec).sort()) {
    if (!Object.hasOwn(defaults, name))
      refuse('BAD_MODEL', `unknown field '${name}'`, `one of ${Object.keys(defaults).join(', ') || 'no fields'}`, where)
    const value = spec[name]
    if (value === undefined) continue
    const kind = kinds[name as keyof T] ?? 'positive'
    const isList = Array.isArray(defaults[name as keyof T])
    result[name] = isList ? listed(value, kind, `${where}.${name}`) : checked(value, kind, `${where}.${name}`)
  }
  return result as T
}

function checked(value: unknown, kind: Kind, where: string): number {
  if (typeof value !== 'number' || !IS[kind](value)) refuse('BAD_MODEL', value, EXPECTED[kind], where)
  return value
}

function listed(value: unknown, kind: Kind, where: string): readonly number[] {
  if (typeof value === 'number') return [checked(value, kind, where)]
  const items = Array.isArray(value) ? value : ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : []
  if (items.length === 0) refuse('BAD_MODEL', value, 'a list of at least one number', where)
  return items.map((item, i) => checked(item, kind, `${where}[${i}]`))
}
