import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { childKey, nextInteger, nextUniform, openStream, rootKey } from '../../../src/base/index.js'
import { contraction, type Reduction, reduceValues } from '../../../src/network/agreement/reduce.js'
import {
  type AgreementBody,
  asynchronousAgreement,
  type Id,
  type Node,
  type SynchronousPlan,
  synchronousAgreement,
  type Value,
  wMsr,
} from '../../../src/network/index.js'
import { delay } from '../helpers.js'
import { ids, type Meeting, meet } from './group.js'
import { liar, numbers, spread, spreads } from './puppets.js'

const plan = (n: number, f: number, more: Partial<SynchronousPlan> = {}): SynchronousPlan => ({
  ids: ids(n),
  f,
  dimension: 1,
  epsilon: 0.001,
  range: 1,
  roundMs: 1,
  ...more,
})

const silence = synchronousAgreement({ ...plan(1, 0) }).init

/**
 * Honest inputs by id; every faulty id tells, in each round, `lie` of the receiver. In the protocol's own time: each lie leaves in the
 * instant in which the first honest participant tells its value of the round.
 */
function against(
  options: SynchronousPlan,
  inputs: { readonly [id: Id]: readonly number[] },
  lie: (to: Id, honest: ReadonlyMap<Id, number>, puppet: Id) => number | undefined,
): Promise<Meeting> {
  const honest = Object.keys(inputs)
  const faulty = options.ids.filter(id => !honest.includes(id))
  const node = synchronousAgreement(options)
  const values = new Map<Id, number>()
  const adversary = {
    init: () => null,
    on: (state: null, event: { kind: string; from?: Id; packet?: { kind: string; body?: AgreementBody }; name?: string }) => {
      const send: object[] = []
      const body = event.packet?.body
      if (event.kind === 'overheard' && body?.kind === 'value' && honest.includes(event.from!)) {
        values.set(event.from!, body.value[0])
        if (values.size === honest.length) {
          for (const as of faulty) {
            for (const to of honest) {
              const told = lie(to, values, as)
              if (told === undefined) continue
              const value = Float64Array.of(told)
              send.push({ kind: 'point', to, topic: 'agreement', as, body: { kind: 'value', round: body.round, value } })
            }
          }
          values.clear()
        }
      }
      return { state, send, note: [], work: [] }
    },
  }
  const nodes = Object.fromEntries(options.ids.map(id => [id, node]))
  return meet({ ...nodes, adversary: adversary as never } as never, inputs, {
    adversary: { id: 'adversary', corrupts: new Set(faulty) },
  })
}

const halves = (honest: readonly Id[], low = honest.length >> 1) =>
  Object.fromEntries(honest.map((id, i) => [id, [i < low ? 0 : 1]]))

/** Low for those who are below the middle, high for the others. */
const twoFaced = (to: Id, honest: ReadonlyMap<Id, number>): number => {
  const ordered = [...honest.keys()].sort((a, b) => honest.get(a)! - honest.get(b)!)
  return ordered.indexOf(to) < ordered.length / 2 ? -1 : 1
}

