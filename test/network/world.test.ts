import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { inProcess } from '../../src/execute/index.js'
import { parseLink } from '../../src/network/index.js'
import { delay, logged, names, reacting, silent } from './helpers.js'

describe('the order of events', () => {
  test('is that of time; equal times keep the order in which they were asked for', async () => {
    const schedules = fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.constantFrom('a', 'b')), { maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(schedules, async schedule => {
        const { world, log } = logged<number>({ nodes: { a: silent(), b: silent() } })
        schedule.forEach(([atMs, to], i) => void world.signal(atMs, to, 's', i))
        await world.run()
        const order = schedule.map(([atMs, to], i) => ({ atMs, line: `${atMs} ${to} < signal s: ${i}` }))
        expect(log).toEqual(order.sort((x, y) => x.atMs - y.atMs).map(({ line }) => line))
      }),
    )
  })

  test('at one instant is signals, results, messages, wake-ups', async () => {
    const a = reacting<string>(event =>
      event.kind === 'signal' && event.topic === 'start'
        ? {
            send: [
              { kind: 'wake', name: 'alarm', afterMs: 5 },
              { kind: 'point', to: 'a', topic: 'letter', body: 'to myself' },
            ],
            work: [{ job: 'same', tag: 'job', input: 1, afterMs: 5 }],
          }
        : undefined,
    )
    const { world, log } = logged<string>({ nodes: { a }, links: [delay(5)], executor: inProcess({ same: x => x }) })
    world.signal(1, 'a', 'start', '')
    world.signal(6, 'a', 'news', '')
    await world.run()
    const kinds = log.slice(1).map(line => line.split(' ').slice(0, 4).join(' '))
    expect(kinds).toEqual(['6 a < signal', '6 a < result', '6 a < letter', '6 a < wake'])
  })

  test('is breadth-first: what a handler sends waits until everything already on its way has been delivered', async () => {
    const forward = (to: string[]) =>
      reacting<string>(() => ({ send: to.map(id => ({ kind: 'point', to: id, topic: 't', body: '' }) as const) }))
    const nodes = { a: forward(['b', 'c']), b: forward(['d']), c: forward(['e']), d: silent<string>(), e: silent<string>() }
    const { world, log } = logged<string>({ nodes })
    world.signal(0, 'a', 's', '')
    await world.run()
    expect(log.map(line => line.split(' ')[1])).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  test('lets two nodes answer each other a hundred thousand times without filling the stack', async () => {
    const answer = (to: string) =>
      reacting<number>(event => {
        const left = event.kind === 'message' || event.kind === 'signal' ? event.body : 0
        return left > 0 ? { send: [{ kind: 'point', to, topic: 't', body: left - 1 }] } : undefined
      })
    const { world } = logged<number>({ nodes: { a: answer('b'), b: answer('a') } })
    world.signal(0, 'a', 's', 100_000)
    await world.run()
    expect([world.deliveries, world.now]).toEqual([100_001, 0])
  })
})

describe('who hears what', () => {
  const speak = (send: { kind: 'broadcast' | 'topic'; topic: string }) =>
    reacting<string>(event => (event.kind === 'signal' ? { send: [{ ...send, body: 'x' }] } : undefined))

  test('a broadcast reaches the neighbours, by id, whatever the order they are given in', async () => {
    const nodes = { m: speak({ kind: 'broadcast', topic: 't' }), z: silent<string>(), b: silent<string>(), q: silent<string>() }
    const { world, log } = logged<string>({ nodes, neighbours: { m: ['z', 'm', 'b', 'z'] } })
    world.signal(0, 'm', 's', '')
    await world.run()
    expect(log.slice(1)).toEqual(['0 b < t from m: "x"', '0 z < t from m: "x"'])
  })

  test('a topic reaches its subscribers and not the sender; a topic nobody subscribed to reaches nobody', async () => {
    const nodes = { a: speak({ kind: 'topic', topic: 'news' }), b: silent<string>(), c: speak({ kind: 'topic', topic: 'olds' }) }
    const { world, log } = logged<string>({ nodes, subscriptions: { news: ['c', 'b', 'a'] } })
    world.signal(0, 'a', 's', '')
    world.signal(1, 'c', 's', '')
    await world.run()
    expect(log).toEqual(['0 a < signal s: ""', '0 b < news from a: "x"', '0 c < news from a: "x"', '1 c < signal s: ""'])
  })

  test('a node is told its neighbours when it is made', () => {
    const told: unknown[] = []
    const node = { init: (id: string, peers: readonly string[]) => told.push([id, peers]), on: silent<string>().on }
    logged<string>({ nodes: { b: node, a: node }, neighbours: { a: ['b'], b: ['a'] } })
    expect(told).toEqual([['a', ['b']], ['b', ['a']]]) // biome-ignore format: as it reads
  })

  test('a packet to an id that is not there is noted against its sender', async () => {
    const a = reacting<string>(() => ({ send: [{ kind: 'point', to: 'ghost', topic: 't', body: '' }] }))
    const { world, log } = logged<string>({ nodes: { a } })
    world.signal(0, 'a', 's', '')
    await world.run()
    expect(log[1]).toBe('0 a notes undeliverable of a: a packet to ghost, who is not there')
  })

  test.each([
    ['neighbours', { neighbours: { x: [] } }],
    ['neighbours.a', { neighbours: { a: ['x'] } }],
    ['subscriptions.t', { subscriptions: { t: ['x'] } }],
  ])('an unknown id in %s is refused', (where, options) => {
    const make = () => logged<string>({ nodes: { a: silent() }, ...options })
    expect(make).toThrow(expect.objectContaining({ code: 'BAD_WORLD', found: 'x', where }))
  })
})

describe('wake-ups', () => {
  test('come to the node itself after the time asked for, and over no link', async () => {
    const a = reacting<string>(event =>
      event.kind === 'signal' ? { send: [{ kind: 'wake', name: 'tea', afterMs: 2.5 }] } : undefined,
    )
    const { world, log } = logged<string>({ nodes: { a }, links: [() => 'drop'] })
    world.signal(1, 'a', 's', '')
    await world.run()
    expect(log).toEqual(['1 a < signal s: ""', '3.5 a < wake tea'])
  })

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('a delay of %s is a bug and stops the run', async afterMs => {
    const a = reacting<string>(() => ({ send: [{ kind: 'wake', name: 'never', afterMs }] }))
    const { world } = logged<string>({ nodes: { a } })
    world.signal(0, 'a', 's', '')
    await expect(world.run()).rejects.toThrow('internal error')
    await expect(world.run()).rejects.toThrow('a world that is failed cannot be run')
  })
})

describe('a run', () => {
  const ticking = reacting<string>(() => ({ send: [{ kind: 'wake', name: 'tick', afterMs: 1 }] }))

  test('goes up to and including its end, and can be taken up again', async () => {
    const { world, log } = logged<string>({ nodes: { a: ticking } })
    world.signal(0, 'a', 's', '')
    await world.run(2)
    expect([log.length, world.now]).toEqual([3, 2])
    await world.run(2.5)
    expect([log.length, world.now]).toEqual([3, 2.5])
    world.signal(2.5, 'a', 'late', '')
    await world.run(3)
    expect(log.slice(3)).toEqual(['2.5 a < signal late: ""', '3 a < wake tick'])
    expect(world.deliveries).toBe(5)
  })

  test('in pieces is the same as in one piece', async () => {
    const whole = logged<string>({ nodes: { a: ticking, b: ticking }, links: [delay(0.3)] })
    const pieces = logged<string>({ nodes: { a: ticking, b: ticking }, links: [delay(0.3)] })
    for (const { world } of [whole, pieces]) for (const id of ['a', 'b']) world.signal(0.1, id, 's', '')
    await whole.world.run(20)
    for (const untilMs of [0, 0.1, 3, 7.77, 20]) await pieces.world.run(untilMs)
    expect(pieces.log).toEqual(whole.log)
  })

  test('refuses signals to nobody, to the past and to no time at all', async () => {
    const { world } = logged<string>({ nodes: { a: silent() } })
    await world.run(10)
    expect(() => world.signal(11, 'b', 's', '')).toThrow(expect.objectContaining({ code: 'BAD_SIGNAL', found: 'b', where: 'to' }))
    for (const atMs of [9, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => world.signal(atMs, 'a', 's', '')).toThrow(expect.objectContaining({ code: 'BAD_SIGNAL', where: 'atMs' }))
    }
  })

  test('cannot be signalled from within', async () => {
    const { world, log } = logged<string>({ nodes: { a: reacting<string>(() => void world.signal(1, 'a', 's', '')) } })
    world.signal(0, 'a', 's', '')
    await world.run()
    expect(log[1]).toContain('a notes crash of a: internal error, please report it: signals are scheduled between runs')
  })
})

describe('limits', () => {
  test('a full queue is refused, naming the busiest sender', async () => {
    const chatter = (n: number) =>
      reacting<string>(() => ({
        send: Array.from({ length: n }, () => ({ kind: 'point', to: 'a', topic: 't', body: '' }) as const),
      }))
    const nodes = { a: silent<string>(), b: chatter(20), c: chatter(30), d: chatter(1000) }
    const { world } = logged<string>({ nodes, maxPending: 51, links: [delay(1)] })
    for (const id of ['b', 'c', 'd']) world.signal(0, id, 's', '')
    const error = { code: 'EVENT_QUEUE_FULL', found: '51 pending events at 0 ms, 30 of them from c', where: 'c' }
    await expect(world.run()).rejects.toMatchObject(error)
  })

  test('a queue that is full of signals says so, and is of no use any more', async () => {
    const { world } = logged<string>({ nodes: { a: silent() }, maxPending: 1 })
    world.signal(0, 'a', 's', '')
    const found = '1 pending events at 0 ms, all of them signals'
    expect(() => world.signal(0, 'a', 's', '')).toThrow(expect.objectContaining({ code: 'EVENT_QUEUE_FULL', found }))
    await expect(world.run()).rejects.toThrow('a queue that was full cannot be used again')
  })

  test('nodes that keep each other busy without letting time pass are stopped', async () => {
    const a = reacting<string>(() => ({ send: [{ kind: 'point', to: 'a', topic: 't', body: '' }] }))
    const { world } = logged<string>({ nodes: { a }, maxAtOneInstant: 1000 })
    world.signal(7, 'a', 's', '')
    await expect(world.run()).rejects.toMatchObject({ code: 'TIME_STANDS_STILL', found: '1001 events at 7 ms, the last for a' })
  })
})

describe('a handler that throws', () => {
  const steps: string[] = []
  const fragile = reacting<string>(event => {
    if (event.kind === 'signal' && event.topic === 'break') throw new Error('out of cheese')
    steps.push(event.kind)
    return {
      send: [
        { kind: 'wake', name: 'later', afterMs: 10 },
        { kind: 'point', to: 'b', topic: 't', body: 'before' },
      ],
      work: [{ job: 'missing', tag: 'never', input: 0, afterMs: 10 }],
    }
  })

  test('has crashed: it is noted, nothing reaches it any more, and nothing it had asked for comes back', async () => {
    const { world, log } = logged<string>({ nodes: { a: fragile, b: silent() }, links: [delay(3)] })
    world.signal(0, 'a', 'start', '')
    world.signal(1, 'a', 'break', '')
    world.signal(2, 'a', 'again', '')
    await world.run()
    expect(log).toEqual([
      '0 a < signal start: ""',
      '1 a < signal break: ""',
      '1 a notes crash of a: out of cheese',
      '3 b < t from a: "before"',
    ])
    expect(steps).toEqual(['signal'])
    expect(world.deliveries).toBe(3)
  })

  test('may throw anything at all', async () => {
    const a = reacting<string>(() => {
      throw 'a word'
    })
    const { world, log } = logged<string>({ nodes: { a } })
    world.signal(0, 'a', 's', '')
    await world.run()
    expect(log[1]).toBe('0 a notes crash of a: a word')
  })

  test('an error when a node is made is no crash: the world is not made', () => {
    const broken = { ...silent<string>(), init: () => expect.fail('no prior') }
    expect(() => logged<string>({ nodes: { a: broken } })).toThrow('no prior')
  })
})

describe('links in a world', () => {
  const ids = names(4)
  const sender = (n: number) =>
    reacting<number>(event =>
      event.kind === 'signal'
        ? { send: Array.from({ length: n }, (_, body) => ({ kind: 'point', to: 'agent-1', topic: 't', body }) as const) }
        : undefined,
    )
  const arrivals = async (specs: readonly object[], n = 1000): Promise<string[]> => {
    const nodes = { 'agent-0': sender(n), 'agent-1': silent<number>(), 'agent-2': silent<number>(), 'agent-3': silent<number>() }
    const links = specs.map((spec, i) => parseLink(spec, ids, `links[${i}]`))
    const { world, log } = logged<number>({ nodes, links })
    world.signal(0, 'agent-0', 's', 0)
    await world.run()
    return log.slice(1)
  }
  const bodies = (lines: string[]) => lines.map(line => Number(line.split(' ').at(-1)))

  test('lose about as many packets as they should, and deliver the rest at once', async () => {
    const lines = await arrivals([{ kind: 'loss', probability: 0.25 }])
    expect(Math.abs(lines.length - 750)).toBeLessThan(60)
    expect(lines.every(line => line.startsWith('0 '))).toBe(true)
  })

  test('a link added at the end leaves the draws of the others as they were', async () => {
    const loss = { kind: 'loss', probability: 0.25 }
    const alone = bodies(await arrivals([loss]))
    const late = bodies(await arrivals([loss, { kind: 'latency', distribution: 'exponential', meanMs: 3 }]))
    expect(late).not.toEqual(alone)
    expect(late.sort((x, y) => x - y)).toEqual(alone)
  })

  test('two links of the same kind draw on their own', async () => {
    const lines = await arrivals([0.5, 0.5].map(probability => ({ kind: 'loss', probability })))
    expect(Math.abs(lines.length - 250)).toBeLessThan(60)
  })

  test('each copy of a packet goes on to the remaining links with draws of its own', async () => {
    const lines = await arrivals([
      { kind: 'duplication', probability: 1, copies: 3 },
      { kind: 'loss', probability: 0.5 },
      { kind: 'latency', distribution: 'uniform', minMs: 1, maxMs: 2 },
    ])
    expect(Math.abs(lines.length - 1500)).toBeLessThan(100)
    expect(new Set(lines.map(line => line.split(' ')[0])).size).toBe(lines.length)
    const perPacket = new Map<number, number>()
    for (const body of bodies(lines)) perPacket.set(body, (perPacket.get(body) ?? 0) + 1)
    expect(new Set(perPacket.values())).toEqual(new Set([1, 2, 3]))
  })

  test('the first link to deliver decides', async () => {
    const lines = await arrivals([
      { kind: 'latency', distribution: 'constant', meanMs: 4, topic: 't' },
      { kind: 'loss', probability: 1 },
    ])
    expect(lines.length).toBe(1000)
    expect(new Set(lines.map(line => line.split(' ')[0]))).toEqual(new Set(['4']))
  })

  test('a partition holds while it lasts, and packets already under way arrive', async () => {
    const tick = reacting<string>(event => ({
      send: [
        { kind: 'point', to: 'agent-1', topic: event.kind, body: '' },
        { kind: 'wake', name: 'tick', afterMs: 1 },
      ],
    }))
    const links = [
      parseLink({ kind: 'partition', groups: [['agent-0']], fromMs: 3, toMs: 6 }, ids, 'links[0]'),
      parseLink({ kind: 'latency', distribution: 'constant', meanMs: 1.5 }, ids, 'links[1]'),
    ]
    const { world, log } = logged<string>({ nodes: { 'agent-0': tick, 'agent-1': silent() }, links })
    world.signal(0, 'agent-0', 's', '')
    await world.run(8)
    const times = log.filter(line => line.includes('from agent-0')).map(line => Number(line.split(' ')[0]))
    expect(times).toEqual([1.5, 2.5, 3.5, 7.5])
  })

  test.each([{ deliverAfterMs: -1 }, { deliverAfterMs: Number.NaN }, { copies: 0 }, { copies: 1.5 }])(
    'a bad verdict is a bug: %j',
    async verdict => {
      const { world } = logged<number>({ nodes: { 'agent-0': sender(1), 'agent-1': silent() }, links: [() => verdict] })
      world.signal(0, 'agent-0', 's', 0)
      await expect(world.run()).rejects.toThrow('internal error')
    },
  )
})

describe('a step that is none', () => {
  test.each<[string, unknown]>([
    ['without notes', { state: 0, send: [], work: [] }],
    ['with nothing in place of a packet', { state: 0, send: [null], note: [], work: [] }],
    ['with a packet of no kind', { state: 0, send: [{ kind: 'shout', topic: 't', body: 1 }], note: [], work: [] }],
    ['that is no object', null],
  ])('%s is its node’s crash, and the others go on', async (_, step) => {
    const { world, log } = logged<string>({
      nodes: { bad: { init: () => 0, on: () => step as never }, good: silent() },
    })
    world.signal(1, 'bad', 'go', '')
    world.signal(2, 'good', 'go', '')
    await world.run()
    expect(log.some(line => line.startsWith('1 bad notes crash'))).toBe(true)
    expect(log.at(-1)).toBe('2 good < signal go: ""')
  })
})
