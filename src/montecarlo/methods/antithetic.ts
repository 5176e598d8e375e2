import { independentScores, lossesOf } from '../sample.js'
import type { Method } from './method.js'

/** Pairs of scores y and -y (Hammersley & Morton 1956). In a far tail at most one of a pair is a loss, so little is gained. */
export const antithetic: Method = {
  name: 'antithetic',
  title: 'antithetic variates',
  source: 'Hammersley & Morton 1956',
  sample(position, { paths }, key) {
    const d = position.dimension
    const count = 2 * Math.floor(paths / 2)
    return {
      losses: lossesOf(position, count, 2, key, (chunk, rows) => {
        const half = independentScores(position, chunk, rows / 2)
        const both = new Float64Array(rows * d)
        for (let i = 0; i < rows / 2; i++) {
          for (let j = 0; j < d; j++) {
            both[2 * i * d + j] = half[i * d + j]
            both[(2 * i + 1) * d + j] = -half[i * d + j]
          }
        }
        return both
      }),
      weights: null,
      blockSize: 2,
      evaluations: count,
    }
  },
}