describe('synchronous agreement', () => {
  it('decides after a fixed number of rounds within epsilon, without faults on one value for all', async () => {
    const all = ids(4)
    const { data, nowMs } = await meet(Object.fromEntries(all.map(id => [id, synchronousAgreement(plan(4, 1))])), halves(all))
    expect(spread(numbers(data('decided'), all))).toBe(0)
    expect([...data('decided').values()].map(({ round }) => round)).toEqual([11, 11, 11, 11])
    expect(nowMs).toBe(11)
  })

  it.each([
    ['synchronous', () => synchronousAgreement(plan(4, 1))],
    ['asynchronous', () => asynchronousAgreement(plan(4, 1))],
  ])('%s: a body that throws when it is looked at is malformed, and its sender is named once', (_, make) => {
    const node = make() as Node<unknown, AgreementBody>
    const state = node.init('p00', [])
    const key = rootKey('hostile')
    node.on(state, { kind: 'signal', topic: 'agreement', body: { kind: 'input', value: Float64Array.of(0.5) } }, 0, key)
    const boo = () => {
      throw new Error('boo')
    }
    const bodies = [
      new Proxy({}, { get: boo }),
      { kind: 'value', round: 1, value: Object.create(Float64Array.prototype) },
      {
        kind: 'send',
        round: 1,
        get value() {
          return boo()
        },
      },
    ]
    const notes = bodies.flatMap(body => [
      ...node.on(state, { kind: 'message', from: 'p01', topic: 'agreement', body: body as never }, 0, key).note,
    ])
    expect(notes.map(({ kind, agent }) => `${kind} ${agent}`)).toEqual(['malformed p01'])
  })

  it('counts what others said at the instant of the start before it started itself', () => {
    const node = synchronousAgreement(plan(4, 1))
    const key = rootKey('early')
    let state = node.init('p03', [])
    const tell = (event: Parameters<typeof node.on>[1]) => {
      const step = node.on(state, event, 0, key)
      state = step.state
      return step
    }
    for (const [from, x] of [
      ['p00', 0.1],
      ['p01', 0.2],
      ['p02', 0.3],
    ] as const)
      tell({ kind: 'message', from, topic: 'agreement', body: { kind: 'value', round: 1, value: Float64Array.of(x) } })
    tell({ kind: 'signal', topic: 'agreement', body: { kind: 'input', value: Float64Array.of(0.9) } })
    const { note } = tell({ kind: 'wake', name: 'round' })
    // Of .1, .2, .3 and .9 without the ends.
    expect(note.find(({ kind }) => kind === 'round')?.data).toMatchObject({ round: 1, value: Float64Array.of(0.25) })
  })

  it('halves the spread each round at least, against whatever two-faced liars say, and no more against the worst', async () => {
    const honest = ids(31).slice(0, 21)
    const { notes, data } = await against(plan(31, 10), halves(honest, 10), twoFaced)
    const widths = spreads(notes, honest)
    expect(widths[0]).toBe(0.5)
    for (const [i, width] of widths.entries()) expect(width).toBeLessThanOrEqual((i === 0 ? 1 : widths[i - 1]) / 2)
    expect(spread(numbers(data('decided'), honest))).toBeLessThanOrEqual(0.001)
  })

  it('shrinks the spread to 10/11 a round with trimmed means among 31 with 10 liars, and needs 73 rounds for a thousandth', async () => {
    const honest = ids(31).slice(0, 21)
    const options = plan(31, 10, { rule: 'trimmedMean', epsilon: 0.002 })
    const { notes, data } = await against(options, halves(honest, 10), twoFaced)
    const widths = spreads(notes, honest)
    expect(widths[0]).toBeCloseTo(10 / 11, 12)
    for (const [i, width] of widths.entries())
      expect(width).toBeLessThanOrEqual(((i === 0 ? 1 : widths[i - 1]) * 10) / 11 + 1e-12)
    expect(data('decided').get(honest[0])!.round).toBe(73)
    expect(spread(numbers(data('decided'), honest))).toBeLessThanOrEqual(0.002)
  })

  it('never shrinks with the median iterated: n = 7, f = 2, honest 0, 0, 0, 1, 1', async () => {
    const honest = ids(7).slice(0, 5)
    const { notes } = await against(plan(7, 2, { rule: 'median' }), halves(honest, 3), (to, values) => values.get(to))
    expect(spreads(notes, honest)).toEqual(new Array(11).fill(1))
    const midpoint = await against(plan(7, 2), halves(honest, 3), (to, values) => values.get(to))
    expect(spreads(midpoint.notes, honest).at(-1)).toBeLessThanOrEqual(0.001)
  })

  it.each([
    [3, 1],
    [6, 2],
    [9, 3],
    [5, 2],
  ])('never shrinks among %i with %i liars, which is refused unless the plan is unsafe', async (n, f) => {
    expect(() => synchronousAgreement(plan(n, f))).toThrow(expect.objectContaining({ code: 'TOO_MANY_FAULTS' }))
    const honest = ids(n).slice(0, n - f)
    for (const rule of ['trimmedMidpoint', 'trimmedMean'] as const) {
      const options = plan(n, f, { unsafe: true, rule })
      const { notes } = await against(options, halves(honest), (to, values) => values.get(to))
      expect(spreads(notes, honest)).toEqual(new Array(11).fill(1))
    }
  })

  it('takes part without an input, in time with the others', async () => {
    const all = ids(4)
    const nodes = Object.fromEntries(all.map(id => [id, synchronousAgreement(plan(4, 1))]))
    const { data } = await meet(nodes, { p00: [0], p01: [0.25], p02: [1] })
    const decided = numbers(data('decided'), all)
    expect(spread(decided)).toBeLessThanOrEqual(0.001)
    expect(Math.min(...decided)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...decided)).toBeLessThanOrEqual(1)
  })

  it('says so when too few have an input, and never decides on nothing', async () => {
    const all = ids(4)
    const nodes = Object.fromEntries(all.map(id => [id, synchronousAgreement(plan(4, 1))]))
    const { notes } = await meet(nodes, { p00: [0], p01: [1] })
    const undecided = notes.filter(({ note }) => note.kind === 'undecided').map(({ by }) => by)
    expect(undecided).toEqual(['p02', 'p03'])
    expect(notes.filter(({ note }) => note.kind === 'decided').map(({ by }) => by)).toEqual(['p00', 'p01'])
  })

  it('refuses to begin with an input that is not finite, too long or beyond the range, and says so', async () => {
    for (const wrong of [[Number.NaN], [0, 0], [1.5], []]) {
      const all = ids(4)
      const nodes = Object.fromEntries(all.map(id => [id, synchronousAgreement(plan(4, 1))]))
      const { notes, data } = await meet(nodes, { p00: wrong, p01: [0], p02: [0], p03: [0] })
      expect(notes.filter(({ note }) => note.kind === 'bad-input').map(({ by }) => by)).toEqual(['p00'])
      expect(numbers(data('decided'), all)).toEqual([0, 0, 0, 0])
    }
  })

  it('calls what comes after its round late, once a sender, and goes on with its own value instead', async () => {
    const all = ids(4)
    const links = [({ from }: { from: Id }) => ({ deliverAfterMs: from === 'p03' ? 1.5 : 1 })]
    const nodes = Object.fromEntries(all.map(id => [id, synchronousAgreement(plan(4, 1))]))
    const { notes, data } = await meet(nodes, halves(all), { links })
    const late = notes.filter(({ note }) => note.kind === 'late').map(({ by, note }) => `${by} of ${note.agent}`)
    expect(late).toEqual(['p00 of p03', 'p01 of p03', 'p02 of p03'])
    expect(spread(numbers(data('decided'), ['p00', 'p01', 'p02']))).toBeLessThanOrEqual(0.001)
  })

  it('gives the same bits twice, and other copies of packets change nothing', async () => {
    const all = ids(7)
    const inputs = Object.fromEntries(all.map((id, i) => [id, [Math.sin(i)]]))
    const run = async (copies: number) => {
      const nodes = Object.fromEntries(all.map(id => [id, synchronousAgreement(plan(7, 2))]))
      return (await meet(nodes, inputs, { links: [() => ({ copies }), delay(1)] })).notes
    }
    const once = await run(1)
    expect(await run(1)).toEqual(once)
    expect(await run(3)).toEqual(once)
  })

  it.each([
    ['ids', { ids: ['a', 'a'] }],
    ['ids', { ids: [] }],
    ['f', { f: -1 }],
    ['dimension', { dimension: 0 }],
    ['epsilon', { epsilon: 0 }],
    ['epsilon', { ids: ids(100), f: 33, epsilon: 1e-300, rule: 'trimmedMean' as const }],
    ['range', { range: Number.POSITIVE_INFINITY }],
    ['roundMs', { roundMs: 0 }],
    ['rule', { rule: 'mean' as never }],
    ['compare', { compare: 'last' as never }],
    ['rounds', { rounds: 5 }],
  ])('refuses a plan with wrong %s', (where, wrong) => {
    expect(() => synchronousAgreement({ ...plan(31, 10), ...wrong })).toThrow(
      expect.objectContaining({ code: 'BAD_PLAN', where }),
    )
  })

  it('refuses a node that is not a participant', () => {
    expect(() => silence('nobody', [])).toThrow(expect.objectContaining({ code: 'BAD_PLAN' }))
  })
})

