import { childKey } from '../../base/index.js'
import { axisFor } from '../pilot.js'
import { repeatedLosses } from '../sample.js'
import { latinScores, reflect } from '../scores.js'
import { type Method, REPETITIONS } from './method.js'

/**
 * Independent Latin hypercubes (McKay, Beckman & Conover 1979; quantiles: Avramidis & Wilson 1998): every score is stratified by itself,
 * after a rotation that lays the first along the direction of loss.
 */
export const latinHypercube: Method = {
  name: 'latinHypercube',
  title: 'Latin hypercube',
  source: 'McKay, Beckman & Conover 1979; Avramidis & Wilson 1998',
  sample(position, { level, paths }, key) {
    const axis = axisFor(position, level, paths, childKey(key, 'pilot'))
    const size = Math.floor((paths - axis.evaluations) / REPETITIONS)
    const count = size * REPETITIONS
    return {
      losses: repeatedLosses(position, count, size, childKey(key, 'draws'), block =>
        reflect(latinScores(block, size, position.dimension), axis.direction),
      ),
      weights: null,
      blockSize: size,
      evaluations: count + axis.evaluations,
    }
  },
}
