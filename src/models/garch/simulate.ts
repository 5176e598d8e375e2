import { childKey, type Key, nextUniform, openStream, type Stream } from '../../base/index.js'
import { drawNormal, drawStudentT } from '../../distributions/index.js'
import { doublesAt, kernels, putRandomState, reserveDoubles, scratch } from '../../kernels/index.js'
import { exp, systematicIndices } from '../../math/index.js'
import { familyOf, type GarchState } from './posterior.js'
import type { GarchFamily } from './prior.js'

/** Writes `days` returns of one parameter row to `out` from `at` on; `h` is the variance of the first. */
export function simulateRow(
  { hasNu, hasLeverage }: GarchFamily,
  row: ArrayLike<number>,
  variance: number,
  days: number,
  stream: Stream,
  out: Float64Array,
  at: number,
): void {
  const [mu, omega, alpha] = [row[0], row[1], row[2]]
  const gamma = hasLeverage ? row[3] : 0
  const beta = row[hasLeverage ? 4 : 3]
  const nu = hasNu ? row[hasLeverage ? 5 : 4] : Number.POSITIVE_INFINITY
  const unit = hasNu ? Math.sqrt((nu - 2) / nu) : 1
  let h = variance
  for (let t = 0; t < days; t++) {
    const shock = Math.sqrt(h) * unit * (hasNu ? drawStudentT(stream, nu) : drawNormal(stream))
    out[at + t] = mu + shock
    h = omega + (shock < 0 ? alpha + gamma : alpha) * shock * shock + beta * h
  }
}

/**
 * Paths of future returns in groups that share a draw, row-major groups x size x days: draws are taken in proportion to their weights
 * (systematically).
 */
export function simulateGarchGroups(state: GarchState, days: number, groups: number, size: number, key: Key): Float64Array {
  const { names, hasNu, hasLeverage } = familyOf(state)
  const d = names.length
  const stream = openStream(childKey(key, 'paths'))
  const chosen = systematicIndices(state.logWeights.map(exp), groups, nextUniform(stream))
  return scratch(() => {
    const random = putRandomState(stream)
    const out = reserveDoubles(groups * size * days)
    const row = reserveDoubles(6)
    chosen.forEach((k, group) => {
      const draw = state.parameters.subarray(k * d, (k + 1) * d)
      const beta = hasLeverage ? 4 : 3
      doublesAt(row, 6).set([draw[0], draw[1], draw[2], hasLeverage ? draw[3] : 0, draw[beta], hasNu ? draw[beta + 1] : 0])
      kernels().garchPaths(row, state.variance[k], days, size, random, out + 8 * group * size * days)
    })
    return doublesAt(out, groups * size * days).slice()
  })
}
