import { refuse } from '../base/index.js'
import { doublesAt, kernels, reserveDoubles } from '../kernels/index.js'
import { fillAbout, fromCentre, type Matrix, onMatrix } from './matrix.js'
import { median } from './median.js'
import { checkCount, checkFields, checkPositive } from './parameters.js'
import { checkRows, type Rows } from './rows.js'
import { defineRule } from './rule.js'

export interface Clipping {
  /** Where the steps begin, of length d. */
  readonly start: ArrayLike<number>
  /** The radius beyond which a row pulls no harder. */
  readonly tau: number
  readonly steps: number
}

/**
 * Centred clipping of n rows: `steps` times v <- v + mean_i (x_i - v) min(1, tau / |x_i - v|), from v = `start`. One row moves it
 * by at most 2 tau / n a step and all together by tau, so it is as good as its start, and needs a small share of faulty rows;
 * no bound follows from n alone. Karimireddy, He & Jaggi 2021.
 * Errors: BAD_REPORT, BAD_PARAMETER (tau, steps, or a start of other length or not finite).
 */
export function centeredClipping(rows: Rows, { start, tau, steps }: Clipping): Float64Array {
  checkRows(rows)
  checkClipping(tau, steps)
  checkStart(start, rows[0].length)
  const centre = Float64Array.from(start)
  return onMatrix(rows, matrix => {
    const unit = fillAbout(matrix, rows, centre)
    return fromCentre(centre, clipped(matrix, tau * unit, steps), unit)
  })
}

/** How far the steps lead from the origin. */
function clipped({ at, n, d, columns }: Matrix, tau: number, steps: number): Float64Array {
  const [point, move, lengths] = [reserveDoubles(columns), reserveDoubles(columns), reserveDoubles(n)]
  const v = doublesAt(point, columns)
  v.fill(0)
  const moves = doublesAt(move, columns)
  const factors = doublesAt(lengths, n)
  for (let step = 0; step < steps; step++) {
    kernels().distancesFrom(at, n, columns, point, lengths)
    for (let i = 0; i < n; i++) factors[i] = factors[i] > tau ? tau / factors[i] : 1
    kernels().combineRows(at, n, columns, point, lengths, move)
    for (let j = 0; j < d; j++) v[j] += moves[j] / n
  }
  return v.slice(0, d)
}

function checkClipping(tau: unknown, steps: unknown): asserts steps is number {
  checkPositive('centeredClipping', 'tau', tau)
  checkCount('centeredClipping', 'steps', steps)
  if (steps > STEPS_MAX) refuse('BAD_PARAMETER', steps, `at most ${STEPS_MAX}`, 'centeredClipping.steps')
}

const STEPS_MAX = 100000

function checkStart(start: unknown, d?: number): asserts start is ArrayLike<number> {
  const isVector = Array.isArray(start) || start instanceof Float64Array
  if (!(isVector && (d === undefined || start.length === d) && Array.from<unknown>(start).every(Number.isFinite)))
    refuse('BAD_PARAMETER', start, `${d === undefined ? '' : `${d} `}finite numbers`, 'centeredClipping.start')
}

interface ClippingParameters {
  readonly [name: string]: unknown
  readonly tau: number
  readonly steps: number
  /** The median of the reports, per coordinate, where it is not given. */
  readonly start?: readonly number[]
}

export const centeredClippingRule = defineRule<ClippingParameters>({
  name: 'centeredClipping',
  source: 'Karimireddy, He & Jaggi, 2021',
  breakdown: '1/2 from the median, but off by up to steps x tau; accurate for a small share of faulty reports',
  // From a start that is no forecast it may take more than a convex combination of reports.
  order: 'rearranged',
  parameters(given) {
    checkFields('centeredClipping', given, ['tau', 'steps'], ['start'])
    const { tau, steps, start } = given
    checkClipping(tau, steps)
    if (start !== undefined) checkStart(start)
    return { tau: tau as number, steps, ...(start === undefined ? {} : { start: Array.from(start as readonly number[]) }) }
  },
  bound: n => Math.floor((n - 1) / 2),
  needs: () => 1,
  aggregate: (rows, { tau, steps, start }) => centeredClipping(rows, { start: start ?? median(rows), tau, steps }),
})
