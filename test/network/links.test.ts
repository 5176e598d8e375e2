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
      { kind: 'latency', distribution: 'logNormal', medianMs: 2, sigma: 0.5 },
      { kind: 'latency', distribution: 'logNormal', medianMs: 3e16, sigma: 10, minMs: 1 },
    ],
    bad: [
      ['distribution', { kind: 'latency', meanMs: 3 }],
      ['distribution', { kind: 'latency', distribution: 'gamma', meanMs: 3 }],
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
  partition: {
    good: [
      { kind: 'partition', groups: [['a', 'b']], fromMs: 0, toMs: 1000 },
      { kind: 'partition', groups: [['a'], ['b', 'c']], fromMs: 0, toMs: 1000 },
    ],
    bad: [
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
  return Array.from({ length: n }, (_, i) => link({ from: 'a', to: 'b', topic: 'x' }, 0, childKey(rootKey('draws'), i)))
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
  test('loss and duplication happen as often as they should', () => {
    const lost = draws({ kind: 'loss', probability: 0.2 }).filter(verdict => verdict === 'drop').length
    expect(Math.abs(lost / 20_000 - 0.2)).toBeLessThan(0.01)
    const doubled = draws({ kind: 'duplication', probability: 0.1 }).filter(verdict => verdict !== 'pass')
    expect(Math.abs(doubled.length / 20_000 - 0.1)).toBeLessThan(0.01)
    expect(doubled[0]).toEqual({ copies: 2 })
  })
  test('a partition parts its groups, and those in none stay together', () => {
    const link = parseLink({ kind: 'partition', groups: [['a'], ['b']], fromMs: 10, toMs: 20 }, lawIds, 'links[0]')
    const verdict = (from: string, to: string, now: number) => link({ from, to, topic: 'x' }, now, rootKey(''))
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
