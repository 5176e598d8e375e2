import type { NormalInverseGamma } from '../inference/index.js'
import { mixingOf } from '../montecarlo/index.js'
import type { ScorePaths } from './model.js'

/** Cumulative returns of a normal-inverse-gamma belief from 2 + days scores: of the standard deviation, the mean, and each day. */
export function normalScorePaths({ mean, strength, shape, scale }: NormalInverseGamma, days: number): ScorePaths {
  const dimension = 2 + days
  return {
    dimension,
    returns(scores, count) {
      const first = new Float64Array(count)
      for (let i = 0; i < count; i++) first[i] = scores[i * dimension]
      const mixing = mixingOf(first, 2 * shape)
      const returns = new Float64Array(count)
      for (let i = 0; i < count; i++) {
        const at = i * dimension
        const sd = mixing[i] * Math.sqrt(scale / shape)
        let sum = (days * scores[at + 1]) / Math.sqrt(strength)
        for (let t = 0; t < days; t++) sum += scores[at + 2 + t]
        returns[i] = days * mean + sd * sum
      }
      return returns
    },
  }
}
