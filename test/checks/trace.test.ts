import { run, type Trace, type TraceEvent } from 'swarmvar'
import { beforeAll, describe, expect, it } from 'vitest'
import { checkTrace, stormScenario, type Violation } from '../../src/checks/index.js'
import { losslessStormKinds, stormKinds } from '../../src/network/index.js'
import { stormOfRun } from '../../src/scenario/index.js'
import { cheapScenario } from '../scenario/cheap.js'

const liar = { attack: { kind: 'bias', riskScale: 0.05 } }
const crew = Array.from('abcdefg', (id, i) => ({
  id,
  model: { name: 'ewma', options: { lambda: 0.9 + 0.01 * i } },
  behaviour: i === 3 ? liar : {},
}))
const coordinated = (network = {}) =>
  cheapScenario({
    agents: crew,
    days: 20,
    refitEveryDays: 5,
    network,
    rules: [{ name: 'mean' }, { name: 'median' }, { name: 'trimmedMean', f: 1 }],
  })
const agreed = (protocol: 'synchronous' | 'asynchronous', network = {}) =>
  cheapScenario({ agents: crew, days: 12, refitEveryDays: 4, network, rules: [], decision: { protocol, f: 2, range: 100 } })

const bound = (label: string): number => (label === 'median' ? 3 : 1)
const checked = (trace: Trace, healedDay = 0): readonly Violation[] => checkTrace(trace, { healedDay, bound, replay: 'again' })
const properties = (trace: Trace, healedDay = 0): string[] => checked(trace, healedDay).map(({ property }) => property)

/** The trace with some events changed; undefined takes one out and keeps the count right. */
const edited = (trace: Trace, change: (event: TraceEvent) => TraceEvent | undefined): Trace => ({
  ...trace,
  events: trace.events.flatMap(event => change(event) ?? []).map((event, index) => ({ ...event, index })),
})

const isDecision = (event: TraceEvent, rule: string): boolean => event.kind === 'decision' && event.rule === rule

describe('the checks of a Trace with a coordinator', () => {
  let trace: Trace
  beforeAll(async () => {
    trace = await run(coordinated())
  })

  it('find nothing wrong with a run in a calm network', () => expect(checked(trace)).toEqual([]))

  it('find a decision that is missing, and one that comes twice or too late', () => {
    const without = edited(trace, event => (event.day === 3 && isDecision(event, 'median') ? undefined : event))
    expect(checked(without)).toMatchObject([
      { property: 'termination', detail: 'median has no decision on day 3', replay: 'again' },
    ])
    const twice: Trace = { ...trace, events: trace.events.flatMap(event => (isDecision(event, 'mean') ? [event, event] : event)) }
    expect(properties(edited(twice, event => event))).toContain('integrity')
    const late = edited(trace, event =>
      event.day === 19 && isDecision(event, 'trimmedMean') ? { ...event, atMs: event.atMs + 200 } : event,
    )
    expect(properties(late)).toEqual(['termination'])
  })

  it('find a median beyond what the honest say, and let the mean say what it likes', () => {
    const moved = (rule: string) =>
      edited(trace, event =>
        event.day === 7 && isDecision(event, rule) ? { ...event, var: (event.var as number[]).map(x => x + 50) } : event,
      )
    expect(checked(moved('mean'))).toEqual([])
    for (const rule of ['median', 'trimmedMean']) {
      const found = checked(moved(rule))
      expect(found.length).toBeGreaterThan(0)
      for (const { property, eventIndex } of found) {
        expect(property).toBe('validity')
        expect(moved(rule).events[eventIndex].rule).toBe(rule)
      }
    }
  })

  it('find a report that an honest agent is missing once the network has healed, and not before', async () => {
    const lossy = await run(coordinated({ links: [{ kind: 'loss', probability: 1, from: 'a', toMs: 10_000 }] }))
    expect(new Set(properties(lossy))).toEqual(new Set(['liveness']))
    expect(checked(lossy, 10)).toEqual([])
  })

  it('find time that goes back, and events that do not count up', () => {
    const [first, ...rest] = trace.events
    expect(properties({ ...trace, events: [{ ...first, atMs: 1e9 }, ...rest] })).toContain('order')
    expect(properties({ ...trace, events: rest })).toContain('order')
  })
})

