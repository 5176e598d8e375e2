import { refuse } from '../base/index.js'
import { normalPdf, normalQuantile, studentTLogPdf, studentTPartialMean, studentTQuantile } from '../distributions/index.js'
import { cholesky, exp } from '../math/index.js'
import type { Control, Position } from './position.js'
import { mixingOf, studentTOf } from './scores.js'

/** How returns are distributed; Student-t with nu > 2 degrees of freedom, so that the shortfall has a variance. */
export type Innovations = 'normal' | { readonly studentT: number }

/** One return: location + scale x (standard normal or Student-t). */
export interface OneReturn {
  readonly innovations: Innovations
  readonly location?: number
  readonly scale?: number
}

/** VaR and ES of a long position in one return. */
export interface KnownRisk {
  readonly var: number
  readonly es: number
}

/** A long position in one return, and the same risk in closed form. Errors: BAD_POSITION. */
export function returnPosition({
  innovations,
  location = 0,
  scale = 1,
}: OneReturn): Position & { exact(level: number): KnownRisk } {
  const nu = degreesOf(innovations)
  if (!(Number.isFinite(location) && scale > 0 && scale < 1e150))
    refuse('BAD_POSITION', [location, scale], 'a finite location and a scale above 0', 'position')
  return {
    name: `one ${words(innovations)} return`,
    dimension: 1,
    losses(scores, count) {
      const shocks = nu === null ? scores : studentTOf(scores.subarray(0, count), nu)
      const losses = new Float64Array(count)
      for (let i = 0; i < count; i++) losses[i] = -location - scale * shocks[i]
      return losses
    },
    direction: Float64Array.of(-1),
    exact: level => scaled(unitRisk(nu, level), -location, scale),
  }
}

/**
 * A linear or delta-gamma portfolio of d returns r = means + A e: loss -(delta'r + r'Gamma r / 2). A A' is the scale matrix; e standard
 * normal, or that over sqrt(chi-square(nu) / nu): multivariate Student-t.
 */
export interface Portfolio {
  readonly innovations: Innovations
  readonly delta: ArrayLike<number>
  readonly means?: ArrayLike<number>
  /** Row-major d x d, positive definite: the covariance of normal returns; of Student-t ones (nu - 2) / nu of it. */
  readonly scaleMatrix: ArrayLike<number>
  /** Row-major d x d, symmetric; absent: linear. */
  readonly gamma?: ArrayLike<number>
}

const ASSETS_MAX = 500

/**
 * The position of a portfolio. Of normal returns its control is the delta-normal approximation, and without gamma the direction is known;
 * without gamma `exact` has the closed form. Errors: BAD_POSITION.
 */
export function portfolioPosition(portfolio: Portfolio): Position & { exact: ((level: number) => KnownRisk) | null } {
  const { innovations, delta, means, factor, gamma } = checkedPortfolio(portfolio)
  const nu = degreesOf(innovations)
  const d = delta.length
  const dimension = nu === null ? d : d + 1
  const isLinear = gamma === null
  // Of means' own gamma, the direction and the control take in the slope only.
  const slope = delta.map((x, i) => x + (isLinear ? 0 : rowDot(gamma, i, means)))
  const along = new Float64Array(d)
  for (let i = 0; i < d; i++) for (let j = 0; j <= i; j++) along[j] += slope[i] * factor[i * d + j]
  const sd = Math.sqrt(along.reduce((sum, x) => sum + x * x, 0))
  const centre = -delta.reduce((sum, x, i) => sum + x * means[i], 0)
  const direction = new Float64Array(dimension)
  for (let j = 0; j < d; j++) direction[j] = -along[j]

  function losses(scores: Float64Array, count: number): Float64Array {
    const mixing = nu === null ? null : mixingOf(columnOf(scores, d, dimension, count), nu)
    const out = new Float64Array(count)
    const returns = new Float64Array(d)
    for (let i = 0; i < count; i++) {
      const at = i * dimension
      const mix = mixing === null ? 1 : mixing[i]
      if (gamma === null) {
        let sum = 0
        for (let j = 0; j < d; j++) sum += along[j] * scores[at + j]
        out[i] = centre - mix * sum
        continue
      }
      for (let a = 0; a < d; a++) {
        let sum = 0
        for (let j = 0; j <= a; j++) sum += factor[a * d + j] * scores[at + j]
        returns[a] = means[a] + mix * sum
      }
      let value = 0
      for (let a = 0; a < d; a++) value += returns[a] * (delta[a] + 0.5 * rowDot(gamma, a, returns))
      out[i] = -value
    }
    return out
  }

  return {
    name: `a ${isLinear ? 'linear' : 'delta-gamma'} portfolio of ${d} ${words(innovations)} returns`,
    dimension,
    losses,
    ...(isLinear && nu === null && sd > 0 ? { direction } : {}),
    ...(nu === null && sd > 0 ? { control: normalControl(direction, sd) } : {}),
    exact: isLinear && sd > 0 ? level => scaled(unitRisk(nu, level), centre, sd) : null,
  }
}

