import fc from 'fast-check'
import { inProcess, threads } from 'swarmvar/execute'
import { describe, expect, it } from 'vitest'
import { childKey, openStream, rootKey } from '../../src/base/index.js'
import { drawNormal } from '../../src/distributions/index.js'
import { evaluate } from '../../src/evaluation/index.js'
import { type Belief, normalInverseGammaFromNatural } from '../../src/inference/index.js'
import { garchT, type Model, normalInverseGamma, type PriorFields } from '../../src/models/index.js'
import type { Event, Packet, Step } from '../../src/network/index.js'
import { summarise } from '../../src/report/index.js'
import { type AgentInput, defineScenario, jobs, jobsModule, run, type Trace } from '../../src/scenario/index.js'
import { type AgentPlan, type AgentState, agent, type Body } from '../../src/swarm/index.js'
import { type Lesson, learnPrior } from '../../src/swarm/prior-learning.js'
import { cheapScenario, someReturns } from '../scenario/cheap.js'

fc.configureGlobal({ seed: 20240607 })

const key = rootKey('prior learning')
/** Memory so long that nothing is forgotten. */
const forever = { memory: 1e15 }
const conjugate = (id: string, learns: AgentInput['behaviour'], prior?: PriorFields, memory = 60): AgentInput => ({
  id,
  model: { name: 'normalInverseGamma', ...(prior === undefined ? {} : { prior }), options: { memory } },
  ...(learns === undefined ? {} : { behaviour: learns }),
})
const notesOf = (trace: Trace, kind: string) => trace.notes.filter(note => note.kind === kind)

describe('a conjugate agent that learns its prior', () => {
  const window = 60
  const returns = someReturns(5 * window)
  const run60 = (discount: number) =>
    run(
      defineScenario({
        name: 'sequential',
        market: { returns },
        window,
        days: 4 * window,
        refitEveryDays: window,
        agents: ['a', 'b', 'c'].map(id => conjugate(id, { learnPrior: { discount } }, undefined, forever.memory)),
        rules: [{ name: 'mean' }],
      }),
    )
  /** VaR under the default prior when the returns of window k count so much. */
  const valueAtRisk = (weights: number[]): number => {
    const natural = [0, 1, 4, 2]
    weights.forEach((weight, k) => {
      for (const ret of returns.slice(k * window, (k + 1) * window))
        [ret, 1, 1, ret * ret].forEach((s, i) => {
          natural[i] += weight * s
        })
    })
    const { mean, strength, shape, scale } = normalInverseGammaFromNatural(Float64Array.from(natural))
    const model = normalInverseGamma({ mean, strength, shape, scale }, forever)
    // A state that has learned nothing yet is the prior itself.
    const state = { natural: Float64Array.from(natural), words: new Uint32Array(4), days: 0 }
    return -model.forecast(state, { levels: Float64Array.of(0.01, 0.5), riskLevels: Float64Array.of(0.01) }).quantiles[0]
  }
  const expectNear = (found: number, expected: number): void => expect(Math.abs(found / expected - 1)).toBeLessThan(1e-9)

  it('undiscounted, forecasts after each window as if it had been trained on all windows so far in one go', async () => {
    const { agents } = await run60(1)
    const { var: vars } = agents.b['0.01']
    expectNear(vars[0], valueAtRisk([1]))
    expectNear(vars[window], valueAtRisk([1, 1]))
    expectNear(vars[2 * window], valueAtRisk([1, 1, 1]))
    expectNear(vars[3 * window], valueAtRisk([1, 1, 1, 1]))
  })

  it('discounted by a, counts a return k windows old a^k times', async () => {
    const { agents } = await run60(0.4)
    const { var: vars } = agents.a['0.01']
    expectNear(vars[window], valueAtRisk([0.4, 1]))
    expectNear(vars[2 * window], valueAtRisk([0.16, 0.4, 1]))
    expectNear(vars[3 * window], valueAtRisk([0.064, 0.16, 0.4, 1]))
  })
})

