import { refuse } from '../base/index.js'

const DEPTH_MAX = 40

/**
 * A value as JSON will keep it: typed arrays become arrays, fields that are undefined are left out, -0 becomes 0. Anything
 * that JSON would lose or change is refused by its place, so that a saved scenario is the scenario.
 */
export function plainCopy(value: unknown, where: string, depth = 0): unknown {
  if (depth > DEPTH_MAX) refuse('BAD_SCENARIO', `more than ${DEPTH_MAX} levels of nesting, or a cycle`, 'plain data', where)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) refuse('BAD_SCENARIO', value, 'a finite number', where)
    return value + 0
  }
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value
  if (ArrayBuffer.isView(value) && 'length' in value) return plainList(Array.from(value as Float64Array), where, depth)
  if (Array.isArray(value)) return plainList(value, where, depth)
  if (typeof value !== 'object') refuse('BAD_SCENARIO', typeof value, 'plain data', where)
  const prototype: unknown = Object.getPrototypeOf(value)
  // Another realm (a test runner, a worker) has an Object of its own: tell plain objects by their prototype's prototype.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null)
    refuse('BAD_SCENARIO', 'an instance of a class', 'plain data', where)
  const copy: { [name: string]: unknown } = {}
  for (const [name, item] of Object.entries(value as object)) {
    if (name === '__proto__') refuse('BAD_SCENARIO', `unknown field '${name}'`, 'plain data', where)
    if (item !== undefined) copy[name] = plainCopy(item, `${where}.${name}`, depth + 1)
  }
  return copy
}

const plainList = (items: readonly unknown[], where: string, depth: number): unknown[] =>
  items.map((item, i) => plainCopy(item, `${where}[${i}]`, depth + 1))
