import { refuse } from '../base/index.js'
import { binomialAtLeast, binomialAtMost } from './binomial.js'
import type { TestCard } from './card.js'
import { checkLevel, type Hits, parseHits } from './hits.js'
import { rateWords } from './power.js'

export type Zone = 'green' | 'yellow' | 'red'
/** Whose multipliers: those of 1996 (3.00 to 4.00), or those of the Fundamental Review of the Trading Book (1.50 to 2.00). */
export type BaselRules = '1996' | 'frtb'

export interface TrafficLight {
  readonly exceptions: number
  readonly zone: Zone
  /** The factor on the capital charge. */
  readonly multiplier: number
  /** P(X <= exceptions) of a right model, as in the Basel document: the probability of this number or fewer. */
  readonly cumulativeProbability: number
  /** P(X >= exceptions) of a right model, accurate in the far tail. */
  readonly atLeast: number
}

export interface RollingTrafficLight {
  /** By window, the first ending on day 249 (counted from 0). */
  readonly exceptions: Int32Array
  readonly zone: readonly Zone[]
}

export interface ZonePower {
  readonly alternative: string
  readonly rate: number
  readonly green: number
  readonly yellow: number
  readonly red: number
}

export const trafficLightCard: TestCard = {
  name: 'trafficLight',
  title: 'Basel traffic light',
  null: 'Hits of the 99 % VaR on the last 250 days are independent and come no more often than on 1 day in 100.',
  source: 'Basel Committee (1996), Supervisory framework for the use of backtesting, table 2; (2019), MAR32 and MAR99',
  caution:
    'A rule and no test: a right model leaves the green zone in 10.8 % of all years (5 exceptions or more), and a model that hits ' +
    'on 2 % of days stays in it in 43.9 %. Blind to clusters, and to a VaR that is too high.',
}

/** The days of a window, its level, and the first exceptions of the yellow and of the red zone. */
const WINDOW = 250
const LEVEL = 0.01
const YELLOW = 5
const RED = 10

const multipliers: { readonly [rules in BaselRules]: readonly number[] } = {
  '1996': [3, 3.4, 3.5, 3.65, 3.75, 3.85, 4],
  frtb: [1.5, 1.7, 1.76, 1.83, 1.88, 1.92, 2],
}

/** Basel's verdict on the hits of a 99 % VaR on 250 days. Errors: BAD_HITS, NOT_250_DAYS, BAD_RULES. */
export function trafficLight(hits: Hits, options: { readonly rules?: BaselRules } = {}): TrafficLight {
  const days = parseHits(hits, 0)
  if (days.length !== WINDOW) refuse('NOT_250_DAYS', `${days.length} days`, `${WINDOW} days`, 'hits')
  return trafficLightOf(
    days.reduce((sum, hit) => sum + hit, 0),
    options,
  )
}

/** {@link trafficLight} from the number of exceptions. Errors: BAD_EXCEPTIONS, BAD_RULES. */
export function trafficLightOf(exceptions: number, options: { readonly rules?: BaselRules } = {}): TrafficLight {
  const rules = options?.rules ?? 'frtb'
  if (rules !== '1996' && rules !== 'frtb') refuse('BAD_RULES', rules, "'1996' or 'frtb'", 'rules')
  if (!(Number.isInteger(exceptions) && exceptions >= 0 && exceptions <= WINDOW))
    refuse('BAD_EXCEPTIONS', exceptions, `a whole number from 0 to ${WINDOW}`, 'exceptions')
  return {
    exceptions,
    zone: zoneOf(exceptions),
    multiplier: multipliers[rules][Math.max(0, Math.min(RED, exceptions) - YELLOW + 1)],
    cumulativeProbability: binomialAtMost(exceptions, WINDOW, LEVEL),
    atLeast: binomialAtLeast(exceptions, WINDOW, LEVEL),
  }
}

const zoneOf = (exceptions: number): Zone => (exceptions < YELLOW ? 'green' : exceptions < RED ? 'yellow' : 'red')

/** Exceptions and zone of every window of 250 days. Errors: BAD_HITS, TOO_FEW_DAYS (fewer than 250). */
export function rollingTrafficLight(hits: Hits): RollingTrafficLight {
  const days = parseHits(hits, WINDOW)
  const exceptions = new Int32Array(days.length - WINDOW + 1)
  let inside = 0
  for (let t = 0; t < days.length; t++) {
    inside += days[t]
    if (t >= WINDOW) inside -= days[t - WINDOW]
    if (t >= WINDOW - 1) exceptions[t - WINDOW + 1] = inside
  }
  return { exceptions, zone: Array.from(exceptions, zoneOf) }
}

/** The probabilities of the zones at true rates of hits, exact. Errors: BAD_LEVEL. */
export function trafficLightPower(rates: readonly number[] = [0.005, 0.01, 0.015, 0.02, 0.03]): readonly ZonePower[] {
  return rates.map(rate => {
    checkLevel(rate)
    const green = binomialAtMost(YELLOW - 1, WINDOW, rate)
    const red = binomialAtLeast(RED, WINDOW, rate)
    // From the smaller of the two ends, so that a small probability keeps its digits.
    const notGreen = binomialAtLeast(YELLOW, WINDOW, rate)
    const notRed = binomialAtMost(RED - 1, WINDOW, rate)
    return { alternative: rateWords(rate), rate, green, yellow: notGreen < notRed ? notGreen - red : notRed - green, red }
  })
}
