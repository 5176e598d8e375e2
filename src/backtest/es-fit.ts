import { ln } from '../math/index.js'
import { type QuantileLine, weightedQuantileLine } from './quantile-line.js'

/** Quantile and ES of `y` as lines in regressors: null for a constant alone. */
export interface EsModel {
  readonly y: Float64Array
  readonly quantileRegressor: Float64Array | null
  readonly esRegressor: Float64Array | null
  readonly level: number
  /** Where the search begins: the quantile, and the shortfall (positive) as lines. */
  readonly quantileStart: QuantileLine
  readonly shortfallStart: QuantileLine
}

export interface EsFit {
  readonly quantile: QuantileLine
  /** The expected shortfall, a positive loss. */
  readonly shortfall: QuantileLine
  /** Added to shortfalls so that the loss is bounded: the largest y. */
  readonly shift: number
  /** The variance of each day's observed shortfall, -q + (q - y)^+ / level. */
  readonly variances: Float64Array
}

const ALTERNATIONS_MAX = 100
const STEPS_MAX = 100
const HALVINGS_MAX = 60
/** The points that a line goes through miss it by no more than this, for y of about 1. */
const ON_LINE = 1e-10
/** Factors of a product before its logarithm is taken. */
const CHUNK = 8
/** The search begins with the start's shortfall times each of these as well. */
const STARTS = [1, 0.7, 1.5]

/**
 * Joint regression of quantile and ES by the FZ0 loss of y minus its largest value (Dimitriadis & Bayer 2019, with G1 = 0 and
 * G2(z) = -1 / z): sum m / s + log s, s the shifted shortfall and m = -q + (q - y)^+ / level likewise. Given s the best q is a weighted
 * quantile regression, given q the best s a Newton search; they alternate until the line no longer moves, from several starts.
 * null when there is no minimum inside s > 0.
 */
export function fitEs(model: EsModel): EsFit | null {
  const { y, esRegressor } = model
  let shift = y[0]
  for (const value of y) shift = Math.max(shift, value)
  let best: { loss: number; quantile: QuantileLine; shortfall: QuantileLine } | null = null
  // Without a regressor every weight is the same, and one pass is exact.
  for (const factor of esRegressor === null ? [1] : STARTS) {
    const found = alternate(model, shift, factor)
    if (found !== null && (best === null || found.loss < best.loss - 1e-12 * Math.abs(best.loss))) best = found
  }
  if (best === null) return null
  const { quantile } = best
  const shortfall = { intercept: best.shortfall.intercept - shift, slope: best.shortfall.slope }
  return { quantile, shortfall, shift, variances: variancesOf(model, quantile, shortfall) }
}

/**
 * The variance of m on each day, w^2 (K / level - 1): in a location-scale model losses below the quantile are the distance w of the two lines
 * times a variable of one law, whose second moment K is that of the returns below their quantile line over that of w.
 */
function variancesOf(model: EsModel, quantile: QuantileLine, shortfall: QuantileLine): Float64Array {
  const { y, quantileRegressor, esRegressor, level } = model
  let excesses = 0
  let expected = 0
  const widths = y.map((value, t) => {
    const q = at(quantile, quantileRegressor, t)
    const width = q + at(shortfall, esRegressor, t)
    if (q - value > ON_LINE * (1 + Math.abs(q))) {
      excesses += (q - value) * (q - value)
      expected += width * width
    }
    return width
  })
  const factor = expected > 0 ? Math.max(excesses / expected / level - 1, 0) : 0
  return widths.map(width => width * width * factor)
}

function alternate(model: EsModel, shift: number, factor: number) {
  const { y, quantileRegressor, esRegressor, level } = model
  let shortfall: QuantileLine = {
    intercept: factor * model.shortfallStart.intercept + shift,
    slope: factor * model.shortfallStart.slope,
  }
  if (!isPositive(shortfall, esRegressor)) return null
  let quantile = model.quantileStart
  const weights = new Float64Array(y.length)
  for (let i = 0; i < ALTERNATIONS_MAX; i++) {
    for (let t = 0; t < y.length; t++) weights[t] = 1 / at(shortfall, esRegressor, t)
    const next = weightedQuantileLine(y, quantileRegressor, weights, level, quantile)
    if (next === null) return null
    const hasMoved = i === 0 || next.slope !== quantile.slope || next.intercept !== quantile.intercept
    quantile = next
    if (!hasMoved) break
    const observed = observedShortfalls(model, quantile)
    for (let t = 0; t < y.length; t++) observed[t] += shift
    const found = fitShortfall(observed, esRegressor, shortfall)
    if (found === null) return null
    shortfall = found
    if (esRegressor === null) break
  }
  const observed = observedShortfalls(model, quantile)
  for (let t = 0; t < y.length; t++) observed[t] += shift
  return { loss: lossOf(observed, esRegressor, shortfall), quantile, shortfall }
}

