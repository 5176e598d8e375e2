import { firstUniform } from '../base/stream.js'
import type { LinkKind, Verdict } from './link.js'

const probability = { min: 0, max: 1 }

/** Drops each packet with a probability: { probability }. */
export const loss: LinkKind = fields => {
  const p = fields.number('probability', probability)
  return (_packet, _now, key) => (firstUniform(key) < p ? 'drop' : 'pass')
}

/** Multiplies a packet with a probability: { probability, copies = 2 }, copies counting the original. */
export const duplication: LinkKind = fields => {
  const p = fields.number('probability', probability)
  const verdict: Verdict = { copies: fields.number('copies', { min: 2, max: 100, integer: true, fallback: 2 }) }
  return (_packet, _now, key) => (firstUniform(key) < p ? verdict : 'pass')
}

/** Holds a share of the packets back, so that later ones overtake them: { probability, maxMs }, uniformly up to maxMs. */
export const reordering: LinkKind = fields => {
  const p = fields.number('probability', probability)
  const maxMs = fields.number('maxMs', { min: 0, max: 1e9 })
  return (_packet, now, key) => {
    const u = firstUniform(key)
    // Given that u < p, u / p is uniform again.
    return u < p ? { holdToMs: now + (maxMs * u) / p } : 'pass'
  }
}

/** Sends a share of the packets once more, later: { probability, maxMs }, the copy uniformly up to maxMs after the original. */
export const replay: LinkKind = fields => {
  const p = fields.number('probability', probability)
  const maxMs = fields.number('maxMs', { min: 0, max: 1e9 })
  return (_packet, _now, key) => {
    const u = firstUniform(key)
    return u < p ? { copies: 2, afterMs: (maxMs * u) / p } : 'pass'
  }
}

/**
 * Has room for so many packets on their way to one receiver, from whomever and held ones included: { packets, mode = 'drop', serviceMs }.
 * What comes beyond is dropped; or, with the mode 'queue', waits serviceMs for each packet that is there beyond its room.
 */
export const capacity: LinkKind = fields => {
  const packets = fields.number('packets', { min: 0, integer: true })
  const mode = fields.has('mode') ? fields.choice('mode', ['drop', 'queue']) : 'drop'
  if (mode === 'drop') return ({ underWay }) => (underWay < packets ? 'pass' : 'drop')
  const serviceMs = fields.number('serviceMs', { min: 0, max: 1e9 })
  return ({ underWay }, now) => (underWay < packets ? 'pass' : { holdToMs: now + (underWay - packets + 1) * serviceMs })
}
