import type { Stream } from '../base/index.js'
import { normalCdf } from '../distributions/index.js'
import { checkDays } from './berkowitz.js'
import type { TestCard } from './card.js'
import type { Test } from './coverage.js'
import { kolmogorovCritical, kolmogorovSurvival } from './kolmogorov-distribution.js'
import { monteCarloPValue, type Power, type Simulation, simulatedPower } from './monte-carlo.js'
import { checkPits, drawScores, drawUniforms, WRONG_FORECASTS } from './pits.js'

export const kolmogorovSmirnovCard: TestCard = {
  name: 'kolmogorovSmirnov',
  title: 'Kolmogorov-Smirnov test of uniform PITs',
  null: 'The PITs are independent and uniform on (0, 1): the forecast distribution is right.',
  source: 'Kolmogorov (1933); p-values exact after Marsaglia, Tsang & Wang (2003) and Birnbaum & Tingey (1951)',
  caution: 'Weak in the tails, where risk is: it looks most at the middle. Takes days as independent.',
}

/**
 * The largest distance between the PITs' distribution function and the uniform one, and its probability under independent uniform
 * PITs, accurate to 1e-8 at any number of days, far tail included (see {@link kolmogorovSurvival}). Errors: BAD_PITS, TOO_FEW_DAYS (none).
 */
export function kolmogorovSmirnov(pits: ArrayLike<number>): Test {
  checkPits(pits, 1)
  const statistic = uniformDistance(pits, workFor(pits.length))
  return { statistic, pValue: kolmogorovSurvival(statistic, pits.length) }
}

/** The p-value by simulation of independent uniform PITs: the exact one again, up to its noise. Errors as {@link kolmogorovSmirnov}. */
export function kolmogorovSmirnovMonteCarlo(pits: ArrayLike<number>, simulation: Simulation): number {
  const { statistic } = kolmogorovSmirnov(pits)
  const drawn = new Float64Array(pits.length)
  const work = workFor(pits.length)
  const draw = (stream: Stream): number => {
    drawUniforms(stream, drawn)
    return uniformDistance(drawn, work)
  }
  return monteCarloPValue(statistic, draw, simulation, 'kolmogorov-smirnov')
}

/** Power of {@link kolmogorovSmirnov} at 5 % for a sample of `days`. Errors: BAD_DAYS, BAD_REPLICATIONS, BAD_SEED. */
export function kolmogorovSmirnovPower(
  days: number,
  { replications = 200, seed = '1' }: Partial<Simulation> = {},
): readonly Power[] {
  checkDays(days, 1)
  const drawn = new Float64Array(days)
  const work = workFor(days)
  const critical = kolmogorovCritical(days, 0.05)
  return WRONG_FORECASTS.map(kind => {
    const draw = (stream: Stream): number => {
      drawScores(stream, drawn, kind)
      return isBeyond(drawn, critical, work) ? 0 : 1
    }
    const purpose = `kolmogorov-smirnov: ${kind.alternative}`
    return { alternative: kind.alternative, ...simulatedPower(draw, { replications, seed }, purpose) }
  })
}

/** One cell a day. */
interface Work {
  readonly counts: Int32Array
  readonly least: Float64Array
  readonly most: Float64Array
}

const workFor = (days: number): Work => ({
  counts: new Int32Array(days),
  least: new Float64Array(days),
  most: new Float64Array(days),
})

/**
 * max over i of i/n - u_(i) and u_(i) - (i-1)/n, without sorting: in cells of width 1/n only the least and the greatest value can
 * be at the maximum (Gonzalez, Sahni & Franta 1977).
 */
function uniformDistance(values: ArrayLike<number>, { counts, least, most }: Work): number {
  const n = values.length
  counts.fill(0)
  for (let t = 0; t < n; t++) {
    const u = values[t]
    const cell = Math.min((u * n) | 0, n - 1)
    if (counts[cell]++ === 0) {
      least[cell] = u
      most[cell] = u
    } else if (u < least[cell]) least[cell] = u
    else if (u > most[cell]) most[cell] = u
  }
  let before = 0
  let distance = 0
  for (let cell = 0; cell < n; cell++) {
    const count = counts[cell]
    if (count === 0) continue
    const above = least[cell] - before / n
    before += count
    const below = before / n - most[cell]
    if (above > distance) distance = above
    if (below > distance) distance = below
  }
  return distance
}

const STEPS = 256
const REACH = 8
/** Phi at -8, -8 + 1/256, ..., 8, and 1 beyond; made when first asked for. */
let ends: Float64Array | undefined
const counts = new Int32Array(2 * REACH * STEPS)

/**
 * Whether the PITs Phi(z) of normal scores are further than `critical` from uniform. Counts between fixed scores bound the distance
 * from both sides; only where the bounds do not decide are the PITs computed, into `scores`.
 */
function isBeyond(scores: Float64Array, critical: number, work: Work): boolean {
  const last = counts.length - 1
  ends ??= Float64Array.from({ length: last + 2 }, (_, i) => (i === 0 ? 0 : i > last ? 1 : normalCdf(i / STEPS - REACH)))
  counts.fill(0)
  const n = scores.length
  for (let t = 0; t < n; t++) counts[Math.min(Math.max((scores[t] + REACH) * STEPS, 0), last) | 0]++
  let least = 0
  let most = 0
  let before = 0
  for (let i = 0; i <= last; i++) {
    if (counts[i] === 0) continue
    const share = before / n
    before += counts[i]
    const next = before / n
    least = Math.max(least, Math.abs(share - ends[i]), Math.abs(next - ends[i + 1]))
    most = Math.max(most, next - ends[i], ends[i + 1] - share)
  }
  if (least > critical) return true
  if (most < critical) return false
  for (let t = 0; t < n; t++) scores[t] = normalCdf(scores[t])
  return uniformDistance(scores, work) >= critical
}
