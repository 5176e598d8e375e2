import { exp, ln, log1p, lowerBound, midpoint } from '../math/index.js'
import { normalCdf, normalQuantile } from './normal.js'
import { studentTLogConstant, studentTPartialMean } from './student-t.js'
import { TAIL_TABLE_LENGTH, tailFromTable, writeTailTable } from './student-t-table.js'

/** What depends on the degrees of freedom alone: prepared once for many locations and scales. Length D each. */
export interface MixtureShape {
  readonly nu: Float64Array
  readonly logConstant: Float64Array
  /** Entry i of draw d's tail table stands at i D + d: at one point all draws read neighbouring entries. */
  readonly tables: Float64Array
}

/** Prepares a mixture's degrees of freedom, each > 2. */
export function mixtureShape(nu: Float64Array): MixtureShape {
  const tables = new Float64Array(nu.length * TAIL_TABLE_LENGTH)
  for (let d = 0; d < nu.length; d++) writeTailTable(nu[d], tables, d, nu.length)
  return { nu, logConstant: nu.map(v => studentTLogConstant(v) - 0.5 * ln(v)), tables }
}

/** An equally weighted mixture of D scaled Student-t distributions: location + scale * T(nu). */
export interface StudentTMixture {
  readonly shape: MixtureShape
  readonly location: Float64Array
  readonly scale: Float64Array
}

/** The mixture's cdf from the tables: absolute error below 1.1e-9. */
function quickCdf({ shape, location, scale }: StudentTMixture, x: number): number {
  const { nu, tables } = shape
  let sum = 0
  for (let d = 0; d < nu.length; d++) {
    const z = (x - location[d]) / scale[d]
    sum += z < 0 ? tailFromTable(-z, nu[d], tables, d, nu.length) : 1 - tailFromTable(z, nu[d], tables, d, nu.length)
  }
  return sum / nu.length
}

/** The mixture's cdf and left partial expectation E[X; X <= x]. */
function belowPoint({ shape, location, scale }: StudentTMixture, x: number): { cdf: number; partialMean: number } {
  const { nu, logConstant, tables } = shape
  let cdf = 0
  let partialMean = 0
  for (let d = 0; d < nu.length; d++) {
    const z = (x - location[d]) / scale[d]
    const pdf = exp(logConstant[d] - 0.5 * (nu[d] + 1) * log1p((z * z) / nu[d]))
    const tail = tailFromTable(Math.abs(z), nu[d], tables, d, nu.length)
    const below = z < 0 ? tail : 1 - tail
    cdf += below
    partialMean += location[d] * below + scale[d] * studentTPartialMean(z, nu[d], pdf)
  }
  return { cdf: cdf / nu.length, partialMean: partialMean / nu.length }
}

/** The mixture's cdf at x. */
export const mixtureCdf = (mixture: StudentTMixture, x: number): number => belowPoint(mixture, x).cdf

/**
 * Quantiles at `levels` (ascending) and expected shortfalls at `riskLevels` of the mixture: every draw is integrated over.
 * In the normal score y of its cdf a mixture is nearly linear: x(y) is interpolated through some twenty points, and each
 * quantile polished from there by the secant method, or found by bisection where that loses its way.
 */
export function mixtureForecast(
  mixture: StudentTMixture,
  levels: Float64Array,
  riskLevels: Float64Array,
): { quantiles: Float64Array; shortfalls: Float64Array } {
  const { centre, spread, nu } = matchedStudentT(mixture)
  const knots = knotsOf(mixture, levels, level => centre + spread * roughQuantile(level, nu))
  const quantileAt = (level: number): number => {
    const { x, slope } = interpolate(knots, clampedScore(level), spread)
    return quantileFrom(mixture, level, x, slope, spread)
  }
  const quantiles = levels.map(quantileAt)
  const shortfalls = riskLevels.map(level => {
    const j = levels.indexOf(level)
    const q = j >= 0 ? quantiles[j] : quantileAt(level)
    const { cdf, partialMean } = belowPoint(mixture, q)
    // q stands a rounding error from the quantile; q (cdf - level) is the exact first-order repair.
    return -(partialMean - q * (cdf - level)) / level
  })
  return { quantiles: quantiles.sort(), shortfalls }
}

interface Knots {
  readonly x: Float64Array
  readonly score: Float64Array
}

const KNOTS_MAX = 21

