import { describe, expect, it } from 'vitest'
import { childKey, nextInteger, openStream, rootKey } from '../../../src/base/index.js'
import { firstUniform } from '../../../src/base/stream.js'
import { type AgreementBody, type BroadcastPlan, type Id, reliableBroadcast, type Value } from '../../../src/network/index.js'
import { ids, type Meeting, meet } from './group.js'
import { liar } from './puppets.js'

const plan = (n: number, f: number, more: Partial<BroadcastPlan> = {}): BroadcastPlan => ({
  ids: ids(n),
  f,
  dimension: 1,
  ...more,
})

/** Every delivery as `who: sender value`. */
const delivered = ({ notes }: Meeting): string[] =>
  notes
    .filter(({ note }) => note.kind === 'delivered')
    .map(({ by, note }) => {
      const { from, value } = note.data as { readonly from: Id; readonly value: Value }
      return `${by}: ${from} ${value[0]}`
    })
    .sort()

const random = (seed: string) => [
  (_p: unknown, _now: number, key: Parameters<typeof firstUniform>[0]) => ({
    deliverAfterMs: 10 * firstUniform(childKey(key, seed)),
  }),
]

/** p02 tells p00 the value 0 and p01 the value 1, and votes accordingly. */
const split = liar('p02', ['p00', 'p01'], (to, body, from) => {
  const value = Float64Array.of(to === 'p00' ? 0 : 1)
  if (from !== 'p02' || body.kind !== 'send') return undefined
  return { ...body, value }
})

const votes = liar('p02', ['p00', 'p01'], (to, body, from) =>
  from === 'p02' && body.kind === 'send'
    ? { kind: 'echo', round: 1, of: 'p02', value: Float64Array.of(to === 'p00' ? 0 : 1) }
    : from === 'p02' && body.kind === 'echo'
      ? { kind: 'ready', round: 1, of: 'p02', value: Float64Array.of(to === 'p00' ? 0 : 1) }
      : undefined,
)

const both = {
  init: () => null,
  on: (state: null, event: never, now: number, key: never) => ({
    state,
    send: [split, votes].flatMap(each => each.on(state, event, now, key).send),
    note: [],
    work: [],
  }),
}

const three = (more: Partial<BroadcastPlan>, links = [() => ({ deliverAfterMs: 1 })] as ReturnType<typeof random>) => {
  const node = reliableBroadcast(plan(3, 1, { unsafe: true, ...more }))
  const nodes = { ...Object.fromEntries(ids(3).map(id => [id, node])), adversary: both }
  return meet(nodes, { p02: [5] }, { links, adversary: { id: 'adversary', corrupts: new Set(['p02']) } })
}

