import { type Conclusion, run } from 'swarmvar'
import { threads } from 'swarmvar/execute'
import { beforeAll, describe, expect, it } from 'vitest'
import scenario, { concludeRun } from '../../scenarios/forecast-combination.js'
import { jobsModule } from '../../src/scenario/index.js'

let conclusions: Conclusion[]
beforeAll(async () => {
  const executor = threads({ workers: 2, jobsModule })
  conclusions = concludeRun(await run(scenario, { executor }))
  await executor.close()
}, 500_000)

const verdictsAt = (level: string) =>
  ['beats the best', 'beats the median', 'beat equal'].map(
    words => conclusions.find(({ claim }) => claim.includes(words) && claim.includes(`at ${level}`.slice(1)))!.verdict,
  )

describe('nine models of the S&P 500 and thirteen ways to combine them, May 2008 to April 2020', () => {
  it('combining by joint scores is not shown to beat the best single model of hindsight, GJR-GARCH-t', () => {
    expect([verdictsAt('1 %')[0], verdictsAt('5 %')[0]]).toEqual(['inconclusive', 'inconclusive'])
    expect(conclusions[0].evidence[0]).toContain('in hindsight is gjr')
  })

  it('combining beats the median single model at 1 %; weights by scores beat equal ones at 5 %', () => {
    expect(verdictsAt('1 %').slice(1)).toEqual(['supported', 'inconclusive'])
    expect(verdictsAt('5 %').slice(1)).toEqual(['inconclusive', 'supported'])
  })

  it('stacking has the least mean loss at both levels, and minimum score a smaller one than the mean', () => {
    for (const { tables } of conclusions.filter(({ tables }) => tables !== undefined)) {
      const rows = tables![0].rows.map(([name]) => name)
      expect(rows[0]).toBe('linear pool, stacking')
      expect(rows.indexOf('minimum score')).toBeLessThan(rows.indexOf('mean'))
      expect(rows.slice(-2)).toEqual(['history250', 'history1000'])
    }
  })
})
