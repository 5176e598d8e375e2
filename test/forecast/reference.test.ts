import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  crps,
  expectedShortfall,
  type Forecast,
  fz0Loss,
  pinballLoss,
  pit,
  studyGrid,
  valueAtRisk,
} from '../../src/forecast/index.js'
import { bare, normalForecast } from './sample.js'

interface Reference {
  curves: {
    name: string
    levels: number[]
    quantiles: number[]
    scores: { ret: number; crps: number; pit: number }[]
    shortfalls: { level: number; es: number }[]
    vars: { level: number; var: number }[]
  }[]
  normal: { mu: number; sigma: number; ret: number; crps: number; pit: number }[]
  losses: { ret: number; var: number; es: number; level: number; pinball: number; fz0: number }[]
}
const reference: Reference = JSON.parse(readFileSync(join(__dirname, '../fixtures/forecast.json'), 'utf8'))

const near = (found: number, expected: number, relative: number): void =>
  expect(Math.abs(found - expected), `${found} against ${expected}`).toBeLessThanOrEqual(relative * Math.abs(expected))

describe('against numerical integration at 30 digits', () => {
  for (const { name, levels, quantiles, scores, shortfalls, vars } of reference.curves) {
    const forecast: Forecast = bare(levels, quantiles)
    it(`crps agrees: ${name}`, () => {
      for (const { ret, crps: expected } of scores) near(crps(forecast, ret), expected, 1e-10)
    })
    it(`pit agrees: ${name}`, () => {
      for (const { ret, pit: expected } of scores) near(pit(forecast, ret), expected, 1e-9)
    })
    it(`the integrated shortfall and the interpolated VaR agree: ${name}`, () => {
      for (const { level, es } of shortfalls) near(expectedShortfall(forecast, level), es, 1e-10)
      for (const { level, var: expected } of vars) near(valueAtRisk(forecast, level), expected, 1e-12)
    })
  }
})

describe('against closed forms', () => {
  it('crps and pit of a normal forecast are those of the normal distribution, on any grid', () => {
    for (const grid of [studyGrid, Float64Array.of(0.01, 0.5), Float64Array.of(0.2, 0.3, 0.9)]) {
      for (const { mu, sigma, ret, crps: score, pit: expected } of reference.normal) {
        const forecast = normalForecast(mu, sigma, grid)
        near(crps(forecast, ret), score, 1e-9)
        if (expected > 1e-300) near(pit(forecast, ret), expected, 1e-9)
      }
    }
  })

  it('pinball and FZ0 losses agree to rounding', () => {
    for (const { ret, var: risk, es, level, pinball, fz0 } of reference.losses) {
      near(pinballLoss(ret, risk, level), pinball, 1e-12)
      expect(Math.abs(fz0Loss(ret, risk, es, level) - fz0)).toBeLessThan(1e-12 * Math.max(1, Math.abs(fz0)))
    }
  })
})
