import { childKey } from '../../base/index.js'
import { axisFor } from '../pilot.js'
import { independentScores, repeatedLosses } from '../sample.js'
import { movedAlong, scoresOf, uniformDraws } from '../scores.js'
import { type Method, REPETITIONS } from './method.js'

/** The score along the direction of loss stratified, one draw a stratum, in independent repetitions (Glasserman 2004, section 4.3). */
export const stratified: Method = {
  name: 'stratified',
  title: 'stratified sampling',
  source: 'Glasserman 2004, section 4.3',
  sample(position, { level, paths }, key) {
    const { direction, evaluations: spent } = axisFor(position, level, paths, childKey(key, 'pilot'))
    const size = Math.floor((paths - spent) / REPETITIONS)
    const count = size * REPETITIONS
    return {
      losses: repeatedLosses(position, count, size, childKey(key, 'draws'), block => {
        const uniforms = uniformDraws(childKey(block, 'strata'), size).map((u, k) => (k + u) / size)
        return movedAlong(independentScores(position, childKey(block, 'rows'), size), direction, scoresOf(uniforms))
      }),
      weights: null,
      blockSize: size,
      evaluations: count + spent,
    }
  },
}
