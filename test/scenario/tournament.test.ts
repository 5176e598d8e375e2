import { type SweepResult, sweep } from 'swarmvar'
import { describe, expect, it } from 'vitest'
import * as tournament from '../../scenarios/attack-tournament.js'
import { ruleTable } from '../../src/rules/index.js'
import { attackTable } from '../../src/swarm/index.js'

const scenario = tournament.default
const short = (point: { readonly [name: string]: unknown }) => {
  const at = tournament.at(point)
  return { ...at, days: 2 }
}

describe('the attack tournament', () => {
  it('has every rule and every attack there is', () => {
    expect([...new Set(scenario.rules.map(({ name }) => name))].sort()).toEqual(Object.keys(ruleTable).sort())
    const kinds = tournament.grid.attack.flatMap(attack =>
      tournament.at({ attack }).agents.flatMap(({ behaviour }) => behaviour.attack?.kind ?? []),
    )
    expect([...new Set(kinds)].sort()).toEqual(Object.keys(attackTable).sort())
  })

  it('fills its heat maps and says what the worst attack on each rule is', async () => {
    const results: SweepResult[] = []
    for await (const result of sweep(short, tournament.grid, { seed: 's', paired: tournament.paired })) results.push(result)
    const maps = tournament.heatMaps(results)
    expect(maps).toHaveLength(3)
    for (const { rows, columns, values } of maps) {
      expect(values).toHaveLength(rows.length)
      for (const row of values) {
        expect(row).toHaveLength(columns.length)
        expect(row.every(x => x !== null && Number.isFinite(x) && x >= 0)).toBe(true)
      }
    }
    // A VaR of 1000 in two of thirteen reports moves the mean's by about 154, and the median's no further than honest ones lie.
    const [error] = maps
    const at = (attack: string, rule: string) => error.values[error.rows.indexOf(attack)][error.columns.indexOf(rule)] ?? 0
    expect(at('bias, VaR of 1000', 'mean')).toBeGreaterThan(1000)
    expect(at('bias, VaR of 1000', 'median')).toBeLessThan(100)
    expect(tournament.conclude(results)).toHaveLength(scenario.rules.length)
  })
})