/** Points of (x, normal score of the cdf) that span the levels' rough quantiles evenly in the score. */
function knotsOf(mixture: StudentTMixture, levels: Float64Array, rough: (level: number) => number): Knots {
  const count = Math.min(KNOTS_MAX, levels.length)
  const low = clampedScore(levels[0])
  const step = count < 2 ? 0 : (clampedScore(levels[levels.length - 1]) - low) / (count - 1)
  const x = Float64Array.from({ length: count }, (_, k) => rough(normalCdf(low + k * step))).sort()
  return { x, score: x.map(point => clampedScore(quickCdf(mixture, point))) }
}

/** x at a score, and dx/dscore: the cubic through the four nearest knots, a line where they do not ascend. */
function interpolate({ x, score }: Knots, target: number, spread: number): { x: number; slope: number } {
  const n = x.length
  if (n < 4) return { x: x[n >> 1] + (target - score[n >> 1]) * spread, slope: spread }
  const from = Math.min(Math.max(lowerBound(score, target) - 2, 0), n - 4)
  let value = 0
  let slope = 0
  for (let i = from; i < from + 4; i++) {
    let weight = 1
    let change = 0
    for (let j = from; j < from + 4; j++) {
      if (j === i) continue
      const gap = score[i] - score[j]
      if (gap === 0) return { x: x[i], slope: spread }
      change = (change * (target - score[j]) + weight) / gap
      weight *= (target - score[j]) / gap
    }
    value += weight * x[i]
    slope += change * x[i]
  }
  return Number.isFinite(value) && slope > 0 ? { x: value, slope } : { x: x[from + 1], slope: spread }
}

function matchedStudentT({ shape, location, scale }: StudentTMixture): { centre: number; spread: number; nu: number } {
  const n = shape.nu.length
  let centre = 0
  let spread = 0
  let inverseNu = 0
  for (let d = 0; d < n; d++) {
    centre += location[d] / n
    spread += scale[d] / n
    inverseNu += 1 / shape.nu[d] / n
  }
  return { centre, spread, nu: 1 / inverseNu }
}

/** Student-t quantile to the second order of Cornish and Fisher: a start, corrected by what other levels needed. */
function roughQuantile(level: number, nu: number): number {
  const z = normalQuantile(level)
  const square = z * z
  return z * (1 + (square + 1) / (4 * nu) + ((5 * square + 16) * square + 3) / (96 * nu * nu))
}

const clampedScore = (p: number): number => normalQuantile(Math.min(Math.max(p, 1e-300), 1 - 1e-16))

function quantileFrom(mixture: StudentTMixture, level: number, start: number, slope: number, spread: number): number {
  const target = clampedScore(level)
  let previousX = start
  let previousGap = clampedScore(quickCdf(mixture, start)) - target
  let x = start - Math.max(-4 * spread, Math.min(4 * spread, previousGap * slope))
  // The error left is the product of the gap, a small curvature and the slope's own error.
  if (Math.abs(previousGap) < 3e-5) return x
  for (let i = 0; i < 60; i++) {
    const gap = clampedScore(quickCdf(mixture, x)) - target
    const rise = (gap - previousGap) / (x - previousX)
    previousX = x
    previousGap = gap
    if (Math.abs(gap) < 1e-12 || !(rise > 0)) break
    const step = gap / rise
    x -= Math.max(-4 * spread, Math.min(4 * spread, step))
    // The secant's error is the product of the last two gaps times a small curvature.
    if (Math.abs(gap) < 3e-5 && Math.abs(step) <= 4 * spread) return x
  }
  return Math.abs(previousGap) < 1e-12 ? previousX : bisectedQuantile(mixture, target, previousX, spread)
}

/** The quantile where the secant method lost its way: between hills far apart, or with scales of several magnitudes. */
function bisectedQuantile(mixture: StudentTMixture, target: number, from: number, spread: number): number {
  const isBelow = (x: number): boolean => clampedScore(quickCdf(mixture, x)) < target
  let low = from
  let high = from
  for (let width = spread; !isBelow(low) && low > Number.NEGATIVE_INFINITY; width *= 2) low -= width
  for (let width = spread; isBelow(high) && high < Number.POSITIVE_INFINITY; width *= 2) high += width
  for (let i = 0; i < 200; i++) {
    const middle = midpoint(low, high)
    if (middle === low || middle === high) break
    if (isBelow(middle)) low = middle
    else high = middle
  }
  return midpoint(low, high)
}
