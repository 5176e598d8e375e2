import { type Key, openStream } from '../base/index.js'
import { firstUniform } from '../base/stream.js'
import { drawNormal } from '../distributions/index.js'
import { exp, ln } from '../math/elementary.js'
import type { Fields } from './fields.js'
import type { LinkKind, Verdict } from './link.js'
import type { Id } from './node.js'

/** A packet's delay in virtual milliseconds. */
type Delay = (key: Key) => number

// A million years: with it, and sigma's limit, no draw and no sum of draws comes near infinity.
const delayMsMax = 3e16

const delays: { readonly [distribution: string]: (fields: Fields) => Delay } = {
  constant(fields) {
    const meanMs = fields.number('meanMs', { min: 0, max: delayMsMax })
    return () => meanMs
  },
  uniform(fields) {
    const minMs = fields.number('minMs', { min: 0 })
    const spreadMs = fields.number('maxMs', { min: minMs, max: delayMsMax }) - minMs
    return key => minMs + spreadMs * firstUniform(key)
  },
  /** An exponential delay on top of minMs; meanMs is the mean of the whole. */
  exponential(fields) {
    const minMs = fields.number('minMs', { min: 0, fallback: 0 })
    const excessMs = fields.number('meanMs', { min: minMs, max: delayMsMax }) - minMs
    return key => minMs + excessMs * -ln(firstUniform(key))
  },
  /** A log-normal delay on top of minMs; medianMs is the median of the whole, sigma the standard deviation of the excess's log. */
  logNormal(fields) {
    const minMs = fields.number('minMs', { min: 0, fallback: 0 })
    const excessMs = fields.number('medianMs', { min: minMs, max: delayMsMax }) - minMs
    const sigma = fields.number('sigma', { min: 0, max: 10 })
    return key => minMs + excessMs * exp(sigma * drawNormal(openStream(key)))
  },
}

/** Delivers every packet after a delay: { distribution, meanMs | minMs, maxMs | medianMs, sigma, minMs? }. */
export const latency: LinkKind = fields => {
  const distribution = fields.choice('distribution', Object.keys(delays))
  const delay = delays[distribution](fields)
  return (_packet, _now, key) => ({ deliverAfterMs: delay(key) })
}

/** Drops each packet with a probability: { probability }. */
export const loss: LinkKind = fields => {
  const probability = fields.number('probability', { min: 0, max: 1 })
  return (_packet, _now, key) => (firstUniform(key) < probability ? 'drop' : 'pass')
}

/** Multiplies a packet with a probability: { probability, copies = 2 }, copies counting the original. */
export const duplication: LinkKind = fields => {
  const probability = fields.number('probability', { min: 0, max: 1 })
  const verdict: Verdict = { copies: fields.number('copies', { min: 2, max: 100, integer: true, fallback: 2 }) }
  return (_packet, _now, key) => (firstUniform(key) < probability ? verdict : 'pass')
}

/**
 * Drops the packets between different groups while it lasts: { groups, fromMs, toMs }. Ids in no group form one more together.
 * Packets that are already under way arrive.
 */
export const partition: LinkKind = (fields, ids) => {
  const groupOf = new Map<Id, number>()
  for (const [i, group] of fields.idLists('groups', ids).entries()) {
    for (const id of group) {
      if (groupOf.has(id)) fields.refuse(`groups[${i}]`, id, 'every id in one group at most')
      groupOf.set(id, i)
    }
  }
  for (const name of ['fromMs', 'toMs'])
    if (!fields.has(name)) fields.refuse(name, undefined, 'the time at which the partition begins and ends')
  return ({ from, to }) => (groupOf.get(from) === groupOf.get(to) ? 'pass' : 'drop')
}
