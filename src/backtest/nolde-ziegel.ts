import { assert, refuse } from '../base/index.js'
import { chiSquareSurvival, normalSurvival } from '../distributions/index.js'
import { lawOf, type ShapeOption } from './acerbi-szekely.js'
import type { TestCard } from './card.js'
import type { Test } from './coverage.js'
import { scalesOf } from './mcneil-frey.js'
import { monteCarloPValue, type Power, type Simulation } from './monte-carlo.js'
import {
  checkCoherent,
  checkForecasts,
  checkReturns,
  type RiskForecasts,
  type TailEvents,
  tailEvents,
} from './shortfall-sample.js'
import { type EventStatistic, nullDraw, powersOf } from './tail-simulation.js'

export const noldeZiegelCard: TestCard = {
  name: 'noldeZiegel',
  title: 'Nolde-Ziegel conditional calibration',
  null: 'VaR and ES are both right on average: their identification functions have mean 0.',
  source: 'Nolde & Ziegel 2017, section 2.2',
  caution:
    'Rejects 9 % (normal) to 15 % (Student-t with 4 degrees of freedom) of right forecasts at 1,000 days and 2.5 %, 22-28 % on 250 days (nominal 5 %; the general version 6 % and 12 %, on 250 days 5-11 %). The Monte Carlo p-value is exact when the shape of the tail is right.',
}

export const noldeZiegelOneSidedCard: TestCard = {
  name: 'noldeZiegelOneSided',
  title: 'Nolde-Ziegel calibration, one-sided',
  null: 'VaR breaches are no more frequent than the level says and the ES is not understated.',
  source: 'Nolde & Ziegel 2017, sections 2.2 and 2.3; Hommel 1983',
  caution:
    'Rejects only about 1 % of right forecasts at 1,000 days and 2.5 % (nominal 5 %). The Monte Carlo p-value is exact when the shape of the tail is right.',
}

export interface NoldeZiegelOptions {
  /** simple: the identification functions themselves; general: weighted by VaR, ES and scales. Default simple. */
  readonly kind?: 'simple' | 'general'
  /** Volatility forecasts of the general version; default the VaR. */
  readonly scales?: ArrayLike<number>
  /** Of the one-sided p-value: Hommel's correction (default), else Bonferroni's. */
  readonly hommel?: boolean
}

export interface NoldeZiegelTest extends Test {
  readonly df: number
  readonly oneSided: {
    /** sqrt(T) mean / root mean square of each component, positive when risk is understated. */
    readonly components: readonly number[]
    readonly pValue: number
  }
}

/**
 * Conditional calibration of VaR and ES (Nolde & Ziegel 2017). With hits h and excesses x beyond the VaR the identification functions are
 * V1 = level - h and V2 = x h / level - (ES - VaR). Simple: the Wald statistic T mean' Omega^-1 mean, Omega the mean of V V', chi-square(2).
 * General: the test function ((ES - VaR) / (level scale), 1 / scale), whose product with V is h (x - (ES - VaR)) / (level scale),
 * chi-square(1). One-sided: -V1 and V2 (general: also |VaR| times the first and V2 / scale), each against the normal, joined by Hommel's or
 * Bonferroni's correction. The sign of V1 is turned so that every component is positive when risk is understated (R's esback
 * takes too few hits as evidence against the forecasts instead). Errors: BAD_RETURN, BAD_VAR, BAD_ES, BAD_SCALE, BAD_LEVEL, BAD_KIND,
 * LENGTH_MISMATCH, TOO_FEW_DAYS, NO_HITS (the statistic would be T or 0 / 0), ZERO_VARIANCE (Omega is singular).
 */
export function noldeZiegel(
  returns: ArrayLike<number>,
  vars: ArrayLike<number>,
  ess: ArrayLike<number>,
  level: number,
  options: NoldeZiegelOptions = {},
): NoldeZiegelTest {
  const forecasts = checkForecasts(vars, ess, level)
  const { wald, oneSided, components, df } = calibration(forecasts, options)
  const events = tailEvents(checkReturns(returns, forecasts), forecasts)
  if (events.count === 0) refuse('NO_HITS', 'no return below minus the VaR', 'at least 1', 'returns')
  const statistic = wald(events)
  if (statistic === null)
    return refuse('ZERO_VARIANCE', 'identification functions that do not vary', 'a regular covariance', 'returns')
  return {
    statistic,
    df,
    pValue: chiSquareSurvival(statistic, df),
    oneSided: { components: [...components(events)], pValue: Math.min(1, oneSided(events)) },
  }
}

export interface NoldeZiegelSimulation extends NoldeZiegelOptions, ShapeOption {
  readonly oneSided?: boolean
}

/**
 * The Monte Carlo p-value, two-sided or one-sided, among samples of the null with a hit and a statistic: exact when the tail has the given shape, else
 * the one implied by ES / VaR. Errors: as {@link noldeZiegel}; ES_BELOW_VAR, BAD_SHAPE, BAD_REPLICATIONS, BAD_SEED.
 */
export function noldeZiegelMonteCarlo(
  returns: ArrayLike<number>,
  vars: ArrayLike<number>,
  ess: ArrayLike<number>,
  level: number,
  options: Simulation & NoldeZiegelSimulation,
): number {
  const forecasts = checkCoherent(vars, ess, level)
  noldeZiegel(returns, vars, ess, level, options)
  const statistic = noldeZiegelOf(forecasts, options)
  const observed = statistic(tailEvents(checkReturns(returns, forecasts), forecasts))
  assert(observed !== null, 'what has a test has a statistic')
  const { law } = lawOf(forecasts, options)
  return monteCarloPValue(observed, nullDraw(forecasts, law, statistic), options, purposeOf(options))
}

