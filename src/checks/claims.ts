import type { Id, Value } from '../network/index.js'
import type { History } from './history.js'

/** A value that somebody gave, reached or decided upon, and where the history says so. */
export interface Stated {
  readonly index: number
  readonly atMs: number
  readonly who: Id
  readonly round: number
  readonly value: Value
  /** Whose value it is, in a broadcast. */
  readonly from: Id
}

/** The inputs of those in `honest`, by who got them; the first of each. */
export function inputsOf(history: History, honest: ReadonlySet<Id>): ReadonlyMap<Id, Stated> {
  const inputs = new Map<Id, Stated>()
  for (const { index, atMs, who, ...rest } of history.events) {
    if (rest.kind !== 'delivered' || rest.event.kind !== 'signal' || !honest.has(who) || inputs.has(who)) continue
    const body = rest.event.body as { readonly kind?: unknown; readonly value?: unknown } | null
    if (body?.kind !== 'input' || !(body.value instanceof Float64Array)) continue
    inputs.set(who, { index, atMs, who, round: 0, value: body.value, from: who })
  }
  return inputs
}

/** What those in `honest` noted with this kind, in order. */
export function statedBy(history: History, honest: ReadonlySet<Id>, kind: string): readonly Stated[] {
  const stated: Stated[] = []
  for (const { index, atMs, who, ...rest } of history.events) {
    if (rest.kind !== 'noted' || rest.note.kind !== kind || !honest.has(who)) continue
    const { round = 0, value, from = who } = rest.note.data as Partial<Stated> & { readonly value: Value }
    stated.push({ index, atMs, who, round, value, from })
  }
  return stated
}

/** The least and the greatest of every coordinate. */
export interface Range {
  readonly low: Float64Array
  readonly high: Float64Array
}

/** The range of one value or more; NaN where one of them is. */
export function rangeOf(values: readonly Value[]): Range {
  const low = Float64Array.from(values[0])
  const high = Float64Array.from(values[0])
  for (const value of values) {
    for (let j = 0; j < low.length; j++) {
      low[j] = Math.min(low[j], value[j])
      high[j] = Math.max(high[j], value[j])
    }
  }
  return { low, high }
}

/** The first coordinate in which the value leaves the range, or -1. */
export function coordinateOutside(value: Value, { low, high }: Range): number {
  for (let j = 0; j < low.length; j++) if (!(value[j] >= low[j] && value[j] <= high[j])) return j
  return -1
}
