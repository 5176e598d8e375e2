import { repeatedLosses } from '../sample.js'
import { digitalPoints } from '../scores.js'
import { sobolDirections } from '../sobol-directions.js'
import { type Method, REPETITIONS } from './method.js'

const DIGITS_MAX = 24

/**
 * Randomised quasi-Monte Carlo: Sobol points with nested uniform scrambling (Owen 1995), 2^m of them in at least 32 independent
 * scramblings; intervals from those (L'Ecuyer, Nakayama, Owen & Tuffin 2023). Errors: TOO_MANY_DIMENSIONS.
 */
export const sobol: Method = {
  name: 'sobol',
  title: 'Sobol points, Owen scrambled',
  source: 'Joe & Kuo 2008; Owen 1995; L’Ecuyer, Nakayama, Owen & Tuffin 2023',
  sample(position, { paths }, key) {
    const directions = sobolDirections(position.dimension)
    let m = 0
    while (m < DIGITS_MAX && REPETITIONS * 2 * (1 << m) <= paths) m++
    const size = 1 << m
    const count = Math.floor(paths / size) * size
    return {
      losses: repeatedLosses(position, count, size, key, block => digitalPoints('scores', block, m, directions)),
      weights: null,
      blockSize: size,
      evaluations: count,
      remark: `${count / size} scramblings of ${size} points`,
    }
  },
}
