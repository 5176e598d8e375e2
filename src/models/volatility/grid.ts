import { doublesAt, kernels, type Pointer, put, reserve, reserveDoubles } from '../../kernels/index.js'
import { exp, LN_2, LN_2PI } from '../../math/index.js'

/** mu the mean of the log variance h, phi its persistence, sigma the standard deviation of its innovations. */
export interface VolatilityParameters {
  readonly mu: number
  readonly phi: number
  readonly sigma: number
}

/** An even grid of x = (h - mu) / s, s = sigma / sqrt(1 - phi^2): `points` of them from `low` on, `step` apart. */
export interface VolatilityGrid {
  readonly low: number
  readonly step: number
  readonly points: number
  /** Half-width of the transition's band, in its standard deviations, and in grid points (an even number). */
  readonly reach: number
  readonly band: number
  /** Points after which exp(-h) has fallen to a quarter; at least `points` when none does. */
  readonly period: number
}

/** How the quadrature is laid out; the defaults are the library's, tests halve the spacing. */
export interface Layout {
  /** Spacing in standard deviations of the transition, or of the narrowest density where that is less. */
  readonly spacing: number
  /** The largest spacing in the log variance: the likelihood of one return must be resolved too. */
  readonly spacingMax: number
  /** Least half-width of the grid in stationary standard deviations, and of a row's band in standard deviations of the transition. */
  readonly range: number
  readonly reach: number
}

export const LAYOUT: Layout = { spacing: 1, spacingMax: 0.6, range: 7, reach: 6.2 }

/** Beyond these the quadrature gives up, and the likelihood counts as 0. */
const WEIGHTS_MAX = 100_000
const EXPONENT_MAX = 250

export const stationarySd = ({ phi, sigma }: VolatilityParameters): number => sigma / Math.sqrt((1 - phi) * (1 + phi))

/** The solution x >= 0 of x = sd / 2 (ratio exp(-sd x) - 1): the mode of a normal state given one return of square `ratio` in its own units. */
export function shockMode(ratio: number, sd: number): number {
  let x = 0
  for (let i = 0; i < 100; i++) {
    const pull = 0.5 * sd * ratio * exp(-sd * x)
    const gap = x + 0.5 * sd - pull
    if (!(gap < -1e-3)) return x
    // The left side is concave and rises: Newton's steps approach from the left.
    x -= gap / (1 + sd * pull)
  }
  return x
}

/**
 * The grid for parameters between `low` and `high` (in x) when the largest absolute return is `largest`; null when it would need
 * more than 100,000 weights or the log variance more than the range of doubles.
 */
export function layOut(
  params: VolatilityParameters,
  low: number,
  high: number,
  largest: number,
  layout: Layout = LAYOUT,
): VolatilityGrid | null {
  const { mu, phi, sigma } = params
  const tau = Math.sqrt((1 - phi) * (1 + phi))
  const s = sigma / tau
  if (!(s * Math.max(-low, high) < EXPONENT_MAX)) return null
  // The narrowest density that is integrated: a stationary state, given the largest return and the state of the next day.
  const shock = shockMode(largest * largest * exp(-mu), s)
  const narrowest = 1 / Math.sqrt(1 + (phi * phi) / (tau * tau) + s * (shock + s / 2))
  let step = Math.min(layout.spacing * Math.min(tau, 1.05 * narrowest), layout.spacingMax / s)
  const octave = Math.ceil(LN_2 / (s * step))
  let points = pointsBetween(low, high, step)
  let period = points
  if (2 * octave < points) {
    // exp(-h) falls to a quarter after a whole and even number of points.
    step = LN_2 / octave / s
    points = pointsBetween(low, high, step)
    period = 2 * octave
  }
  const grid = withReach(params, { low, step, points, period, reach: 0, band: 0 }, largest, layout)
  return grid.points * grid.band <= WEIGHTS_MAX ? grid : null
}

/** The grid with a band as wide as a largest absolute return calls for. */
export function withReach(
  params: VolatilityParameters,
  grid: VolatilityGrid,
  largest: number,
  layout: Layout = LAYOUT,
): VolatilityGrid {
  const { mu, phi, sigma } = params
  const shock = shockMode(largest * largest * exp(-mu), sigma)
  const reach = Math.sqrt(layout.reach * layout.reach + shock * shock)
  const columns = (2 * reach * Math.sqrt((1 - phi) * (1 + phi))) / grid.step + 3
  const needed = 2 * Math.ceil((columns / Math.abs(phi) + 1) / 2)
  return { ...grid, reach, band: needed < grid.points ? needed : grid.points }
}

const pointsBetween = (low: number, high: number, step: number): number => 4 * Math.ceil(((high - low) / step + 1) / 4)

/** A grid in the kernels' memory, until the enclosing scratch ends. */
export interface PlacedGrid {
  readonly inverse: Pointer
  readonly root: Pointer
  readonly starts: Pointer
  readonly weights: Pointer
  readonly work: Pointer
  readonly ends: Pointer
}

export function placeGrid(params: VolatilityParameters, grid: VolatilityGrid): PlacedGrid {
  const { low, step, points, band, reach } = grid
  const placed = {
    inverse: reserveDoubles(points),
    root: reserveDoubles(points),
    starts: reserve(points),
    weights: reserveDoubles(points * band),
    work: reserveDoubles(2 * points),
    ends: reserveDoubles(2),
  }
  const { inverse, root, starts, weights } = placed
  kernels().prepareVolatility(params.phi, stationarySd(params), low, step, points, band, reach, inverse, root, starts, weights)
  return placed
}

/** The predicted density of the next log variance, from the filtered one of the last day. Call inside a scratch. */
export function predictOn(grid: VolatilityGrid, { starts, weights }: PlacedGrid, density: Float64Array): Float64Array {
  const from = put(density)
  const to = reserveDoubles(grid.points)
  kernels().moveVolatility(from, grid.points, grid.band, starts, weights, 1, to)
  return doublesAt(to, grid.points).slice()
}

/** The outcome of filtering: `density` is the filtered one on the grid, summing to 1. */
export interface Filtered {
  readonly logLikelihood: number
  readonly density: Float64Array
  /** The largest share of a filtered density on the grid's first and last point. */
  readonly lowest: number
  readonly highest: number
}

/**
 * Filters returns on a grid, from `density`: the filtered one of the day before, or (when `predicted`) the one of the first day
 * itself. Call inside a scratch.
 */
export function filterOn(
  params: VolatilityParameters,
  grid: VolatilityGrid,
  placed: PlacedGrid,
  returns: Float64Array,
  density: Float64Array,
  predicted: boolean,
): Filtered {
  const from = put(density)
  const data = put(returns)
  const { inverse, root, starts, weights, work, ends } = placed
  const value = kernels().filterVolatility(
    data,
    returns.length,
    exp(-params.mu),
    from,
    predicted ? 1 : 0,
    grid.points,
    grid.band,
    grid.period,
    inverse,
    root,
    starts,
    weights,
    work,
    ends,
  )
  const [lowest, highest] = doublesAt(ends, 2)
  return {
    logLikelihood: value - 0.5 * returns.length * (LN_2PI + params.mu),
    density: doublesAt(from, grid.points).slice(),
    lowest,
    highest,
  }
}
