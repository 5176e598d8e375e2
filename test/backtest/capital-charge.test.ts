import { baselPenalty, dailyCapitalCharges } from 'swarmvar/backtest'
import { childKey, nextUniform, openStream, rootKey } from 'swarmvar/random'
import { describe, expect, it } from 'vitest'

const codeOf = (call: () => unknown): unknown => {
  try {
    call()
  } catch (error) {
    return (error as { code?: string }).code
  }
  return 'none'
}

describe('daily capital charges under Basel II', () => {
  it('penalties are those of the accord', () => {
    expect(Array.from({ length: 13 }, (_, n) => baselPenalty(n))).toEqual([0, 0, 0, 0, 0, 0.4, 0.5, 0.65, 0.75, 0.85, 1, 1, 1])
    for (const bad of [-1, 1.5, Number.NaN]) expect(codeOf(() => baselPenalty(bad))).toBe('BAD_HITS')
  })

  it('a constant VaR costs three times itself without violations, four times after ten, for as long as they are remembered', () => {
    const days = 600
    const vars = new Float64Array(days).fill(2)
    const hits = Array.from({ length: days }, (_, t) => t >= 240 && t < 250)
    const { firstDay, charges, penalties } = dailyCapitalCharges(vars, hits)
    expect(firstDay).toBe(250)
    expect(charges).toHaveLength(350)
    // Day 491 is the first that forgets the one of day 240, and nine are left.
    expect(charges[490 - 250]).toBe(8)
    expect(penalties[491 - 250]).toBe(0.85)
    expect(charges[500 - 250]).toBe(6)
    expect(dailyCapitalCharges(vars, new Array(days).fill(false)).charges.every(charge => charge === 6)).toBe(true)
  })

  it('the last day’s VaR counts when it is more than the multiple of the mean', () => {
    const vars = new Float64Array(252).fill(1)
    vars[250] = 1000
    const { charges } = dailyCapitalCharges(vars, new Uint8Array(252))
    expect(charges[0]).toBe(3)
    expect(charges[1]).toBe(1000)
  })

  it('every charge is its own day’s formula, and uses nothing of that day or later', () => {
    const stream = openStream(childKey(rootKey('charges'), 'test'))
    const days = 900
    const vars = Float64Array.from({ length: days }, () => 1 + nextUniform(stream))
    const hits = Array.from({ length: days }, () => (nextUniform(stream) < 0.03 ? 1 : 0))
    const { charges } = dailyCapitalCharges(vars, hits)
    for (let t = 250; t < days; t++) {
      const violations = hits.slice(t - 250, t).reduce((a: number, b) => a + b, 0)
      const mean = vars.slice(t - 60, t).reduce((a, b) => a + b, 0) / 60
      expect(charges[t - 250]).toBeCloseTo(Math.max((3 + baselPenalty(violations)) * mean, vars[t - 1]), 12)
    }
    const cut = dailyCapitalCharges(vars.slice(0, 300), hits.slice(0, 300)).charges
    expect(charges.slice(0, 50)).toEqual(cut)
  })

  it('refuses what has no charge, with a code', () => {
    expect(codeOf(() => dailyCapitalCharges(new Float64Array(250), new Uint8Array(250)))).toBe('TOO_FEW_DAYS')
    expect(codeOf(() => dailyCapitalCharges(new Float64Array(251), new Uint8Array(252)))).toBe('LENGTH_MISMATCH')
    expect(codeOf(() => dailyCapitalCharges(new Float64Array(251).fill(Number.NaN), new Uint8Array(251)))).toBe('BAD_VAR')
    expect(codeOf(() => dailyCapitalCharges(new Float64Array(251), new Float64Array(251).fill(2)))).toBe('BAD_HITS')
  })
})