const at = ({ intercept, slope }: QuantileLine, x: Float64Array | null, t: number): number =>
  x === null ? intercept : intercept + slope * x[t]

/** m = -q + (q - y)^+ / level: its mean is the shortfall when q is the quantile. */
function observedShortfalls({ y, quantileRegressor, level }: EsModel, quantile: QuantileLine): Float64Array {
  const observed = new Float64Array(y.length)
  for (let t = 0; t < y.length; t++) {
    const q = at(quantile, quantileRegressor, t)
    observed[t] = (q > y[t] ? (q - y[t]) / level : 0) - q
  }
  return observed
}

function isPositive(line: QuantileLine, x: Float64Array | null): boolean {
  if (x === null) return line.intercept > 0
  for (let t = 0; t < x.length; t++) if (!(line.intercept + line.slope * x[t] > 0)) return false
  return true
}

/** Minimises sum m / s + log s over s = intercept + slope x > 0; without a regressor s is the mean of m. */
function fitShortfall(m: Float64Array, x: Float64Array | null, start: QuantileLine): QuantileLine | null {
  if (x === null) {
    let sum = 0
    for (let t = 0; t < m.length; t++) sum += m[t]
    return sum > 0 ? { intercept: sum / m.length, slope: 0 } : null
  }
  let line = start
  let loss = lossOf(m, x, line)
  for (let step = 0; step < STEPS_MAX; step++) {
    const move = newtonMove(m, x, line)
    if (move === null) return null
    let size = 1
    let next = line
    let nextLoss = loss
    let halvings = 0
    for (; halvings < HALVINGS_MAX; halvings++) {
      next = { intercept: line.intercept - size * move.intercept, slope: line.slope - size * move.slope }
      nextLoss = isPositive(next, x) ? lossOf(m, x, next) : Number.POSITIVE_INFINITY
      if (nextLoss <= loss + 1e-14 * Math.abs(loss)) break
      size /= 2
    }
    if (halvings === HALVINGS_MAX) return line
    line = next
    loss = nextLoss
    const scale = Math.abs(line.intercept) + Math.abs(line.slope)
    if (size * (Math.abs(move.intercept) + Math.abs(move.slope)) <= 1e-14 * scale) return line
  }
  return line
}

/** H^-1 g with the Hessian where it is positive definite, else with its expectation. */
function newtonMove(m: Float64Array, x: Float64Array, line: QuantileLine): QuantileLine | null {
  let [g0, g1, h00, h01, h11, f00, f01, f11] = [0, 0, 0, 0, 0, 0, 0, 0]
  for (let t = 0; t < m.length; t++) {
    const s = line.intercept + line.slope * x[t]
    const f = 1 / (s * s)
    const g = (s - m[t]) * f
    const h = ((2 * m[t] - s) * f) / s
    g0 += g
    g1 += g * x[t]
    h00 += h
    h01 += h * x[t]
    h11 += h * x[t] * x[t]
    f00 += f
    f01 += f * x[t]
    f11 += f * x[t] * x[t]
  }
  if (h00 > 0 && h00 * h11 - h01 * h01 > 1e-10 * Math.abs(h00 * h11)) return solveTwo(h00, h01, h11, g0, g1)
  return f00 * f11 - f01 * f01 > 1e-14 * f00 * f11 ? solveTwo(f00, f01, f11, g0, g1) : null
}

function solveTwo(a: number, b: number, d: number, u: number, v: number): QuantileLine {
  const determinant = a * d - b * b
  return { intercept: (d * u - b * v) / determinant, slope: (a * v - b * u) / determinant }
}

/** sum m / s + log s, a few factors to a logarithm. */
function lossOf(m: Float64Array, x: Float64Array | null, line: QuantileLine): number {
  let sum = 0
  let product = 1
  for (let t = 0; t < m.length; t++) {
    const s = at(line, x, t)
    sum += m[t] / s
    product *= s
    if (t % CHUNK === CHUNK - 1) {
      sum += ln(product)
      product = 1
    }
  }
  return sum + ln(product)
}
