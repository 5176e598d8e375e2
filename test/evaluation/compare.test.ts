import { describe, expect, it } from 'vitest'
import { compareEvaluations, evaluate } from '../../src/evaluation/index.js'
import { isPlain, LEVEL, smallTrace } from './small-trace.js'

const key = String(LEVEL)
const returns = [-3, 1]
const run = (vars: number[], more: { id: string; said: { var: number[] } }[] = []) =>
  evaluate(
    smallTrace({
      returns,
      rules: [{ spec: { name: 'median' }, said: { var: vars } }],
      agents: [{ id: 'a', said: { var: [Number.NaN, Number.NaN] } }, ...more],
    }),
  )

describe('compareEvaluations', () => {
  it('gives first, second and first - second of the mean losses', () => {
    const { pinball, fz0 } = compareEvaluations(run([3, 3]), run([2, 2])).rules.median[key]
    expect(pinball.first).toBeCloseTo((0 + 0.2) / 2, 14)
    expect(pinball.second).toBeCloseTo((0.95 + 0.15) / 2, 14)
    expect(pinball.difference).toBeCloseTo(0.1 - 0.55, 14)
    expect(fz0.difference).toBeLessThan(0)
  })

  it('has nulls where either run has no loss', () => {
    const comparison = compareEvaluations(run([3, 3]), run([2, 2]))
    expect(comparison.agents.a[key].pinball).toEqual({ first: null, second: null, difference: null })
    expect(isPlain(comparison)).toBe(true)
  })

  it('has no difference where the two scored different days', () => {
    const comparison = compareEvaluations(run([3, Number.NaN]), run([Number.NaN, 3]))
    expect(comparison.rules.median[key].sameDays).toBe(false)
    expect(comparison.rules.median[key].pinball.first).not.toBeNull()
    expect(comparison.rules.median[key].pinball.difference).toBeNull()
  })

  it('keeps to the agents that both runs have', () => {
    const comparison = compareEvaluations(run([3, 3], [{ id: 'b', said: { var: [1, 1] } }]), run([2, 2]))
    expect(Object.keys(comparison.agents)).toEqual(['a'])
  })

  it('refuses runs of different days', () => {
    const short = evaluate(smallTrace({ returns: [1], rules: [] }))
    expect(() => compareEvaluations(run([3, 3]), short)).toThrow(expect.objectContaining({ code: 'DIFFERENT_DAYS' }))
  })
})
