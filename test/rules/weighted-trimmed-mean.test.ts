import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { trimmedMean, weightedTrimmedMean } from '../../src/rules/index.js'
import { rowsOf, withFaults } from './sample.js'

const refusal = (code: string) => expect.objectContaining({ name: 'SwarmvarError', code })

describe('the weighted trimmed mean', () => {
  it('never leaves the honest range, though the faulty rows hold any share of the weight', () => {
    fc.assert(
      fc.property(withFaults, fc.constantFrom(0, 1, 1e6, 1e300), ({ f, honest, faulty }, weight) => {
        const weights = [...Array.from(honest, () => 1), ...Array.from(faulty, () => weight)]
        const [found] = weightedTrimmedMean(rowsOf(honest, faulty), weights, f)
        expect(found).toBeGreaterThanOrEqual(Math.min(...honest))
        expect(found).toBeLessThanOrEqual(Math.max(...honest))
      }),
      { numRuns: 400 },
    )
  })

  it('with equal weights is the trimmed mean', () => {
    fc.assert(
      fc.property(withFaults, ({ f, honest }) => {
        const rows = rowsOf(honest)
        const g = Math.min(f, (rows.length - 1) >> 1)
        const [found] = weightedTrimmedMean(rows, undefined, g)
        expect(Math.abs(found - trimmedMean(rows, g)[0])).toBeLessThan(1e-12)
      }),
    )
  })

  it('weighs what is left after trimming, by equal weights where nothing of it weighs', () => {
    const rows = [-9, 1, 2, 4, 100].map(x => Float64Array.of(x))
    expect(weightedTrimmedMean(rows, [9, 1, 1, 2, 50], 1)).toEqual(Float64Array.of(2.75))
    expect(weightedTrimmedMean(rows, [1, 0, 0, 0, 0], 1)).toEqual(trimmedMean(rows, 1))
  })

  it('refuses weights that are none, and more faults than it bears', () => {
    const rows = [1, 2, 3].map(x => Float64Array.of(x))
    for (const weights of [
      [1, 2],
      [0, 0, 0],
      [1, -1, 1],
      [1, Number.NaN, 1],
    ])
      expect(() => weightedTrimmedMean(rows, weights, 1)).toThrow(refusal('BAD_WEIGHTS'))
    expect(() => weightedTrimmedMean(rows, undefined, 2)).toThrow(refusal('TOO_MANY_FAULTS'))
  })
})
