import { refuse, type Stream } from '../base/index.js'
import { chiSquareSurvival } from '../distributions/index.js'
import { ln, log1p, meanOf } from '../math/index.js'
import type { TestCard } from './card.js'
import type { Test } from './coverage.js'
import { monteCarloPValue, type Power, type Simulation, simulatedPower } from './monte-carlo.js'
import { checkPits, countClamped, drawScores, RIGHT_FORECAST, scoreOf, WRONG_FORECASTS } from './pits.js'

export interface BerkowitzTest extends Test {
  readonly df: 3
  /** Mean 0 and variance 1 of the normal scores, taken as independent: chi-square(2). */
  readonly meanVariance: Test
  /** No AR(1) in the normal scores, whatever their mean and variance: chi-square(1). The two statistics add up to the whole. */
  readonly independence: Test
  /** Maximum likelihood estimates under the alternative. */
  readonly mean: number
  readonly standardDeviation: number
  readonly autocorrelation: number
  /** PITs of 0 or 1, taken as the nearest double with a finite normal score (-37.5 and 8.2). */
  readonly clamped: number
}

export const berkowitzCard: TestCard = {
  name: 'berkowitz',
  title: 'Berkowitz test of the whole distribution',
  null: 'The normal scores of the PITs are independent with mean 0 and variance 1: the forecast distribution is right, day by day.',
  source: 'Berkowitz (2001), equations 10 to 12; exact Gaussian AR(1) likelihood, the first observation included',
  caution:
    'Sees only the mean, the variance and the first autocorrelation of the scores: a wrong shape with the right variance passes. A PIT of exactly 0 or 1 dominates it.',
}

/**
 * Mean 0, variance 1 and no AR(1) in the normal scores of the PITs: a likelihood ratio against chi-square(3) (Berkowitz 2001), the
 * likelihood that of a stationary Gaussian AR(1), first observation included. Errors: BAD_PITS, TOO_FEW_DAYS (fewer than 3),
 * CONSTANT_PITS, NO_MAXIMUM (scores that alternate exactly between two values: the likelihood has no bound).
 */
export function berkowitz(pits: ArrayLike<number>): BerkowitzTest {
  checkPits(pits, 3)
  const scores = Float64Array.from(pits, scoreOf)
  const found = ratios(scores)
  if (found === 'constant') return refuse('CONSTANT_PITS', `${pits.length} equal PITs`, 'PITs that vary', 'pits')
  if (found === 'alternating')
    return refuse('NO_MAXIMUM', 'PITs that alternate between two values', 'a bounded likelihood', 'pits')
  const { meanVariance, independence, ...estimates } = found
  return {
    ...chiSquareTest(meanVariance + independence, 3),
    df: 3,
    meanVariance: chiSquareTest(meanVariance, 2),
    independence: chiSquareTest(independence, 1),
    ...estimates,
    clamped: countClamped(pits),
  }
}

/** The p-value of {@link berkowitz}'s whole statistic, exact at any number of days: against independent uniform PITs. Errors likewise. */
export function berkowitzMonteCarlo(pits: ArrayLike<number>, simulation: Simulation): number {
  const scores = new Float64Array(pits.length)
  const draw = (stream: Stream): number | null => {
    drawScores(stream, scores, RIGHT_FORECAST)
    return wholeRatio(scores)
  }
  return monteCarloPValue(berkowitz(pits).statistic, draw, simulation, 'berkowitz')
}

/** Power of {@link berkowitz} at 5 % (chi-square) for a sample of `days`. Errors: BAD_DAYS, BAD_REPLICATIONS, BAD_SEED. */
export function berkowitzPower(days: number, { replications = 200, seed = '1' }: Partial<Simulation> = {}): readonly Power[] {
  checkDays(days, 3)
  const scores = new Float64Array(days)
  return WRONG_FORECASTS.map(kind => {
    const draw = (stream: Stream): number | null => {
      drawScores(stream, scores, kind)
      const ratio = wholeRatio(scores)
      return ratio === null ? null : chiSquareSurvival(ratio, 3)
    }
    return { alternative: kind.alternative, ...simulatedPower(draw, { replications, seed }, `berkowitz: ${kind.alternative}`) }
  })
}

/** Refuses anything but a sample size: BAD_DAYS. */
export function checkDays(days: number, least: number): void {
  if (!(Number.isInteger(days) && days >= least && days <= 1e7))
    refuse('BAD_DAYS', days, `a whole number from ${least} to 1e7`, 'days')
}

export const chiSquareTest = (statistic: number, df: number): Test => ({
  statistic,
  pValue: chiSquareSurvival(statistic, df),
})

function wholeRatio(scores: Float64Array): number | null {
  const found = ratios(scores)
  return typeof found === 'string' ? null : found.meanVariance + found.independence
}

