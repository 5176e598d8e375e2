// What is said about the next return: the Forecast, its parser, VaR and ES, its interpolated distribution, and scores.
export { crps, pit } from './crps.js'
export type { Forecast, Levels } from './forecast.js'
export { riskLevels, studyGrid } from './grid.js'
export { type Curve, cdfAt, curveOf, partialMean, quantileAt, scoreAt } from './interpolate.js'
export { logDensity } from './log-density.js'
export { fz0Loss, pinballLoss } from './losses.js'
export { type ParsedForecast, parseForecast } from './parse.js'
export { expectedShortfall, valueAtRisk } from './risk.js'
