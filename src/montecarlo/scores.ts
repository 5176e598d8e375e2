import { type Key, openStream } from '../base/index.js'
import { normalCdf, normalSurvival, studentTQuantile } from '../distributions/index.js'
import { doublesAt, kernels, put, putRandomState, reserve, reserveDoubles, scratch } from '../kernels/index.js'
import { gammaincinv, ln } from '../math/index.js'

/** Scores beyond this are taken to lie on it, in the kernels too. */
const SCORE_MAX = 8.5

/** Independent standard normal draws. */
export const normalDraws = (key: Key, count: number): Float64Array => draws(1, key, count)

/** Independent uniform draws inside (0, 1). */
export const uniformDraws = (key: Key, count: number): Float64Array => draws(0, key, count)

function draws(which: 0 | 1, key: Key, count: number): Float64Array {
  return scratch(() => {
    const state = putRandomState(openStream(key))
    const out = reserveDoubles(count)
    kernels().fillDraws(which, state, out, count)
    return doublesAt(out, count).slice()
  })
}

const NOTHING = new Float64Array(1)

/** The normal scores of uniforms inside (0, 1): relative error about 1e-15 (Wichura 1988). */
export const scoresOf = (uniforms: Float64Array): Float64Array => transformed(0, uniforms, 0, NOTHING)

/** The Student-t of each score, by a series of `studentTSeries`; relative error below 2e-9 for scores within 8.5. */
export const studentTOf = (scores: Float64Array, nu: number): Float64Array => transformed(1, scores, nu, studentTSeries(nu))

/** sqrt(nu / chi-square(nu)) of each score, which falls as the score grows; relative error below 1e-8. */
export const mixingOf = (scores: Float64Array, nu: number): Float64Array => transformed(2, scores, nu, mixingSeries(nu))

function transformed(which: 0 | 1 | 2, values: Float64Array, nu: number, series: Float64Array): Float64Array {
  return scratch(() => {
    const at = put(values)
    const coefficients = put(series)
    kernels().transformScores(which, at, 8, values.length, nu, coefficients, series.length)
    return doublesAt(at, values.length).slice()
  })
}

/** Rows of scores moved along a unit vector, so that their coordinate there is `target`. */
export function movedAlong(rows: Float64Array, direction: Float64Array, target: Float64Array): Float64Array {
  return scratch(() => {
    const [at, to, targets] = [put(rows), put(direction), put(target)]
    kernels().moveAlong(at, target.length, direction.length, to, targets)
    return doublesAt(at, rows.length).slice()
  })
}

/** Rows of independent scores reflected, in place, so that their first coordinate lies along a unit vector (Householder 1958). */
export function reflect(rows: Float64Array, direction: Float64Array): Float64Array {
  const d = direction.length
  const sign = direction[0] > 0 ? -1 : 1
  // I - 2 v v' / v'v with v = e_1 + sign a takes e_1 to -sign a; 1 + sign a_1 is kept away from 0 by the sign.
  const normal = direction.map((x, j) => (j === 0 ? 1 : 0) - sign * x)
  const square = normal.reduce((sum, x) => sum + x * x, 0)
  for (let at = 0; at < rows.length; at += d) {
    let sum = 0
    for (let j = 0; j < d; j++) sum += rows[at + j] * normal[j]
    const step = (2 * sum) / square
    for (let j = 0; j < d; j++) rows[at + j] -= step * normal[j]
  }
  return rows
}

/** Normal scores of a Latin hypercube, row-major count x d. */
export function latinScores(key: Key, count: number, d: number): Float64Array {
  return scratch(() => {
    const state = putRandomState(openStream(key))
    const order = reserve(4 * count)
    const out = reserveDoubles(count * d)
    kernels().latinScores(count, d, state, order, out)
    return doublesAt(out, count * d).slice()
  })
}

/** 2^m points of a digital sequence, row-major: as they are, scrambled, or the normal scores of scrambled ones. */
export function digitalPoints(
  kind: 'plain' | 'scrambled' | 'scores',
  key: Key,
  m: number,
  directions: Uint32Array,
): Float64Array {
  const d = directions.length / 32
  const count = 1 << m
  return scratch(() => {
    const state = putRandomState(openStream(key))
    const at = reserve(4 * directions.length)
    const bits = reserve(count)
    const out = reserveDoubles(count * d)
    new Uint32Array(kernels().memory.buffer, at, directions.length).set(directions)
    kernels().sobolPoints(['plain', 'scrambled', 'scores'].indexOf(kind), at, m, d, state, bits, out)
    return doublesAt(out, count * d).slice()
  })
}