describe('the checks of a Trace without a coordinator', () => {
  it.each(['synchronous', 'asynchronous'] as const)('find nothing wrong with %s agreement in a calm network', async protocol => {
    expect(checked(await run(agreed(protocol)))).toEqual([])
  })

  it('find decisions too far apart, a round that leaves the one before, and agents without a decision', async () => {
    const trace = await run(agreed('synchronous'))
    const apart = edited(trace, event => (event.kind === 'decision' && event.day === 2 ? { ...event, spread: 1 } : event))
    expect(properties(apart)).toEqual(['agreement'])
    const wide = edited(trace, event =>
      event.kind === 'round' && event.day === 4 && event.round === 5
        ? { ...event, high: (event.high as number[]).map(x => x + 1) }
        : event,
    )
    expect(new Set(properties(wide))).toEqual(new Set(['honest range']))
    const slander = { ...trace.events[5], kind: 'note', from: 'b', agent: 'a', note: 'equivocated', detail: 'slander' }
    expect(properties({ ...trace, events: [...trace.events.slice(0, 5), slander, ...trace.events.slice(6)] })).toContain('blame')
    const cut = await run(
      agreed('asynchronous', { links: [{ kind: 'partition', groups: [['a', 'b', 'c']], fromMs: 2000, toMs: 4000 }] }),
    )
    expect(properties(cut)).toContain('liveness')
    expect(checked(cut, 4)).toEqual([])
  })
})

describe('storms of scenarios', () => {
  it('draw faults from the seed that are over when they should be: the same twice, others with another seed', () => {
    const scenario = coordinated({ storm: { intensity: 3 } })
    const storm = stormOfRun(scenario, 'a')
    expect(stormOfRun(scenario, 'a')).toEqual(storm)
    expect(stormOfRun(scenario, 'b')).not.toEqual(storm)
    expect(storm.links.length).toBeGreaterThan(3)
    for (const { toMs } of [...storm.links.filter(({ toMs }) => toMs !== undefined), ...storm.outages])
      expect(toMs).toBeLessThanOrEqual(14_000)
    expect(storm.outages.every(({ id }) => id !== 'coordinator')).toBe(true)
  })

  it('spare each way of deciding what it does not tolerate', () => {
    const kinds = (scenario: Parameters<typeof stormOfRun>[0]): Set<string> =>
      new Set(
        Array.from({ length: 60 }, (_, i) => stormOfRun(scenario, `${i}`).links).flatMap(links => links.map(({ kind }) => kind)),
      )
    const storm = { storm: { intensity: 3 } }
    expect(kinds(coordinated(storm))).toContain('loss')
    expect(kinds(agreed('asynchronous', storm))).not.toContain('loss')
    expect([...kinds(agreed('synchronous', storm))].sort()).toEqual(['duplication', 'latency', 'replay'])
    expect(losslessStormKinds.every(kind => stormKinds.includes(kind))).toBe(true)
  })

  it('refuse kinds of faults that there are not', async () => {
    const scenario = coordinated({ storm: { kinds: ['earthquake'] } })
    await expect(run(scenario)).rejects.toMatchObject({ code: 'BAD_STORM', where: 'scenario.network.storm.kinds[0]' })
  })

  it.each([
    ['a coordinator', coordinated({ storm: { intensity: 2 } })],
    ['synchronous agreement', agreed('synchronous', { storm: true })],
    ['asynchronous agreement', agreed('asynchronous', { storm: true })],
  ])(
    'leave every promise of %s whole, and agents that were down come back',
    async (_, scenario) => {
      for (let i = 0; i < (scenario.decision?.protocol === 'asynchronous' ? 2 : 5); i++) {
        const { violations } = await stormScenario({ scenario, seed: `storm ${i}`, directory: '.', replay: 'again' })
        expect(violations).toEqual([])
      }
    },
    60_000,
  )
})
