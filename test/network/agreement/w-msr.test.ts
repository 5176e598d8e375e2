import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nextUniform, openStream, rootKey } from '../../../src/base/index.js'
import {
  type Id,
  isRobust,
  type Link,
  type Neighbours,
  parseTopology,
  robustness,
  type WMsrPlan,
  wMsr,
} from '../../../src/network/index.js'
import { complete, ids, meet } from './group.js'
import { numbers, spread, spreads } from './puppets.js'

const plan = (neighbours: Neighbours, f: number, more: Partial<WMsrPlan> = {}): WMsrPlan => ({
  ids: Object.keys(neighbours),
  f,
  dimension: 1,
  range: 10,
  roundMs: 1,
  rounds: 100,
  neighbours,
  ...more,
})

/** Whenever the first honest participant speaks, each puppet broadcasts `told` locally, or tells each what `toEach` says. */
const puppeteer = (puppets: readonly Id[], honest: readonly Id[], told: number, toEach?: (to: Id) => number) => ({
  init: () => null,
  on(
    state: null,
    event: { readonly kind: string; readonly from?: Id; readonly packet?: { readonly body?: { readonly round: number } } },
  ) {
    const body = event.packet?.body
    if (event.kind !== 'overheard' || event.from !== honest[0] || body === undefined)
      return { state, send: [], note: [], work: [] }
    const say = (value: number) => ({ kind: 'value', round: body.round, value: Float64Array.of(value) })
    const send = puppets.flatMap(as =>
      toEach === undefined
        ? [{ kind: 'broadcast', topic: 'agreement', body: say(told), as }]
        : honest.map(to => ({ kind: 'point', to, topic: 'agreement', body: say(toEach(to)), as })),
    )
    return { state, send, note: [], work: [] }
  },
})

async function attacked(
  options: WMsrPlan,
  puppets: readonly Id[],
  inputs: { readonly [id: Id]: readonly number[] },
  told: number,
  toEach?: (to: Id) => number,
) {
  const honest = options.ids.filter(id => !puppets.includes(id))
  const node = wMsr(options)
  const adversary = puppeteer(puppets, honest, told, toEach)
  const nodes = { ...Object.fromEntries(options.ids.map(id => [id, node])), adversary: adversary as never }
  const neighbours = { ...options.neighbours, adversary: [] }
  const meeting = await meet(nodes, inputs, { neighbours, adversary: { id: 'adversary', corrupts: new Set(puppets) } })
  return { meeting, honest, decided: numbers(meeting.data('decided'), honest) }
}

const split = (honest: readonly Id[]) => Object.fromEntries(honest.map((id, i) => [id, [i < honest.length / 2 ? 0 : 1]]))