describe('agreement on forecasts', () => {
  const d = 20
  const ascends = (value: Value): boolean => value.every((x, j) => j === 0 || x >= value[j - 1])
  const honest = ids(7).slice(0, 5)
  const inputs = Object.fromEntries(
    honest.map((id, i) => [id, Array.from({ length: d }, (_, j) => (j - 10) * (0.5 + 0.1 * i) + i / 10)]),
  )
  const common = { ids: ids(7), f: 2, dimension: d, epsilon: 0.01, range: 20 }

  /** Tells everyone descending quantiles, now at one end and now at the other. */
  const descending = () => {
    const lie = (as: Id) =>
      liar(as, honest, (to, body, from) => {
        if (from !== 'p00' || (body.kind !== 'value' && body.kind !== 'send')) return undefined
        return { ...body, value: Float64Array.from({ length: d }, (_, j) => (to > 'p02' === j % 2 < 1 ? 20 : -20)) }
      })
    const both = [lie('p05'), lie('p06')]
    return {
      init: () => null,
      on: (state: null, event: never, now: number, key: never) => ({
        state,
        send: both.flatMap(each => each.on(state, event, now, key).send),
        note: [],
        work: [],
      }),
    }
  }

  it.each([
    [
      'synchronous',
      (accepts?: (value: Value) => boolean) => synchronousAgreement({ ...common, ...(accepts && { accepts }), roundMs: 1 }),
    ],
    ['asynchronous', (accepts?: (value: Value) => boolean) => asynchronousAgreement({ ...common, ...(accepts && { accepts }) })],
  ])('keeps quantiles ascending where the %s plan accepts no others, and names who sends others', async (_, makeNode) => {
    const node = makeNode(ascends) as Node<unknown, AgreementBody>
    const nodes = { ...Object.fromEntries(ids(7).map(id => [id, node])), adversary: descending() as never }
    const meeting = await meet(nodes, inputs, { adversary: { id: 'adversary', corrupts: new Set(['p05', 'p06']) } })
    const decided = honest.map(id => meeting.data('decided').get(id)!.value)
    for (const value of decided) expect(ascends(value)).toBe(true)
    const accused = meeting.notes.filter(({ note }) => note.kind === 'malformed').map(({ note }) => note.agent)
    expect(new Set(accused)).toEqual(new Set(['p05', 'p06']))
  })

  it('may leave them descending otherwise: one liar among four need only fall', () => {
    const rows = [Float64Array.of(0, 0), Float64Array.of(2, 2), Float64Array.of(2, 2), Float64Array.of(2, -9)]
    expect(reduceValues(rows, 1, 'trimmedMidpoint')).toEqual(Float64Array.of(2, 1))
  })

  it('is not for W-MSR, whose means are not monotone', () => {
    const all = ids(4)
    const neighbours = Object.fromEntries(all.map(id => [id, all.filter(other => other !== id)]))
    const plan = { ids: all, f: 1, dimension: 2, range: 1, rounds: 3, roundMs: 1, neighbours }
    expect(() => wMsr(plan)).not.toThrow()
    expect(() => wMsr({ ...plan, accepts: ascends })).toThrow(expect.objectContaining({ code: 'BAD_PLAN', where: 'accepts' }))
  })
})

