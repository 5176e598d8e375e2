import { childKey, type Key, nextUniform, openStream, type Stream } from '../base/index.js'
import { drawNormal, drawStudentT } from '../distributions/index.js'
import { exp, systematicIndices } from '../math/index.js'
import { familyOf, type GarchState } from './garch-posterior.js'
import type { GarchFamily } from './garch-prior.js'

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
  const family = familyOf(state)
  const d = family.names.length
  const stream = openStream(childKey(key, 'paths'))
  const out = new Float64Array(groups * size * days)
  const chosen = systematicIndices(state.logWeights.map(exp), groups, nextUniform(stream))
  chosen.forEach((k, group) => {
    const row = state.parameters.subarray(k * d, (k + 1) * d)
    for (let p = group * size; p < (group + 1) * size; p++)
      simulateRow(family, row, state.variance[k], days, stream, out, p * days)
  })
  return out
}
