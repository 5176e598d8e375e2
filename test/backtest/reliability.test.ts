import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { reliabilityQuantile } from '../../src/backtest/index.js'
import { childKey, nextUniform, openStream, rootKey } from '../../src/base/index.js'
import { drawNormal, normalQuantile } from '../../src/distributions/index.js'

interface Case {
  returns: number[]
  vars: number[]
  level: number
  sortedVars: number[]
  recalibrated: number[]
  parts: number[]
}
const reference: Case[] = JSON.parse(readFileSync(join(__dirname, '../fixtures/whole-forecast.json'), 'utf8')).reliability
const refusal = (code: string): unknown => expect.objectContaining({ code })

const sampleOf = (days: number): { returns: Float64Array; vars: Float64Array } => {
  const stream = openStream(childKey(rootKey('reliability'), days))
  const volatility = Float64Array.from({ length: days }, () => 0.5 + 2 * nextUniform(stream))
  return {
    returns: volatility.map(each => each * drawNormal(stream)),
    vars: volatility.map(each => -each * normalQuantile(0.05)),
  }
}

describe('the reliability of a VaR forecast', () => {
  it('is the max-min formula of isotonic quantiles, ties of forecasts and returns included', () => {
    for (const { returns, vars, level, sortedVars, recalibrated, parts } of reference) {
      const found = reliabilityQuantile(returns, vars, level)
      expect(Array.from(found.vars, each => each + 0)).toEqual(sortedVars.map(each => each + 0))
      for (let i = 0; i < recalibrated.length; i++) expect(found.recalibrated[i]).toBeCloseTo(recalibrated[i], 12)
      const { score, miscalibration, discrimination, uncertainty } = found
      ;[score, miscalibration, discrimination, uncertainty].forEach((part, i) => {
        expect(part).toBeCloseTo(parts[i], 12)
      })
    }
  })

  it('splits the score: miscalibration - discrimination + uncertainty, the first two never negative; recalibration ascends', () => {
    const day = fc.tuple(fc.integer({ min: -20, max: 20 }), fc.integer({ min: -3, max: 8 }))
    const level = fc.constantFrom(1e-12, 0.01, 0.05, 1 / 3, 0.5, 0.9, 1 - 1e-12)
    fc.assert(
      fc.property(fc.array(day, { minLength: 1, maxLength: 50 }), level, (days, p) => {
        const { score, miscalibration, discrimination, uncertainty, recalibrated, vars } = reliabilityQuantile(
          days.map(([ret]) => ret),
          days.map(([, risk]) => risk),
          p,
        )
        expect(miscalibration - discrimination + uncertainty).toBeCloseTo(score, 12)
        expect(miscalibration).toBeGreaterThanOrEqual(-1e-12)
        expect(discrimination).toBeGreaterThanOrEqual(-1e-12)
        for (let t = 1; t < days.length; t++) {
          expect(recalibrated[t]).toBeGreaterThanOrEqual(recalibrated[t - 1])
          if (vars[t] === vars[t - 1]) expect(recalibrated[t]).toBe(recalibrated[t - 1])
        }
      }),
    )
  })

  it('a constant forecast discriminates nothing; recalibrating the recalibrated gains nothing', () => {
    const { returns, vars } = sampleOf(500)
    expect(reliabilityQuantile(returns, new Float64Array(500).fill(2), 0.05).discrimination).toBe(0)
    const sortedDays = Array.from(vars, (_, t) => t).sort((a, b) => vars[a] - vars[b])
    const { recalibrated } = reliabilityQuantile(returns, vars, 0.05)
    const inOrder = sortedDays.map(t => returns[t])
    expect(Math.abs(reliabilityQuantile(inOrder, recalibrated, 0.05).miscalibration)).toBeLessThan(1e-15)
  })

  it('a right model is nearly on the diagonal, and one of half its VaR is told off by it', () => {
    const { returns, vars } = sampleOf(20_000)
    const right = reliabilityQuantile(returns, vars, 0.05)
    const wrong = reliabilityQuantile(
      returns,
      vars.map(each => each / 2),
      0.05,
    )
    expect(right.miscalibration / right.score).toBeLessThan(0.02)
    expect(wrong.miscalibration / wrong.score).toBeGreaterThan(0.1)
    expect(wrong.discrimination).toBe(right.discrimination)
  })

  it('follows the unit of returns, and refuses by name what is no series', () => {
    const { returns, vars } = sampleOf(300)
    const one = reliabilityQuantile(returns, vars, 0.05)
    const other = reliabilityQuantile(
      returns.map(each => 4 * each),
      vars.map(each => 4 * each),
      0.05,
    )
    expect(other.recalibrated).toEqual(one.recalibrated.map(each => 4 * each))
    expect(() => reliabilityQuantile([], [], 0.05)).toThrow(refusal('TOO_FEW_DAYS'))
    expect(() => reliabilityQuantile([1], [1, 2], 0.05)).toThrow(refusal('LENGTH_MISMATCH'))
    expect(() => reliabilityQuantile([Number.NaN], [1], 0.05)).toThrow(refusal('BAD_RETURNS'))
    expect(() => reliabilityQuantile([1], [Number.POSITIVE_INFINITY], 0.05)).toThrow(refusal('BAD_VAR'))
    expect(() => reliabilityQuantile([1], [1], 0)).toThrow(refusal('BAD_LEVEL'))
  })
})
