import { type Key, rootKey } from '../base/index.js'
import { capacity, duplication, loss, reordering, replay } from './faults.js'
import { type Fields, readFields } from './fields.js'
import { latency } from './latency.js'
import type { Link, LinkKind } from './link.js'
import type { Id } from './node.js'
import { clogging, partition, swizzle } from './partition.js'

export const linkTable: { readonly [kind: string]: LinkKind } = {
  capacity,
  clogging,
  duplication,
  latency,
  loss,
  partition,
  reordering,
  replay,
  swizzle,
}

/**
 * Turns a link's specification into the link. What a kind draws once for all (the order of a swizzle) comes from `key`, by default the
 * same for all. Errors: BAD_LINK.
 */
export function parseLink(spec: unknown, ids: readonly Id[], where: string, key: Key = rootKey('link')): Link {
  const known = new Set(ids)
  const fields = readFields(spec, Object.keys(linkTable), 'BAD_LINK', where)
  const link = linkTable[fields.kind](fields, known, key)
  const restricted = restrict(link, fields, known)
  fields.end()
  return restricted
}

function restrict(link: Link, fields: Fields, known: ReadonlySet<Id>): Link {
  const senders = fields.ids('from', known)
  const receivers = fields.ids('to', known)
  const topics = fields.ids('topic', undefined)
  const fromMs = fields.number('fromMs', { min: 0, fallback: 0 })
  const toMs = fields.has('toMs') ? fields.number('toMs', { min: fromMs }) : Number.POSITIVE_INFINITY
  const always = fromMs === 0 && toMs === Number.POSITIVE_INFINITY
  if (always && senders === undefined && receivers === undefined && topics === undefined) return link
  return (packet, now, key) => {
    if (now < fromMs || now >= toMs) return 'pass'
    if (senders !== undefined && !senders.has(packet.from)) return 'pass'
    if (receivers !== undefined && !receivers.has(packet.to)) return 'pass'
    if (topics !== undefined && !topics.has(packet.topic)) return 'pass'
    return link(packet, now, key)
  }
}
