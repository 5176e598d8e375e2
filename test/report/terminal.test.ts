import { describe, expect, it } from 'vitest'
import { compareEvaluations, evaluate } from '../../src/evaluation/index.js'
import { agentsTable, evaluationText, preferredRule, rulesTable, summarise, toleranceVerdict } from '../../src/report/index.js'
import type { RuleSpec } from '../../src/scenario/types.js'
import { syntheticTrace, usualAgents } from './synthetic-trace.js'

const evaluation = evaluate(syntheticTrace())
const comparison = compareEvaluations(
  evaluation,
  evaluate(syntheticTrace({ agents: usualAgents.filter(({ id }) => id !== 'amber') })),
)
const text = evaluationText(evaluation, comparison)
const honest = usualAgents.filter(({ behaviour }) => behaviour.attack === undefined)

describe('what a run prints', () => {
  it('fits in 100 columns', () => {
    expect(Math.max(...text.split('\n').map(line => line.length))).toBeLessThanOrEqual(100)
  })

  it('has a table of rules and one of agents for every level, the bounds and the control', () => {
    for (const level of ['1 %', '2.5 %', '5 %']) {
      expect(text).toContain(`Rules, ${level} VaR`)
      expect(text).toContain(`Agents, ${level} VaR`)
      expect(text).toContain(`Sharing posteriors against none, ${level} VaR`)
    }
    expect(text).toContain('f = 2')
    expect(text).toContain('2 faulty, tolerates 0: EXCEEDED')
    expect(text).toContain('2 faulty, tolerates 4: within')
  })

  it('marks the faulty agents', () => {
    expect(text).toMatch(/^! liar/m)
    expect(text).toMatch(/^ {0,2}amber/m)
  })

  it('warns when more agents are faulty than a rule tolerates', () => {
    expect(text).toContain('WARNING: 2 of 9 agents are faulty')
    expect(evaluationText(evaluate(syntheticTrace({ days: 60, agents: honest })))).not.toContain('WARNING')
  })

  it('never says NaN, undefined or Infinity', () => {
    const edge = evaluate(
      syntheticTrace({ days: 1, agents: [...usualAgents, { ...honest[0], id: 'mute' }], rules: [{ name: 'trimmedMean', f: 2 }] }),
    )
    for (const printed of [text, evaluationText(edge)]) expect(printed).not.toMatch(/NaN|undefined|Infinity|null/)
  })
})

describe('the tables', () => {
  it('give the page more columns than the terminal', () => {
    expect(rulesTable(evaluation, 0.01, 'page').columns.length).toBeGreaterThan(
      rulesTable(evaluation, 0.01, 'terminal').columns.length,
    )
    expect(agentsTable(evaluation, 0.01, 'page').columns.map(({ title }) => title)).toContain('fault')
  })

  it('show missing days only where there are some', () => {
    const titles = (agents: typeof usualAgents) =>
      agentsTable(evaluate(syntheticTrace({ days: 90, agents })), 0.01, 'page').columns.map(({ title }) => title)
    expect(titles(honest)).toContain('missing')
    expect(titles(honest.filter(({ id }) => id !== 'ember'))).not.toContain('missing')
  })

  it('make rejected tests striking', () => {
    const { rows } = agentsTable(evaluation, 0.01, 'page')
    expect(rows.find(([id]) => id.text === 'liar')?.some(cell => cell.striking && /^\de-\d+$/.test(cell.text))).toBe(true)
  })

  it('say when no bound is known', () => {
    const rule = { ...evaluation.rules.mean, tolerance: { bound: null, faulty: 1, exceeded: false, exceededDays: 0 } }
    expect(toleranceVerdict(rule)).toBe('1 faulty, no known bound')
  })
})

describe('the summary', () => {
  it('speaks of the median, else of the first rule that tolerates the faulty', () => {
    const preferred = (...rules: RuleSpec[]) => preferredRule(evaluate(syntheticTrace({ days: 2, rules })))
    expect(preferred({ name: 'mean' }, { name: 'trimmedMean', f: 1 }, { name: 'median' })).toBe('median')
    expect(preferred({ name: 'mean' }, { name: 'trimmedMean', f: 1 })).toBe('trimmedMean')
    expect(preferred({ name: 'mean' })).toBe('mean')
    expect(preferred()).toBeNull()
  })

  it('computes its sentences', () => {
    const sentences = summarise(evaluation, comparison).sentences.join('\n')
    expect(sentences).toContain('liar (understates risk by 70 %)')
    expect(sentences).toMatch(/Of 400 days, the return fell below the median rule’s −VaR on \d+ at 1 %/)
    expect(sentences).toMatch(/less than the plain mean at 1 % \(Diebold–Mariano p/)
    expect(sentences).toMatch(/took in a faulty one’s/)
    expect(sentences).toMatch(/Sharing posteriors (lowered|raised) the median rule’s mean pinball loss/)
  })

  it('has nothing to say of a comparison or a mean that is not there', () => {
    const sentences = summarise(
      evaluate(syntheticTrace({ days: 60, agents: honest, rules: [{ name: 'median' }] })),
    ).sentences.join('\n')
    expect(sentences).toContain('None of the 7 agents is faulty')
    expect(sentences).not.toMatch(/plain mean|Sharing/)
  })
})
