import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nextUniform, openStream, rootKey } from '../../src/base/index.js'
import { inProcess } from '../../src/execute/index.js'
import { createWorld, type Id, type Node, parseLink, parseTopology, type Tap } from '../../src/network/index.js'
import { jobs } from '../execute/test-jobs.js'
import { logging, names, reacting, restless } from './helpers.js'

const ids = names(12)
const specs = [
  { kind: 'partition', groups: [ids.slice(0, 4)], fromMs: 10, toMs: 15 },
  { kind: 'loss', probability: 0.05 },
  { kind: 'duplication', probability: 0.05 },
  { kind: 'latency', distribution: 'exponential', meanMs: 2, topic: ['p', 'b'] },
  { kind: 'latency', distribution: 'logNormal', medianMs: 1, sigma: 1 },
]

interface Variation {
  readonly order?: readonly Id[]
  readonly seed?: string
  readonly taps?: readonly Tap<number>[]
  readonly tapsFromMs?: number
}

/** A busy run with every fault there is; returns everything that happened in it. */
async function busy({ order = ids, seed = 'busy', taps = [], tapsFromMs = 0 }: Variation = {}) {
  const log: string[] = []
  const key = rootKey(seed)
  const world = createWorld<number>({
    nodes: new Map(order.map(id => [id, restless(ids)] as [Id, Node<unknown, number>])),
    neighbours: parseTopology({ kind: 'smallWorld', neighbours: 2, rewire: 0.3 }, order, key, 'topology'),
    links: specs.map((spec, i) => parseLink(spec, order, `links[${i}]`)),
    key,
    executor: inProcess(jobs),
    subscriptions: { news: order },
    recorder: logging(log),
  })
  for (const id of ids) {
    world.signal(0, id, 'go', 1)
    world.signal(20, id, 'go', 2)
  }
  await world.run(tapsFromMs)
  const remove = taps.map(tap => world.tap(tap))
  await world.run(30)
  for (const off of remove) off()
  await world.run(40)
  return { log, tapErrors: world.tapErrors, deliveries: world.deliveries }
}

describe('a run is a pure function of its options', () => {
  test('so it replays line by line, and another seed gives another run', async () => {
    const first = await busy()
    expect(first.deliveries).toBeGreaterThan(500)
    for (const word of ['crash', 'result', 'news', 'seen']) expect(first.log.some(line => line.includes(word))).toBe(true)
    expect((await busy()).log).toEqual(first.log)
    expect((await busy({ seed: 'other' })).log).not.toEqual(first.log)
  })

  test('the order in which nodes, ids and subscribers are given changes nothing', async () => {
    const { log } = await busy()
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(ids, { minLength: ids.length }), async order => {
        expect((await busy({ order })).log).toEqual(log)
      }),
      { numRuns: 5 },
    )
  })

  test('what one agent does never shifts the draws of another, nor of the links between others', async () => {
    const draw = reacting<number>((event, _now, key) => ({
      note: [{ kind: 'drew', detail: String(nextUniform(openStream(key))) }],
      send: event.kind === 'wake' ? [{ kind: 'point', to: 'b', topic: 't', body: 0 }, { kind: 'wake', name: 'w', afterMs: 1 }] : [], // biome-ignore format: one line
    }))
    const noisy = reacting<number>(event => ({
      send: event.kind === 'message' ? [] : [{ kind: 'point', to: 'c', topic: 't', body: 1 }, { kind: 'wake', name: 'w', afterMs: 0.1 }], // biome-ignore format: one line
    }))
    const starting = (node: Node<unknown, number>): Node<unknown, number> => ({
      init: node.init,
      on: (state, event, now, key) => {
        const step = node.on(state, event, now, key)
        return event.kind === 'signal' ? { ...step, send: [...step.send, { kind: 'wake', name: 'w', afterMs: 1 }] } : step
      },
    })
    const between = async (nodes: { [id: Id]: Node<unknown, number> }) => {
      const log: string[] = []
      const links = [{ kind: 'loss', probability: 0.3 }, { kind: 'latency', distribution: 'exponential', meanMs: 1 }] // biome-ignore format: one line
      const parsed = links.map((spec, i) => parseLink(spec, Object.keys(nodes), `links[${i}]`))
      const options = { nodes, neighbours: {}, links: parsed, key: rootKey('apart'), executor: inProcess({}), subscriptions: {} }
      const world = createWorld<number>({ ...options, recorder: logging(log) })
      for (const id of Object.keys(nodes)) world.signal(0, id, 'go', 0)
      await world.run(30)
      return log.filter(line => /^\S+ [ab] /.test(line))
    }
    const alone = await between({ a: starting(draw), b: draw })
    expect(alone.length).toBeGreaterThan(60)
    expect(await between({ a: starting(draw), b: draw, '0': starting(noisy), c: draw })).toEqual(alone)
  })
})

describe('taps', () => {
  test('never change a run, though they mutate what they see, throw, reject, come late and go early', async () => {
    const { log } = await busy()
    const seen: string[] = []
    const taps: Tap<number>[] = [
      sighting => {
        if (sighting.kind === 'delivered' && sighting.event.kind === 'message')
          Object.assign(sighting.event, { body: -1, from: 'me' })
        else Object.assign(sighting, { atMs: -1 })
      },
      () => {
        throw new Error('tap out')
      },
      async () => expect.fail('tap rejected'),
      sighting => void seen.push(sighting.kind === 'delivered' ? sighting.to : sighting.by),
    ]
    for (const tapsFromMs of [0, 12.5]) {
      const tapped = await busy({ taps, tapsFromMs })
      expect(tapped.log).toEqual(log)
      expect(tapped.tapErrors.length).toBe(1000)
      expect(tapped.tapErrors.filter(({ message }) => message === 'tap out').length).toBeGreaterThan(400)
    }
    expect(seen.length).toBeGreaterThan(500)
  })

  test('see all that the recorder hears, in the same order', async () => {
    const seen: string[] = []
    const heard = logging(seen)
    const tap: Tap<number> = sighting =>
      sighting.kind === 'delivered'
        ? heard.delivered(sighting.atMs, sighting.to, sighting.event)
        : heard.noted(sighting.atMs, sighting.by, sighting.note)
    const { log } = await busy({ taps: [tap] })
    const from = log.findIndex(line => !line.startsWith('0 '))
    expect(log.slice(from, from + 300)).toEqual(seen.slice(0, 300))
  })

  test('cannot schedule anything', async () => {
    const world = createWorld<number>({
      nodes: { a: reacting(() => undefined) },
      neighbours: {},
      links: [],
      key: rootKey(''),
      executor: inProcess({}),
      subscriptions: {},
    })
    world.tap(() => world.signal(5, 'a', 'more', 1))
    world.signal(0, 'a', 'once', 1)
    await world.run()
    expect(world.deliveries).toBe(1)
    expect(world.tapErrors).toEqual([
      { atMs: 0, message: 'internal error, please report it: signals are scheduled between runs' },
    ])
  })

  test('get copies, and what cannot be copied is the tap’s trouble and not the run’s', async () => {
    const bodies: unknown[] = []
    const nodes = { a: reacting<unknown>(event => void bodies.push(event.kind === 'signal' && event.body)) }
    const world = createWorld<unknown>({
      nodes,
      neighbours: {},
      links: [],
      key: rootKey(''),
      executor: inProcess({}),
      subscriptions: {},
    })
    const body = { run: () => 1 }
    world.tap(() => undefined)
    world.signal(0, 'a', 's', body)
    await world.run()
    expect(bodies).toEqual([body])
    expect(world.tapErrors[0].message).toContain('could not be cloned')
  })
})
