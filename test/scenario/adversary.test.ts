import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AttackSpec, run, type ScenarioSpec, type Trace } from 'swarmvar'
import { describe, expect, it } from 'vitest'
import { describeAttack, evaluate } from '../../src/evaluation/index.js'
import type { ReportBody } from '../../src/swarm/index.js'
import { collusions, isMute } from '../swarm/collusions.js'
import { cheapScenario } from './cheap.js'

const models = [
  { name: 'ewma', options: { lambda: 0.9 } },
  { name: 'ewma' },
  { name: 'historicalSimulation', options: { window: 60 } },
  { name: 'historicalSimulation', options: { window: 100 } },
  { name: 'normalInverseGamma', options: { memory: 20 } },
  { name: 'normalInverseGamma', options: { memory: 60 } },
  { name: 'bayesianBootstrap', options: { window: 80 } },
]

const LIARS = ['b', 'e']

/** Seven cheap agents, a to g, of whom b and e have the attack. */
const crew = (attack?: AttackSpec, behaviour: object = {}): ScenarioSpec['agents'] =>
  models.map((model, i) => {
    const id = 'abcdefg'[i]
    return { id, model, behaviour: { ...behaviour, ...(attack !== undefined && LIARS.includes(id) ? { attack } : {}) } }
  })

const specWith = (attack: AttackSpec | undefined, changes: Partial<ScenarioSpec> = {}) =>
  cheapScenario({ agents: crew(attack), days: 12, refitEveryDays: 5, network: {}, ...changes })

const runWith = (attack: AttackSpec | undefined, changes: Partial<ScenarioSpec> = {}): Promise<Trace> =>
  run(specWith(attack, changes), { seed: 's' })

interface Arrival {
  readonly atMs: number
  readonly to: string
  readonly from: string
  readonly body: ReportBody
}

/** Every message that arrives somewhere, while a scenario runs. */
async function arrivalsOf(scenario: Parameters<typeof run>[0]): Promise<{ trace: Trace; arrivals: Arrival[] }> {
  const arrivals: Arrival[] = []
  const trace = await run(scenario, {
    seed: 's',
    taps: [
      sighting => {
        if (sighting.kind !== 'delivered' || sighting.event.kind !== 'message') return
        const { from, body } = sighting.event
        arrivals.push({ atMs: sighting.atMs, to: sighting.to, from, body: body as ReportBody })
      },
    ],
  })
  return { trace, arrivals }
}

const varOf = (trace: Trace, id: string): Float64Array => trace.agents[id]['0.01'].var
const cases = Object.entries(collusions).flatMap(([kind, all]) =>
  all.map(parameters => {
    const named = kind === 'mimic' && parameters.of !== undefined ? { of: 'c' } : parameters
    return { kind, ...named } as AttackSpec
  }),
)

