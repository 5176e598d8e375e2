import { refuse } from '../base/index.js'
import type { TestCard } from './card.js'
import { type Hits, parseHits } from './hits.js'
import type { Power } from './monte-carlo.js'

/** Business days of the window on which Basel counts a trading desk's exceptions. */
export const DESK_DAYS = 250
const THRESHOLD_99 = 12
const THRESHOLD_975 = 30

export interface DeskCount {
  readonly exceptions: number
  /** More exceptions than this fail. */
  readonly threshold: number
  readonly pass: boolean
}

export interface DeskBacktest {
  readonly days: typeof DESK_DAYS
  readonly at99: DeskCount
  readonly at975: DeskCount
  /** Both counts pass. */
  readonly pass: boolean
}

export const deskBacktestCard: TestCard = {
  name: 'deskBacktest',
  title: 'FRTB backtest of a trading desk',
  null: 'No more than 12 exceptions of the 99 % VaR and no more than 30 of the 97.5 % VaR in the last 250 days.',
  source: 'Basel framework, MAR32 (backtesting of trading desks)',
  caution:
    'A rule, not a test of 5 %: a right model with independent days fails twice in a million windows, one with doubled rates twice in a thousand.',
}

/**
 * Whether a trading desk may stay on the internal model: hits of its 99 % and 97.5 % VaR over the last 250 of the days given.
 * Errors: BAD_HITS, TOO_FEW_DAYS (fewer than 250), LENGTH_MISMATCH.
 */
export function deskBacktest(hits99: Hits, hits975: Hits): DeskBacktest {
  const at99 = countOf(parseHits(hits99, DESK_DAYS), THRESHOLD_99)
  const at975 = countOf(parseHits(hits975, DESK_DAYS), THRESHOLD_975)
  if (hits99.length !== hits975.length)
    refuse('LENGTH_MISMATCH', `${hits99.length} and ${hits975.length} days`, 'the same days at both levels', 'hits975')
  return { days: DESK_DAYS, at99, at975, pass: at99.pass && at975.pass }
}

function countOf(hits: Uint8Array, threshold: number): DeskCount {
  let exceptions = 0
  for (let t = hits.length - DESK_DAYS; t < hits.length; t++) exceptions += hits[t]
  return { exceptions, threshold, pass: exceptions <= threshold }
}

/**
 * The probability that a desk fails {@link deskBacktest} when returns fall below its 99 % VaR at `rate99` and below its 97.5 % VaR
 * at `rate975`, days independent: exact, for counts of which the first is part of the second. Errors: BAD_LEVEL (rates not inside
 * (0, 1), or the first above the second).
 */
export function deskFailureProbability(rate99 = 0.01, rate975 = 0.025): number {
  if (!(rate99 > 0 && rate99 <= rate975 && rate975 < 1))
    refuse('BAD_LEVEL', `${rate99}, ${rate975}`, 'rates inside (0, 1), the first not above the second', 'rate99')
  const beyond = binomial(DESK_DAYS, rate99)
  // Sums of positive terms, the small ones first: nothing cancels in the far tail.
  let failure = tailOf(beyond, THRESHOLD_99)
  for (let i = THRESHOLD_99; i >= 0; i--) {
    const between = binomial(DESK_DAYS - i, (rate975 - rate99) / (1 - rate99))
    failure += beyond[i] * tailOf(between, THRESHOLD_975 - i)
  }
  return Math.min(failure, 1)
}

/** The chances, exact, that the thresholds find wrong rates. */
export const deskPower = (): readonly Power[] => [
  powerOf('true rates of 2 % and 5 %', 0.02, 0.05),
  powerOf('true rates of 3 % and 7.5 %', 0.03, 0.075),
  powerOf('true rates of 5 % and 10 %', 0.05, 0.1),
]

const powerOf = (alternative: string, rate99: number, rate975: number): Power => ({
  alternative,
  power: deskFailureProbability(rate99, rate975),
  method: 'exact',
  standardError: 0,
})

/** Probabilities of 0 to n successes, by their ratios from the likeliest one outwards. */
function binomial(n: number, p: number): Float64Array {
  const probabilities = new Float64Array(n + 1)
  const mode = Math.min(Math.floor((n + 1) * p), n)
  const odds = p / (1 - p)
  probabilities[mode] = 1
  for (let k = mode; k < n; k++) probabilities[k + 1] = ((probabilities[k] * (n - k)) / (k + 1)) * odds
  for (let k = mode; k > 0; k--) probabilities[k - 1] = (probabilities[k] * k) / (n - k + 1) / odds
  let total = 0
  for (let k = 0; k <= n; k++) total += probabilities[k]
  return probabilities.map(each => each / total)
}

function tailOf(probabilities: Float64Array, above: number): number {
  let sum = 0
  for (let k = probabilities.length - 1; k > above; k--) sum += probabilities[k]
  return sum
}
