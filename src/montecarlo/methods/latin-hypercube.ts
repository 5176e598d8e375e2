import { repeatedLosses } from '../sample.js'
import { latinScores } from '../scores.js'
import { type Method, REPETITIONS } from './method.js'

/** Independent Latin hypercubes: every score is stratified by itself (McKay, Beckman & Conover 1979; quantiles: Avramidis & Wilson 1998). */
export const latinHypercube: Method = {
  name: 'latinHypercube',
  title: 'Latin hypercube',
  source: 'McKay, Beckman & Conover 1979; Avramidis & Wilson 1998',
  sample(position, { paths }, key) {
    const size = Math.floor(paths / REPETITIONS)
    const count = size * REPETITIONS
    return {
      losses: repeatedLosses(position, count, size, key, block => latinScores(block, size, position.dimension)),
      weights: null,
      blockSize: size,
      evaluations: count,
    }
  },
}