/** Simulated powers of a size-5 % test, two-sided or one-sided. Errors: as {@link noldeZiegelMonteCarlo}. */
export function noldeZiegelPower(
  vars: ArrayLike<number>,
  ess: ArrayLike<number>,
  level: number,
  options: NoldeZiegelSimulation & { readonly replications?: number; readonly seed: string },
): readonly Power[] {
  const forecasts = checkCoherent(vars, ess, level)
  const { law } = lawOf(forecasts, options)
  const simulation = { replications: options.replications ?? 200, seed: options.seed }
  return powersOf(forecasts, law, [noldeZiegelOf(forecasts, options)], simulation, purposeOf(options))[0]
}

const purposeOf = ({ kind = 'simple', oneSided = false }: NoldeZiegelSimulation): string =>
  `noldeZiegel ${kind}${oneSided ? ', one-sided' : ''}`

/** The statistic, or minus the one-sided p-value, as a function of the hits. */
export function noldeZiegelOf(forecasts: RiskForecasts, options: NoldeZiegelSimulation): EventStatistic {
  const { wald, oneSided } = calibration(forecasts, options)
  return options.oneSided ? events => (wald(events) === null ? null : -oneSided(events)) : wald
}

/** The statistics as functions of the hits alone: what days without one add is summed once. */
function calibration(forecasts: RiskForecasts, { kind = 'simple', scales, hommel = true }: NoldeZiegelOptions) {
  if (kind !== 'simple' && kind !== 'general') refuse('BAD_KIND', kind, 'simple or general', 'kind')
  const { vars, ess, level } = forecasts
  const days = vars.length
  const gaps = ess.map((es, t) => es - vars[t])
  const ones = new Float64Array(days).fill(1)
  const over = kind === 'general' ? scalesOf(scales, forecasts) : ones
  const coverage = (weights: Float64Array) => ({ weights, calm: weights.map(w => -level * w), isShortfall: false })
  const shortfall = (weights: Float64Array) => ({ weights, calm: weights.map((w, t) => -gaps[t] * w), isShortfall: true })
  const kinds = [coverage(ones), shortfall(ones)]
  if (kind === 'general') kinds.push(coverage(vars.map(Math.abs)), shortfall(over.map(scale => 1 / scale)))
  const sums = kinds.map(({ calm }) => totalOf(calm, calm))
  const means = kinds.map(({ calm }) => totalOf(calm, ones))

  /** The sum and the sum of squares of one component. */
  const momentsOf = ({ count, days: at, excesses }: TailEvents, j: number): { sum: number; squares: number } => {
    const { weights, calm, isShortfall } = kinds[j]
    let sum = means[j]
    let squares = sums[j]
    for (let i = 0; i < count; i++) {
      const t = at[i]
      const added = weights[t] * (isShortfall ? excesses[i] / level : 1)
      sum += added
      squares += added * (added + 2 * calm[t])
    }
    return { sum, squares }
  }
  const components = (events: TailEvents): Float64Array =>
    Float64Array.from(kinds, (_, j) => {
      const { sum, squares } = momentsOf(events, j)
      return squares > 0 ? sum / Math.sqrt(squares) : 0
    })
  const oneSided = (events: TailEvents): number => joined(components(events), hommel)

  const crossed = totalOf(kinds[0].calm, kinds[1].calm)
  const simple = (events: TailEvents): number | null => {
    if (events.count === 0) return null
    const first = momentsOf(events, 0)
    const second = momentsOf(events, 1)
    let cross = crossed
    for (let i = 0; i < events.count; i++) cross += ((1 - level) * events.excesses[i]) / level - gaps[events.days[i]]
    return waldOfTwo(first, second, cross)
  }
  const general = ({ count, days: at, excesses }: TailEvents): number | null => {
    let sum = 0
    let squares = 0
    for (let i = 0; i < count; i++) {
      const residual = (excesses[i] - gaps[at[i]]) / over[at[i]]
      sum += residual
      squares += residual * residual
    }
    return squares > 0 ? (sum * sum) / squares : null
  }
  return { wald: kind === 'simple' ? simple : general, df: kind === 'simple' ? 2 : 1, oneSided, components }
}

type Moments = { readonly sum: number; readonly squares: number }

/** T mean' Omega^-1 mean of two components, after scaling each by its root mean square; null when Omega is singular. */
function waldOfTwo(first: Moments, second: Moments, cross: number): number | null {
  if (!(first.squares > 0 && second.squares > 0)) return null
  const a = first.sum / Math.sqrt(first.squares)
  const b = second.sum / Math.sqrt(second.squares)
  const correlation = cross / Math.sqrt(first.squares) / Math.sqrt(second.squares)
  const determinant = (1 - correlation) * (1 + correlation)
  if (!(determinant > 1e-12)) return null
  return Math.max((a * a - 2 * correlation * a * b + b * b) / determinant, 0)
}

/** The p-value of all components together, not yet capped at 1: Hommel (1983), else Bonferroni. */
function joined(components: Float64Array, hommel: boolean): number {
  const k = components.length
  const pValues = components.map(normalSurvival).sort()
  if (!hommel) return k * pValues[0]
  let harmonic = 0
  let least = Number.POSITIVE_INFINITY
  for (let j = 1; j <= k; j++) {
    harmonic += 1 / j
    least = Math.min(least, pValues[j - 1] / j)
  }
  return k * harmonic * least
}

function totalOf(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let t = 0; t < a.length; t++) sum += a[t] * b[t]
  return sum
}
