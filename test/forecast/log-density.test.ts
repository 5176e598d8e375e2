import { logDensity, pit, studyGrid } from 'swarmvar/forecast'
import { describe, expect, it } from 'vitest'
import { normalQuantile } from '../../src/distributions/index.js'

const none = new Float64Array(0)
const forecast = (quantiles: ArrayLike<number>, levels: ArrayLike<number> = studyGrid) => ({
  levels: Float64Array.from(levels),
  quantiles: Float64Array.from(quantiles),
  riskLevels: none,
  shortfalls: none,
})
const uneven = forecast(Float64Array.from(studyGrid, p => 0.3 + 1.7 * normalQuantile(p) ** 3 + normalQuantile(p)))

describe('the log density of a forecast', () => {
  it('is exact for a normal forecast, out to ten standard deviations', () => {
    const normal = forecast(Float64Array.from(studyGrid, p => 0.1 + 2 * normalQuantile(p)))
    for (const z of [-10, -3, -0.7, 0, 0.01, 2.5, 10])
      expect(logDensity(normal, 0.1 + 2 * z)).toBeCloseTo(-0.5 * z * z - Math.log(2 * Math.sqrt(2 * Math.PI)), 9)
  })

  it('is the slope of the distribution function', () => {
    const step = 1e-5
    for (const x of [-30, -8.03, -1.4, 0.21, 0.33, 2.9, 40]) {
      const slope = (pit(uneven, x + step) - pit(uneven, x - step)) / (2 * step)
      expect(Math.exp(logDensity(uneven, x))).toBeCloseTo(slope, 7)
    }
  })

  it('integrates to one', () => {
    let sum = 0
    for (let x = -400; x < 400; x += 0.001) sum += 0.001 * Math.exp(logDensity(uneven, x + 0.0005))
    expect(sum).toBeCloseTo(1, 3)
  })

  it('is finite on point masses, in flat tails, and for a forecast that is one number', () => {
    const cases = [forecast(studyGrid.map(p => (p < 0.3 ? -1 : p))), forecast(new Float64Array(41)), forecast([1, 1], [0.4, 0.6])]
    for (const each of cases)
      for (const x of [-1e9, -1, 0, 0.3, 1, 5]) {
        expect(Number.isFinite(logDensity(each, x))).toBe(true)
        expect(logDensity(each, x)).toBeGreaterThanOrEqual(-1e6)
      }
    expect(logDensity(cases[2], 1)).toBeGreaterThan(20)
  })

  it('refuses what is no return or no forecast', () => {
    expect(() => logDensity(uneven, Number.NaN)).toThrow(expect.objectContaining({ code: 'BAD_RETURN' }))
    expect(() => logDensity(forecast([2, 1], [0.4, 0.6]), 0)).toThrow(expect.objectContaining({ code: 'BAD_FORECAST' }))
    expect(() => logDensity(forecast([1], [0.4]), 0)).toThrow(expect.objectContaining({ code: 'GRID_TOO_COARSE' }))
  })
})
