import { normalCdf, normalPdf, normalQuantile, normalSurvival } from '../distributions/index.js'
import { log1p } from '../math/index.js'
import { type Cells, cellProbabilities } from './cells.js'

const STEPS_MAX = 200
const HALVINGS_MAX = 60
/** What is left to gain, in log likelihood per day, when the search ends. */
const GAIN = 1e-16

/**
 * Twice the gain in log likelihood when the losses beyond the levels are those of a normal (mean, standard deviation) that the model
 * took for standard: P(deeper than level) = Phi(slope z + shift), z its quantile. Concave in slope and shift; Newton's method. With
 * days in one cell only, in two neighbouring ones or in the two outer ones the best normal is a limit, whose cells are the shares.
 */
export function likelihoodRatioOf(cells: Cells, levels: ArrayLike<number>): number {
  const probabilities = cellProbabilities(levels)
  const fitted = isLimit(cells) ? sharesOf(cells) : fittedCells(cells, levels)
  let sum = 0
  for (let j = 0; j < cells.length; j++)
    if (cells[j] > 0) sum += cells[j] * log1p((fitted[j] - probabilities[j]) / probabilities[j])
  return sum > 0 ? 2 * sum : 0
}

function isLimit(cells: Cells): boolean {
  const filled: number[] = []
  for (let j = 0; j < cells.length; j++) if (cells[j] > 0) filled.push(j)
  if (filled.length === 1) return true
  const apart = filled[filled.length - 1] - filled[0]
  return filled.length === 2 && (apart === 1 || apart === cells.length - 1)
}

function sharesOf(cells: Cells): Float64Array {
  const shares = Float64Array.from(cells)
  const days = shares.reduce((sum, count) => sum + count, 0)
  return shares.map(count => count / days)
}

interface Local {
  readonly probabilities: Float64Array
  /** Log likelihood per day beyond that of the null; -Infinity outside. */
  readonly gain: number
  readonly gradient: readonly [number, number]
  /** Of minus the gain: slope slope, slope shift, shift shift. */
  readonly curvature: readonly [number, number, number]
}

function fittedCells(cells: Cells, levels: ArrayLike<number>): Float64Array {
  const shares = sharesOf(cells)
  const nulls = cellProbabilities(levels)
  // Borders of the cells, from the shallowest level to the deepest.
  const borders = Float64Array.from(levels, normalQuantile).reverse()
  let [slope, shift] = [1, 0]
  let now = localAt(shares, nulls, borders, slope, shift)
  for (let step = 0; step < STEPS_MAX; step++) {
    const [a, b, c] = now.curvature
    const determinant = a * c - b * b
    if (!(determinant > 0)) break
    const [u, v] = now.gradient
    const toSlope = (c * u - b * v) / determinant
    const toShift = (a * v - b * u) / determinant
    const promised = u * toSlope + v * toShift
    if (!(promised > GAIN)) break
    let part = 1
    let next = localAt(shares, nulls, borders, slope + toSlope, shift + toShift)
    for (let halving = 0; halving < HALVINGS_MAX && !(next.gain > now.gain); halving++) {
      part /= 2
      next = localAt(shares, nulls, borders, slope + part * toSlope, shift + part * toShift)
    }
    if (!(next.gain > now.gain)) break
    slope += part * toSlope
    shift += part * toShift
    now = next
  }
  return now.probabilities
}

function localAt(shares: Float64Array, nulls: Float64Array, borders: Float64Array, slope: number, shift: number): Local {
  const n = borders.length
  const probabilities = new Float64Array(n + 1)
  let gain = 0
  let [u, v, a, b, c] = [0, 0, 0, 0, 0]
  for (let j = 0; j <= n; j++) {
    // The cell lies between two borders: the deeper one is its lower end.
    const upper = j === 0 ? Number.POSITIVE_INFINITY : slope * borders[j - 1] + shift
    const lower = j === n ? Number.NEGATIVE_INFINITY : slope * borders[j] + shift
    const p = lower > 0 ? normalSurvival(lower) - normalSurvival(upper) : normalCdf(upper) - normalCdf(lower)
    probabilities[j] = p
    if (shares[j] === 0) continue
    if (!(slope > 0 && p > 0)) return { probabilities, gain: Number.NEGATIVE_INFINITY, gradient: [0, 0], curvature: [0, 0, 0] }
    gain += shares[j] * log1p((p - nulls[j]) / nulls[j])
    const ends: [number, number, number][] = []
    if (j > 0) ends.push([normalPdf(upper) / p, upper, borders[j - 1]])
    if (j < n) ends.push([-normalPdf(lower) / p, lower, borders[j]])
    let [byShift, bySlope] = [0, 0]
    for (const [density, x, z] of ends) {
      byShift += density
      bySlope += density * z
      // d density / d x = -x density.
      a += shares[j] * density * x * z * z
      b += shares[j] * density * x * z
      c += shares[j] * density * x
    }
    u += shares[j] * bySlope
    v += shares[j] * byShift
    a += shares[j] * bySlope * bySlope
    b += shares[j] * bySlope * byShift
    c += shares[j] * byShift * byShift
  }
  return { probabilities, gain, gradient: [u, v], curvature: [a, b, c] }
}