/** A model that remembers which returns it has seen, where returns are their own places: the last of its prior and of its own. */
interface Witness {
  readonly last: number
  readonly priorLast: number
}

const witness = (prior: number): Model<Witness> => ({
  name: 'witness',
  init: history => ({ last: history[history.length - 1], priorLast: prior }),
  update: (state, ret) => ({ ...state, last: ret }),
  forecast: (state, levels) => ({
    ...levels,
    quantiles: Float64Array.from(levels.levels, p => p + 0 * state.last),
    shortfalls: Float64Array.of(1),
  }),
  posterior: () => ({ names: [], draws: {}, method: 'none' }),
  belief: ({ last, priorLast }) => ({ kind: 'natural', family: 'witness', values: Float64Array.of(Math.max(last, priorLast)) }),
  beliefProblem: () => null,
  priorFrom: belief => ({ last: belief.kind === 'natural' ? belief.values[0] : Number.NaN }),
  copy: state => state,
})

interface Training {
  readonly first: number
  readonly priorLast: number
  readonly day: number
}

/** Three agents that hear each other, on returns 0, 1, 2 ...; every training that was asked for. `fails` says which fail. */
function trainings(
  window: number,
  refitEveryDays: number,
  days: number,
  trim: number,
  fails: (day: number, id: string) => boolean,
) {
  const asked: Training[] = []
  const plan = (id: string): AgentPlan => ({
    model: witness(-1) as Model,
    key: childKey(key, id),
    levels: { levels: Float64Array.of(0.01, 0.5), riskLevels: Float64Array.of(0.01) },
    window,
    refitEveryDays,
    trainMs: 10,
    shareMs: 50,
    publishes: 'training days',
    learnPrior: { trim, discount: 1, remake: ({ last }) => witness(last) as Model },
    trainInput: (history, _words, prior) => ({ history, prior }),
  })
  const nodes = ['a', 'b', 'c'].map(id => ({ id, node: agent(plan(id)), state: agent(plan(id)).init(id, []) }))
  const step = (who: (typeof nodes)[number], event: Event<Body>, now: number): Step<AgentState, Body> => {
    const done = who.node.on(who.state, event, now, key)
    who.state = done.state
    return done
  }
  for (let day = 0; day < days; day++) {
    const [from, count] = day === 0 ? [0, window] : [window + day - 1, 1]
    const returns = Float64Array.from({ length: count }, (_, i) => from + i)
    const sent: { from: string; packets: readonly Packet<Body>[] }[] = []
    for (const who of nodes) {
      const opened = step(who, { kind: 'signal', topic: 'day', body: { kind: 'day', day, returns } }, day * 1000)
      sent.push({ from: who.id, packets: opened.send })
      for (const { input, tag, job } of opened.work) {
        const { history, prior } = input as { history: Float64Array; prior?: PriorFields }
        asked.push({ first: history[0], priorLast: prior?.last ?? -1, day })
        const event: Event<Body> =
          day > 0 && fails(day, who.id)
            ? { kind: 'failure', job, tag, code: 'NO', message: 'no' }
            : { kind: 'result', job, tag, output: witness(prior?.last ?? -1).init(history, key) }
        sent.push({ from: who.id, packets: step(who, event, day * 1000 + 10).send })
      }
    }
    for (const { from, packets } of sent)
      for (const packet of packets)
        if (packet.kind === 'broadcast')
          for (const who of nodes)
            if (who.id !== from) step(who, { kind: 'message', from, topic: packet.topic, body: packet.body }, day * 1000 + 20)
  }
  return { asked, states: nodes.map(({ state }) => state) }
}

