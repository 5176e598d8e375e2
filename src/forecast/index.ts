export type { Forecast, Levels } from './forecast.js'