const columnOf = (rows: Float64Array, column: number, width: number, count: number): Float64Array => {
  const values = new Float64Array(count)
  for (let i = 0; i < count; i++) values[i] = rows[i * width + column]
  return values
}

function rowDot(matrix: Float64Array, row: number, x: Float64Array): number {
  const d = x.length
  let sum = 0
  for (let j = 0; j < d; j++) sum += matrix[row * d + j] * x[j]
  return sum
}

const normalControl = (direction: Float64Array, sd: number): Control => ({
  name: 'the delta-normal loss',
  losses(scores, count) {
    const d = direction.length
    const out = new Float64Array(count)
    for (let i = 0; i < count; i++) for (let j = 0; j < d; j++) out[i] += (scores[i * d + j] * direction[j]) / sd
    return out
  },
  quantile: level => unitRisk(null, level).var,
})

function unitRisk(nu: number | null, level: number): KnownRisk {
  if (nu === null) return { var: -normalQuantile(level), es: normalPdf(normalQuantile(level)) / level }
  const q = studentTQuantile(level, nu)
  return { var: -q, es: -studentTPartialMean(q, nu, exp(studentTLogPdf(q, nu))) / level }
}

const scaled = (risk: KnownRisk, centre: number, scale: number): KnownRisk => ({
  var: centre + scale * risk.var,
  es: centre + scale * risk.es,
})

const words = (innovations: Innovations): string => (innovations === 'normal' ? 'normal' : `Student-t(${innovations.studentT})`)

function degreesOf(innovations: Innovations): number | null {
  if (innovations === 'normal') return null
  const nu = innovations?.studentT
  if (!(nu > 2 && nu <= 1e6))
    refuse('BAD_POSITION', innovations, "'normal' or { studentT: nu } with 2 < nu <= 1e6", 'innovations')
  return nu
}

function checkedPortfolio({ innovations, delta, means, scaleMatrix, gamma }: Portfolio) {
  const d = delta?.length
  if (!(Number.isInteger(d) && d >= 1 && d <= ASSETS_MAX))
    refuse('BAD_POSITION', delta, `1 to ${ASSETS_MAX} deltas`, 'portfolio.delta')
  const numbers = (values: ArrayLike<number>, length: number, where: string): Float64Array => {
    const list = Float64Array.from(values ?? [])
    if (list.length !== length || !list.every(x => Math.abs(x) < 1e100))
      refuse('BAD_POSITION', values, `${length} finite numbers`, `portfolio.${where}`)
    return list
  }
  const matrix = numbers(scaleMatrix, d * d, 'scaleMatrix')
  const curve = gamma === undefined ? null : numbers(gamma, d * d, 'gamma')
  for (const [name, values] of [
    ['scaleMatrix', matrix],
    ['gamma', curve],
  ] as const)
    for (let i = 0; values !== null && i < d; i++)
      for (let j = 0; j < i; j++)
        if (values[i * d + j] !== values[j * d + i])
          refuse('BAD_POSITION', [values[i * d + j], values[j * d + i]], 'a symmetric matrix', `portfolio.${name}`)
  const factor = cholesky(matrix, d)
  if (factor === null) refuse('BAD_POSITION', scaleMatrix, 'a positive definite matrix', 'portfolio.scaleMatrix')
  return {
    innovations,
    delta: numbers(delta, d, 'delta'),
    means: numbers(means ?? new Float64Array(d), d, 'means'),
    factor,
    gamma: curve,
  }
}
