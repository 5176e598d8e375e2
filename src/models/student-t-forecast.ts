import { studentTLogPdf, studentTPartialMean, studentTQuantile } from '../distributions/index.js'
import type { Forecast, Levels } from '../forecast/index.js'
import { exp } from '../math/index.js'

/** The forecast whose next return is location + scale * T(df), df > 1. */
export function studentTForecast(
  { location, scale, df }: { readonly location: number; readonly scale: number; readonly df: number },
  { levels, riskLevels }: Levels,
): Forecast {
  const quantiles = levels.map(level => location + scale * studentTQuantile(level, df))
  const shortfalls = riskLevels.map(level => {
    const z = studentTQuantile(level, df)
    return -(location + (scale * studentTPartialMean(z, df, exp(studentTLogPdf(z, df)))) / level)
  })
  return { levels: levels.slice(), quantiles, riskLevels: riskLevels.slice(), shortfalls }
}
