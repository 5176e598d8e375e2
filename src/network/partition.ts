import { childKey, nextInteger, nextUniform, openStream } from '../base/index.js'
import type { Fields } from './fields.js'
import type { LinkKind, Verdict } from './link.js'
import type { Id } from './node.js'

/** The window of a fault that has to end: what is held in it is let go at its end. */
function windowOf(fields: Fields, what: string): { readonly fromMs: number; readonly toMs: number } {
  for (const name of ['fromMs', 'toMs'])
    if (!fields.has(name)) fields.refuse(name, undefined, `the time at which the ${what} begins and ends`)
  const fromMs = fields.number('fromMs', { min: 0 })
  return { fromMs, toMs: fields.number('toMs', { min: fromMs, max: 1e15 }) }
}

/**
 * Parts groups while it lasts: { groups, fromMs, toMs, mode = 'drop', symmetric = true }. Ids in no group form one more together, the
 * last. What is sent between two groups is dropped; or, with the mode 'hold', goes on at the end, in the order of sending. With
 * symmetric: false only packets from a group to a later one are stopped, and the other way all pass.
 * Packets that are already under way arrive.
 */
export const partition: LinkKind = (fields, ids) => {
  const groups = fields.idLists('groups', ids)
  const groupOf = new Map<Id, number>()
  for (const [i, group] of groups.entries()) {
    for (const id of group) {
      if (groupOf.has(id)) fields.refuse(`groups[${i}]`, id, 'every id in one group at most')
      groupOf.set(id, i)
    }
  }
  const { toMs } = windowOf(fields, 'partition')
  const isHolding = fields.has('mode') && fields.choice('mode', ['drop', 'hold']) === 'hold'
  const isSymmetric = fields.flag('symmetric', true)
  const stopped: Verdict = isHolding ? { holdToMs: toMs } : 'drop'
  return ({ from, to }) => {
    const sender = groupOf.get(from) ?? groups.length
    const receiver = groupOf.get(to) ?? groups.length
    return sender === receiver || (sender > receiver && !isSymmetric) ? 'pass' : stopped
  }
}

/** Holds all packets from and to some nodes while it lasts, and lets them go at the end in the order of sending: { nodes, fromMs, toMs }. */
export const clogging: LinkKind = (fields, ids) => {
  const nodes = fields.ids('nodes', ids) ?? fields.refuse('nodes', undefined, 'the ids of the clogged nodes')
  const { toMs } = windowOf(fields, 'clogging')
  const held: Verdict = { holdToMs: toMs }
  return ({ from, to }) => (nodes.has(from) || nodes.has(to) ? held : 'pass')
}

interface Stretch {
  readonly fromMs: number
  readonly toMs: number
}

/**
 * Clogs a random part of the nodes one by one and unclogs them in random order, the swizzle of FoundationDB: { share = 0.5, nodes = all, seed = 0,
 * fromMs, toMs }. Each node of the part is clogged at a moment of the window's first half and let go at one of its second half.
 * The part, the order and the moments are drawn once, from the link's own key and the seed, a whole number.
 */
export const swizzle: LinkKind = (fields, ids, key) => {
  const pool = [...(fields.ids('nodes', ids) ?? ids)].sort()
  const share = fields.number('share', { min: 0, max: 1, fallback: 0.5 })
  const { fromMs, toMs } = windowOf(fields, 'swizzle')
  const seed = fields.number('seed', { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true, fallback: 0 })
  const stream = openStream(childKey(childKey(key, 'swizzle'), seed))
  const half = (toMs - fromMs) / 2
  const clogged = new Map<Id, Stretch>()
  for (let left = Math.round(share * pool.length); left > 0; left--) {
    const [id] = pool.splice(nextInteger(stream, pool.length), 1)
    const start = fromMs + half * nextUniform(stream)
    clogged.set(id, { fromMs: start, toMs: fromMs + half + half * nextUniform(stream) })
  }
  const release = (id: Id, atMs: number): number => {
    const stretch = clogged.get(id)
    return stretch !== undefined && atMs >= stretch.fromMs && atMs < stretch.toMs ? stretch.toMs : atMs
  }
  return ({ from, to }, now) => {
    // Let go by one end, the packet may find the other clogged; and by then the first one's stretch is over.
    const freeMs = release(from, release(to, release(from, now)))
    return freeMs > now ? { holdToMs: freeMs } : 'pass'
  }
}