describe('equivocation in synchronous agreement', () => {
  const honest = ids(7).slice(0, 5)
  const noted = ({ notes }: Meeting, kind: string) =>
    notes.filter(({ note }) => note.kind === kind).map(({ by, note }) => `${by}: ${note.agent}`)

  it('is found out by those whom fewer than the others agree with, and only suspected by the rest', async () => {
    // p00 and p01 hear 0 of p05, three others 1: against p00 and p01 there are f + 1 = 3 others.
    const lie = (to: Id, _values: unknown, puppet: Id) => (puppet === 'p05' ? (to <= 'p01' ? 0 : 1) : 0.5)
    const meeting = await against(plan(7, 2), halves(honest), lie)
    expect(noted(meeting, 'equivocated')).toEqual(['p00: p05', 'p01: p05'])
    expect(new Set(noted(meeting, 'suspicion'))).toEqual(new Set(['p02: p05', 'p03: p05', 'p04: p05']))
    const guilty = meeting.notes.find(({ note }) => note.kind === 'equivocated')!
    const stories = guilty.note.data as { readonly from: Id; readonly story: Float64Array }[]
    expect(stories.map(({ from, story }) => `${from} ${story[0]}`)).toEqual(['myself 0', 'p02 1', 'p03 1', 'p04 1'])
  })

  it('is always found out by somebody honest, whoever is told what (every way to split five)', async () => {
    for (let split = 1; split < 16; split++) {
      const lie = (to: Id) => ((split >> honest.indexOf(to)) & 1 ? 0 : 1)
      const meeting = await against(plan(7, 2), halves(honest), lie)
      expect(noted(meeting, 'equivocated').length, `split ${split}`).toBeGreaterThan(0)
    }
  })

  it('is not blamed on the honest by f slanderers: that is suspicion', async () => {
    const all = ids(7)
    const slander = (as: Id) =>
      liar(as, honest, (_to, body, from) =>
        body.kind === 'heard' && from === 'p00'
          ? { ...body, stories: body.stories.map(() => Float64Array.of(-1)) }
          : body.kind === 'value' && from === 'p00'
            ? { ...body, value: Float64Array.of(0) }
            : undefined,
      )
    const node = synchronousAgreement(plan(7, 2))
    const nodes = Object.fromEntries(all.map(id => [id, node]))
    const first = slander('p05')
    const second = slander('p06')
    const both = {
      init: () => null,
      on: (state: null, event: never, now: number, key: never) => {
        const send = [first, second].flatMap(each => each.on(state, event, now, key).send)
        return { state, send, note: [], work: [] }
      },
    }
    const meeting = await meet({ ...nodes, adversary: both }, halves(honest), {
      adversary: { id: 'adversary', corrupts: new Set(['p05', 'p06']) },
    })
    expect(noted(meeting, 'equivocated')).toEqual([])
    expect(noted(meeting, 'suspicion')).toContain('p00: p01')
  })

  it('towards one and the same participant needs no comparison', async () => {
    const all = ids(4)
    const node = synchronousAgreement(plan(4, 1, { compare: 'none' }))
    const twice = liar('p03', ['p00'], (_to, body, from) =>
      body.kind === 'value' ? { ...body, value: Float64Array.of(from === 'p00' ? 0 : 1) } : undefined,
    )
    const nodes = { ...Object.fromEntries(all.map(id => [id, node])), adversary: twice }
    const meeting = await meet(nodes, halves(all.slice(0, 3)), { adversary: { id: 'adversary', corrupts: new Set(['p03']) } })
    expect(noted(meeting, 'equivocated')).toEqual(['p00: p03'])
  })
})

