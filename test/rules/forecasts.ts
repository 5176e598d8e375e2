import fc from 'fast-check'
import { normalPdf, normalQuantile } from '../../src/distributions/index.js'
import { type Forecast, riskLevels, studyGrid } from '../../src/forecast/index.js'

/** N(mu, sigma^2) with its exact shortfalls. */
export const normal = (mu: number, sigma: number, levels: Float64Array = studyGrid): Forecast => ({
  levels,
  quantiles: levels.map(p => mu + sigma * normalQuantile(p)),
  riskLevels,
  shortfalls: riskLevels.map(p => (sigma * normalPdf(normalQuantile(p))) / p - mu),
})

/** All of the distribution at one value. */
export const point = (x: number): Forecast => ({
  levels: studyGrid,
  quantiles: studyGrid.map(() => x),
  riskLevels,
  shortfalls: riskLevels.map(() => -x),
})

const ending = (excess: readonly number[], quantiles: readonly number[]): Forecast => {
  const ascending = Float64Array.from(quantiles).sort()
  return {
    levels: studyGrid,
    quantiles: ascending,
    riskLevels,
    shortfalls: riskLevels.map((p, i) => excess[i] - ascending[studyGrid.indexOf(p)]),
  }
}

/** Any well-formed forecast on the study grid of values up to 1e3, point masses and outliers included. */
export const anyForecast: fc.Arbitrary<Forecast> = fc
  .tuple(
    fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0, max: 3, noNaN: true })), { minLength: 3, maxLength: 3 }),
    fc.array(fc.oneof(fc.double({ min: -20, max: 20, noNaN: true }), fc.constantFrom(-1000, -2, 0, 2, 1000)), {
      minLength: 41,
      maxLength: 41,
    }),
  )
  .map(([excess, quantiles]) => ending(excess, quantiles))

/** A forecast as an honest model makes it: a smooth curve with tails of its own. */
export const smoothForecast: fc.Arbitrary<Forecast> = fc
  .record({
    centre: fc.double({ min: -1, max: 1, noNaN: true }),
    scale: fc.double({ min: 0.2, max: 3, noNaN: true }),
    tail: fc.double({ min: 0, max: 0.3, noNaN: true }),
  })
  .map(({ centre, scale, tail }) => {
    const curve = (p: number): number => {
      const z = normalQuantile(p)
      return centre + scale * (z + tail * z * z * z)
    }
    return ending(
      Array.from(riskLevels, () => scale * (0.3 + tail)),
      Array.from(studyGrid, curve),
    )
  })
