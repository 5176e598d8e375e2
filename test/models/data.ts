import { openStream, rootKey } from '../../src/base/index.js'
import { drawStudentT } from '../../src/distributions/index.js'
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