describe('the reductions', () => {
  const draw = (seed: number, m: number, d: number) => {
    const stream = openStream(childKey(rootKey('reduce'), seed))
    return Array.from({ length: m }, () =>
      Float64Array.from({ length: d }, () => nextInteger(stream, 5) + nextUniform(stream)).sort(),
    )
  }

  it.each<Reduction>(['trimmedMidpoint', 'trimmedMean', 'median'])('keep ascending quantiles ascending: %s', rule => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 0, max: 4 }), fc.integer({ min: 1, max: 50 }), (seed, f, d) => {
        const result = reduceValues(draw(seed, 3 * f + 1, d), f, rule)
        expect(result).toEqual(Float64Array.from(result).sort())
      }),
    )
  })

  it('bring two participants as close as the bound says, whatever f others tell each of them', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 3 }),
        fc.constantFrom<Reduction>('trimmedMidpoint', 'trimmedMean'),
        (seed, f, more, rule) => {
          const n = 3 * f + more
          const [honest, p, q] = [draw(seed, n - f, 1), draw(seed + 1, f, 1), draw(seed + 2, f, 1)]
          const width = spread(honest.map(([value]) => value))
          const [a] = reduceValues([...honest, ...p], f, rule)
          const [b] = reduceValues([...honest, ...q], f, rule)
          expect(Math.abs(a - b)).toBeLessThanOrEqual(contraction(rule, n, f) * width + 1e-12)
        },
      ),
    )
  })
})