describe('no training is given a prior that has seen one of its returns', () => {
  it('whatever the window, the days between trainings, the days, and the trainings that fail', () => {
    let learned = 0
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 130 }),
        fc.integer({ min: 0, max: 1 }),
        fc.integer({ min: 0, max: 5 }),
        (window, refitEveryDays, days, trim, failing) => {
          const { asked, states } = trainings(
            window,
            refitEveryDays,
            days,
            trim,
            (day, id) => (day * 7 + id.charCodeAt(0)) % 6 < failing,
          )
          expect(asked).toHaveLength(3 * Math.ceil(days / refitEveryDays))
          for (const { first, priorLast, day } of asked) {
            expect(first).toBe(day)
            expect(priorLast).toBeLessThan(first)
            if (priorLast >= 0) learned++
          }
          for (const { lessons } of states) expect(lessons.length).toBeLessThanOrEqual(Math.ceil(window / refitEveryDays) + 1)
        },
      ),
      { numRuns: 150 },
    )
    expect(learned).toBeGreaterThan(1000)
  })

  it('and it is the newest such prior: of the last training at least a window ago', () => {
    for (const [window, refitEveryDays] of [
      [25, 10],
      [20, 20],
      [7, 20],
      [30, 1],
    ]) {
      for (const { priorLast, day } of trainings(window, refitEveryDays, 120, 1, () => false).asked) {
        const source = Math.floor((day - window) / refitEveryDays) * refitEveryDays
        expect(priorLast).toBe(source < 0 ? -1 : source + window - 1)
      }
    }
  })

  it('and a belief stays with the model that it was trained under while trainings under a new prior fail', () => {
    const { states } = trainings(20, 20, 59, 1, day => day >= 20)
    for (const { model, prior, belief } of states) {
      expect(prior.lastSeen).toBeGreaterThanOrEqual(0)
      expect(model).not.toBe(prior.model)
      expect((belief as Witness).priorLast).toBe(-1)
    }
    // Once they succeed, updates and forecasts go on under the prior that the belief was trained with.
    for (const { model, prior, belief } of trainings(20, 20, 59, 1, () => false).states) {
      expect(model).toBe(prior.model)
      expect((belief as Witness).priorLast).toBe(prior.lastSeen)
    }
  })
})