describe('agents that collude', () => {
  it.each(cases)('%j: report what the border accepts, all the same, and the run replays', async attack => {
    const first = await runWith(attack)
    const again = await run(specWith(attack), { seed: 's', taps: [() => undefined] })
    expect(again.digest).toBe(first.digest)
    if (isMute(attack)) return
    expect(first.notes).toEqual([])
    expect([...varOf(first, 'b')]).toEqual([...varOf(first, 'e')])
    expect(varOf(first, 'b').every(Number.isFinite)).toBe(true)
  })

  it('leave what honest agents say as it is without them', async () => {
    const honest = await runWith(undefined)
    for (const attack of [{ kind: 'mimic' }, { kind: 'scaledMean' }]) {
      const trace = await runWith(attack)
      for (const id of ['a', 'c', 'd', 'f', 'g']) expect(varOf(trace, id)).toEqual(varOf(honest, id))
      for (const id of LIARS) expect(varOf(trace, id)).not.toEqual(varOf(honest, id))
    }
  })

  it('are only heard through the adversary: no truth of theirs reaches anybody', async () => {
    const { arrivals } = await arrivalsOf(specWith({ kind: 'withinRange' }))
    const truths = await arrivalsOf(specWith(undefined))
    for (const id of LIARS) {
      const said = (all: readonly Arrival[]) => all.filter(({ from }) => from === id).map(({ body }) => body.forecast.quantiles)
      expect(said(arrivals)).toHaveLength(12)
      for (const quantiles of said(arrivals)) expect(said(truths.arrivals)).not.toContainEqual(quantiles)
    }
    expect(arrivals.some(({ from, to }) => from === 'adversary' || to === 'adversary')).toBe(false)
  })

  it('lie from fromDay to toDay and are honest before and after, to the bit', async () => {
    const honest = await runWith(undefined)
    const trace = await runWith({ kind: 'withinRange', fromDay: 4, toDay: 6 })
    for (let day = 0; day < 12; day++)
      for (const id of LIARS) expect(varOf(trace, id)[day] === varOf(honest, id)[day]).toBe(day < 4 || day > 6)
  })

  it('form a coalition a kind and its parameters: only who lies alike, whatever the days, lies together', async () => {
    const agents = models.map((model, i) => {
      const attack = [undefined, { kind: 'mimic', of: 'a' }, { kind: 'mimic', of: 'a', fromDay: 6 }, { kind: 'edge' }][i]
      return { id: 'abcdefg'[i], model, behaviour: attack === undefined ? {} : { attack } }
    })
    const trace = await runWith(undefined, { agents })
    const honest = await runWith(undefined)
    expect(varOf(trace, 'b')).toEqual(varOf(trace, 'a'))
    expect([...varOf(trace, 'c')].slice(6)).toEqual([...varOf(trace, 'a')].slice(6))
    expect([...varOf(trace, 'c')].slice(0, 6)).toEqual([...varOf(honest, 'c')].slice(0, 6))
    expect(varOf(trace, 'd')).not.toEqual(varOf(trace, 'a'))
  })

  it('stay in the honest range of the day when they say so, and outside days nobody has seen', async () => {
    const trace = await runWith({ kind: 'withinRange' })
    const honest = ['a', 'c', 'd', 'f', 'g'].map(id => varOf(trace, id))
    for (let day = 0; day < 12; day++) expect(varOf(trace, 'b')[day]).toBe(Math.min(...honest.map(series => series[day])))
  })

  it.each([
    ['without an honest agent', { kind: 'edge' }, ['a', 'b', 'c', 'd', 'e', 'f', 'g']],
    ['as a majority with a little', { kind: 'aLittleIsEnough' }, ['a', 'b', 'c', 'd']],
    ['as a copy of a liar', { kind: 'mimic', of: 'a' }, ['a', 'b']],
    ['against no rule', { kind: 'adaptive', against: 'nobody' }, ['a']],
  ])('are refused before the run %s', async (_, attack, liars) => {
    const agents = models.map((model, i) => {
      const id = 'abcdefg'[i]
      return { id, model, behaviour: liars.includes(id) ? { attack } : {} }
    })
    await expect(runWith(undefined, { agents })).rejects.toMatchObject({ code: 'BAD_ATTACK' })
  })

  it('are faulty agents to the evaluation, in words', async () => {
    const trace = await runWith({ kind: 'aLittleIsEnough', fromDay: 3 })
    const { faulty } = evaluate(trace)
    expect(faulty.map(({ agent, kind }) => [agent, kind])).toEqual(LIARS.map(id => [id, 'aLittleIsEnough']))
    for (const attack of cases) expect(describeAttack(attack)).toMatch(/^all /)
  })

  it('have an adaptive mind that harms its target more than the honest range does', async () => {
    const harm = async (attack: AttackSpec, rule: string): Promise<number> => {
      const [trace, honest] = [await runWith(attack), await runWith(undefined)]
      const [under, without] = [trace, honest].map(one => one.ensemble[rule]['0.01'].var)
      return without.reduce((sum, x, day) => sum + (x - under[day]), 0)
    }
    for (const against of ['mean', 'median', 'trimmedMean'])
      expect(await harm({ kind: 'adaptive', against }, against)).toBeGreaterThanOrEqual(
        (await harm({ kind: 'withinRange' }, against)) - 1e-9,
      )
    expect(await harm({ kind: 'adaptive', against: 'mean' }, 'mean')).toBeGreaterThan(10)
  })
})

describe('the adversary rushes', () => {
  const reports = (all: readonly Arrival[]) => all.filter(({ to }) => to === 'coordinator')
  const links = [
    ['no links', []],
    ['a constant latency', [{ kind: 'latency', distribution: 'constant', meanMs: 7 }]],
  ] as const

  it.each(links)('over %s its puppets’ reports arrive after all honest ones and before the deadline', async (_, some) => {
    const scenario = specWith({ kind: 'mimic' }, { network: { links: [...some] }, agents: crew({ kind: 'mimic' }) })
    const { arrivals, trace } = await arrivalsOf(scenario)
    expect(trace.notes).toEqual([])
    for (let day = 0; day < 12; day++) {
      const today = reports(arrivals).filter(({ body }) => body.day === day)
      expect(
        today
          .map(({ from }) => from)
          .slice(-2)
          .sort(),
      ).toEqual(LIARS)
      expect(today).toHaveLength(7)
      for (const { atMs } of today) expect(atMs).toBeLessThanOrEqual(day * 1000 + 100)
    }
  })

  it('over links of random latency its reports are still in time', async () => {
    const network = { links: [{ kind: 'latency', distribution: 'uniform', minMs: 1, maxMs: 25 }] }
    const agents = crew({ kind: 'edge' }, { assimilate: { trim: 0 } })
    const trace = await runWith(undefined, { network, agents })
    expect(trace.notes.filter(({ kind }) => ['late', 'missing'].includes(kind))).toEqual([])
  })

  it('waits for nobody beyond three quarters of the deadline', async () => {
    const agents = crew({ kind: 'edge' }).map(agent =>
      agent.id === 'a' ? { ...agent, behaviour: { attack: { kind: 'silence' } } } : agent,
    )
    // g is honest, and down on day 3.
    const network = { outages: [{ id: 'g', fromMs: 2500, toMs: 3500 }] }
    const { arrivals } = await arrivalsOf(specWith(undefined, { agents, network }))
    const at = reports(arrivals).filter(({ from, body }) => from === 'b' && body.day === 3)
    expect(at.map(({ atMs }) => atMs)).toEqual([3075])
  })

  it.each([4, 3])('speaks as soon as its puppets’ reports make up the quorum of %i, so that they count', async quorum => {
    const { trace, arrivals } = await arrivalsOf(specWith({ kind: 'edge' }, { network: { quorum } }))
    for (let day = 0; day < 12; day++) {
      const first = reports(arrivals).filter(({ body }) => body.day === day)
      expect(first.slice(0, quorum).map(({ from }) => from)).toEqual(expect.arrayContaining(LIARS))
    }
    expect(LIARS.every(id => varOf(trace, id).every(Number.isFinite))).toBe(true)
  })
})

