import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openStream, rootKey } from '../../src/base/index.js'
import {
  drawGeneralisedPareto,
  generalisedParetoCdf,
  generalisedParetoLogPdf,
  generalisedParetoMeanExcess,
  generalisedParetoQuantile,
  generalisedParetoSurvival,
  generalisedParetoUpperQuantile,
} from '../../src/distributions/index.js'

interface Point {
  readonly xi: number
  readonly sigma: number
  readonly p: number
  readonly y: number
  readonly logpdf: number
  readonly cdf: number
  readonly sf: number
  readonly excess: number | null
}

const { points } = JSON.parse(readFileSync(join(__dirname, '../fixtures/generalised-pareto.json'), 'utf8')) as { points: Point[] }

describe('the generalised Pareto distribution', () => {
  it('has scipy’s densities, probabilities, quantiles and mean excesses, shapes about 0 included', () => {
    for (const { xi, sigma, p, y, logpdf, cdf, sf, excess } of points) {
      // scipy's own digits in the tails of shapes near 0 end here.
      const tolerance = Math.abs(xi) < 1e-6 && xi !== 0 ? 1e-7 : 1e-10
      const near = (found: number, expected: number): void =>
        expect(Math.abs(found - expected), `${xi} ${sigma} ${p}`).toBeLessThan(tolerance * Math.max(1e-3, Math.abs(expected)))
      near(generalisedParetoLogPdf(y, xi, sigma), logpdf)
      near(generalisedParetoCdf(y, xi, sigma), cdf)
      near(generalisedParetoSurvival(y, xi, sigma), sf)
      near(generalisedParetoQuantile(p, xi, sigma), y)
      if (excess !== null) expect(Math.abs(generalisedParetoMeanExcess(y, xi, sigma) / excess - 1)).toBeLessThan(1e-6)
    }
  })

  it('passes through the exponential without a seam', () => {
    for (const y of [0.01, 1, 30]) {
      expect(generalisedParetoSurvival(y, 0, 2)).toBeCloseTo(Math.exp(-y / 2), 14)
      for (const xi of [1e-14, -1e-14, 1e-10, -1e-10]) {
        expect(Math.abs(generalisedParetoSurvival(y, xi, 2) / Math.exp(-y / 2) - 1)).toBeLessThan(2e-8)
        expect(Math.abs(generalisedParetoLogPdf(y, xi, 2) - generalisedParetoLogPdf(y, 0, 2))).toBeLessThan(2e-8)
      }
    }
  })

  it('has no mass below 0 or beyond the end of a negative shape, and no mean at shape 1', () => {
    expect(generalisedParetoSurvival(-1, 0.2, 1)).toBe(1)
    expect(generalisedParetoLogPdf(-1, 0.2, 1)).toBe(Number.NEGATIVE_INFINITY)
    expect(generalisedParetoSurvival(2.1, -0.5, 1)).toBe(0)
    expect(generalisedParetoLogPdf(2.1, -0.5, 1)).toBe(Number.NEGATIVE_INFINITY)
    expect(generalisedParetoMeanExcess(0, 1, 1)).toBe(Number.POSITIVE_INFINITY)
  })

  it('draws what its quantiles say, and upper quantiles are quantiles of the complement', () => {
    for (const xi of [-0.3, 0, 0.4]) {
      const stream = openStream(rootKey(`draws ${xi}`))
      const draws = Float64Array.from({ length: 50_000 }, () => drawGeneralisedPareto(stream, xi, 1.5)).sort()
      for (const p of [0.1, 0.5, 0.9, 0.99]) {
        const below = draws.filter(y => y <= generalisedParetoQuantile(p, xi, 1.5)).length / draws.length
        expect(Math.abs(below - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / draws.length))
        expect(generalisedParetoUpperQuantile(1 - p, xi, 1.5)).toBeCloseTo(generalisedParetoQuantile(p, xi, 1.5), 12)
      }
    }
  })
})
