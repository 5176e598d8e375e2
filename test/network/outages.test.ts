import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { inProcess } from '../../src/execute/index.js'
import { type Id, type Outage, parseLink } from '../../src/network/index.js'
import { jobs } from '../execute/test-jobs.js'
import { delay, logged, names, reacting, restless, silent } from './helpers.js'

const down = (fromMs: number, toMs: number, id: Id = 'a'): Outage => ({ id, fromMs, toMs })

describe('a node that is down', () => {
  const speaker = reacting<string>(event =>
    event.kind === 'signal' ? { send: [{ kind: 'point', to: 'a', topic: 't', body: event.body }] } : undefined,
  )
  const talk = async (outages: readonly Outage[], times: readonly number[], a = silent<string>()) => {
    const { world, log } = logged<string>({ nodes: { a, b: speaker }, links: [delay(2)], outages })
    for (const atMs of times) world.signal(atMs, 'b', 's', String(atMs))
    await world.run()
    return log.filter(line => line.includes(' a '))
  }

  test('loses what arrives, is noted, and is told when it is up again, before anything else of that instant', async () => {
    const lines = await talk([down(5, 9)], [1, 2.9, 3, 6, 7, 8])
    expect(lines).toEqual([
      '3 a < t from b: "1"',
      '4.9 a < t from b: "2.9"',
      '5 a notes down of a: until 9 ms',
      '9 a < recovered, down since 5',
      '9 a < t from b: "7"',
      '10 a < t from b: "8"',
    ])
  })

  test('loses signals, and the wake-ups and results that it had asked for, whenever they were due; later ones come', async () => {
    const a = reacting<string>(event => ({
      send: event.kind === 'signal' || event.kind === 'recovered' ? [2, 6, 20].map(afterMs => ({ kind: 'wake', name: `${event.kind}+${afterMs}`, afterMs }) as const) : [], // biome-ignore format: one line
      work: event.kind === 'signal' || event.kind === 'recovered' ? [2, 6, 20].map(afterMs => ({ job: 'same', tag: `${event.kind}+${afterMs}`, input: 1, afterMs })) : [], // biome-ignore format: one line
    }))
    const { world, log } = logged<string>({ nodes: { a }, outages: [down(5, 9)], executor: inProcess({ same: x => x }) })
    world.signal(0, 'a', 's', '')
    world.signal(7, 'a', 'lost', '')
    await world.run()
    expect(log).toEqual([
      '0 a < signal s: ""',
      '2 a < result signal+2: 1',
      '2 a < wake signal+2',
      '5 a notes down of a: until 9 ms',
      '9 a < recovered, down since 5',
      '11 a < result recovered+2: 1',
      '11 a < wake recovered+2',
      '15 a < result recovered+6: 1',
      '15 a < wake recovered+6',
      '29 a < result recovered+20: 1',
      '29 a < wake recovered+20',
    ])
  })

  test('keeps its state, and what it had sent arrives', async () => {
    const counter = {
      init: () => ({ heard: 0 }),
      on: (state: { heard: number }, event: { kind: string }) => ({
        state: { heard: state.heard + 1 },
        send: event.kind === 'signal' ? [{ kind: 'point', to: 'b', topic: 't', body: 'sent before' } as const] : [],
        note: [{ kind: 'heard', detail: String(state.heard + 1) }],
        work: [],
      }),
    }
    const { world, log } = logged<string>({
      nodes: { a: counter, b: silent<string>() },
      links: [delay(3)],
      outages: [down(1, 2)],
    })
    world.signal(0, 'a', 's', '')
    await world.run()
    expect(log).toEqual([
      '0 a < signal s: ""',
      '0 a notes heard: 1',
      '1 a notes down of a: until 2 ms',
      '2 a < recovered, down since 1',
      '2 a notes heard: 2',
      '3 b < t from a: "sent before"',
    ])
  })

  test('that has crashed for good is neither down nor up any more', async () => {
    const a = reacting<string>(() => {
      throw new Error('gone')
    })
    const { world, log } = logged<string>({ nodes: { a }, outages: [down(1, 2)] })
    world.signal(0, 'a', 's', '')
    await world.run()
    expect(log).toEqual(['0 a < signal s: ""', '0 a notes crash of a: gone'])
  })
})

describe('outages', () => {
  test('of one node that touch or overlap are one, in whatever order they are given', async () => {
    const log = async (outages: readonly Outage[]) => {
      const { world, log } = logged<string>({ nodes: { a: silent<string>(), b: silent<string>() }, outages })
      await world.run()
      return log
    }
    const expected = ['1 a notes down of a: until 6 ms', '2 b notes down of b: until 3 ms', '3 b < recovered, down since 2', '6 a < recovered, down since 1'] // biome-ignore format: one line
    const outages = [down(1, 3), down(2, 5), down(5, 6), down(2, 3, 'b'), down(2, 2.5)]
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(outages, { minLength: outages.length }), async shuffled => {
        expect(await log(shuffled)).toEqual(expected)
      }),
      { numRuns: 20 },
    )
  })

  test.each([
    ['outages[0].id', down(1, 2, 'z')],
    ['outages[0].fromMs', down(-1, 2)],
    ['outages[0].fromMs', down(Number.NaN, 2)],
    ['outages[0].toMs', down(2, 2)],
    ['outages[0].toMs', down(2, Number.POSITIVE_INFINITY)],
  ])('a bad %s is refused by name', (where, outage) => {
    const make = () => logged<string>({ nodes: { a: silent<string>() }, outages: [outage] })
    expect(make).toThrow(expect.objectContaining({ code: 'BAD_WORLD', where }))
  })

  test('with every other fault a run replays line by line, and nothing reaches a node while it is down', async () => {
    const ids = names(8)
    const outages = ids.slice(0, 4).map((id, i) => down(4 + i, 12 + 2 * i, id))
    const specs = [
      { kind: 'swizzle', fromMs: 2, toMs: 20 },
      { kind: 'replay', probability: 0.1, maxMs: 5 },
      { kind: 'reordering', probability: 0.2, maxMs: 3 },
      { kind: 'capacity', packets: 20 },
      { kind: 'latency', distribution: 'pareto', minMs: 0.5, maxMs: 50, index: 1.1 },
    ]
    const busy = async () => {
      const links = specs.map((spec, i) => parseLink(spec, ids, `links[${i}]`))
      const nodes = new Map(ids.map(id => [id, restless(ids, 0)]))
      const { world, log } = logged<number>({ nodes, links, outages, executor: inProcess(jobs), subscriptions: { news: ids } })
      for (const id of ids) for (const atMs of [0, 14]) world.signal(atMs, id, 'go', 1)
      await world.run(40)
      return log
    }
    const first = await busy()
    expect(first.length).toBeGreaterThan(500)
    expect(await busy()).toEqual(first)
    for (const { id, fromMs, toMs } of outages) {
      const meanwhile = first.filter(
        line => line.includes(` ${id} < `) && Number(line.split(' ')[0]) >= fromMs && Number(line.split(' ')[0]) < toMs,
      )
      expect(meanwhile).toEqual([])
      expect(first.some(line => line === `${toMs} ${id} < recovered, down since ${fromMs}`)).toBe(true)
    }
  })
})
