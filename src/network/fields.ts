import { refuse } from '../base/index.js'
import type { Id } from './node.js'

export interface NumberRange {
  readonly min: number
  readonly max?: number
  readonly integer?: boolean
  /** Taken when the field is absent; without it the field is required. */
  readonly fallback?: number
}

/** Reads a specification field by field; every refusal names the field, what was found and what was expected. */
export interface Fields {
  readonly kind: string
  has(name: string): boolean
  number(name: string, range: NumberRange): number
  /** One of the names given. */
  choice(name: string, names: readonly string[]): string
  /** True or false. */
  flag(name: string, fallback: boolean): boolean
  /** One id or a non-empty list of them, each of `known`; any string where `known` is undefined. Undefined when absent. */
  ids(name: string, known: ReadonlySet<Id> | undefined): ReadonlySet<Id> | undefined
  /** A list of lists of known ids, each inner list of `length` ids, or not empty where no length is given. */
  idLists(name: string, known: ReadonlySet<Id>, length?: number): readonly (readonly Id[])[]
  refuse(name: string, found: unknown, expected: string): never
  /** Refuses every field that nobody has read. */
  end(): void
}

/** Opens a specification `{ kind, ... }`; `kinds` are the kinds there are. */
export function readFields(spec: unknown, kinds: readonly string[], code: string, where: string): Fields {
  if (typeof spec !== 'object' || spec === null || Array.isArray(spec)) refuse(code, spec, 'an object with a field kind', where)
  const values = spec as { readonly [name: string]: unknown }
  const read = new Set<string>()

  const fail = (name: string, found: unknown, expected: string): never => refuse(code, found, expected, `${where}.${name}`)

  function take(name: string): unknown {
    read.add(name)
    return Object.hasOwn(values, name) ? values[name] : undefined
  }

  function number(name: string, { min, max = Number.MAX_VALUE, integer = false, fallback }: NumberRange): number {
    const value = take(name) ?? fallback
    const fits = typeof value === 'number' && value >= min && value <= max && (!integer || Number.isSafeInteger(value))
    return fits ? value : fail(name, value, describeRange(min, max, integer))
  }

  function choice(name: string, names: readonly string[]): string {
    const value = take(name)
    return typeof value === 'string' && names.includes(value)
      ? value
      : fail(name, value, `one of ${[...names].sort().join(', ')}`)
  }

  function flag(name: string, fallback: boolean): boolean {
    const value = take(name) ?? fallback
    return typeof value === 'boolean' ? value : fail(name, value, 'true or false')
  }

  function idList(name: string, value: unknown, known: ReadonlySet<Id> | undefined): readonly Id[] {
    if (!Array.isArray(value)) return fail(name, value, 'a list of ids')
    for (const [i, id] of value.entries()) {
      if (typeof id !== 'string') fail(`${name}[${i}]`, id, 'a string')
      if (known !== undefined && !known.has(id)) fail(`${name}[${i}]`, id, 'the id of an agent')
    }
    return value
  }

  function ids(name: string, known: ReadonlySet<Id> | undefined): ReadonlySet<Id> | undefined {
    const value = take(name)
    if (value === undefined) return undefined
    const list = idList(name, typeof value === 'string' ? [value] : value, known)
    return list.length > 0 ? new Set(list) : fail(name, value, 'at least one name')
  }

  function idLists(name: string, known: ReadonlySet<Id>, length?: number): readonly (readonly Id[])[] {
    const value = take(name)
    if (!Array.isArray(value)) return fail(name, value, 'a list of lists of ids')
    return value.map((list: unknown, i) => {
      const part = idList(`${name}[${i}]`, list, known)
      const fits = length === undefined ? part.length > 0 : part.length === length
      return fits ? part : fail(`${name}[${i}]`, part, length === undefined ? 'at least one id' : `${length} ids`)
    })
  }

  function end(): void {
    for (const name of Object.keys(values).sort()) {
      if (!read.has(name)) fail(name, name, `no other field than ${[...read].sort().join(', ')}`)
    }
  }

  const has = (name: string): boolean => take(name) !== undefined
  return { kind: choice('kind', kinds), has, number, choice, flag, ids, idLists, refuse: fail, end }
}

function describeRange(min: number, max: number, integer: boolean): string {
  const range = max === Number.MAX_VALUE ? `at least ${min}` : `from ${min} to ${max}`
  return `${integer ? 'a whole number' : 'a finite number'} ${range}`
}
