import { refuse, type Stream } from '../base/index.js'
import { normalQuantile } from '../distributions/index.js'
import { doublesAt, kernels, putRandomState, reserveDoubles, scratch } from '../kernels/index.js'

// Normal scores must be finite: a PIT below the smallest normal double counts as that, a PIT of 1 as the largest double below it.
export const LEAST_PIT = 2.2250738585072014e-308
export const GREATEST_PIT = 1 - Number.EPSILON / 2

/** Refuses anything but at least `daysMin` probabilities: BAD_PITS, TOO_FEW_DAYS. */
export function checkPits(pits: ArrayLike<number>, daysMin: number): void {
  const isArray = Array.isArray(pits) || (ArrayBuffer.isView(pits) && 'length' in pits)
  if (!isArray) refuse('BAD_PITS', pits, 'an array of numbers in [0, 1]', 'pits')
  if (pits.length < daysMin) refuse('TOO_FEW_DAYS', `${pits.length} days`, `at least ${daysMin}`, 'pits')
  for (let t = 0; t < pits.length; t++)
    if (!(typeof pits[t] === 'number' && pits[t] >= 0 && pits[t] <= 1))
      refuse('BAD_PITS', pits[t], 'a number in [0, 1]', `pits[${t}]`)
}

/** The normal score of a PIT, finite also for 0 and 1. */
export const scoreOf = (pit: number): number => normalQuantile(Math.min(Math.max(pit, LEAST_PIT), GREATEST_PIT))

/** The PITs that {@link scoreOf} moves: 0 (or subnormal) and 1. */
export function countClamped(pits: ArrayLike<number>): number {
  let clamped = 0
  for (let t = 0; t < pits.length; t++) if (pits[t] < LEAST_PIT || pits[t] > GREATEST_PIT) clamped++
  return clamped
}

/** How the normal scores of a wrong forecast are drawn. */
export interface PitAlternative {
  readonly alternative: string
  /** Of the returns' standard deviation over the forecast's. */
  readonly spread: number
  /** Of the returns' mean from the forecast's, in the forecast's standard deviations. */
  readonly shift: number
  /** Of successive scores, AR(1), variance 1. */
  readonly autocorrelation: number
  /** ARCH(1) coefficient, variance 1. */
  readonly clustering: number
}

const RIGHT = { spread: 1, shift: 0, autocorrelation: 0, clustering: 0 }

/** The null itself. */
export const RIGHT_FORECAST: PitAlternative = { alternative: 'none', ...RIGHT }
const AUTOCORRELATED: PitAlternative = { ...RIGHT, alternative: 'PITs with autocorrelation .2', autocorrelation: 0.2 }
/** What tests of the whole distribution should find. */
export const WRONG_FORECASTS: readonly PitAlternative[] = [
  { ...RIGHT, alternative: 'a forecast whose standard deviation is 20 % too small', spread: 1.25 },
  { ...RIGHT, alternative: 'a mean off by .2 standard deviations', shift: 0.2 },
  AUTOCORRELATED,
]
/** What tests of independence should find. */
export const DEPENDENT_FORECASTS: readonly PitAlternative[] = [
  AUTOCORRELATED,
  { ...RIGHT, alternative: 'volatility that clusters (ARCH(1), coefficient .2)', clustering: 0.2 },
]

/** Fills `out` with the normal scores of successive days under an alternative. */
export function drawScores(stream: Stream, out: Float64Array, kind: PitAlternative): void {
  fillDraws(stream, out, 1)
  const { spread, shift, autocorrelation: rho, clustering } = kind
  if (rho !== 0) {
    const fresh = Math.sqrt(1 - rho * rho)
    for (let t = 1; t < out.length; t++) out[t] = rho * out[t - 1] + fresh * out[t]
  }
  if (clustering !== 0) {
    for (let t = 1; t < out.length; t++) out[t] *= Math.sqrt(1 - clustering + clustering * out[t - 1] * out[t - 1])
  }
  if (spread !== 1 || shift !== 0) for (let t = 0; t < out.length; t++) out[t] = spread * out[t] + shift
}

/** Fills `out` with independent uniforms. */
export const drawUniforms = (stream: Stream, out: Float64Array): void => fillDraws(stream, out, 0)

function fillDraws(stream: Stream, out: Float64Array, which: number): void {
  scratch(() => {
    const state = putRandomState(stream)
    const at = reserveDoubles(out.length)
    kernels().fillDraws(which, state, at, out.length)
    out.set(doublesAt(at, out.length))
  })
}
