import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { childKey, keyWords, moveKey, movingKey, rootKey } from '../../src/base/index.js'
import { type Link, type LinkPacket, type LinkSpec, parseLink, type Verdict } from '../../src/network/index.js'

export const lawIds = ['a', 'b', 'c', 'd']

export interface LinkSamples {
  /** Good specifications without filters. */
  readonly good: readonly LinkSpec[]
  /** Bad ones, with the field that has to be named. */
  readonly bad: readonly (readonly [field: string, spec: object])[]
}

const packets = fc.record({
  from: fc.constantFrom(...lawIds),
  to: fc.constantFrom(...lawIds),
  topic: fc.constantFrom('x', 'y'),
  underWay: fc.nat({ max: 10 }),
})
const times = fc.double({ min: 0, max: 100, noNaN: true })
const labels = fc.nat()

const parse = (spec: object): Link => parseLink(spec, lawIds, 'links[0]')
const key = (label: number) => childKey(rootKey('link laws'), label)

/** What every kind of link owes the world. */
export function linkLaws(kind: string, { good, bad }: LinkSamples): void {
  describe(`links of kind ${kind} keep the link laws`, () => {
    test.each(good)('the same packet, time and key give the same verdict, in whatever order: %j', spec => {
      const questions = fc.array(fc.tuple(packets, times, labels), { minLength: 1, maxLength: 20 })
      const ask = (link: Link, [packet, now, label]: [LinkPacket, number, number]) => link(packet, now, key(label))
      fc.assert(
        fc.property(questions, all => {
          const forwards = all.map(question => ask(parse(spec), question))
          const shared = parse(spec)
          const backwards = [...all].reverse().map(question => ask(shared, question))
          expect(backwards.reverse()).toEqual(forwards)
        }),
      )
    })
    test.each(good)('every verdict is sound: times are finite and not in the past, copies whole and at least one: %j', spec => {
      const link = parse(spec)
      fc.assert(fc.property(packets, times, labels, (packet, now, label) => isSound(link(packet, now, key(label)), now)))
    })
    for (const spec of good) restrictionLaws(spec)
    test.each(good)('what is asked is left as it was, and a key that moves on serves as well as one that stays: %j', spec => {
      const link = parse(spec)
      const moving = movingKey()
      const root = keyWords(rootKey('link laws'))
      fc.assert(
        fc.property(packets, times, labels, (packet, now, label) => {
          moveKey(moving, root, 0, label)
          expect(link(Object.freeze(packet), now, moving)).toEqual(link(packet, now, key(label)))
          expect([moving.label, moving.parent.words]).toEqual([label, root])
        }),
      )
    })
    test.each(good)('what is drawn once for all comes from the link’s own key alone: %j', spec => {
      const [one, same] = [0, 0].map(label => parseLink(spec, lawIds, 'links[0]', key(label)))
      const shuffled = parseLink(spec, [...lawIds].reverse(), 'links[0]', key(0))
      fc.assert(
        fc.property(packets, times, labels, (packet, now, label) => {
          expect(same(packet, now, key(label))).toEqual(one(packet, now, key(label)))
          expect(shuffled(packet, now, key(label))).toEqual(one(packet, now, key(label)))
        }),
      )
    })
    test.each(good)('a specification is left as it was: %j', spec => {
      const before = structuredClone(spec)
      parse(Object.freeze(spec))
      expect(spec).toEqual(before)
    })
    refusalLaws(good[0], bad)
  })
}

function isSound(verdict: Verdict, now: number): boolean {
  if (verdict === 'pass' || verdict === 'drop') return true
  if ('deliverAfterMs' in verdict) return verdict.deliverAfterMs >= 0 && verdict.deliverAfterMs < Number.POSITIVE_INFINITY
  if ('holdToMs' in verdict) return verdict.holdToMs >= now && verdict.holdToMs < Number.POSITIVE_INFINITY
  const { copies, afterMs = 0 } = verdict
  return Number.isSafeInteger(copies) && copies >= 1 && afterMs >= 0 && afterMs < Number.POSITIVE_INFINITY
}

function restrictionLaws(spec: LinkSpec): void {
  const whole = parse(spec)
  const filters = [
    [{ from: 'a' }, (packet: LinkPacket) => packet.from === 'a'],
    [{ from: ['a', 'b'] }, (packet: LinkPacket) => packet.from === 'a' || packet.from === 'b'],
    [{ to: ['c'] }, (packet: LinkPacket) => packet.to === 'c'],
    [{ topic: 'x' }, (packet: LinkPacket) => packet.topic === 'x'],
    [{ from: 'a', to: 'b', topic: ['y'] }, ({ from, to, topic }: LinkPacket) => from === 'a' && to === 'b' && topic === 'y'],
  ] as const
  for (const [filter, meant] of filters) {
    test(`with the filter ${JSON.stringify(filter)} everything else passes: ${JSON.stringify(spec)}`, () => {
      const link = parse({ ...spec, ...filter })
      fc.assert(
        fc.property(packets, times, labels, (packet, now, label) => {
          expect(link(packet, now, key(label))).toEqual(meant(packet) ? whole(packet, now, key(label)) : 'pass')
        }),
      )
    })
  }
  test(`outside its window everything passes; the window holds its start and not its end: ${JSON.stringify(spec)}`, () => {
    const window = { fromMs: spec.fromMs ?? 10, toMs: spec.toMs ?? 20 }
    const link = parse({ ...spec, ...window })
    const moments = fc.oneof(times, fc.constantFrom(window.fromMs, window.toMs))
    fc.assert(
      fc.property(packets, moments, labels, (packet, now, label) => {
        const open = now >= window.fromMs && now < window.toMs
        expect(link(packet, now, key(label))).toEqual(open ? whole(packet, now, key(label)) : 'pass')
      }),
    )
  })
}

function refusalLaws(good: LinkSpec, bad: LinkSamples['bad']): void {
  const common: LinkSamples['bad'] = [
    ['colour', { ...good, colour: 'red' }],
    ['from[0]', { ...good, from: 'nobody' }],
    ['to[1]', { ...good, to: ['a', 'nobody'] }],
    ['to', { ...good, to: [] }],
    ['topic[0]', { ...good, topic: [1] }],
    ['from', { ...good, from: 1 }],
    ['fromMs', { ...good, fromMs: -1 }],
    ['fromMs', { ...good, fromMs: Number.NaN }],
    ['toMs', { ...good, fromMs: 5, toMs: 4 }],
    ['toMs', { ...good, toMs: 'noon' }],
    ['kind', { ...good, kind: `${good.kind}s` }],
    ['kind', { ...good, kind: 'toString' }],
  ]
  test.each([...common, ...bad])('a bad %s is refused by name: %j', (field, spec) => {
    expect(() => parse(spec)).toThrow(
      expect.objectContaining({ name: 'SwarmvarError', code: 'BAD_LINK', where: `links[0].${field}` }),
    )
  })
}
