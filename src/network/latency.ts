import { type Key, openStream } from '../base/index.js'
import { firstUniform } from '../base/stream.js'
import { drawNormal } from '../distributions/index.js'
import { exp, ln, pow } from '../math/elementary.js'
import type { Fields } from './fields.js'
import type { LinkKind } from './link.js'

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
  /** Pareto's tail P(delay > x) ~ x^-index from minMs on, cut off at maxMs: the distribution is the one of what lies below. */
  pareto(fields) {
    const minMs = fields.number('minMs', { min: 1e-6, max: delayMsMax })
    const maxMs = fields.number('maxMs', { min: minMs, max: delayMsMax })
    const index = fields.number('index', { min: 0.01, max: 1000 })
    const below = 1 - pow(minMs / maxMs, index)
    return key => Math.min(maxMs, minMs * pow(1 - below * firstUniform(key), -1 / index))
  },
  /** A log-normal delay on top of minMs; medianMs is the median of the whole, sigma the standard deviation of the excess's log. */
  logNormal(fields) {
    const minMs = fields.number('minMs', { min: 0, fallback: 0 })
    const excessMs = fields.number('medianMs', { min: minMs, max: delayMsMax }) - minMs
    const sigma = fields.number('sigma', { min: 0, max: 10 })
    return key => minMs + excessMs * exp(sigma * drawNormal(openStream(key)))
  },
}

/** Delivers every packet after a delay: { distribution, meanMs | minMs, maxMs | minMs, maxMs, index | medianMs, sigma, minMs? }. */
export const latency: LinkKind = fields => {
  const distribution = fields.choice('distribution', Object.keys(delays))
  const delay = delays[distribution](fields)
  return (_packet, _now, key) => ({ deliverAfterMs: delay(key) })
}
