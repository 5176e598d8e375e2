import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mean, median, ruleTable, trimmedMean } from '../../src/rules/index.js'

const refusal = (code: string) => expect.objectContaining({ name: 'SwarmvarError', code })
const rows = [Float64Array.of(1, 5), Float64Array.of(2, -3), Float64Array.of(9, 4), Float64Array.of(4, 100)]

describe('by hand', () => {
  it('mean, median of even n, and trimmed mean, per coordinate', () => {
    expect(mean(rows)).toEqual(Float64Array.of(4, 26.5))
    expect(median(rows)).toEqual(Float64Array.of(3, 4.5))
    expect(median(rows.slice(0, 3))).toEqual(Float64Array.of(2, 4))
    expect(trimmedMean(rows, 1)).toEqual(Float64Array.of(3, 4.5))
  })

  it('an n x 1 median is that of a sorted list', () => {
    expect(median([Float64Array.of(3), Float64Array.of(-1), Float64Array.of(2)])).toEqual(Float64Array.of(2))
  })
})

describe('numbers at the edge', () => {
  it('the mean of huge numbers is finite and right', () => {
    const [found] = mean([1e300, 1.7e308, 1.7e308].map(x => Float64Array.of(x)))
    expect(found / ((1.7e308 / 3) * 2 + 1e300 / 3)).toBeCloseTo(1, 14)
    expect(mean([Number.MAX_VALUE, Number.MAX_VALUE].map(x => Float64Array.of(x)))).toEqual(Float64Array.of(Number.MAX_VALUE))
    expect(median([Number.MAX_VALUE, -Number.MAX_VALUE].map(x => Float64Array.of(x)))).toEqual(Float64Array.of(0))
    expect(mean([1.7e308, 1.7e308, -1.7e308, -1.7e308].map(x => Float64Array.of(x)))).toEqual(Float64Array.of(0))
  })

  it('the smallest numbers survive', () => {
    const tiny = [5e-324, 5e-324, 5e-324].map(x => Float64Array.of(x))
    for (const rule of [mean, median, (all: Float64Array[]) => trimmedMean(all, 1)])
      expect(rule(tiny)).toEqual(Float64Array.of(5e-324))
  })

  it('the trimmed mean with f = 0 is the mean, bit for bit', () => {
    const value = fc.double({ noNaN: true, noDefaultInfinity: true })
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 20 }), pairs => {
        const all = pairs.map(pair => Float64Array.from(pair))
        expect(trimmedMean(all, 0)).toEqual(mean(all))
      }),
    )
  })
})

describe('what is refused', () => {
  it('a trim that is no count, and one that leaves nothing', () => {
    for (const f of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => trimmedMean(rows, f)).toThrow(refusal('BAD_PARAMETER'))
    expect(() => trimmedMean(rows, 2)).toThrow(refusal('TOO_MANY_FAULTS'))
    expect(() => trimmedMean(rows, 2)).toThrow('f = 2 of 4 reports')
  })

  it('parameters, by the name of the field', () => {
    const { trimmedMean: rule, mean: plain } = ruleTable
    expect(() => rule.parameters({})).toThrow(refusal('MISSING_PARAMETER'))
    expect(() => rule.parameters({})).toThrow('trimmedMean.f')
    for (const f of [1.5, -1, '2', null]) expect(() => rule.parameters({ f })).toThrow(refusal('BAD_PARAMETER'))
    expect(() => rule.parameters({ f: 1, g: 2 })).toThrow('trimmedMean.g')
    expect(() => plain.parameters({ f: 1 })).toThrow('mean.f')
    expect(() => plain.parameters(null as never)).toThrow(refusal('BAD_PARAMETER'))
    expect(rule.parameters({ f: 3 })).toEqual({ f: 3 })
  })

  it('bounds are those of the literature', () => {
    expect([1, 2, 3, 4, 5].map(n => ruleTable.median.bound(n, {}))).toEqual([0, 0, 1, 1, 2])
    expect(ruleTable.mean.bound(9, {})).toBe(0)
    expect(ruleTable.trimmedMean.bound(9, { f: 2 })).toBe(2)
    expect(ruleTable.trimmedMean.needs({ f: 2 })).toBe(5)
  })
})
