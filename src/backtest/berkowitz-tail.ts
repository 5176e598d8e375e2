import { refuse, type Stream } from '../base/index.js'
import { chiSquareSurvival, normalCdf, normalPdf, normalQuantile } from '../distributions/index.js'
import { LN_2PI, ln, log1p } from '../math/index.js'
import { checkDays, chiSquareTest } from './berkowitz.js'
import type { TestCard } from './card.js'
import type { Test } from './coverage.js'
import { checkLevel } from './hits.js'
import { monteCarloPValue, type Power, type Simulation, simulatedPower } from './monte-carlo.js'
import { checkPits, countClamped, drawScores, RIGHT_FORECAST, scoreOf, WRONG_FORECASTS } from './pits.js'

export interface BerkowitzTailTest extends Test {
  readonly df: 2
  /** PITs below `tail`: the days of which more is used than that they are none. */
  readonly inTail: number
  /** PITs of 0 or 1, taken as the nearest double with a finite normal score. */
  readonly clamped: number
}

interface TailOptions {
  /** The probability of the left tail. */
  readonly tail?: number
}

export const berkowitzTailCard: TestCard = {
  name: 'berkowitzTail',
  title: 'Berkowitz test of the left tail',
  null: 'Normal scores of the PITs, seen only where they lie in the left tail, are those of mean 0 and variance 1: number and size of tail losses are right.',
  source: 'Berkowitz (2001), equations 13 and 14: a likelihood censored above the tail',
  caution:
    'Takes days as independent. With few days in the tail the chi-square p-value is rough (true size of a 5 % test of a 5 % tail: 5.8 % at 100 days, 5.4 % at 250): simulate it.',
}

/**
 * Are the losses in the left tail as many and as large as forecast? The likelihood ratio of N(0, 1) against N(mu, sigma^2) for
 * normal scores censored above the `tail`'s (5 %), against chi-square(2) (Berkowitz 2001). With no PIT in the tail the statistic is
 * its limit, -2 T log(1 - tail). Errors: BAD_PITS, BAD_LEVEL, TOO_FEW_DAYS (none), CONSTANT_PITS (all in the tail, and equal).
 */
export function berkowitzTail(pits: ArrayLike<number>, { tail = 0.05 }: TailOptions = {}): BerkowitzTailTest {
  checkLevel(tail)
  checkPits(pits, 1)
  const cut = normalQuantile(tail)
  const below: number[] = []
  for (let t = 0; t < pits.length; t++) {
    // A PIT just below the tail's may have a score that rounding puts at the cut.
    if (pits[t] < tail) below.push(Math.min(scoreOf(pits[t]) - cut, -Number.EPSILON * Math.max(1, Math.abs(cut))))
  }
  const statistic = ratioOf(sumsOf(Float64Array.from(below)), pits.length, cut, tail)
  if (statistic === null) refuse('CONSTANT_PITS', `${pits.length} equal PITs in the tail`, 'PITs that vary', 'pits')
  return { ...chiSquareTest(statistic, 2), df: 2, inTail: below.length, clamped: countClamped(pits) }
}

/** The p-value of {@link berkowitzTail}, exact at any number of days: against independent uniform PITs. Errors likewise. */
export function berkowitzTailMonteCarlo(pits: ArrayLike<number>, simulation: Simulation & TailOptions): number {
  const { tail = 0.05 } = simulation
  const { statistic } = berkowitzTail(pits, { tail })
  return monteCarloPValue(statistic, drawRatio(pits.length, tail, RIGHT_FORECAST), simulation, 'berkowitz tail')
}

/** Power of {@link berkowitzTail} at 5 % (chi-square) for a sample of `days`. Errors: BAD_DAYS, BAD_LEVEL, BAD_REPLICATIONS, BAD_SEED. */
export function berkowitzTailPower(
  days: number,
  { replications = 200, seed = '1', tail = 0.05 }: Partial<Simulation> & TailOptions = {},
): readonly Power[] {
  checkDays(days, 1)
  checkLevel(tail)
  return WRONG_FORECASTS.map(kind => {
    const ratio = drawRatio(days, tail, kind)
    const draw = (stream: Stream): number | null => {
      const statistic = ratio(stream)
      return statistic === null ? null : chiSquareSurvival(statistic, 2)
    }
    const purpose = `berkowitz tail: ${kind.alternative}`
    return { alternative: kind.alternative, ...simulatedPower(draw, { replications, seed }, purpose) }
  })
}

