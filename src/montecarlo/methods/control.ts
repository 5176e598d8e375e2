import { childKey, refuse } from '../../base/index.js'
import { normalQuantile } from '../../distributions/index.js'
import { cholesky, meanOf, solveCholesky } from '../../math/index.js'
import { axisFor } from '../pilot.js'
import type { Control } from '../position.js'
import { independentScores, lossesOf } from '../sample.js'
import type { Method } from './method.js'

/**
 * Control variates for the whole tail at once: regression on indicators of a control's loss beyond its own known quantiles (Hesterberg &
 * Nelson 1998), as weights that serve every quantile; the same as stratifying the control afterwards. The quantile at the level itself is left out: a
 * control that moves as the loss does would fix the estimated tail probability, and no sample would show what is left of its error.
 */
export const control: Method = {
  name: 'control',
  title: 'control variates',
  source: 'Hesterberg & Nelson 1998',
  sample(position, { level, paths }, key) {
    const axis = position.control === undefined ? axisFor(position, level, paths, childKey(key, 'pilot')) : null
    const known = position.control ?? scoreAlong(axis!.direction)
    const count = paths - (axis?.evaluations ?? 0)
    const controls = new Float64Array(count)
    const losses = lossesOf(position, count, 1, childKey(key, 'draws'), (chunk, rows, from) => {
      const scores = independentScores(position, chunk, rows)
      controls.set(known.losses(scores, rows), from)
      return scores
    })
    const { columns, means } = regressorsOf(controls, known, level)
    return {
      losses,
      weights: regressionWeights(columns, means, known.name),
      blockSize: 1,
      regressors: columns,
      evaluations: paths,
      remark: `its control is ${known.name}`,
    }
  },
}

const scoreAlong = (direction: Float64Array): Control => ({
  name: 'the score along the direction of loss',
  losses(scores, count) {
    const d = direction.length
    const out = new Float64Array(count)
    for (let i = 0; i < count; i++) for (let j = 0; j < d; j++) out[i] += scores[i * d + j] * direction[j]
    return out
  },
  quantile: level => -normalQuantile(level),
})

function regressorsOf(
  controls: Float64Array,
  known: Control,
  level: number,
): { columns: readonly Float64Array[]; means: Float64Array } {
  const levels = [level + Math.min(3 * level, (1 - level) / 2), level + Math.min(level, (1 - level) / 4), level / 2, level / 4]
  const columns = levels.map(p => {
    const threshold = known.quantile(p)
    return controls.map(c => (c > threshold ? 1 : 0))
  })
  return { columns, means: Float64Array.from(levels) }
}

/** Weights of mean 1 under which every column has its known mean: those of linear regression. */
function regressionWeights(columns: readonly Float64Array[], means: Float64Array, name: string): Float64Array {
  const n = columns[0].length
  const { averages, factor } =
    centred(columns) ?? refuse('BAD_CONTROL', `${name}, whose tail hardly varies`, 'a control that varies')
  const slopes = solveCholesky(
    factor,
    means.map((mean, j) => mean - averages[j]),
  )
  const weights = new Float64Array(n).fill(1)
  columns.forEach((column, j) => {
    for (let i = 0; i < n; i++) weights[i] += slopes[j] * (column[i] - averages[j])
  })
  return weights
}

/** Averages of the columns and the Cholesky factor of their covariance; null where it has none. */
export function centred(columns: readonly Float64Array[]): { averages: Float64Array; factor: Float64Array } | null {
  const d = columns.length
  const averages = Float64Array.from(columns, meanOf)
  const covariance = new Float64Array(d * d)
  for (let a = 0; a < d; a++)
    for (let b = 0; b <= a; b++)
      covariance[a * d + b] = covariance[b * d + a] = covarianceOf(columns[a], averages[a], columns[b], averages[b])
  const factor = cholesky(covariance, d)
  return factor === null ? null : { averages, factor }
}

export function covarianceOf(x: Float64Array, meanX: number, y: Float64Array, meanY: number): number {
  let sum = 0
  for (let i = 0; i < x.length; i++) sum += (x[i] - meanX) * (y[i] - meanY)
  return sum / x.length
}
