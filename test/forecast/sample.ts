import { normalQuantile } from '../../src/distributions/index.js'
import { type Forecast, studyGrid } from '../../src/forecast/index.js'

/** A forecast without carried shortfalls. */
export const bare = (levels: ArrayLike<number>, quantiles: ArrayLike<number>): Forecast => ({
  levels: Float64Array.from(levels),
  quantiles: Float64Array.from(quantiles),
  riskLevels: new Float64Array(0),
  shortfalls: new Float64Array(0),
})

/** The quantiles of N(mu, sigma^2) on a grid. */
export const normalForecast = (mu: number, sigma: number, levels: Float64Array = studyGrid): Forecast =>
  bare(
    levels,
    levels.map(p => mu + sigma * normalQuantile(p)),
  )
