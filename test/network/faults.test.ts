import { describe, expect, test } from 'vitest'
import { parseLink } from '../../src/network/index.js'
import { logged, names, reacting, silent } from './helpers.js'

const ids = names(3)
const [a, b, c] = ids

/** Says 0, 1, 2 ... to two others, one every millisecond, after each wake-up. */
const counting = reacting<number>((event, now) =>
  event.kind === 'message'
    ? {}
    : {
        send: [
          ...[b, c].map(to => ({ kind: 'point', to, topic: 't', body: now }) as const),
          ...(now < 9 ? [{ kind: 'wake', name: 'next', afterMs: 1 } as const] : []),
        ],
      },
)

/** What `b` and `c` hear of it, as `to:body@time`. */
async function heard(specs: readonly object[]): Promise<string[]> {
  const links = specs.map((spec, i) => parseLink(spec, ids, `links[${i}]`))
  const { world, log } = logged<number>({ nodes: { [a]: counting, [b]: silent<number>(), [c]: silent<number>() }, links })
  world.signal(0, a, 'go', 0)
  await world.run()
  return log.flatMap(line => {
    const [, atMs, to, body] = /^(\S+) (\S+) < t from \S+: (\S+)$/.exec(line) ?? []
    return to === undefined ? [] : [`${to === b ? 'b' : 'c'}:${body}@${atMs}`]
  })
}
const to = (who: string, all: readonly string[]) => all.filter(line => line.startsWith(who)).map(line => line.slice(2))
const spoken = Array.from({ length: 10 }, (_, i) => `${i}@${i}`)

describe('what is held', () => {
  const cut = { kind: 'partition', groups: [[a, c]], fromMs: 3, toMs: 6.1, mode: 'hold' }
  const held = ['0@0', '1@1', '2@2', '3@6.1', '4@6.1', '5@6.1', '6@6.1', '7@7', '8@8', '9@9']

  test('by a partition goes on when it heals, at that very moment and in the order of sending', async () => {
    const all = await heard([cut])
    expect(to('b', all)).toEqual(held)
    expect(to('c', all)).toEqual(spoken)
  })

  test('by a clogged node likewise', async () => {
    const all = await heard([{ kind: 'clogging', nodes: [b], fromMs: 3, toMs: 6.1 }])
    expect(to('b', all)).toEqual(held)
    expect(to('c', all)).toEqual(spoken)
  })

  test('goes on to the links behind, which are asked at the time it is let go', async () => {
    const late = { kind: 'latency', distribution: 'constant', meanMs: 0.5, fromMs: 6 }
    const all = await heard([cut, late])
    expect(to('b', all)).toEqual([...spoken.slice(0, 3), '3@6.6', '4@6.6', '5@6.6', '6@6.6', '7@7.5', '8@8.5', '9@9.5'])
    const second = { ...cut, fromMs: 5, toMs: 8.5 }
    expect(to('b', await heard([cut, second]))).toEqual([
      ...spoken.slice(0, 3),
      ...[3, 4, 5, 6, 7, 8].map(i => `${i}@8.5`),
      '9@9',
    ])
  })

  test('counts as under way until it arrives, so that a capacity behind it sees the crowd', async () => {
    const all = await heard([cut, { kind: 'capacity', packets: 2, to: b }])
    expect(to('b', all)).toEqual([...spoken.slice(0, 3), '3@6.1', '4@6.1', ...spoken.slice(7)])
  })
})

describe('order', () => {
  test('is lost to reordering alone, and nothing else is', async () => {
    const all = to('b', await heard([{ kind: 'reordering', probability: 0.5, maxMs: 4 }]))
    const bodies = all.map(line => Number(line.split('@')[0]))
    expect(bodies).not.toEqual([...bodies].sort((x, y) => x - y))
    expect([...bodies].sort((x, y) => x - y)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  test('a replay brings every packet at its time, and copies of some later', async () => {
    const all = to('b', await heard([{ kind: 'replay', probability: 0.5, maxMs: 20 }]))
    const copies = all.filter(line => !spoken.includes(line))
    expect(all.filter(line => spoken.includes(line))).toEqual(spoken)
    expect(copies.length).toBeGreaterThan(0)
    expect(copies.length).toBeLessThan(10)
    for (const copy of copies) {
      const [body, atMs] = copy.split('@').map(Number)
      expect(atMs).toBeGreaterThan(body)
      expect(atMs).toBeLessThan(body + 20)
    }
  })
})

describe('capacity', () => {
  const slow = { kind: 'latency', distribution: 'constant', meanMs: 2.5 }

  test('drops what finds too many packets under way, and has room again when they have arrived', async () => {
    // Two are under way for 2.5 ms: 0 and 1 go, 2 finds both, 3 finds one ...
    const all = to('b', await heard([{ kind: 'capacity', packets: 2 }, slow]))
    expect(all).toEqual(['0@2.5', '1@3.5', '3@5.5', '4@6.5', '6@8.5', '7@9.5', '9@11.5'])
  })

  test('as a queue loses nothing', async () => {
    const all = to('b', await heard([{ kind: 'capacity', packets: 2, mode: 'queue', serviceMs: 1 }, slow]))
    expect(all.map(line => Number(line.split('@')[0])).sort((x, y) => x - y)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(all).toContain('2@5.5')
  })
})
