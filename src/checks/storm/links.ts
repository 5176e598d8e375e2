import { firstUniform } from '../../base/stream.js'
import { ln } from '../../math/index.js'
import { type Link, parseLink, type Verdict } from '../../network/index.js'
import { type LatencyKind, roundMs, type StormPlan } from './plan.js'

/** Delays of about a millisecond and more from a uniform number; whatever is drawn is finite. */
const delays: { readonly [kind in LatencyKind]: (u: number) => number } = {
  constant: () => 1,
  uniform: u => 10 * u,
  exponential: u => -3 * ln(u),
  /** Pareto with index 1, no longer than a second. */
  heavy: u => Math.min(1 / u, 1000),
}

/** What the network does to a storm's packets: copies, delays, and holds; it loses nothing. A timed storm's delays end within the round. */
export function stormLinks({ ids, latency, duplication, holds, input, weather }: StormPlan): readonly Link[] {
  if (weather !== null) return weather.map((spec, i) => parseLink(spec, ids, `weather[${i}]`))
  const isTimed = input.protocol === 'synchronous' || input.protocol === 'wMsr'
  const delay = delays[latency]
  const twice: Verdict = { copies: 2 }
  const duplicate: Link = (_packet, _now, key) => (firstUniform(key) < duplication ? twice : 'pass')
  const carry: Link = ({ from, to }, now, key) => {
    const delayMs = delay(firstUniform(key))
    if (isTimed) return { deliverAfterMs: Math.min(delayMs, roundMs) }
    let releasedMs = now
    for (const { fromMs, toMs, side } of holds) {
      if (now >= fromMs && now < toMs && side.has(from) !== side.has(to)) releasedMs = Math.max(releasedMs, toMs)
    }
    return { deliverAfterMs: releasedMs - now + delayMs }
  }
  return duplication > 0 ? [duplicate, carry] : [carry]
}