interface Ratios {
  readonly meanVariance: number
  readonly independence: number
  readonly mean: number
  readonly standardDeviation: number
  readonly autocorrelation: number
}

function ratios(scores: Float64Array): Ratios | 'constant' | 'alternating' {
  const days = scores.length
  const centre = meanOf(scores)
  const sums = sumsAbout(scores, centre)
  const variance = sums.squares / days
  if (!(variance > 0)) return 'constant'
  const rho = likeliest(sums, days)
  // The mean of the AR(1), from the centre; then its sum of squares afresh, so that nothing cancels.
  const shift = (rho * sums.ends) / meanWeight(rho, days)
  const residual = squaresOf(scores, centre + shift, rho) / days
  if (!(residual > 0) || rho <= -1) return 'alternating'
  return {
    meanVariance: days * (centre * centre + excessOverLog(variance - 1)),
    independence: Math.max(log1p(-rho * rho) - days * log1p((residual - variance) / variance), 0),
    mean: centre + shift,
    standardDeviation: Math.sqrt(residual / (1 - rho * rho)),
    autocorrelation: rho,
  }
}

interface Sums {
  readonly squares: number
  readonly products: number
  /** Squares without those of the first and last day. */
  readonly inner: number
  /** First plus last. */
  readonly ends: number
}

function sumsAbout(scores: Float64Array, centre: number): Sums {
  const first = scores[0] - centre
  let squares = first * first
  let products = 0
  let before = first
  for (let t = 1; t < scores.length; t++) {
    const now = scores[t] - centre
    squares += now * now
    products += now * before
    before = now
  }
  return { squares, products, inner: squares - first * first - before * before, ends: first + before }
}

const meanWeight = (rho: number, days: number): number => 2 + (1 - rho) * (days - 2)

/** (1 - rho^2) (z_1 - mean)^2 + sum (z_t - mean - rho (z_{t-1} - mean))^2. */
function squaresOf(scores: Float64Array, mean: number, rho: number): number {
  let before = scores[0] - mean
  let sum = (1 - rho) * (1 + rho) * before * before
  for (let t = 1; t < scores.length; t++) {
    const now = scores[t] - mean
    const fresh = now - rho * before
    sum += fresh * fresh
    before = now
  }
  return sum
}

const CELLS = 32

/**
 * The rho in (-1, 1) that maximises the likelihood, mean and variance profiled out: -T / 2 log S(rho) + 1 / 2 log(1 - rho^2), with
 * S = squares - 2 rho products + rho^2 inner - (1 - rho) rho^2 ends^2 / (2 + (1 - rho)(T - 2)). Its slope falls through zero at
 * every local maximum: each is found by bisection, and the highest is taken.
 */
function likeliest(sums: Sums, days: number): number {
  let best = -1
  let highest = Number.NEGATIVE_INFINITY
  let low = -1
  let rising = true
  for (let i = 1; i <= CELLS; i++) {
    const high = -1 + (2 * i) / CELLS
    const risingThere = i < CELLS && slopeAt(high, sums, days) > 0
    if (rising && !risingThere) {
      const peak = bisect(low, high, sums, days)
      const [value] = squaresAt(peak, sums, days)
      const height = 0.5 * log1p(-peak * peak) - (days / 2) * ln(Math.max(value, Number.MIN_VALUE))
      if (height > highest) {
        best = peak
        highest = height
      }
    }
    low = high
    rising = risingThere
  }
  return best
}

function bisect(from: number, to: number, sums: Sums, days: number): number {
  let low = from
  let high = to
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (slopeAt(middle, sums, days) > 0) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** The slope of the profile times (1 - rho^2) S, which has its sign: rho -> -1 rises, rho -> 1 falls. */
function slopeAt(rho: number, sums: Sums, days: number): number {
  const [value, derivative] = squaresAt(rho, sums, days)
  return (-days / 2) * derivative * (1 - rho) * (1 + rho) - rho * value
}

function squaresAt(rho: number, { squares, products, inner, ends }: Sums, days: number): [value: number, derivative: number] {
  const weight = meanWeight(rho, days)
  const gain = ((1 - rho) * rho * rho) / weight
  const gainSlope = (2 * rho - 3 * rho * rho + gain * (days - 2)) / weight
  return [
    squares - 2 * rho * products + rho * rho * inner - gain * ends * ends,
    2 * rho * inner - 2 * products - gainSlope * ends * ends,
  ]
}

/** x - log(1 + x), by its series where the two cancel. */
function excessOverLog(x: number): number {
  if (Math.abs(x) > 0.02) return x - log1p(x)
  let sum = 0
  for (let k = 12; k >= 2; k--) sum = (k % 2 === 0 ? 1 : -1) / k + x * sum
  return x * x * sum
}
