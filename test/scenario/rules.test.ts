import { run } from 'swarmvar'
import { describe, expect, it } from 'vitest'
import { cheapScenario, someReturns } from './cheap.js'

const refusal = (code: string) => expect.objectContaining({ name: 'SwarmvarError', code })

const rules = [
  { name: 'krum', f: 1 },
  { name: 'multiKrum', f: 1, m: 3 },
  { name: 'geometricMedian' },
  { name: 'minimumDiameter', f: 2 },
  { name: 'centeredClipping', tau: 2, steps: 3 },
  { name: 'huber' },
  { name: 'tukey', c: 6 },
  { name: 'weightedMedian', which: 'mid' },
  { name: 'trimmedMidpoint', f: 1, preaggregate: { name: 'nearestNeighbourMixing', f: 2 } },
  { name: 'medianOfMeans', blocks: 2, preaggregate: { name: 'bucketing', size: 2, seed: 'any' } },
]

describe('rules in scenarios', () => {
  it('decide every day by what the scenario asks of them, and again to the bit', async () => {
    const scenario = cheapScenario({ market: { returns: someReturns(140) }, days: 20, rules })
    const first = await run(scenario, { seed: 'rules' })
    const again = await run(scenario, { seed: 'rules' })
    expect(again.digest).toBe(first.digest)
    for (const { name } of rules) {
      const { var: vars, es } = first.ensemble[name]['0.01']
      expect(vars).toHaveLength(20)
      vars.forEach((v, day) => {
        expect(Number.isFinite(v)).toBe(true)
        expect(es[day]).toBeGreaterThanOrEqual(v)
      })
    }
    expect(first.notes.filter(({ kind }) => kind === 'rule-failed')).toEqual([])
  })

  it('krum repeats one agent’s forecast whole', async () => {
    const trace = await run(cheapScenario({ market: { returns: someReturns(140) }, days: 20, rules }), { seed: 'rules' })
    const { var: vars, es } = trace.ensemble.krum['0.01']
    vars.forEach((v, day) => {
      const said = Object.values(trace.agents).map(levels => [levels['0.01'].var[day], levels['0.01'].es[day]])
      expect(said).toContainEqual([v, es[day]])
    })
  })

  it('are refused before the run where they ask for too much, by the field', async () => {
    const asking = (rule: { name: string; [field: string]: unknown }, agents = 5) => {
      const many = Array.from({ length: agents }, (_, i) => ({ id: `a${100 + i}`, model: { name: 'ewma' } }))
      return run(cheapScenario({ agents: many, rules: [rule] }), { seed: 'rules' })
    }
    await expect(asking({ name: 'krum', f: 2 })).rejects.toThrow(refusal('TOO_MANY_FAULTS'))
    await expect(asking({ name: 'bulyan', f: 1 })).rejects.toThrow(refusal('TOO_MANY_FAULTS'))
    await expect(asking({ name: 'minimumDiameter', f: 19 }, 40)).rejects.toThrow(refusal('TOO_MANY_SUBSETS'))
    await expect(asking({ name: 'median', preaggregate: { name: 'bucketing' } })).rejects.toThrow('median.preaggregate.size')
    await expect(asking({ name: 'trimmedMean', f: 1, preaggregate: { name: 'bucketing', size: 3 } })).rejects.toThrow(
      refusal('TOO_MANY_FAULTS'),
    )
  })
})
