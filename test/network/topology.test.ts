import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { childKey, rootKey } from '../../src/base/index.js'
import { chiSquareSurvival } from '../../src/distributions/index.js'
import { type Neighbours, parseTopology, topologyTable } from '../../src/network/index.js'

const key = rootKey('topology')
const parse = (spec: object, ids: readonly string[], from = key): Neighbours => parseTopology(spec, ids, from, 'topology')

const idLists = fc.uniqueArray(fc.string({ maxLength: 6 }), { minLength: 1, maxLength: 30 })

/** A good specification of each kind for a given number of ids. */
const specs = (ids: readonly string[]): object[] => [
  { kind: 'complete' },
  { kind: 'ring' },
  { kind: 'ring', neighbours: Math.max(1, Math.floor(ids.length / 2)) },
  { kind: 'grid', rows: 1 },
  ...(ids.length % 3 === 0 && ids.length >= 9 ? [{ kind: 'grid', rows: 3, torus: true }] : []),
  { kind: 'random', density: 0.4 },
  { kind: 'regular', degree: 2 * Math.floor((ids.length - 1) / 4) },
  { kind: 'regular', degree: ids.length - 1 },
  { kind: 'scaleFree', links: Math.max(1, Math.floor(ids.length / 4)) },
  { kind: 'edges', edges: ids.slice(1).map((id, i) => [ids[i], id]) },
  ...(ids.length > 2 ? [{ kind: 'smallWorld', neighbours: Math.floor((ids.length - 1) / 2), rewire: 0.3 }] : []),
]

const links = (neighbours: Neighbours): number => Object.values(neighbours).reduce((sum, list) => sum + list.length, 0) / 2

const numbered = (n: number): string[] => Array.from({ length: n }, (_, i) => `n${String(i).padStart(4, '0')}`)

