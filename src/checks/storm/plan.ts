import { childKey, type Key, nextInteger, nextUniform, openStream, refuse, rootKey, type Stream } from '../../base/index.js'
import { drawStorm, type Id, isRobust, type LinkSpec, losslessStormKinds, type Thresholds } from '../../network/index.js'

export const stormProtocols = ['broadcast', 'synchronous', 'asynchronous', 'wMsr'] as const
export type StormProtocol = (typeof stormProtocols)[number]

/** Which storm: the seed decides everything else. */
export interface StormInput {
  readonly protocol: StormProtocol
  readonly n: number
  readonly f: number
  readonly seed: string
  /** Lets a storm go beyond the protocol's bound. */
  readonly unsafe?: boolean
  /** Other thresholds than Bracha's, only in an unsafe storm of a protocol that broadcasts reliably. */
  readonly thresholds?: Thresholds
}

/** A stretch of time in which packets between its sides, or from and to its side alone, wait until it is over. */
export interface Hold {
  readonly fromMs: number
  readonly toMs: number
  readonly side: ReadonlySet<Id>
}

export type LatencyKind = 'constant' | 'uniform' | 'exponential' | 'heavy'

/** A whole storm: who is faulty, what everybody starts with, and what the network does. */
export interface StormPlan {
  readonly input: StormInput
  readonly ids: readonly Id[]
  readonly faulty: ReadonlySet<Id>
  /** Honest participants without an input are not here. */
  readonly inputs: ReadonlyMap<Id, Float64Array>
  readonly dimension: number
  readonly range: number
  readonly epsilon: number
  readonly rule: 'trimmedMidpoint' | 'trimmedMean'
  readonly compare: 'first' | 'every'
  readonly neighbours: { readonly [id: Id]: readonly Id[] }
  /** Whether faulty participants tell all their neighbours the same. */
  readonly local: boolean
  readonly rounds: number
  readonly latency: LatencyKind
  readonly duplication: number
  readonly holds: readonly Hold[]
  /** A fault plan of the network's own, instead of all that: it loses nothing, and ends. */
  readonly weather: readonly LinkSpec[] | null
}

/** Longest delay on a link of a synchronous storm, and the length of a round. */
export const roundMs = 10
const range = 8

/** Draws a storm from its seed. Errors: BAD_STORM. */
export function drawStormPlan(input: StormInput): { readonly plan: StormPlan; readonly key: Key } {
  const { protocol, n, f, seed } = input
  if (!stormProtocols.includes(protocol)) refuse('BAD_STORM', protocol, `one of ${stormProtocols.join(', ')}`, 'protocol')
  if (!(Number.isInteger(n) && n >= 1 && n <= 100)) refuse('BAD_STORM', n, 'a whole number from 1 to 100', 'n')
  if (!(Number.isInteger(f) && f >= 0 && f < n)) refuse('BAD_STORM', f, 'a whole number from 0 to n - 1', 'f')
  const key = rootKey(seed)
  const s = openStream(childKey(key, 'plan'))
  const ids = Array.from({ length: n }, (_, i) => `p${String(i).padStart(2, '0')}`)
  const shuffled = shuffle(s, ids)
  const bad = nextUniform(s) < 0.8 ? f : nextInteger(s, f + 1)
  const faulty = new Set(shuffled.slice(0, bad))
  // On a graph, who has nothing to say may have too few neighbours to get a value from.
  const mute = nextUniform(s) < 0.3 && protocol !== 'wMsr' ? f - bad : 0
  const speaking = [...shuffled.slice(bad + mute), ...faulty].sort()
  const dimension = 1 + nextInteger(s, 3)
  const inputs = drawInputs(s, speaking, dimension)
  const isMsr = protocol === 'wMsr'
  const local = nextUniform(s) < 0.5
  const isTimed = isMsr || protocol === 'synchronous'
  const rule = !isMsr && protocol === 'synchronous' && nextUniform(s) < 0.25 ? 'trimmedMean' : 'trimmedMidpoint'
  const plan: StormPlan = {
    input,
    ids,
    faulty,
    inputs,
    dimension,
    range,
    // Enough for a hundred rounds of W-MSR, and so coarse elsewhere that there are from 3 to 6 rounds of halving.
    epsilon: isMsr ? range / 1000 : range / [4, 8, 16, 32][nextInteger(s, 4)],
    rule,
    compare: nextUniform(s) < 0.5 ? 'first' : 'every',
    neighbours: drawGraph(s, input, ids, isMsr && local),
    local: isMsr && local,
    rounds: 100,
    latency: (['constant', 'uniform', 'exponential', 'heavy'] as const)[nextInteger(s, 4)],
    duplication: nextUniform(s) < 0.3 ? 0.2 : 0,
    holds: isTimed ? [] : drawHolds(s, ids),
    weather: isTimed || nextUniform(s) < 0.5 ? null : drawWeather(ids, childKey(key, 'weather')),
  }
  return { plan, key }
}

export function shuffle<T>(stream: Stream, items: readonly T[]): T[] {
  const shuffled = [...items]
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = nextInteger(stream, i + 1)
    ;[shuffled[i], shuffled[j]] = [shuffled[j], shuffled[i]]
  }
  return shuffled
}

/** Spread out, two values only, at both ends, all the same, or tiny differences. */
function drawInputs(s: Stream, ids: readonly Id[], dimension: number): Map<Id, Float64Array> {
  const kind = nextInteger(s, 5)
  const draws: readonly (() => number)[] = [
    () => range * (2 * nextUniform(s) - 1),
    () => nextInteger(s, 2),
    () => (nextUniform(s) < 0.5 ? -range : range),
    () => 1,
    () => 1 + 1e-9 * nextUniform(s),
  ]
  return new Map(ids.map(id => [id, Float64Array.from({ length: dimension }, draws[kind])]))
}

/** Everybody with everybody; where the graph may be less, without some random edges, all of which leave it (f + 1, f + 1)-robust if that is safe. */
function drawGraph(s: Stream, { f, unsafe }: StormInput, ids: readonly Id[], isSparse: boolean): { [id: Id]: Id[] } {
  const graph = Object.fromEntries(ids.map(id => [id, ids.filter(other => other !== id)]))
  for (let tries = isSparse ? nextInteger(s, 9) : 0; tries > 0; tries--) {
    const [a, b] = shuffle(s, ids)
    const fewer = {
      ...graph,
      [a]: graph[a].filter(id => id !== b),
      [b]: graph[b].filter(id => id !== a),
    }
    if (unsafe === true || isRobust(fewer, f + 1, f + 1)) Object.assign(graph, fewer)
  }
  return graph
}

const drawWeather = (ids: readonly Id[], key: Key): readonly LinkSpec[] =>
  drawStorm(ids, key, { untilMs: 100, kinds: losslessStormKinds }).links

/** Partitions, and nodes that are cut off, which all end. */
function drawHolds(s: Stream, ids: readonly Id[]): Hold[] {
  return Array.from({ length: nextInteger(s, 4) }, () => {
    const fromMs = 40 * nextUniform(s)
    const size = 1 + nextInteger(s, Math.max(1, ids.length - 1))
    return { fromMs, toMs: fromMs + 60 * nextUniform(s), side: new Set(shuffle(s, ids).slice(0, size)) }
  })
}
