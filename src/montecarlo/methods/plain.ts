import { independentScores, lossesOf } from '../sample.js'
import type { Method } from './method.js'

/** Independent draws. */
export const plain: Method = {
  name: 'plain',
  title: 'plain Monte Carlo',
  source: 'exact binomial interval of order statistics; ES: its influence function',
  sample: (position, { paths }, key) => ({
    losses: lossesOf(position, paths, 1, key, (chunk, rows) => independentScores(position, chunk, rows)),
    weights: null,
    blockSize: 1,
    evaluations: paths,
  }),
}
