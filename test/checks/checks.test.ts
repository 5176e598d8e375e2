import { describe, expect, it } from 'vitest'
import {
  checkAgreement,
  checkApproximateAgreement,
  checkBlame,
  checkFifo,
  checkHonestRange,
  checkIntegrity,
  checkReliableBroadcast,
  checkTermination,
  checkValidity,
  type History,
  type HistoryEvent,
  recordHistory,
} from '../../src/checks/index.js'

type Line = readonly [who: string, kind: string, number: number, round?: number, from?: string]

/** A history of inputs ('input') and notes, one a line. */
function history(lines: readonly Line[]): History {
  const events = lines.map(([who, kind, number, round = 1, from = who], i): HistoryEvent => {
    const value = Float64Array.of(number)
    const base = { index: 10 * i, atMs: i, who }
    return kind === 'input'
      ? { ...base, kind: 'delivered', event: { kind: 'signal', topic: 'agreement', body: { kind: 'input', value } } }
      : { ...base, kind: 'noted', note: { kind, agent: from, detail: '', data: { round, value, from } } }
  })
  return { seed: 'planted', replay: 'replay planted', events }
}

const promised = { honest: new Set(['a', 'b', 'c']), epsilon: 0.5, contraction: 0.5 }

const good: readonly Line[] = [
  ['a', 'input', 0],
  ['b', 'input', 1],
  ['c', 'input', 0.25],
  ['liar', 'input', 7],
  ['a', 'round', 0.5],
  ['b', 'round', 0.5],
  ['liar', 'round', 99],
  ['c', 'round', 0.25],
  ['a', 'decided', 0.5],
  ['b', 'decided', 0.5],
  ['c', 'decided', 0.25],
  ['liar', 'decided', 99],
]
const without = (index: number): Line[] => good.filter((_, i) => i !== index)
const changed = (index: number, line: Line): Line[] => good.map((old, i) => (i === index ? line : old))

describe('the checks of approximate agreement', () => {
  it('find nothing wrong with what is right, whatever the faulty do', () => {
    expect(checkApproximateAgreement(history(good), promised)).toEqual([])
  })

  it.each([
    ['termination', without(10), checkTermination, -1, 'c'],
    ['integrity', [...good, ['a', 'decided', 0.5]] as Line[], checkIntegrity, 120, 'a'],
    ['integrity', [...good, ['b', 'round', 0.5]] as Line[], checkIntegrity, 120, 'b'],
    ['validity', changed(8, ['a', 'decided', 1.01]), checkValidity, 80, 'a'],
    ['validity', changed(8, ['a', 'decided', Number.NaN]), checkValidity, 80, 'a'],
    ['agreement', changed(9, ['b', 'decided', 0.76]), checkAgreement, 90, 'b'],
    ['agreement', changed(9, ['b', 'decided', Number.NaN]), checkAgreement, 80, 'a'],
    [
      'honest range',
      changed(4, ['a', 'round', -0.01]).map((line, i) => (i === 5 ? (['b', 'round', 0.4] as const) : line)),
      checkHonestRange,
      40,
      'a',
    ],
    ['contraction', changed(5, ['b', 'round', 0.8]), checkHonestRange, 70, 'c'],
    ['blame', [...good, ['a', 'equivocated', 0, 1, 'b']] as Line[], checkBlame, 120, 'a'],
    ['blame', [...good, ['a', 'malformed', 0, 1, 'b']] as Line[], checkBlame, 120, 'a'],
    ['blame', [...good, ['c', 'crash', 0]] as Line[], checkBlame, 120, 'c'],
  ] as const)('find a planted violation of %s', (property, lines, check, eventIndex, who) => {
    const found = check(history(lines), promised)
    expect(found).toHaveLength(1)
    expect(found[0]).toMatchObject({ property, eventIndex, who, seed: 'planted', replay: 'replay planted' })
    expect(checkApproximateAgreement(history(lines), promised)).toContainEqual(found[0])
  })

  it('leave out those who are faulty, and accusations by them or against them', () => {
    const lines: Line[] = [
      ...good,
      ['liar', 'equivocated', 0, 1, 'a'],
      ['a', 'equivocated', 0, 1, 'liar'],
      ['a', 'suspicion', 0, 1, 'b'],
    ]
    expect(checkApproximateAgreement(history(lines), promised)).toEqual([])
  })
})

