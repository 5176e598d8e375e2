import { describe, expect, it } from 'vitest'
import { essBulk, essTail, mcseMean, rhat, summarise } from '../../src/inference/index.js'

describe('the table of a posterior', () => {
  it('has one row a parameter, in the order of the names: moments and quantiles over all chains, diagnostics per chain', () => {
    const b = [Float64Array.of(1, 2, 3, 4, 5, 6), Float64Array.of(7, 8, 9, 10, 11, 12)]
    const a = [Float64Array.of(0, 1, 0, 1, 0, 2), Float64Array.of(1, 0, 1, 0, 1, 3)]
    const rows = summarise({ names: ['b', 'a'], draws: { a, b }, method: 'by hand' })
    expect(rows.map(row => row.name)).toEqual(['b', 'a'])
    expect(rows[0].mean).toBe(6.5)
    expect(rows[0].sd).toBeCloseTo(Math.sqrt(13), 14)
    expect([rows[0].q025, rows[0].q50, rows[0].q975]).toEqual(
      [1 + 11 * 0.025, 6.5, 1 + 11 * 0.975].map(x => expect.closeTo(x, 12)),
    )
    expect(rows[1]).toMatchObject({ mcse: mcseMean(a), rhat: rhat(a), essBulk: essBulk(a), essTail: essTail(a) })
    expect(rows[0].rhat).toBeGreaterThan(1.5)
  })
})