describe('robustness', () => {
  const natural = (mean: number, strength: number, shape: number, scale: number): Belief => ({
    kind: 'natural',
    family: 'normalInverseGamma',
    values: Float64Array.of(strength * mean, strength, 2 * shape, 2 * scale + strength * mean * mean),
  })
  const remake = () => normalInverseGamma() as Model
  const lessonOf = (own: Belief, peers: readonly Belief[]): Lesson => ({
    day: 0,
    lastSeen: 9,
    own,
    peers: new Map(peers.map((belief, i) => [`peer${i}`, belief])),
  })
  const size = fc.double({ min: 1e-2, max: 1e2, noNaN: true })
  const lie = fc.tuple(
    fc.double({ min: -1e5, max: 1e5, noNaN: true }),
    ...[0, 1, 2].map(() => fc.double({ min: 1e-5, max: 1e6, noNaN: true })),
  )
  const truth = fc.tuple(fc.double({ min: -2, max: 2, noNaN: true }), size, size, size)

  /** Every field of the learned prior lies between the least and the largest that the honest beliefs give. */
  function expectHonest(model: Model, trim: number, discount: number, honest: readonly Belief[], lies: readonly Belief[]): void {
    const { prior } = learnPrior(model, { trim, discount, remake }, lessonOf(honest[0], [...lies, ...honest.slice(1)]), key)
    const fields = honest.map(belief => model.priorFrom!(belief, discount, key)!)
    if (prior === null) {
      // Only lies that are no belief at all can leave too few.
      expect(lies.some(belief => model.priorFrom!(belief, discount, key) === null)).toBe(true)
      return
    }
    for (const [name, value] of Object.entries(prior.fields!)) {
      const values = fields.map(one => one[name])
      const slack = 1e-12 * Math.max(...values.map(Math.abs))
      expect(value, name).toBeGreaterThanOrEqual(Math.min(...values) - slack)
      expect(value, name).toBeLessThanOrEqual(Math.max(...values) + slack)
    }
  }

  it('at most trim liars, whatever they say, never move a conjugate agent’s prior beyond the honest range', () => {
    const model = normalInverseGamma() as Model
    fc.assert(
      fc.property(
        fc
          .integer({ min: 1, max: 3 })
          .chain(trim =>
            fc.tuple(
              fc.constant(trim),
              fc.array(truth, { minLength: trim + 1, maxLength: trim + 5 }),
              fc.array(lie, { minLength: trim, maxLength: trim }),
              fc.constantFrom(0.2, 0.5, 1),
            ),
          ),
        ([trim, honest, lies, discount]) => {
          expectHonest(
            model,
            trim,
            discount,
            honest.map(one => natural(...one)),
            lies.map(([mean, ...rest]) => natural(mean, rest[0], rest[1], rest[2])),
          )
        },
      ),
      { numRuns: 500 },
    )
  })

  const trained = garchT().belief!(garchT().init(Float64Array.from(someReturns(150)), key)) as Belief & { kind: 'gaussian' }
  const moved = (label: string | number, spread: number, scale = 1): Belief => {
    const stream = openStream(childKey(key, label))
    const d = trained.mean.length
    return {
      ...trained,
      mean: trained.mean.map((m, i) => m + spread * Math.sqrt(trained.covariance[i * d + i]) * drawNormal(stream)),
      covariance: trained.covariance.map(v => v * scale),
    }
  }

  it('nor a GARCH agent’s', () => {
    for (let trial = 0; trial < 12; trial++) {
      const honest = [0, 1, 2, 3].map(i => moved(`${trial} ${i}`, 0.3))
      const lies = [moved(`${trial} lie`, trial % 2 ? 1 : 8, trial % 3 ? 0.01 : 1), moved(`${trial} lie too`, 1, 50)]
      expectHonest(garchT() as Model, 2, 0.5, honest, lies)
    }
  })

  it('equal beliefs teach the prior that one of them leaves', () => {
    const { prior } = learnPrior(
      garchT() as Model,
      { trim: 1, discount: 0.5, remake },
      lessonOf(trained, [trained, trained]),
      key,
    )
    const alone = garchT().priorFrom!(trained, 0.5, key)!
    for (const [name, value] of Object.entries(prior!.fields!)) expect(Math.abs(value / alone[name] - 1)).toBeLessThan(1e-14)
  })

  it('a belief that leaves no prior is dropped, and too few beliefs teach nothing', () => {
    const outside: Belief = { ...trained, mean: trained.mean.map((m, i) => (i === 1 ? -1e3 : m)) }
    const learn = (peers: Belief[], trim: number) =>
      learnPrior(garchT() as Model, { trim, discount: 1, remake }, lessonOf(trained, peers), key)
    const { prior, note } = learn([outside, trained, trained], 1)
    expect(JSON.parse(note.detail)).toMatchObject({ kept: ['peer1', 'peer2'], dropped: ['peer0'], prior: prior!.fields })
    const refused = learn([outside, trained], 1)
    expect(refused.prior).toBeNull()
    expect(refused.note).toEqual({
      kind: 'prior-not-learned',
      detail: '2 posteriors of its family, of day 0, are too few to leave out 1 at either end',
    })
    expect(learn([], 0).prior).not.toBeNull()
  })
})