describe('W-MSR', () => {
  it('stays apart on three nodes with a two-faced one, and converges on four', async () => {
    const mirror = (to: Id) => (to === 'p00' ? 0 : 1)
    const k3 = complete(ids(3))
    expect(() => wMsr(plan(k3, 1, { broadcast: 'point' }))).toThrow(expect.objectContaining({ code: 'TOO_MANY_FAULTS' }))
    const three = await attacked(plan(k3, 1, { unsafe: true }), ['p02'], { p00: [0], p01: [1] }, 0, mirror)
    expect(three.decided).toEqual([0, 1])
    const k4 = complete(ids(4))
    for (const low of [-10, 0, 0.5, 1, 10]) {
      const four = await attacked(plan(k4, 1, { broadcast: 'point' }), ['p03'], { p00: [0], p01: [1], p02: [0] }, 0, to =>
        to === 'p01' ? 1 : low,
      )
      expect(spread(four.decided)).toBeLessThan(1e-9)
    }
  })

  it('converges on three nodes with one that tells both the same, which is (2, 2)-robust', async () => {
    for (const told of [-10, 0, 0.5, 1, 10]) {
      const { decided } = await attacked(plan(complete(ids(3)), 1), ['p02'], { p00: [0], p01: [1] }, told)
      expect(spread(decided)).toBeLessThan(1e-9)
    }
  })

  it('stays apart on a graph that is not (F + 1, F + 1)-robust: two groups that hear too little of each other', async () => {
    // Two groups of four, each member with one neighbour in the other: nobody has two outside.
    const [a, b] = [ids(8).slice(0, 4), ids(8).slice(4)]
    const edges = [a, b].flatMap(group => group.flatMap((id, i) => group.slice(i + 1).map(other => [id, other])))
    const graph = parseTopology(
      { kind: 'edges', edges: [...edges, ...a.map((id, i) => [id, b[i]])] },
      ids(8),
      rootKey('g'),
      'graph',
    )
    expect(isRobust(graph, 2, 2)).toBe(false)
    expect(() => wMsr(plan(graph, 1))).toThrow(expect.objectContaining({ code: 'TOO_MANY_FAULTS' }))
    const inputs = Object.fromEntries(ids(8).map(id => [id, [a.includes(id) ? 0 : 1]]))
    const { decided, honest } = await attacked(plan(graph, 1, { unsafe: true }), ['p07'], inputs, 1)
    expect(decided).toEqual(honest.map(id => (a.includes(id) ? 0 : 1)))
  })

  it('keeps every honest value within the honest inputs, whatever a malicious node says, on sparse robust graphs', async () => {
    let sparse = 0
    for (let seed = 0; seed < 20; seed++) {
      const graph = parseTopology({ kind: 'smallWorld', neighbours: 3, rewire: 0.3 }, ids(9), rootKey(`${seed}`), 'graph')
      if (!isRobust(graph, 2, 2)) continue
      sparse++
      const stream = openStream(rootKey(`told ${seed}`))
      const inputs = split(ids(9).slice(0, 8))
      const { decided, meeting, honest } = await attacked(plan(graph, 1), ['p08'], inputs, 20 * nextUniform(stream) - 10)
      const widths = spreads(meeting.notes, honest)
      for (const [i, width] of widths.entries()) expect(width).toBeLessThanOrEqual(i === 0 ? 1 : widths[i - 1])
      expect(Math.min(...decided)).toBeGreaterThanOrEqual(0)
      expect(Math.max(...decided)).toBeLessThanOrEqual(1)
      expect(spread(decided)).toBeLessThan(0.01)
    }
    expect(sparse).toBeGreaterThan(5)
  })

  it('takes silence for what was said last, so that a node that falls silent still tells all the same', async () => {
    const k4 = complete(ids(4))
    const { decided } = await attacked(plan(k4, 1), ['p03'], { p00: [0.1], p01: [0.9], p02: [0.5] }, Number.NaN)
    expect(spread(decided)).toBeLessThan(1e-9)
    expect(Math.min(...decided)).toBeGreaterThanOrEqual(0.1)
  })

  it('stays apart if a broadcast may be in time for some and late for others, which its assumptions rule out', async () => {
    const graph = { p00: ['p01', 'p02', 'p03'], p01: ['p00', 'p02', 'p03'], p02: ['p00', 'p01'], p03: ['p00', 'p01'] }
    const once = {
      init: () => ({ spoken: false }),
      on(state: { spoken: boolean }, event: { readonly kind: string }) {
        const body = { kind: 'value', round: 1, value: Float64Array.of(1) }
        const send =
          event.kind === 'overheard' && !state.spoken ? [{ kind: 'broadcast', topic: 'agreement', body, as: 'p00' }] : []
        state.spoken ||= send.length > 0
        return { state, send, note: [], work: [] }
      },
    }
    const decided = async (lateTo: readonly Id[]) => {
      const node = wMsr(plan(graph, 1))
      const nodes = { ...Object.fromEntries(Object.keys(graph).map(id => [id, node])), adversary: once as never }
      const slow: Link = ({ from, to }) => ({ deliverAfterMs: from === 'p00' && lateTo.includes(to) ? 1.5 : 1 })
      const options = { links: [slow], neighbours: { ...graph, adversary: [] } }
      const adversary = { id: 'adversary', corrupts: new Set(['p00']) }
      const { data } = await meet(nodes, { p01: [0.5], p02: [1], p03: [0] }, { ...options, adversary })
      return numbers(data('decided'), ['p01', 'p02', 'p03'])
    }
    expect(spread(await decided(['p03']))).toBe(1)
    expect(spread(await decided([]))).toBeLessThan(1e-9)
    expect(spread(await decided(['p01', 'p02', 'p03']))).toBeLessThan(1e-9)
  })

  it('takes two different values of one round for none, whichever comes first', () => {
    const k4 = complete(ids(4))
    const node = wMsr(plan(k4, 1))
    const say = (from: Id, number: number) =>
      ({ kind: 'message', from, topic: 'agreement', body: { kind: 'value', round: 1, value: Float64Array.of(number) } }) as const
    const ending = (said: readonly (readonly [Id, number])[]) => {
      const state = node.init('p00', [])
      const key = rootKey('w')
      node.on(state, { kind: 'signal', topic: 'agreement', body: { kind: 'input', value: Float64Array.of(0) } }, 0, key)
      const notes = said.flatMap(([from, number]) => node.on(state, say(from, number), 0.5, key).note)
      node.on(state, { kind: 'wake', name: 'round' }, 1, key)
      return { value: state.value![0], notes: notes.map(({ kind, agent }) => `${kind} ${agent}`) }
    }
    const others = [
      ['p01', 1],
      ['p02', 1],
    ] as const
    const silent = ending(others)
    for (const twice of [
      [1, -1],
      [-1, 1],
      [1, -1, 1],
    ]) {
      const { value, notes } = ending([...others, ...twice.map(number => ['p03', number] as const)])
      expect(value).toBe(silent.value)
      expect(notes).toEqual(['equivocated p03'])
    }
    expect(ending([...others, ['p03', 1]]).value).not.toBe(silent.value)
  })

  it('need not keep quantiles ascending: its mean is not monotone', async () => {
    // In the first coordinate b equals one's own value and is kept, in the second it is larger and left out, which lowers the mean.
    const k3 = complete(['a', 'b', 'c', 'd'])
    const node = wMsr(plan(k3, 1, { dimension: 2, rounds: 1 }))
    const inputs = { a: [0, 0], b: [0, 1], c: [-5, -5], d: [-6, -6] }
    const { data } = await meet(Object.fromEntries(Object.keys(inputs).map(id => [id, node])), inputs, { neighbours: k3 })
    const [first, second] = data('decided').get('a')!.value
    expect(first).toBeCloseTo(-5 / 3, 12)
    expect(second).toBe(-2.5)
  })

  it('refuses neighbours that are not mutual, unknown or itself, and a graph too large to check', () => {
    for (const [neighbours, code] of [
      [{ a: ['b'], b: [] }, 'BAD_PLAN'],
      [{ a: ['b', 'x'], b: ['a'] }, 'BAD_PLAN'],
      [{ a: ['a'], b: [] }, 'BAD_PLAN'],
      [{ a: [], b: [] }, 'TOO_MANY_FAULTS'],
      [complete(ids(21)), 'TOO_LARGE'],
    ] as const) {
      expect(() => wMsr(plan(neighbours, 0))).toThrow(expect.objectContaining({ code }))
    }
    expect(() => wMsr(plan(complete(ids(21)), 1, { unsafe: true }))).not.toThrow()
  })
})

