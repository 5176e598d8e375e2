import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { normalMixtureForecast, normalMixtureQuantile, normalQuantile } from '../../src/distributions/index.js'

interface Reference {
  readonly weights: number[]
  readonly locations: number[]
  readonly scales: number[]
  readonly levels: number[]
  readonly quantiles: number[]
  readonly shortfalls: number[]
}

const { mixtures } = JSON.parse(readFileSync(join(__dirname, '../fixtures/regimes.json'), 'utf8')) as { mixtures: Reference[] }
const mixtureOf = ({ weights, locations, scales }: Reference) => ({
  weights: Float64Array.from(weights),
  locations: Float64Array.from(locations),
  scales: Float64Array.from(scales),
})

describe('a mixture of normals', () => {
  it('has the quantiles and expected shortfalls of the reference, hills far apart and weights of 1e-4 included', () => {
    for (const reference of mixtures) {
      const levels = Float64Array.from(reference.levels)
      const { quantiles, shortfalls } = normalMixtureForecast(mixtureOf(reference), levels, levels)
      const size = Math.max(...reference.locations.map(Math.abs), ...reference.scales)
      quantiles.forEach((q, j) => {
        expect(Math.abs(q - reference.quantiles[j]) / size, `quantile ${levels[j]}`).toBeLessThan(1e-9)
        expect(Math.abs(shortfalls[j] - reference.shortfalls[j]) / size, `shortfall ${levels[j]}`).toBeLessThan(1e-8)
      })
    }
  })

  it('of equal components is that normal, at any level', () => {
    const mixture = { weights: Float64Array.of(0.25, 0.75), locations: Float64Array.of(1, 1), scales: Float64Array.of(3, 3) }
    for (const level of [1e-12, 1e-4, 0.01, 0.4, 0.5, 0.9, 1 - 1e-9])
      expect(Math.abs(normalMixtureQuantile(mixture, level) - (1 + 3 * normalQuantile(level)))).toBeLessThan(1e-8)
  })

  it('answers a level the same alone and among others, and ascends', () => {
    for (const reference of mixtures) {
      const mixture = mixtureOf(reference)
      const levels = Float64Array.from({ length: 99 }, (_, i) => (i + 1) / 100)
      const { quantiles } = normalMixtureForecast(mixture, levels, new Float64Array(0))
      quantiles.forEach((q, i) => {
        if (i > 0) expect(q).toBeGreaterThanOrEqual(quantiles[i - 1])
        // At the share of the lower of two far hills any point between them is a quantile.
        if (levels[i] !== 0.45) expect(Math.abs(normalMixtureQuantile(mixture, levels[i]) - q)).toBeLessThan(1e-9)
      })
    }
  })
})
