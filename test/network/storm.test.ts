import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { childKey, rootKey } from '../../src/base/index.js'
import {
  drawStorm,
  type LinkSpec,
  losslessStormKinds,
  parseLink,
  type Storm,
  type StormOptions,
  stormKinds,
} from '../../src/network/index.js'
import { logged, names, reacting } from './helpers.js'

const storm = (label: number, options: Partial<StormOptions> = {}, n = 7): Storm =>
  drawStorm(names(n), childKey(rootKey('storm'), label), { untilMs: 100, ...options })
const faults = ({ links }: Storm): readonly LinkSpec[] => links.slice(0, -1)
const many = Array.from({ length: 300 }, (_, i) => i)

/** Everybody writes to everybody once a millisecond until `untilMs`; gives what was sent and what arrived, as `from>to:body@time`. */
async function chatter({ links, outages }: Storm, n: number, untilMs: number) {
  const ids = names(n)
  const sent: string[] = []
  const arrived: string[] = []
  const node = (self: string) =>
    reacting<number>((event, now) => {
      if (event.kind === 'message') arrived.push(`${event.from}>${self}:${event.body}@${now}`)
      if (event.kind === 'message' || now >= untilMs) return {}
      const others = ids.filter(id => id !== self)
      for (const to of others) sent.push(`${self}>${to}:${now}`)
      const words = others.map(to => ({ kind: 'point', to, topic: 't', body: now }) as const)
      return { send: [...words, { kind: 'wake', name: 'next', afterMs: 1 }] }
    })
  const nodes = new Map(ids.map(id => [id, node(id)]))
  const parsed = links.map((spec, i) => parseLink(spec, ids, `links[${i}]`))
  const { world } = logged<number>({ nodes, links: parsed, outages })
  for (const id of ids) world.signal(0, id, 'go', 0)
  await world.run()
  return { sent, arrived, endMs: world.now }
}