describe('a run with learned priors', () => {
  const learns = { learnPrior: true } as const
  const family = (behaviours: { [id: string]: AgentInput['behaviour'] }): AgentInput[] =>
    Object.entries(behaviours).map(([id, behaviour], i) => conjugate(id, behaviour, { shape: 2 + i, scale: 1 + i }, 30))
  const scenarioOf = (agents: readonly AgentInput[], days = 100) =>
    cheapScenario({ agents: [...agents], market: { returns: someReturns(200) }, window: 50, days, rules: [{ name: 'mean' }] })
  const learners = family({ ann: learns, ben: learns, cat: learns, dan: undefined, eve: undefined })
  const plain = family({ ann: undefined, ben: undefined, cat: undefined, dan: undefined, eve: undefined })

  it('notes on each training day that has a lesson from which day it came, whom it kept, and the new prior', async () => {
    const trace = await run(scenarioOf(learners), { seed: 's' })
    const notes = notesOf(trace, 'prior-learned')
    // Trainings on days 0, 20, 40, 60, 80; lessons of days 0 and 20 end before the windows of days 60 and 80.
    expect(notes.map(({ agent, atMs }) => `${agent} ${Math.floor(atMs / 1000)}`)).toEqual(
      [60, 80].flatMap(day => ['ann', 'ben', 'cat'].map(id => `${id} ${day}`)),
    )
    const detail = JSON.parse(notes[1].detail)
    expect(detail).toMatchObject({
      day: 0,
      method: 'mean of 5 posteriors field by field, 1 left out at either end, discount 0.5',
    })
    expect([...detail.kept, ...detail.dropped].sort()).toEqual(['ann', 'cat', 'dan', 'eve'])
    expect(Object.keys(detail.prior)).toEqual(['mean', 'strength', 'shape', 'scale'])
    expect(() => normalInverseGamma(detail.prior)).not.toThrow()
  })

  it('moves forecasts of those who learn, from the first training with a lesson on, and of nobody else', async () => {
    const [learned, alone] = [await run(scenarioOf(learners), { seed: 's' }), await run(scenarioOf(plain), { seed: 's' })]
    for (const id of Object.keys(alone.agents)) {
      const [a, b] = [learned, alone].map(({ agents }) => [...agents[id]['0.01'].var])
      expect(a.slice(0, 60)).toEqual(b.slice(0, 60))
      if (id === 'dan' || id === 'eve') expect(a).toEqual(b)
      else expect(a.slice(60).every((v, i) => v !== b[60 + i])).toBe(true)
    }
  })

  it('is off by default: nobody publishes, notes or learns; with it posteriors cross the network on training days only', async () => {
    const posteriors = async (agents: readonly AgentInput[]): Promise<Set<number>> => {
      const days = new Set<number>()
      const tap = (sighting: { event?: { kind: string; body?: { kind: string; day: number } } }): void => {
        if (sighting.event?.kind === 'message' && sighting.event.body?.kind === 'posterior') days.add(sighting.event.body.day)
      }
      const trace = await run(scenarioOf(agents), { seed: 's', taps: [tap as never] })
      if (agents === plain) expect(trace.notes).toEqual([])
      return days
    }
    expect(plain.every(({ behaviour }) => behaviour === undefined)).toBe(true)
    expect([...(await posteriors(plain))]).toEqual([])
    expect([...(await posteriors(learners))]).toEqual([0, 20, 40, 60, 80])
    expect(JSON.stringify(scenarioOf(plain))).not.toContain('learnPrior')
  })

  it('replays: in this thread and on two workers alike, GARCH included', async () => {
    const garch = (id: string, betaWeight: number): AgentInput => ({
      id,
      model: { name: 'garchT', prior: { betaWeight } },
      behaviour: { learnPrior: { trim: 1, discount: 0.7 } },
    })
    const scenario = scenarioOf([...learners, garch('gus', 1), garch('hal', 2), garch('ivy', 4)], 65)
    const here = inProcess(jobs)
    const there = threads({ workers: 2, jobsModule })
    const [first, second, other] = [
      await run(scenario, { seed: 's', executor: here }),
      await run(scenario, { seed: 's', executor: there }),
      await run(scenario, { seed: 'another', executor: here }),
    ]
    for (const executor of [here, there]) await executor.close()
    expect(second).toEqual(first)
    expect(other.digest).not.toBe(first.digest)
    expect(notesOf(first, 'prior-learned').filter(({ agent }) => agent === 'gus')).toHaveLength(1)
  })

  it('counts honest agents that took in something of a faulty agent’s posterior, and drops a posterior that is wholly out of range', async () => {
    const attack = (riskScale: number) => ({ attack: { kind: 'bias', riskScale } })
    // Cat's prior is in the middle of its family: a small lie stays inside the honest range of some field.
    const middle = family({ ann: learns, ben: learns, cat: attack(1.001), dan: learns, eve: undefined })
    const near = evaluate(await run(scenarioOf(middle)))
    expect(near.priorsLearned.count).toBe(6)
    expect(near.priorsLearned.tookInFaulty).toBe(6)
    expect(near.priorsLearned.honestAgentsThatDid).toEqual(['ann', 'ben', 'dan'])
    expect(summarise(near).sentences.join(' ')).toMatch(
      /3 agents learned priors from earlier windows 6 times; 6 times an honest agent \(ann, ben and dan\)/,
    )
    const trace = await run(scenarioOf(family({ ann: learns, ben: learns, cat: learns, dan: undefined, eve: attack(50) })))
    for (const { detail } of notesOf(trace, 'prior-learned')) expect(JSON.parse(detail).dropped).toContain('eve')
    expect(evaluate(trace).priorsLearned.tookInFaulty).toBe(0)
  })

  it('says that it learned nothing where peers are too few, and where the run ends before a lesson can serve', async () => {
    const few = await run(scenarioOf(family({ ann: learns, ben: undefined })), { seed: 's' })
    expect(notesOf(few, 'prior-learned')).toEqual([])
    expect(notesOf(few, 'prior-not-learned').map(({ detail }) => detail)).toEqual(
      [0, 20].map(day => `2 posteriors of its family, of day ${day}, are too few to leave out 1 at either end`),
    )
    const without = await run(scenarioOf(family({ ann: undefined, ben: undefined })), { seed: 's' })
    expect(few.agents).toEqual(without.agents)
    const short = summarise(evaluate(await run(scenarioOf(learners, 50)))).sentences.join(' ')
    expect(short).toContain('3 agents would have learned priors')
  })

  it('names a peer whose posterior is malformed, once a training day and learner', async () => {
    const trace = await run(
      scenarioOf(family({ ann: learns, ben: learns, cat: undefined, dan: undefined, eve: { attack: { kind: 'malformed' } } })),
    )
    expect(notesOf(trace, 'malformed-posterior').map(({ agent }) => agent)).toEqual(new Array(10).fill('eve'))
  })
})

