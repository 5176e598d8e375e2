import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { childKey, openStream, rootKey } from '../../src/base/index.js'
import { drawNormal } from '../../src/distributions/index.js'
import { type CrpsWeight, crps, studyGrid, tailWeightedCrps, thresholdWeightedCrps } from '../../src/forecast/index.js'
import { bare, normalForecast } from './sample.js'

interface Case {
  name: string
  levels: number[]
  quantiles: number[]
  scores: ({ ret: number; threshold: [number, number][] } & Record<CrpsWeight, number>)[]
}
const reference: Case[] = JSON.parse(readFileSync(join(__dirname, '../fixtures/whole-forecast.json'), 'utf8')).crps

const near = (found: number, expected: number, relative: number): void =>
  expect(Math.abs(found - expected), `${found} against ${expected}`).toBeLessThanOrEqual(relative * Math.abs(expected))
const refusal = (code: string): unknown => expect.objectContaining({ code })
const WEIGHTS = ['left', 'right', 'center', 'uniform'] as const

const ret = fc.oneof(fc.double({ min: -50, max: 50, noNaN: true }), fc.integer({ min: -4, max: 4 }))
const curve = fc
  .array(fc.oneof(fc.double({ min: 0, max: 2, noNaN: true }), fc.constant(0)), { minLength: 41, maxLength: 41 })
  .map(steps => {
    let level = -15
    return bare(
      studyGrid,
      steps.map(step => (level += step)),
    )
  })

describe('weighted CRPS', () => {
  for (const { name, levels, quantiles, scores } of reference)
    it(`is the weighted integral of pinball losses, and of squared errors up to a threshold: ${name}`, () => {
      const forecast = bare(levels, quantiles)
      for (const row of scores) {
        for (const weight of WEIGHTS) near(tailWeightedCrps(forecast, row.ret, { weight }), row[weight], 1e-10)
        for (const [r, expected] of row.threshold) {
          const found = thresholdWeightedCrps(forecast, row.ret, r)
          expect(Math.abs(found - expected)).toBeLessThan(1e-9 * Math.max(1e-3, expected))
        }
      }
    })

  it('left + right + twice the center is the CRPS, and uniform is the CRPS itself', () => {
    fc.assert(
      fc.property(curve, ret, (forecast, y) => {
        const [left, right, center, uniform] = WEIGHTS.map(weight => tailWeightedCrps(forecast, y, { weight }))
        for (const score of [left, right, center]) expect(score).toBeGreaterThanOrEqual(0)
        expect(uniform).toBe(crps(forecast, y))
        near(left + right + 2 * center, uniform, 1e-11)
      }),
    )
  })

  it('turning the forecast over swaps left and right', () => {
    fc.assert(
      fc.property(curve, ret, (forecast, y) => {
        const turned = bare(studyGrid, forecast.quantiles.map(each => -each).reverse())
        near(tailWeightedCrps(turned, -y, { weight: 'left' }), tailWeightedCrps(forecast, y, { weight: 'right' }), 1e-9)
        near(tailWeightedCrps(turned, -y, { weight: 'center' }), tailWeightedCrps(forecast, y, { weight: 'center' }), 1e-9)
      }),
    )
  })

  it('follows the unit of returns and the place of zero, also for returns of 1e300', () => {
    const forecast = normalForecast(0.1, 1.3)
    for (const weight of WEIGHTS) {
      const score = tailWeightedCrps(forecast, -2.2, { weight })
      near(tailWeightedCrps(normalForecast(0.2, 2.6), -4.4, { weight }), 2 * score, 1e-12)
      near(tailWeightedCrps(normalForecast(5.1, 1.3), 2.8, { weight }), score, 1e-12)
      const huge = bare(
        studyGrid,
        forecast.quantiles.map(each => 1e300 * each),
      )
      near(tailWeightedCrps(huge, -2.2e300, { weight }), 1e300 * score, 1e-12)
    }
  })

  it('a threshold beyond everything gives the CRPS, one below everything nothing, and the parts add up in between', () => {
    fc.assert(
      fc.property(curve, ret, ret, (forecast, y, r) => {
        const whole = crps(forecast, y)
        near(thresholdWeightedCrps(forecast, y, Number.POSITIVE_INFINITY), whole, 1e-12)
        expect(thresholdWeightedCrps(forecast, y, Number.NEGATIVE_INFINITY)).toBe(0)
        const turned = bare(studyGrid, forecast.quantiles.map(each => -each).reverse())
        const both = thresholdWeightedCrps(forecast, y, r) + thresholdWeightedCrps(turned, -y, -r)
        expect(Math.abs(both - whole)).toBeLessThan(1e-10 * Math.max(1, whole))
      }),
    )
  })

  it('is proper: on average the true forecast beats shifted and scaled ones', () => {
    const stream = openStream(childKey(rootKey('propriety'), 'draws'))
    const returns = Float64Array.from({ length: 4000 }, () => drawNormal(stream))
    const others = [
      [0.3, 1],
      [-0.3, 1],
      [0, 0.75],
      [0, 1.3],
    ].map(([mu, sigma]) => normalForecast(mu, sigma))
    const right = normalForecast(0, 1)
    const scores: ((forecast: typeof right, y: number) => number)[] = [
      ...WEIGHTS.map(weight => (forecast: typeof right, y: number) => tailWeightedCrps(forecast, y, { weight })),
      (forecast, y) => thresholdWeightedCrps(forecast, y, -1),
    ]
    for (const score of scores) {
      const mean = (forecast: typeof right): number => returns.reduce((sum, y) => sum + score(forecast, y), 0) / returns.length
      const best = mean(right)
      for (const other of others) expect(mean(other)).toBeGreaterThan(best)
    }
  })

  it('refuses by name what is no weight, threshold, return or forecast', () => {
    const forecast = normalForecast(0, 1)
    for (const weight of ['tail', 'toString', undefined, 3])
      expect(() => tailWeightedCrps(forecast, 0, { weight: weight as never })).toThrow(refusal('BAD_WEIGHT'))
    expect(() => tailWeightedCrps(forecast, Number.NaN, { weight: 'left' })).toThrow(refusal('BAD_RETURN'))
    expect(() => tailWeightedCrps(bare([0.5], [0]), 0, { weight: 'left' })).toThrow(refusal('GRID_TOO_COARSE'))
    expect(() => thresholdWeightedCrps(forecast, 0, Number.NaN)).toThrow(refusal('BAD_THRESHOLD'))
  })
})
