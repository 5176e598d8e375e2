import { refuse, type Stream } from '../base/index.js'
import { chiSquareSurvival } from '../distributions/index.js'
import { checkDays, chiSquareTest } from './berkowitz.js'
import type { TestCard } from './card.js'
import type { Test } from './coverage.js'
import { monteCarloPValue, type Power, type Simulation, simulatedPower } from './monte-carlo.js'
import { checkPits, countClamped, DEPENDENT_FORECASTS, drawScores, RIGHT_FORECAST, scoreOf } from './pits.js'

export interface PitIndependenceTest {
  /** Of the normal scores: returns that follow one another. */
  readonly scores: Test
  /** Of their squares: volatility that the forecast does not follow. */
  readonly squares: Test
  /** The lags. */
  readonly df: number
  /** PITs of 0 or 1, taken as the nearest double with a finite normal score. */
  readonly clamped: number
}

interface LagOptions {
  readonly lags?: number
}

type Part = 'scores' | 'squares'

export const pitIndependenceCard: TestCard = {
  name: 'pitIndependence',
  title: 'Ljung-Box test of independent PITs',
  null: 'The normal scores of the PITs, and their squares, have no autocorrelation up to the last lag: nothing about the next return that the past tells was left out.',
  source: 'Ljung & Box (1978); of squares McLeod & Li (1983)',
  caution:
    'Blind to a wrong mean, variance or shape. Of squares, a few huge scores decide: a PIT of exactly 0 or 1 hides clusters; then simulate it.',
}

/**
 * Ljung-Box statistics, T (T + 2) sum r_k^2 / (T - k), of the normal scores of the PITs and of their squares, against
 * chi-square(lags). Errors: BAD_PITS, BAD_LAGS (not a whole number from 1 to 1000), TOO_FEW_DAYS (fewer than lags + 2),
 * CONSTANT_PITS (scores or their squares do not vary).
 */
export function pitIndependence(pits: ArrayLike<number>, { lags = 5 }: LagOptions = {}): PitIndependenceTest {
  checkLags(lags)
  checkPits(pits, lags + 2)
  const scores = Float64Array.from(pits, scoreOf)
  const work = workFor(pits.length, lags)
  const test = (part: Part): Test => {
    const statistic = ljungBox(scores, lags, part, work)
    if (statistic === null) refuse('CONSTANT_PITS', `${part} of PITs that are all the same`, 'PITs that vary', 'pits')
    return chiSquareTest(statistic, lags)
  }
  return { scores: test('scores'), squares: test('squares'), df: lags, clamped: countClamped(pits) }
}

/** The p-values of {@link pitIndependence}, exact at any number of days: against independent uniform PITs. Errors likewise. */
export function pitIndependenceMonteCarlo(
  pits: ArrayLike<number>,
  simulation: Simulation & LagOptions,
): { readonly scores: number; readonly squares: number } {
  const { lags = 5 } = simulation
  const observed = pitIndependence(pits, { lags })
  const drawn = new Float64Array(pits.length)
  const work = workFor(pits.length, lags)
  const pValue = (part: Part): number => {
    const draw = (stream: Stream): number | null => {
      drawScores(stream, drawn, RIGHT_FORECAST)
      return ljungBox(drawn, lags, part, work)
    }
    return monteCarloPValue(observed[part].statistic, draw, simulation, `ljung-box: ${part}`)
  }
  return { scores: pValue('scores'), squares: pValue('squares') }
}

/** Powers of {@link pitIndependence} at 5 % (chi-square) for a sample of `days`. Errors: BAD_DAYS, BAD_LAGS, BAD_REPLICATIONS, BAD_SEED. */
export function pitIndependencePower(
  days: number,
  { replications = 200, seed = '1', lags = 5 }: Partial<Simulation> & LagOptions = {},
): { readonly scores: readonly Power[]; readonly squares: readonly Power[] } {
  checkLags(lags)
  checkDays(days, lags + 2)
  const drawn = new Float64Array(days)
  const work = workFor(days, lags)
  const pValue = (part: Part): number => {
    const statistic = ljungBox(drawn, lags, part, work)
    return statistic === null ? 1 : chiSquareSurvival(statistic, lags)
  }
  const scores: Power[] = []
  const squares: Power[] = []
  for (const kind of DEPENDENT_FORECASTS) {
    const { alternative } = kind
    const purpose = `ljung-box: ${alternative}`
    // The same samples serve both.
    const ofSquares: number[] = []
    const draw = (stream: Stream): number => {
      drawScores(stream, drawn, kind)
      ofSquares.push(pValue('squares'))
      return pValue('scores')
    }
    scores.push({ alternative, ...simulatedPower(draw, { replications, seed }, purpose) })
    let next = 0
    squares.push({ alternative, ...simulatedPower(() => ofSquares[next++], { replications, seed }, purpose) })
  }
  return { scores, squares }
}

function checkLags(lags: number): void {
  if (!(Number.isInteger(lags) && lags >= 1 && lags <= 1000)) refuse('BAD_LAGS', lags, 'a whole number from 1 to 1000', 'lags')
}

/** Room for the centred series and zeros behind it, so that no lag runs out. */
const workFor = (days: number, lags: number): Float64Array => new Float64Array(days + lags + 4)

/** Null where the series is constant, up to the rounding of its squares. */
function ljungBox(scores: Float64Array, lags: number, part: Part, x: Float64Array): number | null {
  const days = scores.length
  let largest = 0
  let sum = 0
  for (let t = 0; t < days; t++) {
    const value = part === 'squares' ? scores[t] * scores[t] : scores[t]
    x[t] = value
    sum += value
    if (value > largest) largest = value
    else if (-value > largest) largest = -value
  }
  const mean = sum / days
  let variance = 0
  for (let t = 0; t < days; t++) {
    x[t] -= mean
    variance += x[t] * x[t]
  }
  // Scores z and -z of PITs p and 1 - p differ by rounding, 1 - p being rounded; so does the mean of equal ones.
  const noise = 1e-12 * largest
  if (!(variance > days * noise * noise)) return null
  let statistic = 0
  const add = (k: number, product: number): void => {
    const r = product / variance
    if (k <= lags) statistic += (r * r) / (days - k)
  }
  // Four lags a pass: their sums do not wait for one another.
  for (let k = 1; k <= lags; k += 4) {
    let [a, b, c, d] = [0, 0, 0, 0]
    for (let t = 0; t < days; t++) {
      const now = x[t]
      a += now * x[t + k]
      b += now * x[t + k + 1]
      c += now * x[t + k + 2]
      d += now * x[t + k + 3]
    }
    add(k, a)
    add(k + 1, b)
    add(k + 2, c)
    add(k + 3, d)
  }
  return days * (days + 2) * statistic
}
