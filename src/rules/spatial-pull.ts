import { doublesAt, kernels, type Pointer, reserveDoubles } from '../kernels/index.js'
import { sorted } from '../math/index.js'
import type { Matrix } from './matrix.js'

/**
 * How weighted rows pull a point with unit force each: the negative gradient of f(y) = sum w_i |y - x_i| and what certifies a
 * minimum. Rows within a hair's breadth of the point (`near`) can pull in any direction, or not at all.
 */
export interface Pull {
  /** Of the rows that are not near: the sum of w_i (x_i - y) / |x_i - y|, its length, and the sum of w_i / |x_i - y|. */
  readonly force: Float64Array
  readonly strength: number
  readonly stiffness: number
  /** The force that is left when the near rows hold against it, as a share of all weight. Twice this bounds the gap to the minimum, as a share of f. */
  readonly unbalanced: number
  /** The weight of the near rows. */
  readonly held: number
  readonly nearest: { readonly row: number; readonly distance: number }
  /** A typical distance: rows nearer than this hold no more than half of the weight. */
  readonly typical: number
}

/** The rows, and memory to work in. */
export interface Field {
  readonly matrix: Matrix
  readonly weights: Float64Array
  readonly total: number
  /** The share of f that near rows may cost. */
  readonly slack: number
  readonly place: { readonly point: Pointer; readonly out: Pointer; readonly distances: Pointer; readonly factors: Pointer }
}

export function openField(matrix: Matrix, weights: Float64Array, slack: number): Field {
  const { n, columns } = matrix
  const [point, out] = [reserveDoubles(columns), reserveDoubles(columns)]
  const [distances, factors] = [reserveDoubles(n), reserveDoubles(n)]
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return { matrix, weights, total, slack, place: { point, out, distances, factors } }
}

function setPoint({ matrix: { columns }, place }: Field, y: Float64Array): void {
  const point = doublesAt(place.point, columns)
  point.fill(0)
  point.set(y)
}

/**
 * The pull at y; rows count as near that cost up to an eighth of `slack`, as a share of f. The field's memory then holds y and the
 * distances from it, for `squeeze`.
 */
export function pullAt(field: Field, y: Float64Array, slack = field.slack): Pull {
  const { matrix, weights, total, place } = field
  const { at, n, d, columns } = matrix
  setPoint(field, y)
  kernels().distancesFrom(at, n, columns, place.point, place.distances)
  const distances = doublesAt(place.distances, n)
  const ascending = sorted(distances)
  const typical = typicalOf(ascending, distances, field)
  const cost = distances.reduce((sum, distance, i) => sum + weights[i] * distance, 0)
  const reach = reachOf(ascending, distances, weights, (slack * Math.min(cost, total * typical)) / 8)
  const factors = doublesAt(place.factors, n)
  let held = 0
  let stiffness = 0
  let row = 0
  for (let i = 0; i < n; i++) {
    const isNear = distances[i] <= reach
    factors[i] = isNear ? 0 : weights[i] / distances[i]
    if (isNear) held += weights[i]
    else stiffness += factors[i]
    if (distances[i] < distances[row]) row = i
  }
  const nearest = { row, distance: distances[row] }
  kernels().combineRows(at, n, columns, place.point, place.factors, place.out)
  const force = doublesAt(place.out, d).slice()
  const strength = lengthOf(force)
  return { force, strength, stiffness, held, nearest, typical, unbalanced: Math.max(0, strength - held) / total }
}

/** Half, but for the rounding of weights. */
const HALF = 0.5 + 1e-12

/** The least distance within which more than half of the weight is. */
function typicalOf(ascending: Float64Array, distances: Float64Array, { weights, total }: Field): number {
  let low = 0
  let high = ascending.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    let within = 0
    for (let i = 0; i < distances.length; i++) if (distances[i] <= ascending[middle]) within += weights[i]
    if (within > HALF * total) high = middle
    else low = middle + 1
  }
  return ascending[low]
}

/** The largest distance such that all rows within it cost no more than `budget`. Never below 2^-1015: factors stay finite. */
function reachOf(ascending: Float64Array, distances: Float64Array, weights: Float64Array, budget: number): number {
  const least = 2.848094538889218e-306
  let reach = least
  for (let k = 0; k < ascending.length; k++) {
    // Usually the nearest is already too far.
    if (ascending[k] <= reach) continue
    let cost = 0
    for (let i = 0; i < distances.length; i++) if (distances[i] <= ascending[k]) cost += weights[i] * distances[i]
    if (cost > budget) break
    reach = ascending[k]
  }
  return reach
}

export function lengthOf(vector: Float64Array): number {
  let sum = 0
  for (let j = 0; j < vector.length; j++) sum += vector[j] * vector[j]
  return Math.sqrt(sum)
}

const ROUNDS_MAX = 20

/**
 * The step p that solves (I - A) p = force / stiffness, A the weighted mean of the projections on the rows' directions: Newton's
 * step, by conjugate gradients up to `accuracy`. Null where the curvature vanishes in its direction. The pull is the last one.
 */
export function newtonStep(field: Field, { force, strength, stiffness }: Pull, accuracy: number): Float64Array | null {
  const step = new Float64Array(force.length)
  const residual = force.map(x => x / strength)
  const direction = residual.slice()
  let square = 1
  for (let round = 0; round < ROUNDS_MAX && square > accuracy * accuracy; round++) {
    const image = squeeze(field, direction, stiffness)
    const curvature = inner(direction, image)
    if (!(curvature > 1e-12 * inner(direction, direction))) return null
    const length = square / curvature
    for (let j = 0; j < step.length; j++) {
      step[j] += length * direction[j]
      residual[j] -= length * image[j]
    }
    const next = inner(residual, residual)
    for (let j = 0; j < step.length; j++) direction[j] = residual[j] + (next / square) * direction[j]
    square = next
  }
  const scale = strength / stiffness
  return step.map(x => x * scale)
}

/** (I - A) v. */
function squeeze({ matrix, weights, place }: Field, v: Float64Array, stiffness: number): Float64Array {
  const { at, n, d, columns } = matrix
  const out = doublesAt(place.out, columns)
  out.fill(0)
  out.set(v)
  kernels().projections(at, n, columns, place.point, place.out, place.factors)
  const distances = doublesAt(place.distances, n)
  const factors = doublesAt(place.factors, n)
  for (let i = 0; i < n; i++) {
    const share = weights[i] / distances[i] / stiffness
    factors[i] = (share * (factors[i] / distances[i])) / distances[i]
  }
  kernels().combineRows(at, n, columns, place.point, place.factors, place.out)
  return Float64Array.from(v, (x, j) => x - out[j]).subarray(0, d)
}

export function inner(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let j = 0; j < a.length; j++) sum += a[j] * b[j]
  return sum
}
