import { describe, expect, test } from 'vitest'
import { childKey, rootKey } from '../../src/base/index.js'
import { linkTable, parseLink, type Verdict } from '../../src/network/index.js'
import { type LinkSamples, lawIds, linkLaws } from '../laws/link-laws.js'

const samples: { readonly [kind: string]: LinkSamples } = {
  latency: {
    good: [
      { kind: 'latency', distribution: 'constant', meanMs: 3 },
      { kind: 'latency', distribution: 'uniform', minMs: 1, maxMs: 4 },
      { kind: 'latency', distribution: 'exponential', meanMs: 5 },
      { kind: 'latency', distribution: 'exponential', meanMs: 5, minMs: 2 },
      { kind: 'latency', distribution: 'pareto', minMs: 1, maxMs: 1000, index: 1.2 },
      { kind: 'latency', distribution: 'pareto', minMs: 1e-6, maxMs: 3e16, index: 0.01 },
      { kind: 'latency', distribution: 'logNormal', medianMs: 2, sigma: 0.5 },
      { kind: 'latency', distribution: 'logNormal', medianMs: 3e16, sigma: 10, minMs: 1 },
    ],
    bad: [
      ['distribution', { kind: 'latency', meanMs: 3 }],
      ['distribution', { kind: 'latency', distribution: 'gamma', meanMs: 3 }],
      ['minMs', { kind: 'latency', distribution: 'pareto', minMs: 0, maxMs: 10, index: 1 }],
      ['maxMs', { kind: 'latency', distribution: 'pareto', minMs: 1, index: 1 }],
      ['index', { kind: 'latency', distribution: 'pareto', minMs: 1, maxMs: 10, index: 0 }],
      ['meanMs', { kind: 'latency', distribution: 'constant' }],
      ['meanMs', { kind: 'latency', distribution: 'exponential', meanMs: 1, minMs: 2 }],
      ['meanMs', { kind: 'latency', distribution: 'exponential', meanMs: Number.POSITIVE_INFINITY }],
      ['minMs', { kind: 'latency', distribution: 'constant', meanMs: 3, minMs: 1 }],
      ['maxMs', { kind: 'latency', distribution: 'uniform', minMs: 2, maxMs: 1 }],
      ['sigma', { kind: 'latency', distribution: 'logNormal', medianMs: 2, sigma: -1 }],
      ['sigma', { kind: 'latency', distribution: 'exponential', meanMs: 2, sigma: 1 }],
    ],
  },
  loss: {
    good: [0, 0.3, 1].map(probability => ({ kind: 'loss', probability })),
    bad: [
      ['probability', { kind: 'loss' }],
      ['probability', { kind: 'loss', probability: 1.1 }],
      ['probability', { kind: 'loss', probability: '0.1' }],
    ],
  },
  duplication: {
    good: [
      { kind: 'duplication', probability: 0.5 },
      { kind: 'duplication', probability: 1, copies: 7 },
    ],
    bad: [
      ['probability', { kind: 'duplication', probability: -0.1 }],
      ['copies', { kind: 'duplication', probability: 0.1, copies: 1 }],
      ['copies', { kind: 'duplication', probability: 0.1, copies: 2.5 }],
      ['copies', { kind: 'duplication', probability: 0.1, copies: 1e9 }],
    ],
  },
  reordering: {
    good: [0, 0.4, 1].map(probability => ({ kind: 'reordering', probability, maxMs: 10 })),
    bad: [
      ['probability', { kind: 'reordering', probability: 2, maxMs: 10 }],
      ['maxMs', { kind: 'reordering', probability: 0.1 }],
      ['maxMs', { kind: 'reordering', probability: 0.1, maxMs: -1 }],
    ],
  },
  replay: {
    good: [0, 0.4, 1].map(probability => ({ kind: 'replay', probability, maxMs: 10 })),
    bad: [
      ['probability', { kind: 'replay', maxMs: 10 }],
      ['maxMs', { kind: 'replay', probability: 0.1, maxMs: Number.POSITIVE_INFINITY }],
    ],
  },
  capacity: {
    good: [
      { kind: 'capacity', packets: 0 },
      { kind: 'capacity', packets: 3 },
      { kind: 'capacity', packets: 3, mode: 'queue', serviceMs: 2 },
    ],
    bad: [
      ['packets', { kind: 'capacity' }],
      ['packets', { kind: 'capacity', packets: 1.5 }],
      ['mode', { kind: 'capacity', packets: 1, mode: 'wait' }],
      ['serviceMs', { kind: 'capacity', packets: 1, mode: 'queue' }],
      ['serviceMs', { kind: 'capacity', packets: 1, serviceMs: 2 }],
    ],
  },
  clogging: {
    good: [
      { kind: 'clogging', nodes: 'a', fromMs: 0, toMs: 1000 },
      { kind: 'clogging', nodes: ['a', 'c'], fromMs: 20, toMs: 60 },
    ],
    bad: [
      ['nodes', { kind: 'clogging', fromMs: 0, toMs: 10 }],
      ['nodes[0]', { kind: 'clogging', nodes: ['z'], fromMs: 0, toMs: 10 }],
      ['toMs', { kind: 'clogging', nodes: 'a', fromMs: 0 }],
    ],
  },
  swizzle: {
    good: [
      { kind: 'swizzle', fromMs: 0, toMs: 100 },
      { kind: 'swizzle', share: 1, seed: 7, fromMs: 10, toMs: 90 },
      { kind: 'swizzle', share: 0.5, nodes: ['a', 'b'], fromMs: 0, toMs: 100 },
    ],
    bad: [
      ['fromMs', { kind: 'swizzle', toMs: 10 }],
      ['seed', { kind: 'swizzle', seed: 0.5, fromMs: 0, toMs: 10 }],
      ['share', { kind: 'swizzle', share: 1.5, fromMs: 0, toMs: 10 }],
      ['nodes', { kind: 'swizzle', nodes: [], fromMs: 0, toMs: 10 }],
    ],
  },
  partition: {
    good: [
      { kind: 'partition', groups: [['a', 'b']], fromMs: 0, toMs: 1000 },
      { kind: 'partition', groups: [['a'], ['b', 'c']], fromMs: 0, toMs: 1000 },
      { kind: 'partition', groups: [['a'], ['b', 'c']], fromMs: 10, toMs: 50, mode: 'hold' },
      { kind: 'partition', groups: [['a'], ['b', 'c']], fromMs: 0, toMs: 1000, symmetric: false },
    ],
    bad: [
      ['mode', { kind: 'partition', groups: [['a']], fromMs: 0, toMs: 10, mode: 'lose' }],
      ['symmetric', { kind: 'partition', groups: [['a']], fromMs: 0, toMs: 10, symmetric: 1 }],
      ['fromMs', { kind: 'partition', groups: [['a']], toMs: 10 }],
      ['toMs', { kind: 'partition', groups: [['a']], fromMs: 10 }],
      ['groups', { kind: 'partition', groups: 'a', fromMs: 0, toMs: 10 }],
      ['groups[0]', { kind: 'partition', groups: [[]], fromMs: 0, toMs: 10 }],
      ['groups[1][0]', { kind: 'partition', groups: [['a'], ['z']], fromMs: 0, toMs: 10 }],
      ['groups[1]', { kind: 'partition', groups: [['a'], ['a']], fromMs: 0, toMs: 10 }],
    ],
  },
}

