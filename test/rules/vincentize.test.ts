import { describe, expect, it } from 'vitest'
import type { Forecast } from '../../src/forecast/index.js'
import { mean, median, ruleNamed, vincentize } from '../../src/rules/index.js'

const refusal = (code: string) => expect.objectContaining({ name: 'SwarmvarError', code })
const forecast = (quantiles: number[], shortfalls: number[] = [4]): Forecast => ({
  levels: Float64Array.of(0.01, 0.5, 0.9),
  quantiles: Float64Array.from(quantiles),
  riskLevels: Float64Array.of(0.01),
  shortfalls: Float64Array.from(shortfalls),
})

describe('vincentize', () => {
  const three = [forecast([-3, 0, 1], [3.5]), forecast([-2, 0.5, 3], [2.5]), forecast([-4, -0.5, 2], [9])]

  it('acts level by level on quantiles and on shortfalls', () => {
    expect(vincentize(three, mean)).toEqual(forecast([-3, 0, 2], [5]))
    expect(vincentize(three, median)).toEqual(forecast([-3, 0, 2], [3.5]))
  })

  it('works without risk levels, and hands out arrays of its own', () => {
    const none = { riskLevels: new Float64Array(0), shortfalls: new Float64Array(0) }
    const result = vincentize([{ ...three[0], ...none }], rows => rows[0])
    expect(result).toEqual({ ...three[0], ...none })
    result.quantiles.fill(7)
    result.levels.fill(7)
    expect(three[0]).toEqual(forecast([-3, 0, 1], [3.5]))
  })

  it('rearranges what a rule leaves descending, and lifts a shortfall to the VaR of its level', () => {
    const descending = vincentize(three, rows => (rows[0].length === 3 ? Float64Array.of(2, -6, 0) : Float64Array.of(5)))
    expect(descending).toEqual(forecast([-6, 0, 2], [6]))
  })

  it('refuses no forecasts, other levels, bad values, and a rule whose answer is no vector', () => {
    expect(() => vincentize([], mean)).toThrow(refusal('BAD_REPORT'))
    for (const bad of [null, 'VaR', {}, { ...three[0], shortfalls: undefined }]) {
      expect(() => vincentize([three[0], bad as never], mean)).toThrow(refusal('BAD_REPORT'))
    }
    expect(() => vincentize([three[0], { ...three[1], levels: Float64Array.of(0.02, 0.5, 0.9) }], mean)).toThrow(
      refusal('BAD_REPORT'),
    )
    expect(() => vincentize([three[0], { ...three[1], riskLevels: new Float64Array(0) }], mean)).toThrow(refusal('BAD_REPORT'))
    expect(() => vincentize([three[0], forecast([-2, 0])], mean)).toThrow(refusal('BAD_REPORT'))
    expect(() => vincentize([three[0], forecast([-2, 0, 1], [])], mean)).toThrow(refusal('BAD_REPORT'))
    expect(() => vincentize([three[0], forecast([-2, Number.NaN, 1])], mean)).toThrow(refusal('BAD_REPORT'))
    expect(() => vincentize(three, () => Float64Array.of(1, 2))).toThrow(refusal('BAD_RULE'))
    expect(() => vincentize(three, rows => rows[0].map(() => Number.NaN))).toThrow(refusal('BAD_RULE'))
  })
})

describe('a rule that takes sides', () => {
  it('takes the same for VaR and for ES: a lower median of quantiles goes with the larger shortfall', () => {
    const report = (v: number, es: number) => ({
      levels: Float64Array.of(0.05, 0.5),
      quantiles: Float64Array.of(-v, 0),
      riskLevels: Float64Array.of(0.05),
      shortfalls: Float64Array.of(es),
    })
    const said = (which: string) => {
      const { quantiles, shortfalls } = ruleNamed('weightedMedian').apply([report(1, 1.3), report(5, 6.5)], { which })
      return [-quantiles[0], shortfalls[0]]
    }
    expect(said('lower')).toEqual([5, 6.5])
    expect(said('upper')).toEqual([1, 1.3])
    expect(said('mid')).toEqual([3, 3.9])
  })
})
