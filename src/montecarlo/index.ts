// VaR and ES of a position by simulation: sampling designs that reduce variance, and estimators with confidence intervals.
export { convergence } from './convergence.js'
export { type Estimate, type EstimateOptions, estimateDraws, estimateRisk } from './estimate.js'
export type { Method } from './methods/method.js'
export { methodTable } from './methods/table.js'
export { type Control, type Position, positionOfUniforms } from './position.js'
export { type Innovations, type KnownRisk, type OneReturn, type Portfolio, portfolioPosition, returnPosition } from './returns.js'
export { mixingOf, SERIES_TERMS, studentTSeriesOf } from './scores.js'
export { type Factor, type VarianceReduction, varianceReduction } from './variance-reduction.js'
