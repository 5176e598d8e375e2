import { childKey, type Key, nextInteger, nextUint32, nextUniform, openStream, refuse, type Stream } from '../base/index.js'
import type { LinkSpec } from './link.js'
import type { Id } from './node.js'
import type { Outage } from './outages.js'

/** A whole plan of faults as plain data: the links in the order in which they are asked, and when nodes are down. */
export interface Storm {
  readonly links: readonly LinkSpec[]
  readonly outages: readonly Outage[]
}

/** Faults after which every packet still arrives. */
export const losslessStormKinds = [
  'clogging',
  'duplication',
  'holdingPartition',
  'latency',
  'reordering',
  'replay',
  'swizzle',
] as const
const lossyStormKinds = ['capacity', 'loss', 'oneWayPartition', 'outage', 'partition'] as const

export type StormKind = (typeof losslessStormKinds)[number] | (typeof lossyStormKinds)[number]
export const stormKinds: readonly StormKind[] = [...losslessStormKinds, ...lossyStormKinds].sort()

export interface StormOptions {
  /** The safety phase ends here: all faults are over and all that was held has gone on. The liveness phase follows. */
  readonly untilMs: number
  /** Faults of each kind, on average: 1 unless told. From 0 to 10. */
  readonly intensity?: number
  /** The kinds that may occur: all, unless a protocol's model forbids some. */
  readonly kinds?: readonly StormKind[]
  /** Most nodes that are ever down, floor((n - 1) / 3) unless told. */
  readonly tolerates?: number
  /** Largest delay of the mild latency that is always there, uniform from a tenth of it: 2 unless told. With 0 there is none. */
  readonly latencyMs?: number
}

interface Window {
  readonly fromMs: number
  readonly toMs: number
}

interface Draw {
  readonly ids: readonly Id[]
  readonly stream: Stream
  readonly untilMs: number
  readonly intensity: number
}

const between = ({ stream }: Draw, low: number, high: number): number => low + (high - low) * nextUniform(stream)

/** A stretch of the first phase, a twentieth to two fifths of it long. */
function drawWindow(draw: Draw): Window {
  const fromMs = between(draw, 0, 0.9 * draw.untilMs)
  return { fromMs, toMs: Math.min(draw.untilMs, fromMs + between(draw, 0.05, 0.4) * draw.untilMs) }
}

/** A stretch, and a delay with which all is over by the end of the phase. */
function drawDelays(draw: Draw): Window & { readonly maxMs: number } {
  const { fromMs, toMs } = drawWindow(draw)
  const middle = fromMs + (toMs - fromMs) / 2
  return { fromMs, toMs: middle, maxMs: between(draw, 0, 1) * (toMs - middle) }
}

/** So many different ids, in code-unit order. */
function drawIds({ ids, stream }: Draw, count: number): Id[] {
  const pool = [...ids]
  return Array.from({ length: count }, () => pool.splice(nextInteger(stream, pool.length), 1)[0]).sort()
}

/** A part of the ids that is neither empty nor, where there are two or more, all of them. */
const drawPart = (draw: Draw): Id[] => drawIds(draw, 1 + nextInteger(draw.stream, Math.max(1, draw.ids.length - 1)))

const drawPartition = (draw: Draw) => ({ kind: 'partition', groups: [drawPart(draw)], ...drawWindow(draw) })

/** Nothing, or only what one node sends, or only what one node receives. */
function drawFilter(draw: Draw): { readonly from?: Id; readonly to?: Id } {
  const [id] = drawIds(draw, 1)
  return [{}, { from: id }, { to: id }][nextInteger(draw.stream, 3)]
}

