// Densities, distribution functions, quantiles, and every non-uniform draw.
export * from './gamma.js'
export * from './normal.js'
export * from './student-t.js'
