import { type AttackSpec, run, type ScenarioSpec, summariseTrace, type Trace } from 'swarmvar'
import { describe, expect, it } from 'vitest'
import { evaluate } from '../../src/evaluation/index.js'
import { summarise } from '../../src/report/index.js'
import { cheapAgents, cheapScenario } from './cheap.js'

const withAttack = (attack: AttackSpec | undefined, ids: readonly string[] = ['hist']): ScenarioSpec['agents'] =>
  cheapAgents.map(agent => (ids.includes(agent.id) && attack !== undefined ? { ...agent, behaviour: { attack } } : agent))

const runWith = (attack: AttackSpec | undefined, changes: Partial<ScenarioSpec> = {}, ids?: readonly string[]): Promise<Trace> =>
  run(cheapScenario({ agents: withAttack(attack, ids), ...changes }), { seed: 's' })

const kinds = (trace: Trace, agent: string): { [kind: string]: number } => {
  const counts: { [kind: string]: number } = {}
  for (const note of trace.notes) if (note.agent === agent) counts[note.kind] = (counts[note.kind] ?? 0) + 1
  return counts
}

describe('faults on a run', () => {
  it('silence: the coordinator decides at the deadline without the agent and names it every day', async () => {
    const trace = await runWith({ kind: 'silence' })
    expect(kinds(trace, 'hist')).toEqual({ missing: 60 })
    expect(trace.agents.hist['0.01'].var.every(Number.isNaN)).toBe(true)
    expect(trace.ensemble.median['0.01'].var.every(Number.isFinite)).toBe(true)
  })

  it.each(['nan', 'infinite', 'wrongLength', 'descending', 'esBelowVar'])(
    'malformed (%s): rejected at the border, counted against its sender',
    async form => {
      const trace = await runWith({ kind: 'malformed', form })
      expect(kinds(trace, 'hist')).toEqual({ malformed: 60 })
      const honest = await runWith({ kind: 'silence' })
      expect(trace.ensemble.mean['0.01'].var).toEqual(honest.ensemble.mean['0.01'].var)
    },
  )

  it('bias: a VaR of 1000 ruins the mean and neither the median nor the trimmed mean', async () => {
    const trace = await runWith({ kind: 'bias', value: 1000 })
    expect(summariseTrace(trace).rules.mean['0.01'].meanVar).toBeGreaterThan(200)
    const honest = ['boot', 'fast', 'risk', 'slow'].map(id => trace.agents[id]['0.01'].var)
    for (const rule of ['median', 'trimmedMean']) {
      trace.ensemble[rule]['0.01'].var.forEach((value, day) => {
        expect(value).toBeGreaterThanOrEqual(Math.min(...honest.map(series => series[day])))
        expect(value).toBeLessThanOrEqual(Math.max(...honest.map(series => series[day])))
      })
    }
  })

  it('staleness: an agent repeats what it said before', async () => {
    const honest = await runWith(undefined)
    const stale = await runWith({ kind: 'staleness', lagDays: 5 })
    expect([...stale.agents.hist['0.01'].var.slice(5)]).toEqual([...honest.agents.hist['0.01'].var.slice(0, 55)])
  })

  it('signFlip: a loss is reported as a gain of the same size', async () => {
    const honest = await runWith(undefined)
    const flipped = await runWith({ kind: 'signFlip' })
    for (let day = 0; day < 60; day++)
      expect(flipped.agents.hist['0.01'].var[day]).toBeCloseTo(-honest.agents.hist['0.01'].var[day], 12)
  })

  it('omission: about half of the reports are missing', async () => {
    const missing = kinds(await runWith({ kind: 'omission', probability: 0.5 }), 'hist').missing
    expect(missing).toBeGreaterThan(15)
    expect(missing).toBeLessThan(45)
  })

  it('noise stays well-formed', async () => {
    const trace = await runWith({ kind: 'noise', sd: 3 })
    expect(kinds(trace, 'hist')).toEqual({})
    expect(trace.agents.hist['0.01'].var.every(Number.isFinite)).toBe(true)
  })

  it('equivocation: neighbours are told different stories of one posterior', async () => {
    const heard = new Map<string, Set<number>>()
    const tap = (sighting: { kind: string; event?: { kind: string; from?: string; body?: unknown } }): void => {
      const { event } = sighting
      const body = event?.body as { kind?: string; day?: number; belief?: { values: Float64Array } } | undefined
      if (event?.kind !== 'message' || event.from !== 'slow' || body?.kind !== 'posterior') return
      const stories = heard.get(String(body.day)) ?? new Set()
      stories.add(body.belief!.values[3])
      heard.set(String(body.day), stories)
    }
    const agents = withAttack({ kind: 'equivocation', spread: 0.5 }, ['slow'])
    await run(cheapScenario({ agents }), { seed: 's', taps: [tap as never] })
    expect(heard.size).toBe(60)
    for (const stories of heard.values()) expect(stories.size).toBeGreaterThan(1)
  })

  it('an attack is active from fromDay to toDay only', async () => {
    expect(kinds(await runWith({ kind: 'malformed', fromDay: 10, toDay: 12 }), 'hist')).toEqual({ malformed: 3 })
  })

  it('a rule without enough reports repeats its last decision and says so', async () => {
    const trace = await runWith({ kind: 'silence', fromDay: 30 }, { rules: [{ name: 'trimmedMean', f: 2 }] })
    expect(trace.notes.filter(({ kind }) => kind === 'too-few-reports')).toHaveLength(30)
    const { var: vars } = trace.ensemble.trimmedMean['0.01']
    expect(new Set(vars.slice(29)).size).toBe(1)
  })
})

