import { refuse } from '../base/index.js'
import type { Id } from './node.js'

/**
 * A node is down from `fromMs` to before `toMs` of virtual time, like a process that is killed and started again with what it had on disk:
 * its state is kept; what arrives meanwhile is lost, signals too, and so are all wake-ups and results that it had asked for before.
 * When it is up again it is told `recovered`, before anything else of that instant.
 */
export interface Outage {
  readonly id: Id
  readonly fromMs: number
  readonly toMs: number
}

/** The outages by id and time, those of one node that touch or overlap as one. Errors: BAD_WORLD. */
export function joinOutages(outages: readonly Outage[], isThere: (id: Id) => boolean): readonly Outage[] {
  const bad = (i: number, field: string, found: unknown, expected: string): never =>
    refuse('BAD_WORLD', found, expected, `outages[${i}].${field}`)
  for (const [i, { id, fromMs, toMs }] of outages.entries()) {
    if (!isThere(id)) bad(i, 'id', id, 'the id of a node')
    if (!(fromMs >= 0 && fromMs < Number.POSITIVE_INFINITY)) bad(i, 'fromMs', fromMs, 'a finite time, not negative')
    if (!(toMs > fromMs && toMs < Number.POSITIVE_INFINITY)) bad(i, 'toMs', toMs, `a finite time after ${fromMs} ms`)
  }
  const sorted = [...outages].sort((a, b) => (a.id === b.id ? a.fromMs - b.fromMs : a.id < b.id ? -1 : 1))
  const joined: Outage[] = []
  for (const outage of sorted) {
    const before = joined.at(-1)
    if (before?.id === outage.id && outage.fromMs <= before.toMs)
      joined[joined.length - 1] = { ...before, toMs: Math.max(before.toMs, outage.toMs) }
    else joined.push(outage)
  }
  return joined
}
