import { refuse } from '../base/index.js'
import { exp, ln } from '../math/index.js'

// Weights of forecasters by what their joint VaR and ES scores were (Taylor 2020).

/** Past forecasts of VaR and ES at one level, one row a forecaster, and the returns that came, all oldest first. */
export interface PastRisks {
  readonly vars: readonly ArrayLike<number>[]
  readonly shortfalls: readonly ArrayLike<number>[]
  readonly returns: ArrayLike<number>
}

/** Inverse temperatures that are tried: 0 and powers of two. */
const RATES = [0, ...Array.from({ length: 17 }, (_, i) => (1 << i) / 4096)]
const STEPS = 120

/**
 * Relative score combining (Taylor 2020): w_i proportional to exp(-rate x the sum of i's past FZ0 losses), the rate, 0 or a power
 * of two from 2^-12 to 2^4, being that at which the weighted mean of the forecasts would have lost least. Rate 0 is the mean.
 * Errors: BAD_REPORT (no forecasters, numbers not finite, ES not above 0), LENGTH_MISMATCH, TOO_FEW_DAYS, BAD_LEVEL.
 */
export const relativeScoreWeights = (past: PastRisks, level: number): Float64Array =>
  relativeWeights(checkedPast(past, level), level)

/**
 * Minimum score combining (after Taylor 2020, with one vector of weights for VaR and ES): weights on the simplex at which the
 * weighted mean of the forecasts would have lost least FZ0. Exponentiated gradient steps from the better of the mean, the best
 * single forecaster and relative score combining, the best weights seen being kept. The loss is not convex: a local minimum,
 * never worse in the past than those three. Errors as {@link relativeScoreWeights}.
 */
export function minimumScoreWeights(past: PastRisks, level: number): Float64Array {
  const rows = checkedPast(past, level)
  const count = rows.vars.length
  const singles = rows.vars.map((_, i) => Float64Array.from({ length: count }, (_, j) => (i === j ? 1 : 0)))
  const starts = [new Float64Array(count).fill(1 / count), relativeWeights(rows, level), ...singles]
  let best = leastOf(starts, rows, level)
  // From inside: a weight of 0 stays 0.
  let weights: Float64Array = best.weights.map(w => 0.9 * w + 0.1 / count)
  for (let step = 1; step <= STEPS; step++) {
    const { loss, gradient } = slopeAt(rows, level, weights)
    if (loss < best.loss) best = { weights, loss }
    const mean = gradient.reduce((sum, g, i) => sum + weights[i] * g, 0)
    const largest = gradient.reduce((most, g) => Math.max(most, Math.abs(g - mean)), 0)
    if (!(largest > 0)) break
    const size = 1 / (largest * Math.sqrt(step))
    weights = scaled(weights.map((w, i) => w * exp(-size * (gradient[i] - mean))))
  }
  const { loss } = slopeAt(rows, level, weights)
  return loss < best.loss ? weights : best.weights
}

interface Rows {
  readonly vars: readonly Float64Array[]
  readonly shortfalls: readonly Float64Array[]
  readonly returns: Float64Array
}

function relativeWeights(rows: Rows, level: number): Float64Array {
  const count = rows.vars.length
  const days = rows.returns.length
  const totals = rows.vars.map((_, i) => days * slopeAt(rows, level, oneHot(i, count)).loss)
  const least = Math.min(...totals)
  const tried = RATES.map(rate => scaled(Float64Array.from(totals, total => exp(-rate * (total - least)))))
  return leastOf(tried, rows, level).weights
}

const oneHot = (i: number, count: number): Float64Array => {
  const weights = new Float64Array(count)
  weights[i] = 1
  return weights
}

/** The first of those with the least loss. */
function leastOf(tried: readonly Float64Array[], rows: Rows, level: number): { weights: Float64Array; loss: number } {
  let best = { weights: tried[0], loss: Number.POSITIVE_INFINITY }
  for (const weights of tried) {
    const { loss } = slopeAt(rows, level, weights)
    if (loss < best.loss) best = { weights, loss }
  }
  return best
}

/** The mean FZ0 loss of the weighted mean of the forecasts, and its gradient in the weights. */
function slopeAt(rows: Rows, level: number, weights: Float64Array): { loss: number; gradient: Float64Array } {
  const { vars, shortfalls, returns } = rows
  const days = returns.length
  const v = mixed(vars, weights)
  const s = mixed(shortfalls, weights)
  let loss = 0
  // Logarithms of products: one for many days.
  let product = 1
  for (let t = 0; t < days; t++) {
    const excess = Math.max(0 - v[t] - returns[t], 0) / level
    const es = s[t]
    loss += (excess + v[t]) / es - 1
    product *= es
    if (product < 1e-100 || product > 1e100) {
      loss += ln(product)
      product = 1
    }
    s[t] = (1 - (excess + v[t]) / es) / es
    v[t] = (1 - (excess > 0 ? 1 / level : 0)) / es
  }
  const gradient = weights.map((_, i) => {
    const [ownVars, ownShortfalls] = [vars[i], shortfalls[i]]
    let sum = 0
    for (let t = 0; t < days; t++) sum += v[t] * ownVars[t] + s[t] * ownShortfalls[t]
    return sum / days
  })
  return { loss: (loss + ln(product)) / days, gradient }
}

function mixed(rows: readonly Float64Array[], weights: Float64Array): Float64Array {
  const sum = new Float64Array(rows[0].length)
  rows.forEach((row, i) => {
    const weight = weights[i]
    if (weight > 0) for (let t = 0; t < sum.length; t++) sum[t] += weight * row[t]
  })
  return sum
}

function scaled(weights: Float64Array): Float64Array {
  const sum = weights.reduce((a, b) => a + b, 0)
  return weights.map(w => w / sum)
}

function checkedPast({ vars, shortfalls, returns }: PastRisks, level: number): Rows {
  if (!(level > 0 && level < 1)) refuse('BAD_LEVEL', level, 'a probability inside (0, 1)', 'level')
  if (!Array.isArray(vars) || vars.length === 0) refuse('BAD_REPORT', vars, 'at least one row of VaRs', 'vars')
  if (shortfalls?.length !== vars.length)
    refuse('LENGTH_MISMATCH', `${shortfalls?.length} rows of shortfalls`, `${vars.length}, one a forecaster`, 'shortfalls')
  if (!(returns?.length >= 1)) refuse('TOO_FEW_DAYS', returns, 'at least one return', 'returns')
  const row = (values: ArrayLike<number>, least: number, where: string): Float64Array => {
    if (values?.length !== returns.length)
      refuse('LENGTH_MISMATCH', `${values?.length} numbers`, `${returns.length}, one a return`, where)
    const copy = new Float64Array(values.length)
    for (let t = 0; t < copy.length; t++) {
      const x = values[t]
      if (!(Number.isFinite(x) && x > least))
        refuse('BAD_REPORT', x, least === 0 ? 'a positive, finite number' : 'a finite number', `${where}[${t}]`)
      copy[t] = x
    }
    return copy
  }
  return {
    vars: vars.map((values, i) => row(values, Number.NEGATIVE_INFINITY, `vars[${i}]`)),
    shortfalls: shortfalls.map((values, i) => row(values, 0, `shortfalls[${i}]`)),
    returns: row(returns, Number.NEGATIVE_INFINITY, 'returns'),
  }
}