describe('a `use` module', () => {
  it('may add a way of lying together, which is prepared before the run', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'swarmvar-'))
    const parrot = `export default { attacks: { parrot: () => ({
      kind: 'parrot', description: 'all repeat a', isTwoFaced: false, memoryDays: 0,
      prepare({ honest, puppets }) {
        if (puppets.length !== 2) throw new TypeError('two are enough')
        return { report: round => () => round.honest.get(honest[0]), belief: () => () => null }
      },
    }) } }`
    writeFileSync(join(directory, 'parrot.ts'), `// @ts-nocheck\n${parrot}`)
    const spec = (agents: ScenarioSpec['agents']) => specWith(undefined, { agents, use: ['./parrot.ts'] })
    const trace = await run(spec(crew({ kind: 'parrot' })), { seed: 's', directory })
    for (const id of LIARS) expect(varOf(trace, id)).toEqual(varOf(trace, 'a'))
    const three = crew({ kind: 'parrot' }).map(agent =>
      agent.id === 'g' ? { ...agent, behaviour: { attack: { kind: 'parrot' } } } : agent,
    )
    await expect(run(spec(three), { seed: 's', directory })).rejects.toMatchObject({ code: 'BAD_MODULE' })
  })
})

describe('a quorum that liars make up by themselves', () => {
  it('still waits for one honest report to lie about', async () => {
    const trace = await runWith({ kind: 'edge' }, { network: { quorum: 2 }, rules: [{ name: 'mean' }] })
    expect(LIARS.some(id => varOf(trace, id).some(Number.isFinite))).toBe(true)
  })
})

describe('colluding about posteriors', () => {
  const sharing = { assimilate: { trim: 1, everyDays: 1 } }
  const network = { links: [{ kind: 'latency', distribution: 'constant', meanMs: 5 }] }
  const twins = (attack?: AttackSpec): ScenarioSpec['agents'] =>
    [20, 25, 30, 40, 60].map((memory, i) => ({
      id: `n${i}`,
      model: { name: 'normalInverseGamma', options: { memory } },
      behaviour: { ...sharing, ...(attack !== undefined && i > 2 ? { attack } : {}) },
    }))

  it.each([
    { kind: 'aLittleIsEnough' },
    { kind: 'mimic' },
    { kind: 'withinRange' },
    { kind: 'scaledMean' },
    { kind: 'adaptive' },
    { kind: 'collusion', lie: { kind: 'bias', riskScale: 0.5 } },
    { kind: 'collusion', lie: { kind: 'equivocation' } },
  ])('%j: puppets tell posteriors in time to be pooled, never their own', async attack => {
    const told = (all: readonly Arrival[], id: string) =>
      all.filter(({ from, body }) => from === id && (body.kind as string) === 'posterior')
    const { arrivals } = await arrivalsOf(specWith(undefined, { agents: twins(attack), network }))
    const honest = await arrivalsOf(specWith(undefined, { agents: twins(), network }))
    for (const id of ['n3', 'n4']) {
      expect(told(arrivals, id)).toHaveLength(12 * 4)
      for (const { atMs, body } of told(arrivals, id)) expect(atMs).toBeLessThan(body.day * 1000 + 50)
      const own = told(honest.arrivals, id).map(({ body }) => body)
      for (const { body } of told(arrivals, id)) expect(own).not.toContainEqual(body)
    }
  })

  it('with two faces tells every neighbour another story', async () => {
    const attack = { kind: 'collusion', lie: { kind: 'equivocation' } }
    const { arrivals } = await arrivalsOf(specWith(undefined, { agents: twins(attack), network }))
    const stories = arrivals.filter(({ from, body }) => from === 'n3' && (body.kind as string) === 'posterior' && body.day === 2)
    expect(new Set(stories.map(({ body }) => JSON.stringify(body))).size).toBe(4)
  })
})
