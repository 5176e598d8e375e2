import { openStream, rootKey } from '../../src/base/index.js'
import { drawStudentT } from '../../src/distributions/index.js'
import { columnsOfRows, familyOf, type GarchState } from '../../src/models/garch/posterior.js'
import { logReturns, readPrices, SP500_PATH } from '../../src/scenario/index.js'

/** Log returns of the S&P 500 in percent, 2000-01-04 to 2020-04-17; there after `npm run build`. */
export const sp500Returns = (): Float64Array => logReturns(readPrices(SP500_PATH, 'date', 'close').closes)

export interface GarchT {
  readonly mu: number
  readonly omega: number
  readonly alpha: number
  readonly beta: number
  readonly nu: number
}

/** Returns of a GARCH(1,1) with Student-t errors of unit variance, from its stationary variance on. */
export function simulateGarch({ mu, omega, alpha, beta, nu }: GarchT, days: number, seed: string): Float64Array {
  const stream = openStream(rootKey(seed))
  let h = omega / (1 - alpha - beta)
  return new Float64Array(days).map(() => {
    const shock = Math.sqrt((h * (nu - 2)) / nu) * drawStudentT(stream, nu)
    h = omega + alpha * shock * shock + beta * h
    return mu + shock
  })
}

/** A GARCH state's forecasting draws, column by column: the sampler's coordinates, and the parameters by name. */
export function garchColumns(state: GarchState) {
  const { names } = familyOf(state)
  const columns = columnsOfRows(state.parameters, names.length)
  const [mu, omega, alpha] = columns
  return { points: columnsOfRows(state.points, names.length), mu, omega, alpha, beta: columns[3], nu: columns[4] }
}

/** The variance of the return after the last one, observation by observation. */
export function filterVariance(
  returns: ArrayLike<number>,
  mu: number,
  omega: number,
  alpha: number,
  beta: number,
  start: number,
): number {
  let h = start
  for (let t = 0; t < returns.length; t++) h = omega + alpha * (returns[t] - mu) ** 2 + beta * h
  return h
}

/** How far two numbers are apart, relative to the second. */
export const relativeGap = (value: number, expected: number): number => Math.abs(value / expected - 1)
