import { cholesky, momentsOf } from '../math/index.js'
import { columnsOf } from './run-chains.js'

/** The previous covariance counts as this many moves. */
const PRIOR_MOVES = 10

/** How many of the steps within blocks of draws (row-major) moved. */
export function movesOf(blocks: readonly Float64Array[], d: number): { moves: number; steps: number } {
  let moves = 0
  let steps = 0
  for (const block of blocks) {
    for (let row = d; row < block.length; row += d) {
      steps++
      if (block[row] !== block[row - d]) moves++
    }
  }
  return { moves, steps }
}

/**
 * The Cholesky factor of the pooled covariance of blocks of draws, blended with the previous one, which keeps it positive
 * definite where few steps moved. With `isDiagonal` the covariances are left out.
 */
export function blendedFactor(blocks: readonly Float64Array[], previous: Float64Array, isDiagonal = false): Float64Array {
  const d = Math.round(Math.sqrt(previous.length))
  const rows = blocks.reduce((sum, block) => sum + block.length / d, 0)
  const all = new Float64Array(rows * d)
  let at = 0
  for (const block of blocks) {
    all.set(block, at)
    at += block.length
  }
  const { covariance } = momentsOf(columnsOf(all, rows, d), new Float64Array(rows).fill(1 / rows))
  const { moves } = movesOf(blocks, d)
  const share = moves / (moves + PRIOR_MOVES)
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) {
      let old = 0
      for (let k = 0; k <= Math.min(i, j); k++) old += previous[i * d + k] * previous[j * d + k]
      covariance[i * d + j] = isDiagonal && i !== j ? 0 : share * covariance[i * d + j] + (1 - share) * old
    }
  }
  return cholesky(covariance, d) ?? previous
}
