import { cbrt, exp, ln, log1p } from '../../math/index.js'
import type { Parameters } from '../model.js'

export type Regimes = 2 | 3

// A point is what the kernels take: mu, sigma_1 < .. < sigma_K, and the transition matrix row by row (1 + K + K K numbers).

export const pointLength = (regimes: Regimes): number => 1 + regimes + regimes * regimes

/** Where the transition matrix of a point begins. */
export const matrixAt = (regimes: Regimes): number => 1 + regimes

/** The two other regimes of three, ascending. */
const OTHERS = [
  [1, 2],
  [0, 2],
  [0, 1],
] as const

/** Free parameters, in order: mu, the sigmas, the staying probabilities, and for three regimes the probability of the first other one. */
export function regimeNames(regimes: Regimes): string[] {
  const names = ['mu']
  for (let k = 1; k <= regimes; k++) names.push(`sigma${k}`)
  for (let k = 1; k <= regimes; k++) names.push(`p${k}${k}`)
  if (regimes === 3) names.push('p12', 'p21', 'p31')
  return names
}

/** No transition may be less likely: beyond, the filter would lose its digits. */
export const TRANSITION_LEAST = 1e-9

/** What is wrong with the values, in words, or null. */
export function regimeProblem(regimes: Regimes, params: Parameters): string | null {
  const names = regimeNames(regimes)
  for (const name of names) {
    if (typeof params?.[name] !== 'number' || !Number.isFinite(params[name])) return `finite numbers ${names.join(', ')}`
  }
  if (!(params.sigma1 > 0)) return 'sigma1 > 0'
  for (let k = 2; k <= regimes; k++)
    if (!(params[`sigma${k}`] > params[`sigma${k - 1}`])) return `sigma${k} > sigma${k - 1}: regimes are ordered by volatility`
  const point = pointOf(regimes, params)
  for (let i = matrixAt(regimes); i < point.length; i++)
    if (!(point[i] >= TRANSITION_LEAST)) return `every transition probability at least ${TRANSITION_LEAST}`
  return null
}

export function pointOf(regimes: Regimes, params: Parameters): Float64Array {
  const point = new Float64Array(pointLength(regimes))
  const values = regimeNames(regimes).map(name => params[name])
  point.set(values.slice(0, 1 + regimes))
  for (let i = 0; i < regimes; i++) {
    const stay = values[1 + regimes + i]
    if (regimes === 2) setRow(point, 2, i, stay, 1 - stay)
    else setRow(point, 3, i, stay, values[7 + i], 1 - stay - values[7 + i])
  }
  return point
}

function setRow(point: Float64Array, regimes: Regimes, i: number, stay: number, first: number, second = 0): void {
  const row = matrixAt(regimes) + i * regimes
  point[row + i] = stay
  if (regimes === 2) point[row + 1 - i] = first
  else {
    point[row + OTHERS[i][0]] = first
    point[row + OTHERS[i][1]] = second
  }
}

/** The free parameters of a point, in the order of their names. */
export function valuesOf(regimes: Regimes, point: Float64Array): Float64Array {
  const values = new Float64Array(regimes === 2 ? 5 : 10)
  values.set(point.subarray(0, 1 + regimes))
  for (let i = 0; i < regimes; i++) {
    const row = matrixAt(regimes) + i * regimes
    values[1 + regimes + i] = point[row + i]
    if (regimes === 3) values[7 + i] = point[row + OTHERS[i][0]]
  }
  return values
}

// The sampler's coordinates, in which the posterior is near-normal: mu, ln sigma_1, ln ln(sigma_(k+1) / sigma_k), the cube roots of the
// leaving probabilities (near-normal for gamma-like posteriors: Wilson & Hilferty 1931), and for three regimes the logits of the first
// other regime's shares of them.

/** From coordinates to a point at `offset` of `out`; false outside the support. */
export function toPoint(regimes: Regimes, x: Float64Array, out: Float64Array, offset = 0): boolean {
  out[offset] = x[0]
  let logSigma = x[1]
  for (let k = 1; k <= regimes; k++) {
    if (k > 1) logSigma += exp(x[k])
    if (!(logSigma > -200 && logSigma < 200)) return false
    out[offset + k] = exp(logSigma)
    if (k > 1 && !(out[offset + k] > out[offset + k - 1])) return false
  }
  for (let i = 0; i < regimes; i++) {
    const u = x[1 + regimes + i]
    if (!(u > 1e-3 && u < 1)) return false
    const leave = u * u * u
    const stay = 1 - leave
    const row = offset + matrixAt(regimes) + i * regimes
    out[row + i] = stay
    if (!(stay >= TRANSITION_LEAST && leave >= TRANSITION_LEAST)) return false
    if (regimes === 2) out[row + 1 - i] = leave
    else {
      const first = leave / (1 + exp(-x[7 + i]))
      const second = leave / (1 + exp(x[7 + i]))
      if (!(first >= TRANSITION_LEAST && second >= TRANSITION_LEAST)) return false
      out[row + OTHERS[i][0]] = first
      out[row + OTHERS[i][1]] = second
    }
  }
  return true
}

export function fromPoint(regimes: Regimes, point: Float64Array): Float64Array {
  const x = new Float64Array(regimes === 2 ? 5 : 10)
  x[0] = point[0]
  x[1] = ln(point[1])
  for (let k = 2; k <= regimes; k++) x[k] = ln(logRatio(point[k], point[k - 1]))
  for (let i = 0; i < regimes; i++) {
    const row = matrixAt(regimes) + i * regimes
    const first = point[row + (regimes === 2 ? 1 - i : OTHERS[i][0])]
    const second = regimes === 2 ? 0 : point[row + OTHERS[i][1]]
    x[1 + regimes + i] = cbrt(first + second)
    if (regimes === 3) x[7 + i] = ln(first / second)
  }
  return x
}

/** ln(a / b), with its digits when a is near b. */
const logRatio = (a: number, b: number): number => log1p((a - b) / b)

/** Regimes in ascending order of sigma: the one labelling of a point that is reported. */
export function ordered(regimes: Regimes, point: Float64Array): Float64Array {
  const order = Array.from({ length: regimes }, (_, k) => k).sort((a, b) => point[1 + a] - point[1 + b] || a - b)
  const result = Float64Array.from(point)
  const matrix = matrixAt(regimes)
  order.forEach((from, i) => {
    result[1 + i] = point[1 + from]
    order.forEach((to, j) => {
      result[matrix + i * regimes + j] = point[matrix + from * regimes + to]
    })
  })
  return result
}