describe('a storm', () => {
  test('is plain data that its key alone decides, and every link of it can be parsed', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 1, max: 9 }),
        fc.double({ min: 0, max: 10, noNaN: true }),
        (label, n, intensity) => {
          const drawn = storm(label, { intensity }, n)
          expect(JSON.parse(JSON.stringify(drawn))).toEqual(drawn)
          expect(storm(label, { intensity }, n)).toEqual(drawn)
          const reversed = drawStorm([...names(n)].reverse(), childKey(rootKey('storm'), label), { untilMs: 100, intensity })
          expect(reversed).toEqual(drawn)
          for (const [i, spec] of drawn.links.entries()) parseLink(spec, names(n), `links[${i}]`)
        },
      ),
    )
    expect(new Set(many.map(label => JSON.stringify(storm(label)))).size).toBe(many.length)
  })

  test('is over when the first phase ends, and leaves a mild latency only', () => {
    for (const label of many) {
      const { links, outages } = storm(label, { intensity: 3 })
      expect(links.at(-1)).toEqual({ kind: 'latency', distribution: 'uniform', minMs: 0.2, maxMs: 2 })
      for (const { fromMs, toMs, kind, maxMs = 0 } of links.slice(0, -1)) {
        expect(fromMs).toBeGreaterThanOrEqual(0)
        expect(toMs! + (kind === 'capacity' ? 0 : (maxMs as number))).toBeLessThanOrEqual(100)
      }
      for (const { fromMs, toMs } of outages) expect([fromMs >= 0, toMs > fromMs, toMs <= 100]).toEqual([true, true, true])
    }
    expect(storm(1, { intensity: 0 })).toEqual({ links: [expect.objectContaining({ kind: 'latency' })], outages: [] })
    expect(storm(1, { intensity: 0, latencyMs: 0 })).toEqual({ links: [], outages: [] })
  })

  test('has as many faults of each kind as its intensity says, and of no other kind than it may', () => {
    const names = ['partition', 'oneWayPartition', 'holdingPartition', 'loss', 'swizzle', 'capacity'] as const
    for (const kind of names) {
      const counts = many.map(label => faults(storm(label, { intensity: 1.5, kinds: [kind] })).length)
      const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length
      expect(Math.abs(mean - 1.5)).toBeLessThan(0.3)
      expect(Math.max(...counts)).toBeLessThanOrEqual(3)
    }
    for (const kind of stormKinds) {
      for (const label of many.slice(0, 20)) {
        const { links, outages } = storm(label, { kinds: [kind], intensity: 3 })
        const expected = /partition/i.test(kind) ? 'partition' : kind
        for (const spec of links.slice(0, -1)) expect(spec.kind).toBe(expected)
        if (kind !== 'outage') expect(outages).toEqual([])
      }
    }
    // Which others are allowed changes nothing of a kind's own faults.
    const losses = (drawn: Storm) => faults(drawn).filter(({ kind }) => kind === 'loss')
    for (const label of many.slice(0, 50))
      expect(losses(storm(label))).toEqual(losses(storm(label, { kinds: ['loss', 'replay'] })))
  })

  test('never takes down more nodes than are tolerated', () => {
    const victims = (n: number, tolerates?: number) =>
      many.map(label => {
        const { outages } = storm(
          label,
          { kinds: ['outage'], intensity: 4, ...(tolerates === undefined ? {} : { tolerates }) },
          n,
        )
        return new Set(outages.map(({ id }) => id)).size
      })
    expect(Math.max(...victims(7))).toBe(2)
    expect(Math.max(...victims(7, 4))).toBe(4)
    expect(Math.max(...victims(4, 0))).toBe(0)
    expect(Math.max(...victims(3, 9))).toBe(3)
  })

  test('that may not lose anything brings every packet, by the end of the first phase and a mild latency at the latest', async () => {
    let late = 0
    for (let label = 0; label < 25; label++) {
      const drawn = storm(label, { kinds: losslessStormKinds, intensity: 2, untilMs: 20 }, 4)
      const { sent, arrived, endMs } = await chatter(drawn, 4, 20)
      expect(new Set(arrived.map(line => line.split('@')[0]))).toEqual(new Set(sent))
      expect(endMs).toBeLessThanOrEqual(22)
      late += arrived.filter(line => Number(line.split('@')[1]) > Number(/:(\S+)@/.exec(line)![1]) + 2).length
    }
    expect(late).toBeGreaterThan(200)
  })

  test('with losses loses some, and after the first phase nothing: then everything arrives once, within the mild latency', async () => {
    let lost = 0
    for (let label = 0; label < 25; label++) {
      const { sent, arrived } = await chatter(storm(label, { intensity: 2, untilMs: 20 }, 4), 4, 30)
      const heard = new Set(arrived.map(line => line.split('@')[0]))
      lost += sent.filter(line => !heard.has(line)).length
      const calm = arrived.filter(line => Number(/:(\S+)@/.exec(line)![1]) >= 20)
      expect(calm.map(line => line.split('@')[0]).sort()).toEqual(sent.filter(line => Number(line.split(':')[1]) >= 20).sort())
      for (const line of calm) expect(Number(line.split('@')[1]) - Number(/:(\S+)@/.exec(line)![1])).toBeLessThanOrEqual(2)
    }
    expect(lost).toBeGreaterThan(200)
  })

  test.each([
    ['ids', [], {}],
    ['untilMs', ['a'], { untilMs: 0 }],
    ['untilMs', ['a'], { untilMs: Number.NaN }],
    ['intensity', ['a'], { intensity: -1 }],
    ['intensity', ['a'], { intensity: 11 }],
    ['tolerates', ['a'], { tolerates: 0.5 }],
    ['latencyMs', ['a'], { latencyMs: -1 }],
    ['kinds[1]', ['a'], { kinds: ['loss', 'hail'] }],
  ])('a bad %s is refused by name', (field, ids, options) => {
    const draw = () => drawStorm(ids, rootKey(''), { untilMs: 1, ...(options as object) })
    expect(draw).toThrow(expect.objectContaining({ code: 'BAD_STORM', where: `storm.${field}` }))
  })
})