describe('network faults on a run', () => {
  it('lost reports are missing, and the rest decides', async () => {
    const trace = await runWith(undefined, { network: { links: [{ kind: 'loss', probability: 0.2, topic: 'report' }] } })
    const missing = trace.notes.filter(({ kind }) => kind === 'missing').length
    expect(missing).toBeGreaterThan(30)
    expect(missing).toBeLessThan(90)
  })

  it('copies of a report change nothing but the digest', async () => {
    const network = { links: [{ kind: 'duplication', probability: 1 }] }
    const trace = await runWith(undefined, { network })
    expect(trace.notes.filter(({ kind }) => kind === 'equivocated')).toEqual([])
    expect(trace.ensemble.mean).toEqual((await runWith(undefined, { network: {} })).ensemble.mean)
  })

  it('a partition silences its far side while it lasts, and only then', async () => {
    const partition = {
      kind: 'partition',
      groups: [
        ['boot', 'fast'],
        ['coordinator', 'hist', 'risk', 'slow'],
      ],
      fromMs: 10_000,
      toMs: 20_000,
    }
    const trace = await runWith(undefined, { network: { links: [partition] } })
    expect(kinds(trace, 'boot')).toEqual({ missing: 10 })
    expect(kinds(trace, 'risk').missing).toBeUndefined()
  })

  it('a quorum below n decides early and notes who came late', async () => {
    const trace = await runWith(undefined, {
      network: { quorum: 4, links: [{ kind: 'latency', distribution: 'constant', meanMs: 3 }] },
    })
    expect(trace.notes.filter(({ kind }) => kind === 'missing').length).toBe(60)
  })
})

describe('a bound', () => {
  it('is exceeded on days when honest reports are lost, and the report says so', async () => {
    const links = [{ kind: 'loss', probability: 1, from: ['boot', 'fast', 'risk'], topic: 'report' }]
    const trace = await runWith({ kind: 'bias', value: 500 }, { network: { links }, rules: [{ name: 'median' }] })
    const { warnings } = summarise(evaluate(trace))
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain('On 60 of 60 days')
  })
})

describe('sharing', () => {
  it('is off, and says so, when there are too few beliefs to leave out the ones that may lie', async () => {
    const agents = cheapAgents.map(agent =>
      agent.behaviour?.assimilate === undefined ? agent : { ...agent, behaviour: { assimilate: true as const } },
    )
    const trace = await run(cheapScenario({ agents }), { seed: 's' })
    expect(trace.notes.filter(({ kind }) => kind === 'assimilated')).toEqual([])
    expect(trace.notes.filter(({ kind }) => kind === 'not-assimilated')[0].detail).toBe(
      '1 beliefs of its family are too few to leave out 1',
    )
  })

  it('is noted with who was kept, and changes forecasts against the control without it', async () => {
    const shared = await runWith(undefined)
    const alone = await run(cheapScenario({ agents: cheapAgents.map(({ behaviour: _, ...agent }) => agent) }), { seed: 's' })
    const notes = shared.notes.filter(({ kind }) => kind === 'assimilated')
    expect(notes).toHaveLength(6)
    expect(JSON.parse(notes[0].detail)).toEqual({ kept: ['slow'], dropped: [], method: 'natural parameters averaged' })
    expect(alone.notes).toEqual([])
    expect(shared.agents.fast['0.01'].var).not.toEqual(alone.agents.fast['0.01'].var)
    expect(shared.agents.risk).toEqual(alone.agents.risk)
  })

  it('a belief that is none is refused and its sender named', async () => {
    const trace = await runWith({ kind: 'malformed' }, {}, ['slow'])
    expect(kinds(trace, 'slow')['malformed-posterior']).toBeGreaterThan(0)
  })
})