const linkDraws: { readonly [K in Exclude<StormKind, 'outage'>]: (draw: Draw) => LinkSpec } = {
  capacity: draw => ({ kind: 'capacity', packets: 1 + nextInteger(draw.stream, 3 * draw.ids.length), ...drawWindow(draw) }),
  clogging: draw => ({
    kind: 'clogging',
    nodes: drawIds(draw, 1 + nextInteger(draw.stream, Math.ceil(draw.ids.length / 3))),
    ...drawWindow(draw),
  }),
  duplication: draw => ({
    kind: 'duplication',
    probability: between(draw, 0, 0.5),
    copies: 2 + nextInteger(draw.stream, 2),
    ...drawWindow(draw),
  }),
  holdingPartition: draw => ({ ...drawPartition(draw), mode: 'hold', symmetric: nextUniform(draw.stream) < 0.7 }),
  latency(draw) {
    const { fromMs, toMs, maxMs } = drawDelays(draw)
    const minMs = Math.max(1e-6, 0.01 * maxMs)
    const index = between(draw, 0.5, 2)
    return {
      kind: 'latency',
      distribution: 'pareto',
      minMs,
      maxMs: Math.max(minMs, maxMs),
      index,
      ...drawFilter(draw),
      fromMs,
      toMs,
    }
  },
  loss: draw => ({
    kind: 'loss',
    probability: between(draw, 0, Math.min(0.9, 0.3 * draw.intensity)),
    ...drawFilter(draw),
    ...drawWindow(draw),
  }),
  oneWayPartition: draw => ({ ...drawPartition(draw), symmetric: false }),
  partition: drawPartition,
  reordering: draw => ({ kind: 'reordering', probability: between(draw, 0, 0.7), ...drawDelays(draw) }),
  replay: draw => ({ kind: 'replay', probability: between(draw, 0, 0.3), ...drawDelays(draw) }),
  swizzle: draw => ({ kind: 'swizzle', share: between(draw, 0.2, 0.8), seed: nextUint32(draw.stream), ...drawWindow(draw) }),
}

/**
 * Draws a fault plan among `ids`: a pure function of its arguments, and no kind's faults depend on which others are allowed, but for
 * their order. Links are asked in a drawn order, latencies last. Errors: BAD_STORM.
 */
export function drawStorm(ids: readonly Id[], key: Key, options: StormOptions): Storm {
  const { untilMs, intensity = 1, kinds = stormKinds, tolerates = Math.floor((ids.length - 1) / 3), latencyMs = 2 } = options
  checkOptions(ids, { untilMs, intensity, kinds, tolerates, latencyMs })
  const sorted = [...ids].sort()
  const drawOf = (label: string): Draw => ({ ids: sorted, stream: openStream(childKey(key, label)), untilMs, intensity })
  const ranked: { readonly spec: LinkSpec; readonly rank: number }[] = []
  for (const kind of stormKinds) {
    if (kind === 'outage' || !kinds.includes(kind)) continue
    const draw = drawOf(kind)
    for (let left = drawCount(draw); left > 0; left--) {
      const spec = linkDraws[kind](draw)
      ranked.push({ spec, rank: nextUniform(draw.stream) + (kind === 'latency' ? 1 : 0) })
    }
  }
  ranked.sort((one, other) => one.rank - other.rank)
  const calm = { kind: 'latency', distribution: 'uniform', minMs: latencyMs / 10, maxMs: latencyMs }
  return {
    links: [...ranked.map(({ spec }) => spec), ...(latencyMs === 0 ? [] : [calm])],
    outages: kinds.includes('outage') ? drawOutages(drawOf('outage'), tolerates) : [],
  }
}

/** A whole number from 0 to about twice the intensity, which is its mean. */
const drawCount = (draw: Draw): number => Math.floor(2 * draw.intensity * nextUniform(draw.stream) + nextUniform(draw.stream))

/** Each of a drawn part of the nodes, at most `tolerates` of them, is down once, or as often as the intensity says. */
function drawOutages(draw: Draw, tolerates: number): Outage[] {
  const victims = drawIds(draw, nextInteger(draw.stream, Math.min(tolerates, draw.ids.length) + 1))
  return victims.flatMap(id => Array.from({ length: drawCount(draw) }, () => ({ id, ...drawWindow(draw) })))
}

function checkOptions(ids: readonly Id[], options: Required<StormOptions>): void {
  const { untilMs, intensity, kinds, tolerates, latencyMs } = options
  const check = (isGood: boolean, found: unknown, expected: string, field: string): void => {
    if (!isGood) refuse('BAD_STORM', found, expected, `storm.${field}`)
  }
  check(ids.length > 0, 'no ids', 'at least one', 'ids')
  check(untilMs > 0 && untilMs <= 1e15, untilMs, 'a time in ms, more than 0', 'untilMs')
  check(intensity >= 0 && intensity <= 10, intensity, 'a number from 0 to 10', 'intensity')
  check(Number.isSafeInteger(tolerates) && tolerates >= 0, tolerates, 'a whole number, not negative', 'tolerates')
  check(latencyMs >= 0 && latencyMs <= 1e9, latencyMs, 'a time in ms, not negative', 'latencyMs')
  for (const [i, kind] of kinds.entries())
    check(stormKinds.includes(kind), kind, `one of ${stormKinds.join(', ')}`, `kinds[${i}]`)
}
