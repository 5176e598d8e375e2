// Densities, distribution functions, quantiles, and every non-uniform draw.
export * from './gamma.js'
export * from './normal.js'
export * from './student-t.js'
export { type MixtureShape, mixtureCdf, mixtureForecast, mixtureShape, type StudentTMixture } from './student-t-mixture.js'
export { TAIL_TABLE_LENGTH, tailFromTable, writeTailTable } from './student-t-table.js'