describe('robustness', () => {
  /** By the definition: all pairs of sets that do not meet. */
  function robustByDefinition(neighbours: Neighbours, r: number, s: number): boolean {
    const all = Object.keys(neighbours)
    const reaching = (set: readonly Id[]) =>
      set.filter(id => neighbours[id].filter(other => !set.includes(other)).length >= r).length
    for (let code = 0; code < 3 ** all.length; code++) {
      const part = (which: number) => all.filter((_, i) => Math.floor(code / 3 ** i) % 3 === which)
      const [first, second] = [part(1), part(2)]
      if (first.length === 0 || second.length === 0) continue
      const [x, y] = [reaching(first), reaching(second)]
      if (x !== first.length && y !== second.length && x + y < s) return false
    }
    return true
  }

  const graphOf = (n: number, bits: number): Neighbours => {
    const all = ids(n)
    const pairs = all.flatMap((a, i) => all.slice(i + 1).map(b => [a, b]))
    const edges = pairs.filter((_, k) => (bits >> k) & 1)
    return parseTopology({ kind: 'edges', edges }, all, rootKey('g'), 'graph')
  }

  it('is that of the definition, on random graphs', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 6 }), fc.nat({ max: 32767 }), (n, bits) => {
        const graph = graphOf(n, bits)
        for (let r = 1; r <= Math.ceil(n / 2); r++)
          for (let s = 1; s <= n; s++) expect(isRobust(graph, r, s)).toBe(robustByDefinition(graph, r, s))
        const { r, s } = robustness(graph)
        if (r > 0) expect(robustByDefinition(graph, r, s)).toBe(true)
        if (r > 0 && s < n) expect(robustByDefinition(graph, r, s + 1)).toBe(false)
        if (r < Math.ceil(n / 2)) expect(robustByDefinition(graph, r + 1, 1)).toBe(false)
      }),
      { numRuns: 60 },
    )
  })

  it('of a complete graph of n is (ceil(n / 2), n), of a ring (1, ...), of two parts 0', () => {
    for (const n of [2, 3, 4, 7, 10, 16]) expect(robustness(complete(ids(n)))).toEqual({ r: Math.ceil(n / 2), s: n })
    for (const n of [5, 8]) expect(robustness(parseTopology({ kind: 'ring' }, ids(n), rootKey('g'), 'graph')).r).toBe(1)
    expect(robustness({ a: ['b'], b: ['a'], c: ['d'], d: ['c'] }).r).toBe(0)
  })

  it('refuses more than 20 vertices', () => {
    expect(() => robustness(complete(ids(21)))).toThrow(expect.objectContaining({ code: 'TOO_LARGE' }))
  })
})
