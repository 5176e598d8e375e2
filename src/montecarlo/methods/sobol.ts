import { childKey } from '../../base/index.js'
import { axisFor } from '../pilot.js'
import { repeatedLosses } from '../sample.js'
import { digitalPoints, reflect } from '../scores.js'
import { sobolDirections } from '../sobol-directions.js'
import { type Method, REPETITIONS } from './method.js'

const DIGITS_MAX = 24

/**
 * Randomised quasi-Monte Carlo: Sobol points with nested uniform scrambling (Owen 1995), 2^m of them in at least 64 independent
 * scramblings; intervals from those (L'Ecuyer, Nakayama, Owen & Tuffin 2023). A rotation lays the first coordinate along the direction
 * of loss (Imai & Tan 2006). Errors: TOO_MANY_DIMENSIONS.
 */
export const sobol: Method = {
  name: 'sobol',
  title: 'Sobol points, Owen scrambled',
  source: 'Joe & Kuo 2008; Owen 1995; L’Ecuyer, Nakayama, Owen & Tuffin 2023',
  sample(position, { level, paths }, key) {
    const directions = sobolDirections(position.dimension)
    const { direction, evaluations } = axisFor(position, level, paths, childKey(key, 'pilot'))
    const left = paths - evaluations
    let m = 0
    while (m < DIGITS_MAX && REPETITIONS * 2 * (1 << m) <= left) m++
    const size = 1 << m
    const count = Math.floor(left / size) * size
    return {
      losses: repeatedLosses(position, count, size, childKey(key, 'draws'), block =>
        reflect(digitalPoints('scores', block, m, directions), direction),
      ),
      weights: null,
      blockSize: size,
      evaluations: count + evaluations,
      remark: `${count / size} scramblings of ${size} points`,
    }
  },
}
