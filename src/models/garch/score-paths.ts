import { normalQuantile } from '../../distributions/index.js'
import { doublesAt, kernels, put, reserveDoubles, scratch } from '../../kernels/index.js'
import { SERIES_TERMS, studentTSeriesOf } from '../../montecarlo/index.js'
import type { ScorePaths } from '../model.js'
import { familyOf, type GarchState, weightsOf } from './posterior.js'

const FIELDS = 7

/**
 * Cumulative returns from 1 + days scores: the first chooses the parameter draw, among draws in the order of their expected variance
 * over the days, so that a score farther out is a calmer or a stormier market; the others are the days' errors.
 */
export function garchScorePaths(state: GarchState, days: number): ScorePaths {
  const { names, hasNu, hasLeverage } = familyOf(state)
  const weights = weightsOf(state)
  const d = names.length
  const draws = Array.from(state.variance, (variance, k) => {
    const draw = state.parameters.subarray(k * d, (k + 1) * d)
    const [mu, omega, alpha] = draw
    const gamma = hasLeverage ? draw[3] : 0
    const beta = draw[hasLeverage ? 4 : 3]
    const fields = [mu, omega, alpha, gamma, beta, hasNu ? draw[hasLeverage ? 5 : 4] : 0, variance]
    let [expected, h] = [0, variance]
    for (let t = 0; t < days; t++) {
      expected += h
      h = omega + (alpha + gamma / 2 + beta) * h
    }
    return { k, fields, expected }
  }).sort((a, b) => a.expected - b.expected || a.k - b.k)
  const rows = Float64Array.from(draws.flatMap(({ fields }) => fields))
  let reached = 0
  const thresholds = Float64Array.from(draws, ({ k }) => {
    reached += weights[k]
    return normalQuantile(Math.min(reached, 1))
  })
  const series = hasNu
    ? studentTSeriesOf(Float64Array.from(draws, ({ fields }) => fields[5]))
    : new Float64Array(draws.length * SERIES_TERMS)
  return {
    dimension: 1 + days,
    returns: (scores, count) =>
      scratch(() => {
        const places = [rows, thresholds, series, scores].map(put)
        const out = reserveDoubles(count)
        kernels().garchFromScores(
          places[0],
          rows.length / FIELDS,
          places[1],
          places[2],
          SERIES_TERMS,
          places[3],
          days,
          count,
          out,
        )
        return doublesAt(out, count).slice()
      }),
  }
}
