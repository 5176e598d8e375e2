import { refuse } from '../base/index.js'
import { doublesAt, kernels, put } from '../kernels/index.js'
import { columnsOf, type Matrix, onMatrix, unitOf } from './matrix.js'
import { noParameters } from './parameters.js'
import { checkRows, type Rows } from './rows.js'
import { defineRule } from './rule.js'
import { type Field, newtonStep, openField, type Pull, pullAt } from './spatial-pull.js'
import { weightedMedian } from './weighted-median.js'
import { checkedWeights } from './weights.js'

export interface GeometricMedianOptions {
  /** One a row, >= 0, not all 0; equal where not given. */
  readonly weights?: ArrayLike<number>
  /** The largest gap to the minimum, as a share of it. Default 1e-9. */
  readonly tolerance?: number
}

const STEPS_MAX = 1000

/**
 * The geometric median of n rows: the point y with the least sum of weighted distances f(y) to them, up to `tolerance`, relative,
 * by certificate. Where the unit forces of the rows at y leave a force of R, f is at most 2 R / W times f(y) above its minimum
 * (f is convex, and no minimum is farther from y than 2 f(y) / W); rows at y itself balance up to their weight (Vardi & Zhang
 * 2000), as do rows so near that they cost a fraction of the tolerance. The forces do not grow with distance, so a report at 1e300
 * leaves the certificate as sharp. From the median per coordinate, by the steps of Weiszfeld (1937), by Newton's where these are
 * slow, and to the nearest row where that is the minimum. For d = 1 it is the weighted median, 'mid'. With less than half of the
 * weight faulty it stays near the honest rows. Pillutla, Kakade & Harchaoui 2022.
 * Errors: BAD_REPORT, BAD_WEIGHTS, BAD_PARAMETER, NOT_CONVERGED.
 */
export function geometricMedian(rows: Rows, { weights, tolerance = 1e-9 }: GeometricMedianOptions = {}): Float64Array {
  checkRows(rows)
  if (!(typeof tolerance === 'number' && tolerance >= 1e-12 && tolerance < 1))
    refuse('BAD_PARAMETER', tolerance, 'a number from 1e-12 to 1', 'geometricMedian.tolerance')
  const shares = checkedWeights(weights, rows.length)
  const weighed = rows.filter((_, i) => shares[i] > 0)
  if (rows[0].length === 1) return weightedMedian(rows, weights, 'mid')
  const unit = unitOf(weighed)
  const kept = shares.filter(share => share > 0)
  return onMatrix(weighed, matrix => minimise(matrix, kept, tolerance), unit).map(x => x / unit)
}

function minimise(matrix: Matrix, weights: Float64Array, tolerance: number): Float64Array {
  const field = openField(matrix, weights, tolerance)
  const tried = new Uint8Array(matrix.n)
  let y = startOf(matrix, weights)
  let pull = pullAt(field, y)
  let isSlow = false
  let patience = 0
  for (let step = 0; step < STEPS_MAX; step++) {
    if (isCertified(pull, tolerance)) return y
    const { row, distance } = pull.nearest
    if (tried[row] === 0 && distance <= 0.1 * pull.typical) {
      tried[row] = 1
      const there = rowOf(matrix, row)
      if (isCertified(pullAt(field, there), tolerance)) return there
      // The field's memory belongs to the point of the last pull.
      pull = pullAt(field, y)
    }
    const isDue: boolean = isSlow && step >= patience
    const newton: Found | null = isDue ? tryNewton(field, y, pull) : null
    if (isDue && newton === null) patience = step + 4
    const [point, next]: Found = newton ?? weiszfeld(field, y, pull)
    isSlow = newton !== null || next.unbalanced > 0.3 * pull.unbalanced
    y = point
    pull = next
  }
  return refuse('NOT_CONVERGED', `a gap of ${2 * pull.unbalanced}`, `at most ${tolerance}`, 'geometricMedian')
}

const isCertified = ({ unbalanced }: Pull, tolerance: number): boolean => 2 * unbalanced <= 0.75 * tolerance

function startOf(matrix: Matrix, weights: Float64Array): Float64Array {
  const { n } = matrix
  return columnsOf(matrix, ({ at, columns }, work, out) => {
    if (weights.every(weight => weight === weights[0])) kernels().midpoints(at, n, columns, (n - 1) >> 1, n >> 1, work, out)
    else kernels().weightedMedians(at, n, columns, put(weights), 2, work, out)
  })
}

const rowOf = ({ at, d, columns }: Matrix, row: number): Float64Array => doublesAt(at + 8 * row * columns, d).slice()

type Found = readonly [Float64Array, Pull]

/** The weighted mean that the forces point to; shortened by what near rows hold back (Vardi & Zhang 2000). */
function weiszfeld(field: Field, y: Float64Array, { force, strength, stiffness, held }: Pull): Found {
  const share = Math.max(0, 1 - held / strength) / stiffness
  const point = y.map((x, j) => x + share * force[j])
  return [point, pullAt(field, point)]
}

/** Newton's step, where it halves the force that is left; else nothing. */
function tryNewton(field: Field, y: Float64Array, pull: Pull): Found | null {
  if (pull.held > 0) return null
  const step = newtonStep(field, pull, Math.min(0.1, pull.unbalanced))
  if (step === null) return null
  const point = y.map((x, j) => x + step[j])
  if (!point.every(Number.isFinite)) return null
  const next = pullAt(field, point)
  return next.unbalanced <= 0.5 * pull.unbalanced ? [point, next] : null
}

export const geometricMedianRule = defineRule({
  name: 'geometricMedian',
  source: 'Weiszfeld, 1937; Vardi & Zhang, 2000; Pillutla, Kakade & Harchaoui, 2022',
  breakdown: '1/2 of the weight',
  order: 'convex',
  weighs: true,
  parameters: noParameters('geometricMedian'),
  bound: n => Math.floor((n - 1) / 2),
  needs: () => 1,
  aggregate: (rows, _parameters, weights) => geometricMedian(rows, weights === undefined ? {} : { weights }),
})
