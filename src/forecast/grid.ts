import { normalQuantile } from '../distributions/index.js'

// biome-ignore format: the two halves mirror each other
const GRID = [
  0.001, 0.0015, 0.0025, 0.0035, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.025, 0.03, 0.04, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4,
  0.5,
  0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.925, 0.95, 0.96, 0.97, 0.975, 0.98, 0.985, 0.99, 0.9925, 0.995, 0.9965, 0.9975, 0.9985, 0.999,
] as const

const GRID_SCORES = Float64Array.from(GRID, normalQuantile)

/** The 41 probability levels at which a study's forecasts are exchanged: symmetric, and densest in the tails. */
export const studyGrid: Float64Array = Float64Array.from(GRID)

/** The left-tail levels at which a study carries expected shortfall: 1 %, 2.5 % and 5 %. */
export const riskLevels: Float64Array = Float64Array.of(0.01, 0.025, 0.05)

/** The standard normal quantiles of ascending `levels`; the study grid's are computed once. */
export function normalScores(levels: Float64Array): Float64Array {
  return isStudyGrid(levels) ? GRID_SCORES : levels.map(normalQuantile)
}

// Compared by value with a private copy: the exported array is the caller's to break, and grids arrive from other threads.
function isStudyGrid(levels: Float64Array): boolean {
  if (levels.length !== GRID.length) return false
  for (let i = 0; i < GRID.length; i++) if (levels[i] !== GRID[i]) return false
  return true
}