test('every kind of link has samples for the laws', () => {
  expect(Object.keys(samples).sort()).toEqual(Object.keys(linkTable).sort())
})
for (const kind of Object.keys(linkTable).sort()) linkLaws(kind, samples[kind])

const draws = (spec: object, n = 20_000): Verdict[] => {
  const link = parseLink(spec, lawIds, 'links[0]')
  return Array.from({ length: n }, (_, i) =>
    link({ from: 'a', to: 'b', topic: 'x', underWay: 0 }, 0, childKey(rootKey('draws'), i)),
  )
}
const delays = (spec: object): number[] =>
  draws(spec)
    .map(verdict => (verdict as { deliverAfterMs: number }).deliverAfterMs)
    .sort((a, b) => a - b)
const mean = (xs: number[]) => xs.reduce((sum, x) => sum + x, 0) / xs.length

describe('what links draw', () => {
  test('a constant latency is the same for all', () => {
    expect(new Set(delays({ kind: 'latency', distribution: 'constant', meanMs: 3 }))).toEqual(new Set([3]))
  })
  test('a uniform latency fills its range', () => {
    const all = delays({ kind: 'latency', distribution: 'uniform', minMs: 1, maxMs: 3 })
    expect(all[0]).toBeGreaterThan(1)
    expect(all[0]).toBeLessThan(1.01)
    expect(all.at(-1)).toBeLessThan(3)
    expect(mean(all)).toBeCloseTo(2, 1)
  })
  test('meanMs is the mean of the whole exponential latency, its least delay included', () => {
    const all = delays({ kind: 'latency', distribution: 'exponential', meanMs: 5, minMs: 2 })
    expect(all[0]).toBeGreaterThan(2)
    expect(Math.abs(mean(all) - 5)).toBeLessThan(0.1)
  })
  test('medianMs is the median of the whole log-normal latency, its least delay included', () => {
    const all = delays({ kind: 'latency', distribution: 'logNormal', medianMs: 5, sigma: 1, minMs: 2 })
    expect(all[0]).toBeGreaterThan(2)
    expect(Math.abs(all[10_000] - 5)).toBeLessThan(0.15)
  })
  test('a Pareto latency has the tail of its index, and nothing beyond its cap', () => {
    const all = delays({ kind: 'latency', distribution: 'pareto', minMs: 2, maxMs: 200, index: 1.5 })
    expect(all[0]).toBeGreaterThanOrEqual(2)
    expect(all.at(-1)).toBeLessThanOrEqual(200)
    expect(all.at(-1)).toBeGreaterThan(100)
    // P(delay > x) of the distribution cut off at 200, in closed form.
    const below = 1 - 0.01 ** 1.5
    for (const x of [3, 5, 20, 80]) {
      const tail = ((2 / x) ** 1.5 - 0.01 ** 1.5) / below
      const sd = Math.sqrt((tail * (1 - tail)) / all.length)
      expect(Math.abs(all.filter(delay => delay > x).length / all.length - tail)).toBeLessThan(4 * sd)
    }
  })
  test('reordering and replay pick their shares, and spread them evenly up to their limit', () => {
    for (const kind of ['reordering', 'replay']) {
      const picked = draws({ kind, probability: 0.3, maxMs: 10 }).filter(verdict => verdict !== 'pass') as object[]
      expect(Math.abs(picked.length / 20_000 - 0.3)).toBeLessThan(0.015)
      const laterMs = picked.map(
        verdict => ('holdToMs' in verdict ? verdict.holdToMs : (verdict as { afterMs: number }).afterMs) as number,
      )
      expect(Math.abs(mean(laterMs) - 5)).toBeLessThan(0.2)
      expect(Math.max(...laterMs)).toBeLessThan(10)
      expect(Math.max(...laterMs)).toBeGreaterThan(9.9)
    }
  })
  test('capacity drops what it has no room for, or has it wait its turn', () => {
    const verdicts = (spec: object) => {
      const link = parseLink(spec, lawIds, 'links[0]')
      return [0, 1, 2, 3].map(underWay => link({ from: 'a', to: 'b', topic: 'x', underWay }, 7, rootKey('')))
    }
    expect(verdicts({ kind: 'capacity', packets: 2 })).toEqual(['pass', 'pass', 'drop', 'drop'])
    const waiting = verdicts({ kind: 'capacity', packets: 2, mode: 'queue', serviceMs: 5 })
    expect(waiting).toEqual(['pass', 'pass', { holdToMs: 12 }, { holdToMs: 17 }])
  })
  test('a partition one way stops what goes from a group to a later one, those in none coming last', () => {
    const link = parseLink(
      { kind: 'partition', groups: [['a'], ['b']], fromMs: 0, toMs: 9, symmetric: false, mode: 'hold' },
      lawIds,
      'links[0]',
    )
    const verdict = (from: string, to: string) => link({ from, to, topic: 'x', underWay: 0 }, 1, rootKey(''))
    const held = { holdToMs: 9 }
    expect([verdict('a', 'b'), verdict('a', 'd'), verdict('b', 'c')]).toEqual([held, held, held])
    expect([verdict('b', 'a'), verdict('d', 'a'), verdict('c', 'b'), verdict('c', 'd')]).toEqual(['pass', 'pass', 'pass', 'pass'])
  })
  test('a swizzle clogs its share of the nodes, all of them in the middle of its window and none at its ends', () => {
    const ids = Array.from({ length: 20 }, (_, i) => `n${String(i).padStart(2, '0')}`)
    const orders = [
      [1, 0],
      [2, 0],
      [3, 0],
      [1, 1],
    ].map(([label, seed]) => {
      const link = parseLink(
        { kind: 'swizzle', share: 0.4, seed, fromMs: 100, toMs: 200 },
        [...ids, 'z'],
        'links[0]',
        childKey(rootKey('s'), label),
      )
      const isClogged = (id: string, now: number) =>
        link({ from: id, to: id, topic: '', underWay: 0 }, now, rootKey('')) !== 'pass'
      const cloggedAt = (now: number) => ids.filter(id => isClogged(id, now))
      expect(cloggedAt(100)).toEqual([])
      expect(cloggedAt(199.999).length).toBeLessThanOrEqual(1)
      const middle = cloggedAt(150)
      expect(middle.length).toBeGreaterThanOrEqual(7)
      expect(middle.length).toBeLessThanOrEqual(8)
      // One by one: at many moments of the window there are as many different sets.
      const sets = new Set(Array.from({ length: 1000 }, (_, i) => cloggedAt(100 + i / 10).join()))
      expect(sets.size).toBeGreaterThanOrEqual(1.5 * middle.length)
      // Let go by the first clogged end, a packet waits for the other.
      const [a, b] = middle
      const verdict = link({ from: a, to: b, topic: '', underWay: 0 }, 150, rootKey('')) as { holdToMs: number }
      const alone = [a, b].map(id => link({ from: id, to: id, topic: '', underWay: 0 }, 150, rootKey('')) as { holdToMs: number })
      expect(verdict.holdToMs).toBe(Math.max(...alone.map(({ holdToMs }) => holdToMs)))
      return [...sets].join('|')
    })
    expect(new Set(orders).size).toBe(4)
  })
  test('loss and duplication happen as often as they should', () => {
    const lost = draws({ kind: 'loss', probability: 0.2 }).filter(verdict => verdict === 'drop').length
    expect(Math.abs(lost / 20_000 - 0.2)).toBeLessThan(0.01)
    const doubled = draws({ kind: 'duplication', probability: 0.1 }).filter(verdict => verdict !== 'pass')
    expect(Math.abs(doubled.length / 20_000 - 0.1)).toBeLessThan(0.01)
    expect(doubled[0]).toEqual({ copies: 2 })
  })
  test('a partition parts its groups, and those in none stay together', () => {
    const link = parseLink({ kind: 'partition', groups: [['a'], ['b']], fromMs: 10, toMs: 20 }, lawIds, 'links[0]')
    const verdict = (from: string, to: string, now: number) => link({ from, to, topic: 'x', underWay: 0 }, now, rootKey(''))
    expect([verdict('a', 'b', 10), verdict('b', 'c', 15), verdict('d', 'a', 15)]).toEqual(['drop', 'drop', 'drop'])
    expect([verdict('c', 'd', 15), verdict('a', 'a', 15), verdict('a', 'b', 20), verdict('a', 'b', 9)]).toEqual([
      'pass',
      'pass',
      'pass',
      'pass',
    ])
  })
  test('a refusal says what was found and what was expected', () => {
    const parse = () => parseLink({ kind: 'loss', probability: 2 }, lawIds, 'network.links[3]')
    expect(parse).toThrow('network.links[3].probability: found 2, expected a finite number from 0 to 1')
    expect(() => parseLink(null, lawIds, 'network.links[0]')).toThrow(
      expect.objectContaining({ code: 'BAD_LINK', where: 'network.links[0]' }),
    )
  })
})