function drawRatio(days: number, tail: number, kind: (typeof WRONG_FORECASTS)[number]): (stream: Stream) => number | null {
  const scores = new Float64Array(days)
  const below = new Float64Array(days)
  const cut = normalQuantile(tail)
  return stream => {
    drawScores(stream, scores, kind)
    let count = 0
    for (let t = 0; t < days; t++) if (scores[t] < cut) below[count++] = scores[t] - cut
    return ratioOf(sumsOf(below.subarray(0, count)), days, cut, tail)
  }
}

/** Of tail scores measured from the cut, all negative: count, sum, sum of squares, and sum of squares about their mean. */
interface TailSums {
  readonly count: number
  readonly sum: number
  readonly squares: number
  readonly about: number
}

function sumsOf(below: Float64Array): TailSums {
  const count = below.length
  let sum = 0
  let squares = 0
  for (let i = 0; i < count; i++) {
    sum += below[i]
    squares += below[i] * below[i]
  }
  let about = 0
  const mean = sum / count
  let isConstant = true
  for (let i = 0; i < count; i++) {
    about += (below[i] - mean) * (below[i] - mean)
    if (below[i] !== below[0]) isConstant = false
  }
  return { count, sum, squares, about: isConstant ? 0 : about }
}

/**
 * Twice the rise of the censored log likelihood from N(0, 1) to its maximum; null where it has none. In theta = 1 / sigma and
 * delta = (mu - cut) / sigma it is concave (Olsen 1978): k log theta - 1/2 sum (theta y - delta)^2 + (T - k) log Phi(delta), y the
 * tail scores from the cut.
 */
function ratioOf({ count, sum, squares, about }: TailSums, days: number, cut: number, tail: number): number | null {
  const atNull = -0.5 * (squares + 2 * cut * sum + count * cut * cut) + (days - count) * log1p(-tail)
  if (count === 0) return -2 * atNull
  if (count === days) {
    if (!(about > 0)) return null
    return Math.max(2 * (-0.5 * count * (ln(about / count) + 1) - atNull), 0)
  }
  const delta = likeliest(count, sum, squares, days, -cut)
  const theta = thetaAt(delta, count, sum, squares)
  const fit = squares * theta * theta - 2 * theta * delta * sum + count * delta * delta
  return Math.max(2 * (count * ln(theta) - 0.5 * fit + (days - count) * logCdf(delta) - atNull), 0)
}

/** The theta that maximises at a given delta: k / theta - theta squares + delta sum = 0, by the root that does not cancel. */
function thetaAt(delta: number, count: number, sum: number, squares: number): number {
  const b = delta * sum
  const root = Math.sqrt(b * b + 4 * count * squares)
  return b > 0 ? (b + root) / (2 * squares) : (2 * count) / (root - b)
}

/** The zero in delta of the profile's slope, theta sum - k delta + (T - k) phi / Phi, which falls: Newton inside a bracket. */
function likeliest(count: number, sum: number, squares: number, days: number, start: number): number {
  const slope = (delta: number): number =>
    thetaAt(delta, count, sum, squares) * sum - count * delta + (days - count) * millsRatio(delta)
  let low = start - 1
  let high = start + 1
  for (let step = 1; step < 1e9 && slope(low) < 0; step *= 2) low -= step
  for (let step = 1; step < 1e9 && slope(high) > 0; step *= 2) high += step
  let delta = start
  for (let i = 0; i < 200; i++) {
    const theta = thetaAt(delta, count, sum, squares)
    const ratio = millsRatio(delta)
    const value = theta * sum - count * delta + (days - count) * ratio
    if (value > 0) low = delta
    else high = delta
    const curvature = (sum * sum) / (count / (theta * theta) + squares) - count - (days - count) * ratio * (delta + ratio)
    const newton = delta - value / curvature
    const next = newton > low && newton < high ? newton : (low + high) / 2
    if (Math.abs(next - delta) <= 1e-15 * Math.max(1, Math.abs(delta))) return next
    delta = next
  }
  return delta
}

// Beyond this the distribution function would leave the normal doubles.
const FAR = -36

/** log Phi(z). */
const logCdf = (z: number): number => (z > FAR ? ln(normalCdf(z)) : -0.5 * (z * z + LN_2PI) - ln(-z) + ln(farShare(z)))

/** phi(z) / Phi(z). */
const millsRatio = (z: number): number => (z > FAR ? normalPdf(z) / normalCdf(z) : -z / farShare(z))

/** Phi(z) over phi(z) / -z, far to the left: 1 - 1 / z^2 + 3 / z^4 - ... */
function farShare(z: number): number {
  const w = 1 / (z * z)
  return 1 - w * (1 - 3 * w * (1 - 5 * w * (1 - 7 * w * (1 - 9 * w))))
}