describe('the checks of reliable broadcast', () => {
  const inputs: Line[] = [
    ['a', 'input', 1],
    ['liar', 'input', 2],
  ]
  const all = (from: string, number: number): Line[] => ['a', 'b', 'c'].map(who => [who, 'delivered', number, 1, from])

  it('find nothing wrong with what is right, and a faulty value delivered by all or none', () => {
    expect(checkReliableBroadcast(history([...inputs, ...all('a', 1), ...all('liar', 5)]), promised)).toEqual([])
    expect(checkReliableBroadcast(history([...inputs, ...all('a', 1)]), promised)).toEqual([])
  })

  it.each<[string, Line[]]>([
    ['validity', [...inputs, ...all('a', 1).slice(1), ...all('liar', 5)]],
    ['validity', [...inputs, ...all('a', 3)]],
    ['agreement', [...inputs, ...all('a', 1), ...all('liar', 5).slice(1), ['a', 'delivered', 6, 1, 'liar']]],
    ['integrity', [...inputs, ...all('a', 1), ['b', 'delivered', 1, 1, 'a']]],
    ['integrity', [...inputs, ...all('a', 1), ...all('b', 1)]],
    ['totality', [...inputs, ...all('a', 1), ...all('liar', 5).slice(1)]],
  ])('find a planted violation of %s', (property, lines) => {
    expect(checkReliableBroadcast(history(lines), promised).map(each => each.property)).toContain(property)
  })
})

describe('first in, first out', () => {
  const message = (index: number, from: string, who: string, body: number): HistoryEvent<number> => ({
    index,
    atMs: index,
    who,
    kind: 'delivered',
    event: { kind: 'message', from, topic: 't', body },
  })
  const order = { ordered: (from: string) => from !== 'mixed', sequenceOf: (body: number) => (body < 0 ? undefined : body) }

  it('is broken by a message that comes after a later one on the same link, where that is promised', () => {
    const events = [
      message(0, 'a', 'b', 1),
      message(1, 'a', 'c', 3),
      message(2, 'a', 'b', 2),
      message(3, 'a', 'b', -1),
      message(4, 'mixed', 'b', 2),
      message(5, 'mixed', 'b', 1),
      message(6, 'a', 'c', 2),
      message(7, 'a', 'b', 2),
    ]
    const found = checkFifo({ seed: 's', replay: 'r', events }, order)
    expect(found.map(({ property, eventIndex, who }) => `${property} ${eventIndex} ${who}`)).toEqual(['fifo 6 c'])
  })
})

describe('a recorder', () => {
  it('counts everything, and keeps signals, notes and what it is asked to', () => {
    const { recorder, events } = recordHistory<string>(event => event.kind === 'message' && event.body === 'kept')
    recorder.delivered(1, 'a', { kind: 'message', from: 'b', topic: 't', body: 'dropped' })
    recorder.delivered(2, 'a', { kind: 'message', from: 'b', topic: 't', body: 'kept' })
    recorder.delivered(3, 'a', { kind: 'wake', name: 'w' })
    recorder.delivered(4, 'a', { kind: 'signal', topic: 't', body: 'go' })
    recorder.noted(5, 'a', { kind: 'decided', detail: '' })
    expect(events.map(({ index, atMs, kind }) => `${index} ${atMs} ${kind}`)).toEqual([
      '1 2 delivered',
      '3 4 delivered',
      '4 5 noted',
    ])
  })
})