describe('reliable broadcast', () => {
  it("delivers everybody's value to all once, whatever the order of packets", async () => {
    const all = ids(7)
    const inputs = Object.fromEntries(all.map((id, i) => [id, [i]]))
    const expected = all.flatMap(who => all.map((from, i) => `${who}: ${from} ${i}`))
    for (const seed of ['a', 'b', 'c']) {
      const node = reliableBroadcast(plan(7, 2))
      const meeting = await meet(Object.fromEntries(all.map(id => [id, node])), inputs, { links: random(seed) })
      expect(delivered(meeting)).toEqual(expected)
      expect(meeting.notes.every(({ note }) => note.kind === 'delivered')).toBe(true)
    }
  })

  it('takes n(2n + 1)(n - 1) packets for n values, n + 1 votes a participant and value', async () => {
    const all = ids(4)
    const node = reliableBroadcast(plan(4, 1))
    const { deliveries } = await meet(Object.fromEntries(all.map(id => [id, node])), Object.fromEntries(all.map(id => [id, [1]])))
    expect(deliveries).toBe(4 * (2 * 4 + 1) * 3 + 4)
  })

  it('delivers even a single participant its own value', async () => {
    expect(delivered(await meet({ p00: reliableBroadcast(plan(1, 0)) }, { p00: [3] }))).toEqual(['p00: p00 3'])
  })

  it('is split by a two-faced sender at n = 3 on every schedule, where two votes are enough', async () => {
    const thresholds = { echoes: 2, amplify: 2, deliver: 2 }
    for (let seed = 0; seed < 50; seed++) {
      const meeting = await three({ thresholds }, random(`${seed}`))
      expect(delivered(meeting)).toEqual(['p00: p02 0', 'p01: p02 1'])
    }
  })

  it("stalls at n = 3 with Bracha's thresholds: neither the two-faced sender's value is delivered, nor an honest one's when it is silent", async () => {
    for (let seed = 0; seed < 50; seed++) expect(delivered(await three({}, random(`${seed}`)))).toEqual([])
    const node = reliableBroadcast(plan(3, 1, { unsafe: true }))
    const silent = liar('p02', [], () => undefined)
    const nodes = { ...Object.fromEntries(ids(3).map(id => [id, node])), adversary: silent }
    const meeting = await meet(nodes, { p00: [1] }, { adversary: { id: 'adversary', corrupts: new Set(['p02']) } })
    expect(delivered(meeting)).toEqual([])
    expect(() => reliableBroadcast(plan(3, 1))).toThrow(expect.objectContaining({ code: 'TOO_MANY_FAULTS' }))
    expect(() => reliableBroadcast(plan(4, 1, { thresholds: { echoes: 2, amplify: 2, deliver: 2 } }))).toThrow(
      expect.objectContaining({ code: 'BAD_PLAN' }),
    )
  })

  it('convicts a two-faced sender by f + 1 echoes of another story, and it alone', async () => {
    const all = ids(7)
    const node = reliableBroadcast(plan(7, 2))
    const twoFaced = liar('p06', all.slice(0, 6), (to, body, from) =>
      from === 'p06' && body.kind === 'send' ? { ...body, value: Float64Array.of(to < 'p03' ? 0 : 1) } : undefined,
    )
    const { notes } = await meet(
      { ...Object.fromEntries(all.map(id => [id, node])), adversary: twoFaced },
      { p00: [2], p06: [5] },
      {
        adversary: { id: 'adversary', corrupts: new Set(['p06']) },
      },
    )
    const guilty = notes.filter(({ by, note }) => by !== 'p06' && note.kind === 'equivocated')
    expect(guilty.map(({ by, note }) => `${by}: ${note.agent}`).sort()).toEqual(all.slice(0, 6).map(id => `${id}: p06`))
    for (const { note } of guilty) {
      const stories = (note.data as { story: Value }[]).map(({ story }) => story[0])
      expect(new Set(stories)).toEqual(new Set([0, 1]))
    }
  })

  it('keeps no more than one story a voter, and one note a kind and offender, however much a peer says', async () => {
    const node = reliableBroadcast(plan(4, 1))
    const state = node.init('p00', [])
    const stream = openStream(rootKey('flood'))
    let noted = 0
    for (let i = 0; i < 20_000; i++) {
      const kind = (['send', 'echo', 'ready'] as const)[nextInteger(stream, 3)]
      const round = nextInteger(stream, 3)
      const body: AgreementBody = { kind, round, of: ids(4)[nextInteger(stream, 4)], value: Float64Array.of(i) }
      const step = node.on(state, { kind: 'message', from: 'p03', topic: 'agreement', body }, 0, rootKey('x'))
      noted += step.note.length
    }
    expect(noted).toBeLessThanOrEqual(4)
    const stories = state.channel.broadcasts.flat().flatMap(each => (each === undefined ? [] : [each.echoes, each.readys]))
    expect(state.channel.broadcasts.length).toBe(2)
    for (const tally of stories) expect(tally.stories.length).toBeLessThanOrEqual(2)
  })

  it('hears nothing from strangers', () => {
    const node = reliableBroadcast(plan(4, 1))
    const state = node.init('p00', [])
    const body: AgreementBody = { kind: 'send', round: 1, value: Float64Array.of(1) }
    const step = node.on(state, { kind: 'message', from: 'stranger', topic: 'agreement', body }, 0, rootKey('x'))
    expect(step).toMatchObject({ send: [], note: [], work: [] })
  })
})
