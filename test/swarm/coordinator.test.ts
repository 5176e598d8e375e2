import { ruleNamed } from 'swarmvar/rules'
import { describe, expect, it } from 'vitest'
import { childKey, rootKey } from '../../src/base/index.js'
import type { Event, Step } from '../../src/network/index.js'
import { type Body, type CoordinatorState, coordinator, type DayRecord } from '../../src/swarm/index.js'

const levels = { levels: Float64Array.of(0.01, 0.5, 0.99), riskLevels: Float64Array.of(0.01) }
const rules = [{ label: 'median', rule: ruleNamed('median'), params: {} }]
const plan = { agents: ['a', 'b', 'c'], rules, levels, deadlineMs: 100, quorum: 3 }
const node = coordinator(plan)
const key = childKey(rootKey('s'), 'x')

const report = (from: string, day: number, scale = 1): Event<Body> => ({
  kind: 'message',
  from,
  topic: 'report',
  body: {
    kind: 'report',
    day,
    forecast: {
      levels: levels.levels,
      quantiles: Float64Array.of(-2 * scale, 0, 2 * scale),
      riskLevels: levels.riskLevels,
      shortfalls: Float64Array.of(3 * scale),
    },
  },
})
const open = (day: number): Event<Body> => ({
  kind: 'signal',
  topic: 'day',
  body: { kind: 'day', day, returns: new Float64Array(0) },
})

function play(events: readonly Event<Body>[]): { steps: Step<CoordinatorState, Body>[]; notes: string[]; records: DayRecord[] } {
  let state = node.init('coordinator', [])
  const steps = events.map((event, i) => {
    const step = node.on(state, event, i, key)
    state = step.state
    return step
  })
  const all = steps.flatMap(({ note }) => note)
  return {
    steps,
    notes: all.filter(({ kind }) => kind !== 'decision').map(({ kind, agent }) => `${kind} ${agent ?? ''}`.trim()),
    records: all.filter(({ kind }) => kind === 'decision').map(({ data }) => data as DayRecord),
  }
}

describe('the coordinator', () => {
  it('decides at once when every agent has been heard, and publishes', () => {
    const { steps, records } = play([open(0), report('a', 0), report('b', 0, 2), report('c', 0, 9)])
    expect(records).toHaveLength(1)
    expect(records[0].accepted.map(({ id }) => id)).toEqual(['a', 'b', 'c'])
    expect([...records[0].rules[0].forecast!.quantiles]).toEqual([-4, 0, 4])
    expect(steps[3].send[0]).toMatchObject({ kind: 'topic', topic: 'decision' })
  })

  it('charges a report that throws when it is looked at to its sender, and goes on', () => {
    const trap = {
      get forecast(): never {
        throw new Error('boo')
      },
      kind: 'report',
      day: 0,
    }
    const event = { kind: 'message', from: 'b', topic: 'report', body: trap } as unknown as Event<Body>
    const unreadable = {
      kind: 'message',
      from: 'b',
      topic: 'report',
      body: new Proxy(
        {},
        {
          get: () => {
            throw new Error('boo')
          },
        },
      ),
    } as never
    const { notes, records } = play([open(0), report('a', 0), unreadable, event, report('c', 0)])
    expect(notes).toEqual(['malformed b'])
    expect(records[0].accepted.map(({ id }) => id)).toEqual(['a', 'c'])
  })

  it('decides at the deadline with what it has, names who is missing, and notes who is late', () => {
    const { records, notes } = play([open(0), report('a', 0), { kind: 'wake', name: '0' }, report('b', 0)])
    expect(records[0].accepted.map(({ id }) => id)).toEqual(['a'])
    expect(notes).toEqual(['missing b', 'missing c', 'bound-exceeded', 'late b'])
  })

  it('does not take a report of another day for today’s', () => {
    expect(play([open(0), { kind: 'wake', name: '0' }, open(1), report('a', 0)]).notes.at(-1)).toBe('late a')
  })

  it('does not let an old alarm decide a new day', () => {
    expect(play([open(0), open(1), { kind: 'wake', name: '0' }]).records).toEqual([])
  })

  it('ignores a copy, and notes a second story as equivocation; the first counts', () => {
    const { records, notes } = play([open(0), report('a', 0), report('a', 0), report('a', 0, 5), report('b', 0), report('c', 0)])
    expect(notes).toEqual(['equivocated a'])
    expect([...records[0].accepted[0].forecast.quantiles]).toEqual([-2, 0, 2])
  })

  it('rejects malformed reports once, counts them as heard, and does not listen to strangers', () => {
    const bad = report('b', 0) as Event<Body> & { kind: 'message' }
    const { forecast } = bad.body as { forecast: { quantiles: Float64Array } }
    forecast.quantiles[0] = Number.NaN
    const { records, notes } = play([open(0), report('z', 0), bad, report('a', 0), report('c', 0)])
    expect(notes).toEqual(['stranger z', 'malformed b'])
    expect(records[0].accepted.map(({ id }) => id)).toEqual(['a', 'c'])
  })

  it('repeats a rule’s last decision when nobody reports, and says so', () => {
    const { records, notes } = play([open(0), report('a', 0), { kind: 'wake', name: '0' }, open(1), { kind: 'wake', name: '1' }])
    expect(records[1].rules[0]).toMatchObject({ carried: true, forecast: records[0].rules[0].forecast })
    expect(notes).toContain('too-few-reports')
  })

  it('takes a sound forecast without intervals that are none', () => {
    for (const intervals of [
      [null],
      'x',
      [[2, 1]],
      [[Number.NaN, 1]],
      [
        [1, 2],
        [1, 2],
      ],
      {},
    ]) {
      const event = report('a', 0) as Event<Body> & { kind: 'message' }
      const { records } = play([
        open(0),
        { ...event, body: { ...event.body, intervals } as unknown as Body },
        { kind: 'wake', name: '0' },
      ])
      expect(records[0].accepted[0].intervals).toBeUndefined()
    }
  })

  it('survives whatever is sent in place of a report', () => {
    for (const forecast of [null, undefined, 5, 'x', [], {}, { quantiles: 'abc' }, { levels: levels.levels, quantiles: null }]) {
      const event = {
        kind: 'message',
        from: 'a',
        topic: 'report',
        body: { kind: 'report', day: 0, forecast, intervals: [null] },
      } as unknown as Event<Body>
      expect(play([open(0), event, event]).notes[0]).toBe('malformed a')
    }
  })
})
