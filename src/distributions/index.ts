// Densities, distribution functions, quantiles, and every non-uniform draw.
export * from './gamma.js'
export {
  drawGeneralisedPareto,
  generalisedParetoCdf,
  generalisedParetoLogPdf,
  generalisedParetoMeanExcess,
  generalisedParetoQuantile,
  generalisedParetoSurvival,
  generalisedParetoUpperQuantile,
} from './generalised-pareto.js'
export * from './normal.js'
export { type NormalMixture, normalMixtureForecast, normalMixtureQuantile } from './normal-mixture.js'
export { type Cdf, searchQuantiles } from './quantile-search.js'
export * from './student-t.js'
export { mixtureCdf, mixtureForecast, type StudentTMixture } from './student-t-mixture.js'
export { unitStudentTQuantiles, unitStudentTShortfalls } from './student-t-quantiles.js'
export * from './wishart.js'
