import { childKey, nextUniform, openStream, refuse, rootKey, type Stream } from '../base/index.js'

/** How a p-value or a power is simulated. */
export interface Simulation {
  readonly replications: number
  readonly seed: string
}

/** The probability that a test of size 5 % rejects when an alternative is true. */
export interface Power {
  /** The alternative in words: "a true rate of 2 %". */
  readonly alternative: string
  readonly power: number
  readonly method: 'exact' | 'simulated' | 'approximate'
  /** Of a simulated power; 0 otherwise. */
  readonly standardError: number
}

export const REPLICATIONS_MAX = 1_000_000
/** Statistics closer than this, relative, are the same: equal ones differ by the rounding of their sums. */
const TIE = 1e-10
/** Undefined draws in a row, after which the statistic is taken to have no distribution at all. */
const UNDEFINED_MAX = 10_000

/**
 * The Monte Carlo p-value of a statistic whose large values speak against the null: (1 + G) / (N + 1), G the simulated ones at least
 * as large, ties broken by a uniform draw for each (Dufour 2006, equation 2.22). Exact for every N when `draw` is the null's own
 * distribution: P(p <= k / (N + 1)) = k / (N + 1). A draw of null is a sample without a statistic and is drawn again: the p-value
 * is conditional on there being one. `purpose` names the key, so that each test has draws of its own.
 * Errors: BAD_REPLICATIONS, BAD_SEED, NO_STATISTIC (undefined under the null again and again).
 */
export function monteCarloPValue(
  observed: number,
  draw: (stream: Stream) => number | null,
  simulation: Simulation,
  purpose: string,
): number {
  const streams = openSimulation(simulation, purpose)
  const own = nextUniform(streams.ties)
  let above = 1
  for (let i = 0; i < simulation.replications; i++) {
    const value = defined(draw, streams.draws, purpose)
    const tie = nextUniform(streams.ties)
    const noise = TIE * Math.max(Math.abs(value), Math.abs(observed))
    if (value > observed + noise || (value >= observed - noise && tie >= own)) above++
  }
  return above / (simulation.replications + 1)
}

/** The share of samples drawn under an alternative whose p-value is at most `size`; a sample without a test does not reject. */
export function simulatedPower(
  draw: (stream: Stream) => number | null,
  simulation: Simulation,
  purpose: string,
  size = 0.05,
): { readonly power: number; readonly method: 'simulated'; readonly standardError: number } {
  const streams = openSimulation(simulation, purpose)
  let rejections = 0
  for (let i = 0; i < simulation.replications; i++) {
    const pValue = draw(streams.draws)
    if (pValue !== null && pValue <= size) rejections++
  }
  const power = rejections / simulation.replications
  return { power, method: 'simulated', standardError: Math.sqrt((power * (1 - power)) / simulation.replications) }
}

/** The streams of a purpose. Errors: BAD_REPLICATIONS, BAD_SEED. */
export function openSimulation(simulation: Simulation, purpose: string): { draws: Stream; ties: Stream } {
  const { replications, seed } = simulation ?? {}
  if (!(Number.isInteger(replications) && replications >= 1 && replications <= REPLICATIONS_MAX))
    refuse('BAD_REPLICATIONS', replications, `a whole number from 1 to ${REPLICATIONS_MAX}`, 'replications')
  if (typeof seed !== 'string') refuse('BAD_SEED', seed, 'a string', 'seed')
  const key = childKey(childKey(rootKey(seed), 'backtest'), purpose)
  return { draws: openStream(childKey(key, 'draws')), ties: openStream(childKey(key, 'ties')) }
}

function defined(draw: (stream: Stream) => number | null, stream: Stream, purpose: string): number {
  for (let attempt = 0; attempt < UNDEFINED_MAX; attempt++) {
    const value = draw(stream)
    if (value !== null) return value
  }
  return refuse('NO_STATISTIC', `${UNDEFINED_MAX} samples without a statistic`, 'a statistic that the null gives', purpose)
}