const T_NODES = 40
const MIXING_NODES = 64
const tKnown = new Map<number, Float64Array>()
const mixingKnown = new Map<number, Float64Array>()
const KNOWN_MAX = 64

/** Chebyshev coefficients on [0, 8.5] of s(y) / y with s = sqrt(nu ln(1 + t^2 / nu)) (Wallace 1959), t the Student-t of the score y. */
const studentTSeries = (nu: number): Float64Array =>
  known(tKnown, nu, () => expand(Float64Array.from(roots(T_NODES), x => wallaceRatio(((x + 1) / 2) * SCORE_MAX, nu))))

/** The same on [-8.5, 8.5] of ln sqrt(nu / g), g the chi-square of the score. */
const mixingSeries = (nu: number): Float64Array =>
  known(mixingKnown, nu, () =>
    expand(
      Float64Array.from(roots(MIXING_NODES), x => {
        const y = x * SCORE_MAX
        const half = y < 0 ? gammaincinv(normalCdf(y), nu / 2) : gammaincinv(normalSurvival(y), nu / 2, true)
        return 0.5 * ln(nu / (2 * half))
      }),
    ),
  )

function known(table: Map<number, Float64Array>, nu: number, make: () => Float64Array): Float64Array {
  let value = table.get(nu)
  if (value === undefined) {
    value = make()
    if (table.size >= KNOWN_MAX) table.clear()
    table.set(nu, value)
  }
  return value
}

function wallaceRatio(y: number, nu: number): number {
  const t = studentTQuantile(normalCdf(-y), nu)
  return Math.sqrt(nu * ln(1 + (t * t) / nu)) / y
}

export const SERIES_TERMS = 32
const W_NODES = 20
let surface: readonly Float64Array[] | undefined

/** Series of `SERIES_TERMS` coefficients for each nu > 2, one after the other: relative error of the Student-t below 1e-7. */
export function studentTSeriesOf(nus: Float64Array): Float64Array {
  const ws = roots(W_NODES)
  // Coefficients in y at nodes of w = 1 / nu on (0, 1/2], then in w.
  surface ??= transposed(
    Array.from(ws, w => expand(roots(SERIES_TERMS).map(x => wallaceRatio(((x + 1) / 2) * SCORE_MAX, 4 / (w + 1))))),
  ).map(expand)
  const all = new Float64Array(nus.length * SERIES_TERMS)
  nus.forEach((nu, k) => {
    const powers = chebyshev(4 / nu - 1, W_NODES)
    surface!.forEach((row, j) => {
      let sum = 0
      for (let i = 0; i < W_NODES; i++) sum += row[i] * powers[i]
      all[k * SERIES_TERMS + j] = sum
    })
  })
  return all
}

const transposed = (rows: readonly Float64Array[]): Float64Array[] =>
  Array.from({ length: rows[0].length }, (_, j) => Float64Array.from(rows, row => row[j]))

/** cos((i + 1/2) pi / n), i = 0 .. n - 1: from half the angle's sine and cosine by rotation. */
function roots(n: number): Float64Array {
  const angle = Math.PI / (2 * n)
  const [sin, cos] = sineCosine(angle)
  const out = new Float64Array(n)
  let [x, y] = [cos, sin]
  const [stepSin, stepCos] = [2 * sin * cos, 1 - 2 * sin * sin]
  for (let i = 0; i < n; i++) {
    out[i] = x
    ;[x, y] = [x * stepCos - y * stepSin, y * stepCos + x * stepSin]
  }
  return out
}

/** Taylor's series of a small angle. */
function sineCosine(angle: number): [number, number] {
  const square = angle * angle
  let [sin, cos] = [0, 0]
  let term = 1
  for (let k = 0; k < 12; k++) {
    cos += term
    sin += (term * angle) / (2 * k + 1)
    term *= -square / ((2 * k + 1) * (2 * k + 2))
  }
  return [sin, cos]
}

/** T_0(x) .. T_(n-1)(x). */
function chebyshev(x: number, n: number): Float64Array {
  const t = new Float64Array(n).fill(1)
  if (n > 1) t[1] = x
  for (let k = 2; k < n; k++) t[k] = 2 * x * t[k - 1] - t[k - 2]
  return t
}

/** Chebyshev coefficients from values at `roots`. */
function expand(values: Float64Array): Float64Array {
  const n = values.length
  const coefficients = new Float64Array(n)
  roots(n).forEach((x, i) => {
    const t = chebyshev(x, n)
    for (let j = 0; j < n; j++) coefficients[j] += (values[i] * t[j] * (j === 0 ? 1 : 2)) / n
  })
  return coefficients
}
