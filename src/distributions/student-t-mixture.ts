import { doublesAt, kernels, put, reserveDoubles, scratch } from '../kernels/index.js'
import { normalQuantile } from './normal.js'
import { searchQuantiles } from './quantile-search.js'

/** A mixture of D scaled Student-t distributions, location + scale * T(nu) with nu > 2; arrays of length D. */
export interface StudentTMixture {
  readonly nu: Float64Array
  readonly location: Float64Array
  readonly scale: Float64Array
  /** Non-negative, sum 1; equal ones when absent. */
  readonly weights?: Float64Array
}

interface Asked {
  /** The cdf at every point: absolute error below 4e-10. */
  cdf(points: Float64Array): Float64Array
  /** The cdf and the left partial expectations E[X; X <= x]. */
  below(points: Float64Array): { readonly cdf: Float64Array; readonly partialMeans: Float64Array }
}

/** Lays the mixture into the kernels' memory while `work` asks for its distribution function. */
function asking<T>({ nu, location, scale, weights }: StudentTMixture, work: (asked: Asked) => T): T {
  return scratch(() => {
    const n = nu.length
    const places = [nu, location, scale, weights ?? new Float64Array(n).fill(1 / n)].map(put)
    const ask = (points: Float64Array, withMeans: boolean) =>
      scratch(() => {
        const m = points.length
        const at = put(points)
        const cdf = reserveDoubles(m)
        const means = withMeans ? reserveDoubles(m) : 0
        kernels().studentTMixture(at, m, n, places[0], places[1], places[2], places[3], cdf, means)
        return { cdf: doublesAt(cdf, m).slice(), partialMeans: withMeans ? doublesAt(means, m).slice() : new Float64Array(0) }
      })
    return work({ cdf: points => ask(points, false).cdf, below: points => ask(points, true) })
  })
}

/** The mixture's cdf at x: absolute error below 4e-10. */
export const mixtureCdf = (mixture: StudentTMixture, x: number): number =>
  asking(mixture, ({ cdf }) => cdf(Float64Array.of(x))[0])

/**
 * Quantiles at `levels` (ascending) and expected shortfalls at `riskLevels` of the mixture: every draw is integrated over.
 * Quantiles are within 1e-6 of their size and 1e-7 of the scale.
 */
export function mixtureForecast(
  mixture: StudentTMixture,
  levels: Float64Array,
  riskLevels: Float64Array,
): { quantiles: Float64Array; shortfalls: Float64Array } {
  const { centre, spread, nu } = matchedStudentT(mixture)
  return asking(mixture, ({ cdf, below }) => {
    const all = Float64Array.from(new Set([...levels, ...riskLevels])).sort()
    const found = searchQuantiles(cdf, all, level => centre + spread * roughQuantile(level, nu), spread)
    const quantileAt = (level: number): number => found[all.indexOf(level)]
    const thresholds = riskLevels.map(quantileAt)
    const { cdf: shares, partialMeans } = below(thresholds)
    // A threshold stands a rounding error from its quantile; q (cdf - level) is the exact first-order repair.
    const shortfalls = riskLevels.map((level, i) => -(partialMeans[i] - thresholds[i] * (shares[i] - level)) / level)
    return { quantiles: levels.map(quantileAt).sort(), shortfalls }
  })
}

function matchedStudentT({ nu, location, scale, weights }: StudentTMixture): { centre: number; spread: number; nu: number } {
  const n = nu.length
  let centre = 0
  let spread = 0
  let inverseNu = 0
  for (let d = 0; d < n; d++) {
    const weight = weights === undefined ? 1 / n : weights[d]
    centre += location[d] * weight
    spread += scale[d] * weight
    inverseNu += weight / nu[d]
  }
  return { centre, spread, nu: 1 / inverseNu }
}

/** Student-t quantile to the second order of Cornish and Fisher: a start, corrected by what other levels needed. */
function roughQuantile(level: number, nu: number): number {
  const z = normalQuantile(level)
  const square = z * z
  return z * (1 + (square + 1) / (4 * nu) + ((5 * square + 16) * square + 3) / (96 * nu * nu))
}
