import { describe, expect, it } from 'vitest'
import { normalPdf, normalQuantile } from '../../src/distributions/index.js'
import { expectedShortfall, type Forecast, riskLevels, studyGrid, valueAtRisk } from '../../src/forecast/index.js'
import { bare, normalForecast } from './sample.js'

const refusal = (code: string) => expect.objectContaining({ name: 'SwarmvarError', code })

describe('the study grid', () => {
  it('has 41 ascending levels from .001 to .999, symmetric, the risk levels among them', () => {
    expect(studyGrid.length).toBe(41)
    for (let i = 1; i < 41; i++) expect(studyGrid[i]).toBeGreaterThan(studyGrid[i - 1])
    for (let i = 0; i < 41; i++) expect(studyGrid[i] + studyGrid[40 - i]).toBeCloseTo(1, 15)
    const named = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99, 0.995, 0.9975, 0.999]
    for (const level of named) expect(studyGrid).toContain(level)
    expect([...riskLevels]).toEqual([0.01, 0.025, 0.05])
  })
})

describe('Value-at-Risk', () => {
  it('is minus the quantile at a grid level, exactly, and never -0', () => {
    const forecast = bare([0.01, 0.5, 0.9], [-2.345, 0, 3])
    expect(valueAtRisk(forecast, 0.01)).toBe(2.345)
    expect(Object.is(valueAtRisk(forecast, 0.5), 0)).toBe(true)
  })

  it('of a normal forecast is exact between grid levels', () => {
    expect(valueAtRisk(normalForecast(0.1, 1.5), 0.0123)).toBeCloseTo(-(0.1 + 1.5 * normalQuantile(0.0123)), 12)
  })

  it('stays between its neighbours on flat and on enormous pieces', () => {
    for (let level = 0.011; level < 0.1; level += 0.001) {
      expect(valueAtRisk(bare([0.01, 0.1], [-2.1, -2.1]), level)).toBe(2.1)
    }
    const huge = valueAtRisk(bare([0.01, 0.1], [-1.7e308, 1.7e308]), 0.03)
    expect(Math.abs(huge)).toBeLessThanOrEqual(1.7e308)
  })

  it('is refused outside the grid and at what is no level', () => {
    const forecast = bare([0.01, 0.5], [-2, 0])
    for (const level of [0.009, 0.51]) expect(() => valueAtRisk(forecast, level)).toThrow(refusal('LEVEL_OUTSIDE_GRID'))
    for (const level of [0, 1, -0.01, Number.NaN]) expect(() => valueAtRisk(forecast, level)).toThrow(refusal('BAD_LEVEL'))
  })

  it('of a malformed forecast is refused', () => {
    for (const broken of [
      bare([0.01, 0.5], [0, -2]),
      bare([0.01, 0.5], [-2]),
      bare([0.01, 0.5], [Number.NaN, 0]),
      bare([], []),
    ]) {
      expect(() => valueAtRisk(broken, 0.01)).toThrow(refusal('BAD_FORECAST'))
    }
  })
})

describe('expected shortfall', () => {
  it('is the carried one where there is one', () => {
    const forecast: Forecast = {
      ...bare([0.01, 0.5], [-2, 0]),
      riskLevels: Float64Array.of(0.01),
      shortfalls: Float64Array.of(2.75),
    }
    expect(expectedShortfall(forecast, 0.01)).toBe(2.75)
    expect(() => expectedShortfall({ ...forecast, shortfalls: Float64Array.of(Number.NaN) }, 0.01)).toThrow(
      refusal('BAD_FORECAST'),
    )
  })

  it('of a normal forecast is sigma phi(z) / level - mu, at grid levels and between them', () => {
    for (const level of [0.005, 0.01, 0.025, 0.033, 0.05, 0.5, 0.9]) {
      const exact = (1.5 * normalPdf(normalQuantile(level))) / level - 0.1
      expect(expectedShortfall(normalForecast(0.1, 1.5), level)).toBeCloseTo(exact, 12)
    }
  })

  it('of a point mass is its VaR exactly, and is never below VaR', () => {
    expect(
      expectedShortfall(
        bare(
          studyGrid,
          studyGrid.map(() => -0.3),
        ),
        0.03,
      ),
    ).toBe(0.3)
    for (let step = 0; step < 200; step++) {
      const nearlyFlat = bare(
        studyGrid,
        studyGrid.map((_, i) => -0.3 - step / 700 + i * 1e-17),
      )
      for (const level of [0.005, 0.01, 0.03, 0.05]) {
        expect(expectedShortfall(nearlyFlat, level)).toBeGreaterThanOrEqual(valueAtRisk(nearlyFlat, level))
      }
    }
  })

  it('is finite for quantiles of 1e308, and scales with them', () => {
    const huge = bare(
      studyGrid,
      studyGrid.map((_, i) => (i - 20) * 5e306),
    )
    expect(expectedShortfall(huge, 0.05) / 5e306).toBeCloseTo(
      expectedShortfall(
        bare(
          studyGrid,
          studyGrid.map((_, i) => i - 20),
        ),
        0.05,
      ),
      10,
    )
  })

  it('asks for four levels at or below its own, and one at a fifth of it', () => {
    const grid = [0.002, 0.004, 0.006, 0.01, 0.5]
    const forecast = bare(grid, [-5, -4, -3, -2, 0])
    expect(expectedShortfall(forecast, 0.01)).toBeGreaterThan(2)
    expect(() => expectedShortfall(bare([0.001, 0.004, 0.006, 0.5], [-5, -4, -3, 0]), 0.01)).toThrow(refusal('GRID_TOO_COARSE'))
    expect(() => expectedShortfall(bare([0.0021, 0.004, 0.006, 0.01, 0.5], [-5, -4, -3, -2, 0]), 0.01)).toThrow(
      refusal('GRID_TOO_COARSE'),
    )
    expect(() => expectedShortfall(forecast, 0.6)).toThrow(refusal('LEVEL_OUTSIDE_GRID'))
    expect(() => expectedShortfall(forecast, 1)).toThrow(refusal('BAD_LEVEL'))
  })
})