/** Steps from an id to all that can be reached from it. */
function distances(neighbours: Neighbours, from: string): Map<string, number> {
  const steps = new Map([[from, 0]])
  for (const [id, step] of steps) for (const next of neighbours[id]) if (!steps.has(next)) steps.set(next, step + 1)
  return steps
}

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
  test('a grid links each id to those beside it, and a torus also across its sides', () => {
    const ids = ['a', 'b', 'c', 'd', 'e', 'f']
    const b = { a: ['b', 'd'], b: ['a', 'c', 'e'], c: ['b', 'f'], d: ['a', 'e'], e: ['b', 'd', 'f'], f: ['c', 'e'] }
    expect(parse({ kind: 'grid', rows: 2 }, ids)).toEqual(b)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 }), (rows, columns) => {
        const many = numbered(rows * columns)
        expect(links(parse({ kind: 'grid', rows }, many))).toBe(rows * (columns - 1) + columns * (rows - 1))
        if (rows < 3 || columns < 3) return
        const torus = parse({ kind: 'grid', rows, torus: true }, many)
        for (const id of many) expect(torus[id]).toHaveLength(4)
        expect(distances(torus, many[0]).size).toBe(many.length)
      }),
    )
  })
  test('a random graph has exactly the links of its density, each pair as likely as another', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(), (n, density, label) => {
        const neighbours = parse({ kind: 'random', density }, numbered(n), childKey(key, label))
        expect(links(neighbours)).toBe(Math.round((density * n * (n - 1)) / 2))
      }),
    )
    const ids = numbered(6)
    const counts = new Map<string, number>()
    const graphs = 3000
    for (let i = 0; i < graphs; i++) {
      const neighbours = parse({ kind: 'random', density: 1 / 3 }, ids, childKey(key, i))
      for (const a of ids) for (const b of neighbours[a]) if (a < b) counts.set(a + b, (counts.get(a + b) ?? 0) + 1)
    }
    expect(counts.size).toBe(15)
    const sd = Math.sqrt((graphs * 2) / 9)
    for (const count of counts.values()) expect(Math.abs(count - graphs / 3)).toBeLessThan(4 * sd)
  })
  test('a scale-free graph has the links that came in, is connected, and the rich are richer than in a random graph', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), fc.nat(), fc.nat(), (n, m, label) => {
        const each = 1 + (m % (n - 1))
        const neighbours = parse({ kind: 'scaleFree', links: each }, numbered(n), childKey(key, label))
        expect(links(neighbours)).toBe((each * (each + 1)) / 2 + (n - each - 1) * each)
        for (const id of numbered(n)) expect(neighbours[id].length).toBeGreaterThanOrEqual(each)
        expect(distances(neighbours, numbered(n)[0]).size).toBe(n)
      }),
    )
    const ids = numbered(1000)
    const neighbours = parse({ kind: 'scaleFree', links: 2 }, ids)
    const degrees = ids.map(id => neighbours[id].length).sort((x, y) => y - x)
    // A random graph of mean degree 4 has no vertex beyond 20; here the largest grows like 2 sqrt(1000).
    expect(degrees[0]).toBeGreaterThan(35)
    // P(degree >= k) ~ m (m + 1) / (k (k + 1)) in the limit (Bollobas et al. 2001).
    for (const k of [3, 5, 8])
      expect(Math.abs(degrees.filter(degree => degree >= k).length / 1000 - 6 / (k * (k + 1)))).toBeLessThan(0.05)
  })
  test('in a regular graph all have the same degree, for every degree there can be', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 25 }), fc.nat(), fc.nat(), (n, d, label) => {
        const degree = (n * (d % n)) % 2 === 0 ? d % n : (d % n) - 1
        const ids = numbered(n)
        const neighbours = parse({ kind: 'regular', degree }, ids, childKey(key, label))
        for (const id of ids) expect(neighbours[id]).toHaveLength(degree)
      }),
    )
  })
  test('a regular graph is drawn evenly: of the 70 labelled 2-regular graphs on 6 ids, each as often as another', () => {
    // Sixty hexagons and ten pairs of triangles.
    const ids = numbered(6)
    const counts = new Map<string, number>()
    const graphs = 7000
    for (let i = 0; i < graphs; i++) {
      const drawn = JSON.stringify(parse({ kind: 'regular', degree: 2 }, ids, childKey(key, i)))
      counts.set(drawn, (counts.get(drawn) ?? 0) + 1)
    }
    expect(counts.size).toBe(70)
    const statistic = [...counts.values()].reduce((sum, count) => sum + (count - 100) ** 2 / 100, 0)
    expect(chiSquareSurvival(statistic, 69)).toBeGreaterThan(1e-3)
  })
  test('every random topology is drawn from its key', () => {
    const ids = numbered(30)
    for (const spec of [
      { kind: 'random', density: 0.2 },
      { kind: 'scaleFree', links: 2 },
      { kind: 'regular', degree: 3 },
    ]) {
      expect(parse(spec, ids)).toEqual(parse(spec, ids))
      expect(parse(spec, ids, rootKey('other'))).not.toEqual(parse(spec, ids))
    }
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
    ['rows', { kind: 'grid' }],
    ['rows', { kind: 'grid', rows: 3 }],
    ['rows', { kind: 'grid', rows: 2, torus: true }],
    ['torus', { kind: 'grid', rows: 2, torus: 'yes' }],
    ['density', { kind: 'random' }],
    ['density', { kind: 'random', density: 1.1 }],
    ['links', { kind: 'scaleFree', links: 0 }],
    ['links', { kind: 'scaleFree', links: 4 }],
    ['degree', { kind: 'regular' }],
    ['degree', { kind: 'regular', degree: 4 }],
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
  test('an odd number of ids has no regular graph of odd degree', () => {
    expect(() => parse({ kind: 'regular', degree: 3 }, ['a', 'b', 'c', 'd', 'e'])).toThrow(
      expect.objectContaining({ code: 'BAD_TOPOLOGY', where: 'topology.degree' }),
    )
  })
  test('ids that objects have by nature are ids like any other', () => {
    const neighbours = parse({ kind: 'complete' }, ['__proto__', 'constructor', 'a'])
    expect(Object.getOwnPropertyDescriptor(neighbours, '__proto__')?.value).toEqual(['a', 'constructor'])
  })
})
