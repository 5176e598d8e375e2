import { ln } from '../math/index.js'

/** 100 ln(p_t / p_(t-1)). */
export const logReturns = (closes: Float64Array): Float64Array =>
  Float64Array.from({ length: Math.max(0, closes.length - 1) }, (_, i) => 100 * ln(closes[i + 1] / closes[i]))
