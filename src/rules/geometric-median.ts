import { refuse } from '../base/index.js'
import { doublesAt, kernels, put } from '../kernels/index.js'
import { columnsOf, fillAbout, fromCentre, type Matrix, onMatrix } from './matrix.js'
import { noParameters } from './parameters.js'
import { checkRows, type Rows } from './rows.js'
import { defineRule } from './rule.js'
import { type Field, inner, newtonStep, openField, type Pull, pullAt } from './spatial-pull.js'
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
  // Equal weights become 1 each, whose sums are exact.
  const heaviest = shares.reduce((most, share) => Math.max(most, share), 0)
  const kept = shares.filter(share => share > 0).map(share => share / heaviest)
  return onMatrix(weighed, matrix => {
    const centre = startOf(matrix, kept)
    return minimise({ rows: weighed, field: openField(matrix, kept, tolerance), tolerance }, centre)
  })
}

interface Problem {
  readonly rows: Rows
  readonly field: Field
  readonly tolerance: number
}

/** The minimum, from `start`. The field holds the rows' differences from a centre, y is measured from there. */
function minimise({ rows, field, tolerance }: Problem, start: Float64Array): Float64Array {
  const tried = new Uint8Array(rows.length)
  let centre = start
  let unit = fillAbout(field.matrix, rows, centre)
  let [y, pull] = amongRows(field, new Float64Array(centre.length))
  let isSlow = false
  for (let step = 0; step < STEPS_MAX; step++) {
    if (isCertified(pull, tolerance)) return fromCentre(centre, y, unit)
    let found: Found | null = null
    const { row, distance } = pull.nearest
    // Beside a row that is far from the centre, digits run out.
    const isBlurred = distance <= 1e-3 * largestOf(y)
    if (isSlow && tried[row] < (isBlurred ? 2 : 1)) {
      tried[row] = isBlurred ? 2 : 1
      const there = rowOf(field.matrix, row)
      if (isBlurred) {
        y = y.map((x, j) => x - there[j])
        there.fill(0)
        centre = Float64Array.from(rows[row])
        unit = fillAbout(field.matrix, rows, centre)
      }
      const pullThere = pullAt(field, there)
      if (isCertified(pullThere, tolerance)) return Float64Array.from(rows[row])
      // The minimum may be a hair's breadth from the row, where the way there is long and the way from the row is short.
      const moved = weiszfeld(field, there, pullThere)
      pull = pullAt(field, y)
      if (moved[1].unbalanced < pull.unbalanced) found = moved
    }
    if (isSlow && found === null) found = newton(field, y, pull)
    const [point, next]: Found = found ?? weiszfeld(field, y, pull)
    isSlow = found !== null || next.unbalanced > 0.3 * pull.unbalanced
    y = point
    pull = next
  }
  return refuse('NOT_CONVERGED', `a gap of ${2 * pull.unbalanced}`, `at most ${tolerance}`, 'geometricMedian')
}

/** The median per coordinate need not be a mean of rows, and what is certified must be: from the row beside it, or one step on. */
function amongRows(field: Field, start: Float64Array): Found {
  const pull = pullAt(field, start)
  if (pull.held > 0 && pull.nearest.distance > 0) {
    const row = rowOf(field.matrix, pull.nearest.row)
    return [row, pullAt(field, row)]
  }
  // Forces that cancel to the last bit have made it a mean already.
  const isLast = pull.held === 0 && pull.strength > 0 && isCertified(pull, field.slack)
  return isLast ? weiszfeld(field, start, pull) : [start, pull]
}

const largestOf = (y: Float64Array): number => y.reduce((most, x) => Math.max(most, Math.abs(x)), 0)

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

const TRIALS_MAX = 40

/** Newton's step, shortened until the force along it no longer points back, or is half of what it was; f is convex. */
function newton(field: Field, y: Float64Array, pull: Pull): Found | null {
  // Near rows may be let off in the balance, not in the curvature.
  const exact = pull.held > 0 ? pullAt(field, y, 0) : pull
  if (exact.held > 0) return null
  const step = newtonStep(field, exact, Math.min(0.1, pull.unbalanced))
  if (step === null) return null
  const first = inner(exact.force, step)
  let [low, atLow, high, atHigh] = [0, first, 1, 0]
  let length = 1
  for (let trial = 0; trial < TRIALS_MAX; trial++) {
    const point = y.map((x, j) => x + length * step[j])
    const next = pullAt(field, point, 0)
    const along = inner(next.force, step)
    if (Math.abs(along) <= 0.5 * first || (length === 1 && along > 0)) return [point, pullAt(field, point)]
    if (along > 0) [low, atLow] = [length, along]
    else [high, atHigh] = [length, along]
    const share = Math.min(Math.max(atLow / (atLow - atHigh), 0.1), 0.9)
    length = low + share * (high - low)
  }
  return null
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
