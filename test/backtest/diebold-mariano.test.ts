import { describe, expect, it } from 'vitest'
import { dieboldMariano } from '../../src/backtest/index.js'

const refusal = (code: string) => expect.objectContaining({ name: 'SwarmvarError', code })
const a = [0.3, 0.1, 0.7, 0.2, 0.9]
const b = [0.2, 0.4, 0.1, 0.6, 0.3]

describe('Diebold-Mariano', () => {
  it('by hand, without lags', () => {
    const d = a.map((loss, t) => loss - b[t])
    const mean = d.reduce((sum, x) => sum + x, 0) / 5
    const variance = d.reduce((sum, x) => sum + (x - mean) * (x - mean), 0) / 5
    const found = dieboldMariano(a, b)
    expect(found.meanDifference).toBeCloseTo(mean, 14)
    expect(found.statistic).toBeCloseTo(mean / Math.sqrt(variance / 5), 13)
    expect(dieboldMariano(a, b, {})).toEqual(found)
  })

  it('of identical losses is 0 with p-value 1, for any lag', () => {
    for (const lag of [0, 2])
      expect(dieboldMariano(a, Float64Array.from(a), { lag })).toEqual({ meanDifference: 0, statistic: 0, pValue: 1 })
  })

  it('of losses that differ by a constant is refused, though rounding makes the differences vary', () => {
    expect(() => dieboldMariano([1, 2, 3], [0, 1, 2])).toThrow(refusal('ZERO_VARIANCE'))
    const shifted = a.map(loss => loss + 0.1)
    expect(new Set(shifted.map((loss, t) => loss - a[t])).size).toBeGreaterThan(1)
    for (const lag of [0, 1]) expect(() => dieboldMariano(shifted, a, { lag })).toThrow(refusal('ZERO_VARIANCE'))
  })

  it('a single day that differs is not a constant', () => {
    const other = [...a]
    other[2] += 1e-9
    expect(dieboldMariano(a, other).statistic).toBeCloseTo(-Math.sqrt(5) / 2, 6)
    other[2] = a[2] + 1e-14
    expect(dieboldMariano(a, other).statistic).toBeCloseTo(-Math.sqrt(5) / 2, 6)
  })

  it('refuses losses, lengths and lags that make no sense', () => {
    expect(() => dieboldMariano(a, [...b.slice(1), Number.NaN])).toThrow(refusal('BAD_LOSS'))
    expect(() => dieboldMariano('losses' as never, b)).toThrow(refusal('BAD_LOSS'))
    expect(() => dieboldMariano([1.7e308, 0], [-1.7e308, 0])).toThrow(refusal('BAD_LOSS'))
    expect(() => dieboldMariano(a, b.slice(1))).toThrow(refusal('LENGTH_MISMATCH'))
    expect(() => dieboldMariano([1], [2])).toThrow(refusal('TOO_FEW_DAYS'))
    for (const lag of [-1, 0.5, 5, Number.NaN]) expect(() => dieboldMariano(a, b, { lag })).toThrow(refusal('BAD_LAG'))
  })
})
