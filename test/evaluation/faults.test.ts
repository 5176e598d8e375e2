import { describe, expect, it } from 'vitest'
import { describeAttack, evaluate, faultyAgents } from '../../src/evaluation/index.js'
import type { TraceNote } from '../../src/scenario/trace.js'
import { smallTrace } from './small-trace.js'

const returns = [0, 0, 0]
const said = { var: [2, 2, 2] }
const agent = (id: string) => ({ id, said })
const liar = (id: string, more: object = {}) => ({ id, said, attack: { kind: 'bias', riskScale: 0.4, ...more } })
const rule = (name: string, parameters: object = {}) => ({ spec: { name, ...parameters }, said })

describe('who is faulty', () => {
  it('is read from the scenario, with the words of the attack', () => {
    const trace = smallTrace({ returns, rules: [rule('median')], agents: [agent('a'), liar('b'), agent('c')] })
    expect(faultyAgents(trace.scenario)).toEqual([{ agent: 'b', kind: 'bias', description: 'understates risk by 60 %' }])
    const { agents, faulty } = evaluate(trace)
    expect(faulty).toHaveLength(1)
    expect(agents.b.fault?.kind).toBe('bias')
    expect(agents.a.fault).toBeNull()
  })

  it('can be said by the caller instead', () => {
    const trace = smallTrace({ returns, rules: [rule('median')], agents: [agent('a'), agent('b')] })
    const evaluation = evaluate(trace, [{ agent: 'a', kind: 'garbled', description: 'its link garbles numbers' }])
    expect(evaluation.agents.a.fault?.description).toBe('its link garbles numbers')
    expect(evaluation.rules.median.tolerance).toEqual({ bound: 0, faulty: 1, exceeded: true, exceededDays: 3 })
  })

  it('is spelled out for an attack that the table does not know', () => {
    expect(describeAttack({ kind: 'tellJokes', perDay: 3, tone: 'dry' })).toBe('tell jokes (per day 3, tone dry)')
  })

  it('says from when to when', () => {
    expect(describeAttack({ kind: 'silence', fromDay: 5, toDay: 9 })).toBe('sends nothing from day 5 to day 9')
    expect(describeAttack({ kind: 'silence', toDay: 9 })).toBe('sends nothing up to day 9')
  })
})

describe('tolerance', () => {
  const agents = [agent('a'), agent('b'), agent('c'), liar('d'), liar('e')]

  it('holds the number of faulty agents against each rule’s bound', () => {
    const { rules } = evaluate(
      smallTrace({ returns, rules: [rule('mean'), rule('median'), rule('trimmedMean', { f: 1 })], agents }),
    )
    expect(rules.mean.tolerance).toEqual({ bound: 0, faulty: 2, exceeded: true, exceededDays: 3 })
    expect(rules.median.tolerance).toEqual({ bound: 2, faulty: 2, exceeded: false, exceededDays: 0 })
    expect(rules.trimmedMean.tolerance).toEqual({ bound: 1, faulty: 2, exceeded: true, exceededDays: 3 })
    expect(rules.trimmedMean.parameters).toEqual({ f: 1 })
  })

  it('counts only the days on which faulty reports were accepted', () => {
    const quiet = { ...liar('d'), said: { var: [2, Number.NaN, Number.NaN] } }
    const late = liar('e', { fromDay: 2 })
    const { rules } = evaluate(smallTrace({ returns, rules: [rule('mean')], agents: [agent('a'), agent('b'), quiet, late] }))
    expect(rules.mean.tolerance).toEqual({ bound: 0, faulty: 2, exceeded: true, exceededDays: 2 })
  })

  it('sees that silence of the honest lowers the bound of a day', () => {
    const silent = (id: string) => ({ id, said: { var: [2, 2, Number.NaN] } })
    const { rules } = evaluate(
      smallTrace({ returns, rules: [rule('median')], agents: [agent('a'), silent('b'), silent('c'), liar('d'), liar('e')] }),
    )
    expect(rules.median.tolerance).toEqual({ bound: 2, faulty: 2, exceeded: false, exceededDays: 1 })
  })

  it('is unknown for a rule outside the table', () => {
    const { rules } = evaluate(smallTrace({ returns, rules: [rule('homeMade')], agents }))
    expect(rules.homeMade.tolerance).toEqual({ bound: null, faulty: 2, exceeded: false, exceededDays: 0 })
  })
})

describe('the notes', () => {
  const note = (day: string, agent: string, kind: string, detail = ''): TraceNote => ({ day, atMs: 0, agent, kind, detail })
  const kept = (...ids: string[]) => JSON.stringify({ kept: ids, dropped: [], method: 'reweighted' })
  const notes = [
    note('day 1', 'a', 'late'),
    note('day 1', 'a', 'assimilated', kept('a', 'b')),
    note('day 2', 'b', 'assimilated', kept('b', 'liar')),
    note('day 3', 'b', 'assimilated', kept('b', 'liar')),
    note('day 3', 'liar', 'assimilated', kept('liar', 'a')),
    note('day 3', 'a', 'assimilated', 'not JSON'),
    note('day 3', 'a', 'late'),
  ]
  const evaluation = evaluate(
    smallTrace({ returns, rules: [rule('median')], agents: [agent('a'), agent('b'), liar('liar')], notes }),
  )

  it('are counted by agent and kind', () => {
    expect(evaluation.notes[0]).toEqual({ agent: 'a', kind: 'late', count: 2, firstDay: 'day 1', lastDay: 'day 3' })
    expect(evaluation.notes.map(({ agent, kind, count }) => `${agent} ${kind} ${count}`)).toEqual([
      'a late 2',
      'a assimilated 2',
      'b assimilated 2',
      'liar assimilated 1',
    ])
  })

  it('tell how often an honest agent took in a faulty report', () => {
    expect(evaluation.assimilations).toEqual({ count: 5, tookInFaulty: 2, honestAgentsThatDid: ['b'], unreadable: 1 })
  })
})
