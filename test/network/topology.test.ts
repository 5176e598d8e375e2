import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { childKey, rootKey } from '../../src/base/index.js'
import { type Neighbours, parseTopology, topologyTable } from '../../src/network/index.js'

const key = rootKey('topology')
const parse = (spec: object, ids: readonly string[], from = key): Neighbours => parseTopology(spec, ids, from, 'topology')

const idLists = fc.uniqueArray(fc.string({ maxLength: 6 }), { minLength: 1, maxLength: 30 })

/** A good specification of each kind for a given number of ids. */
const specs = (ids: readonly string[]): object[] => [
  { kind: 'complete' },
  { kind: 'ring' },
  { kind: 'ring', neighbours: Math.max(1, Math.floor(ids.length / 2)) },
  { kind: 'edges', edges: ids.slice(1).map((id, i) => [ids[i], id]) },
  ...(ids.length > 2 ? [{ kind: 'smallWorld', neighbours: Math.floor((ids.length - 1) / 2), rewire: 0.3 }] : []),
]

const links = (neighbours: Neighbours): number => Object.values(neighbours).reduce((sum, list) => sum + list.length, 0) / 2

describe('every topology', () => {
  test('is a simple symmetric graph whose lists are in code-unit order', () => {
    fc.assert(
      fc.property(idLists, ids => {
        for (const spec of specs(ids)) {
          const neighbours = parse(spec, ids)
          expect(Object.keys(neighbours).sort()).toEqual([...ids].sort())
          for (const id of ids) {
            expect(neighbours[id]).toEqual([...new Set(neighbours[id])].sort())
            expect(neighbours[id]).not.toContain(id)
            for (const other of neighbours[id]) expect(neighbours[other]).toContain(id)
          }
        }
      }),
    )
  })
  test('does not depend on the order in which the ids are given', () => {
    fc.assert(
      fc.property(idLists, ids => {
        const shuffled = [...ids].reverse()
        for (const spec of specs(ids)) expect(parse(spec, shuffled)).toEqual(parse(spec, ids))
      }),
    )
  })
  test('refuses fields it does not know, and kinds that are not there', () => {
    const ids = ['a', 'b', 'c']
    for (const kind of Object.keys(topologyTable).sort()) {
      const spec = { ...specs(ids).find(good => (good as { kind: string }).kind === kind), colour: 'red' }
      expect(() => parse(spec, ids)).toThrow(expect.objectContaining({ code: 'BAD_TOPOLOGY', where: 'topology.colour' }))
    }
    expect(() => parse({ kind: 'star' }, ids)).toThrow(
      expect.objectContaining({ code: 'BAD_TOPOLOGY', where: 'topology.kind', found: 'star' }),
    )
  })
})

describe('the kinds of topology', () => {
  test('a ring links each id to the next ones on both sides', () => {
    const ids = ['e', 'a', 'd', 'b', 'c']
    expect(parse({ kind: 'ring' }, ids)).toEqual({ a: ['b', 'e'], b: ['a', 'c'], c: ['b', 'd'], d: ['c', 'e'], e: ['a', 'd'] })
    expect(parse({ kind: 'ring', neighbours: 2 }, ids)).toEqual(parse({ kind: 'complete' }, ids))
  })
  test('ids are in the order of their code units, not of a language', () => {
    expect(parse({ kind: 'complete' }, ['ä', 'b', 'Z', '10', '9', 'a'])).toMatchObject({ b: ['10', '9', 'Z', 'a', 'ä'] })
  })
  test('a small world without rewiring is the ring', () => {
    const ids = Array.from({ length: 20 }, (_, i) => `n${i}`)
    expect(parse({ kind: 'smallWorld', neighbours: 3, rewire: 0 }, ids)).toEqual(parse({ kind: 'ring', neighbours: 3 }, ids))
  })
  test('rewiring keeps the number of links and every id its own share of them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 40 }), fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(), (n, rewire, label) => {
        const ids = Array.from({ length: n }, (_, i) => `n${i}`)
        const each = Math.max(1, Math.floor(n / 5))
        const neighbours = parse({ kind: 'smallWorld', neighbours: each, rewire }, ids, childKey(key, label))
        expect(links(neighbours)).toBe(n * each)
        // Each id keeps the near end of its own `each` links, wherever the far ends go.
        for (const id of ids) expect(neighbours[id].length).toBeGreaterThanOrEqual(each)
      }),
    )
  })
  test('a small world is drawn from its key, and rewires about as many links as it should', () => {
    const ids = Array.from({ length: 200 }, (_, i) => `n${i}`)
    const spec = { kind: 'smallWorld', neighbours: 5, rewire: 0.2 }
    const [one, same, other] = [parse(spec, ids), parse(spec, ids), parse(spec, ids, rootKey('other'))]
    expect(same).toEqual(one)
    expect(other).not.toEqual(one)
    const ring = parse({ kind: 'ring', neighbours: 5 }, ids)
    const kept = ids.reduce((sum, id) => sum + one[id].filter(other => ring[id].includes(other)).length, 0) / 2
    expect(Math.abs(kept / 1000 - 0.8)).toBeLessThan(0.05)
  })
  test('edges are undirected, and an id may have none', () => {
    const spec = { kind: 'edges', edges: [['c', 'a']] }
    expect(parse(spec, ['a', 'b', 'c'])).toEqual({ a: ['c'], b: [], c: ['a'] })
  })
  test.each([
    ['neighbours', { kind: 'ring', neighbours: 0 }],
    ['neighbours', { kind: 'ring', neighbours: 3 }],
    ['neighbours', { kind: 'ring', neighbours: 1.5 }],
    ['neighbours', { kind: 'smallWorld', rewire: 0.1 }],
    ['neighbours', { kind: 'smallWorld', neighbours: 2, rewire: 0.1 }],
    ['rewire', { kind: 'smallWorld', neighbours: 1, rewire: 2 }],
    ['edges', { kind: 'edges' }],
    ['edges[0][1]', { kind: 'edges', edges: [['a', 'z']] }],
    ['edges[0]', { kind: 'edges', edges: [['a']] }],
    ['edges[0]', { kind: 'edges', edges: [['a', 'a']] }],
    ['edges[1]', { kind: 'edges', edges: [['a', 'b'], ['b', 'a']] }], // biome-ignore format: one case a line
  ])('a bad %s is refused by name: %j', (field, spec) => {
    const where = `topology.${field}`
    expect(() => parse(spec, ['a', 'b', 'c', 'd'])).toThrow(
      expect.objectContaining({ name: 'SwarmvarError', code: 'BAD_TOPOLOGY', where }),
    )
  })
  test('ids that objects have by nature are ids like any other', () => {
    const neighbours = parse({ kind: 'complete' }, ['__proto__', 'constructor', 'a'])
    expect(Object.getOwnPropertyDescriptor(neighbours, '__proto__')?.value).toEqual(['a', 'constructor'])
  })
})