describe('a scenario with learnPrior', () => {
  const agentWith = (learnPrior: unknown, model = 'garchT') =>
    cheapScenario({
      agents: [{ id: 'zoe', model: { name: model }, behaviour: { learnPrior } as never }],
      rules: [{ name: 'mean' }],
    })

  it('has its defaults filled in', () => {
    expect(agentWith(true).agents[0].behaviour.learnPrior).toEqual({ trim: 1, discount: 0.5 })
    expect(agentWith({ discount: 1 }).agents[0].behaviour.learnPrior).toEqual({ trim: 1, discount: 1 })
  })

  it.each([{ discount: 0 }, { discount: 1.1 }, { trim: -1 }, { trim: 0.5 }, { share: 1 }, false, 'yes'])('refuses %j', given => {
    expect(() => agentWith(given)).toThrow(expect.objectContaining({ code: 'BAD_SCENARIO' }))
  })

  it.each(['ewma', 'bayesianBootstrap', 'historicalSimulation'])(
    'is refused before the run for %s, by the agent’s name',
    async name => {
      await expect(run(agentWith(true, name))).rejects.toMatchObject({ code: 'CANNOT_LEARN_PRIOR' })
      await expect(run(agentWith(true, name))).rejects.toThrow('scenario.agents.zoe.behaviour.learnPrior')
    },
  )
})
