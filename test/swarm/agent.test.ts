import { describe, expect, it } from 'vitest'
import { childKey, rootKey } from '../../src/base/index.js'
import { evaluate } from '../../src/evaluation/index.js'
import { garchT, type Model, modelTable } from '../../src/models/index.js'
import type { Event } from '../../src/network/index.js'
import { notesTable } from '../../src/report/index.js'
import { defineScenario, run } from '../../src/scenario/index.js'
import { type AgentPlan, agent, type Body } from '../../src/swarm/index.js'
import { someReturns } from '../scenario/cheap.js'

const key = childKey(rootKey('agent'), 'a')
const levels = { levels: Float64Array.of(0.01, 0.5), riskLevels: Float64Array.of(0.01) }

/** Believes in the last return, and says that it had to move on every loss. */
const nervous: Model<number> = {
  name: 'nervous',
  init: history => history[history.length - 1],
  update: (_, ret) => ret,
  forecast: state => ({ ...levels, quantiles: Float64Array.of(state - 1, state), shortfalls: Float64Array.of(2 - state) }),
  posterior: () => ({ names: [], draws: {}, method: 'none' }),
  rejuvenation: state => (state < 0 ? `moved by ${state}` : undefined),
  copy: state => state,
}

const plan: AgentPlan = {
  model: nervous as Model,
  key,
  levels,
  window: 3,
  refitEveryDays: 5,
  trainMs: 10,
  shareMs: 50,
  publishes: 'never',
  trainInput: history => history,
}

const day = (n: number, ...returns: number[]): Event<Body> => ({
  kind: 'signal',
  topic: 'day',
  body: { kind: 'day', day: n, returns: Float64Array.from(returns) },
})

describe('what an update had to do beyond reweighting', () => {
  const node = agent(plan)
  const trained = () => node.on(node.on(node.init('a', []), day(0, 1, 2, -3), 0, key).state, result(-3), 10, key)
  const result = (output: unknown): Event<Body> => ({ kind: 'result', job: 'train', tag: '0', output })

  it('is noted on the day the update did it, by the agent itself, and not on a training day', () => {
    const first = trained()
    expect(first.note).toEqual([])
    const second = node.on(first.state, day(1, -2), 1000, key)
    expect(second.note).toEqual([{ kind: 'rejuvenated', detail: 'moved by -2' }])
    expect(second.send).toHaveLength(1)
    expect(node.on(second.state, day(2, 2), 2000, key).note).toEqual([])
  })

  it('is noted after the failure when a training failed and the old belief had to move on', () => {
    let { state } = trained()
    for (let n = 1; n < 5; n++) state = node.on(state, day(n, 1), n * 1000, key).state
    state = node.on(state, day(5, -7), 5000, key).state
    const { note } = node.on(state, { kind: 'failure', job: 'train', tag: '5', code: 'NO', message: 'no' }, 5010, key)
    expect(note.map(({ kind, detail }) => `${kind}: ${detail}`)).toEqual(['training-failed: NO: no', 'rejuvenated: moved by -7'])
  })

  it('reaches the Trace and its table of notes in a run whose returns a GARCH posterior did not expect', async () => {
    const returns = [...someReturns(110), ...someReturns(20, 'later').map(ret => 12 * ret)]
    const scenario = defineScenario({
      name: 'shock',
      market: { returns },
      window: 100,
      days: 30,
      refitEveryDays: 30,
      agents: [{ id: 'a', model: { name: 'garchT' } }],
      rules: [{ name: 'mean' }],
    })
    const trace = await run(scenario)
    const notes = trace.notes.filter(({ kind }) => kind === 'rejuvenated')
    expect(notes.length).toBeGreaterThan(0)
    for (const { agent: by, detail } of notes) {
      expect(by).toBe('a')
      expect(detail).toMatch(/effective of 400 draws after \d+ returns: resampled, \d+ passes of .* moved \d+ %/)
    }
    expect(evaluate(trace).notes).toEqual([
      { agent: 'a', kind: 'rejuvenated', count: notes.length, firstDay: notes[0].day, lastDay: notes[notes.length - 1].day },
    ])
    const table = notesTable(evaluate(trace))
    expect(table.rows[0].map(({ text }) => text)).toContain('rejuvenated')
    expect(table.notes).toEqual([expect.stringMatching(/^rejuvenated: /)])
    expect((await run(scenario)).digest).toBe(trace.digest)
  })
})

describe('models that can move their draws', () => {
  it('say nothing about it after a training', () => {
    for (const model of [garchT() as Model, modelTable.filteredHistorical()])
      expect(model.rejuvenation!(model.init(Float64Array.from(someReturns(100)), key))).toBeUndefined()
  })
})

describe('an agent that was down', () => {
  const node = agent({ ...plan, model: { ...nervous, update: (belief: number, ret: number) => 10 * belief + ret } as Model })
  const result = (tag: string, output: unknown): Event<Body> => ({ kind: 'result', job: 'train', tag, output })

  it('absorbs all that it missed when the market tells it, each return once', () => {
    let { state } = node.on(node.init('a', []), day(0, 1, 2, 3), 0, key)
    state = node.on(state, result('0', 3), 10, key).state
    expect(node.on(state, day(3, 4, 5, 6), 3000, key).state.belief).toBe(3456)
  })

  it('absorbs what the training would have seen whose result it has lost, and takes no result of another day', () => {
    let { state } = node.on(node.init('a', []), day(0, 1, 2, 3), 0, key)
    state = node.on(state, result('0', 3), 10, key).state
    for (let n = 1; n < 5; n++) state = node.on(state, day(n, 0), n * 1000, key).state
    state = node.on(state, day(5, 7), 5000, key).state
    state = node.on(state, day(6, 8), 6000, key).state
    expect(state.belief).toBe(3000078)
    expect(node.on(state, result('5', 99), 6010, key).state.belief).toBe(3000078)
  })

  it('without a first training stays silent until the next one', () => {
    let { state } = node.on(node.init('a', []), day(1, 1, 2, 3, 4), 1000, key)
    expect(state.belief).toBeUndefined()
    const step = node.on(state, day(5, 5, 6), 5000, key)
    state = step.state
    expect(step.work[0].input).toEqual(Float64Array.of(4, 5, 6))
    expect(node.on(state, result('5', 6), 5010, key).send).toHaveLength(1)
  })
})
