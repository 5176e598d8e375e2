import { refuse } from '../base/index.js'
import { normalCdf } from '../distributions/index.js'
import type { TestCard } from './card.js'
import type { Test } from './coverage.js'
import { monteCarloPValue, type Power, type Simulation } from './monte-carlo.js'
import {
  checkCoherent,
  checkForecasts,
  checkReturns,
  type RiskForecasts,
  type TailEvents,
  tailEvents,
} from './shortfall-sample.js'
import { impliedShape, shapeWords, type TailLaw, type TailShape, tailLaw } from './tail-shape.js'
import { criticalOf, type EventStatistic, nullDraw, powersOf, recording } from './tail-simulation.js'

export interface AcerbiSzekelyStatistics {
  /** null without hits. */
  readonly z1: number | null
  readonly z2: number
}

/** A shape of the tail, or the one that ES / VaR implies. */
export interface ShapeOption {
  readonly shape?: TailShape
}

export const acerbiSzekelyZ1Card: TestCard = {
  name: 'acerbiSzekelyZ1',
  title: 'Acerbi-Szekely Z1',
  null: 'Given that the VaR was breached, losses are on average as large as the ES forecast (and their tail has the stated shape).',
  source: 'Acerbi & Szekely 2014, equation 3.5',
  caution:
    'Blind to the number of breaches. Depends on the shape of the tail. The normal approximation rejects 6-7 % of right forecasts on 250 days, 5.5-6 % on 1,000 (level 2.5 %, nominal 5 %); the Monte Carlo p-value is exact when the shape is right.',
}

export const acerbiSzekelyZ2Card: TestCard = {
  name: 'acerbiSzekelyZ2',
  title: 'Acerbi-Szekely Z2',
  null: 'VaR breaches are as frequent as the level says and losses beyond it as large as the ES forecast (and their tail has the stated shape).',
  source: 'Acerbi & Szekely 2014, equation 3.8',
  caution:
    'Rejects for too many breaches as well as for an understated ES. Depends on the shape of the tail. The normal approximation rejects 5.5-6 % of right forecasts on 250 and on 1,000 days (level 2.5 %, nominal 5 %); the Monte Carlo p-value is exact when the shape is right.',
}

/**
 * Z1 = 1 + mean over hits of r / ES and Z2 = 1 + sum over hits of r / (T level ES) (Acerbi & Szekely 2014, equations 3.5 and 3.8):
 * both have mean 0 when VaR and ES are right and are negative when risk is understated. Z1 is null without hits, where Z2 is 1.
 * Errors: BAD_RETURN, BAD_VAR, BAD_ES (not above 0), BAD_LEVEL, LENGTH_MISMATCH, TOO_FEW_DAYS.
 */
export function acerbiSzekely(
  returns: ArrayLike<number>,
  vars: ArrayLike<number>,
  ess: ArrayLike<number>,
  level: number,
): AcerbiSzekelyStatistics {
  const forecasts = checkForecasts(vars, ess, level)
  return statisticsOf(tailEvents(checkReturns(returns, forecasts), forecasts), forecasts)
}

function statisticsOf({ count, days, excesses }: TailEvents, { vars, ess, level }: RiskForecasts): AcerbiSzekelyStatistics {
  let sum = 0
  for (let i = 0; i < count; i++) sum += (vars[days[i]] + excesses[i]) / ess[days[i]]
  return { z1: count === 0 ? null : 1 - sum / count, z2: 1 - sum / (vars.length * level) }
}

export interface AcerbiSzekelyTest {
  /** The shape of the tail in words. */
  readonly shape: string
  /** null without hits. */
  readonly z1: Test | null
  readonly z2: Test
}

/**
 * Normal approximations: under the null Z2 has mean 0, and Z1 given the hits, with variances known from the shape of the tail; p-values
 * of the lower tail. Errors: as {@link acerbiSzekely}; ES_BELOW_VAR, BAD_SHAPE, INFINITE_VARIANCE (a Student-t with
 * nu <= 2, a generalised Pareto with xi >= 1/2), ZERO_VARIANCE (ES = VaR on every day with a hit: Z1 has no distribution).
 */
export function acerbiSzekelyAsymptotic(
  returns: ArrayLike<number>,
  vars: ArrayLike<number>,
  ess: ArrayLike<number>,
  level: number,
  options: ShapeOption = {},
): AcerbiSzekelyTest {
  const forecasts = checkCoherent(vars, ess, level)
  const events = tailEvents(checkReturns(returns, forecasts), forecasts)
  const { law, words } = lawOf(forecasts, options)
  if (!Number.isFinite(law.secondMoment)) refuse('INFINITE_VARIANCE', words, 'a shape with a finite variance', 'shape')
  const { z1, z2 } = statisticsOf(events, forecasts)
  const sd2 = Math.sqrt(varianceOfZ2(forecasts, law))
  if (z1 === null) return { shape: words, z1: null, z2: { statistic: z2, pValue: normalCdf(z2 / sd2) } }
  const sd1 = Math.sqrt(varianceOfZ1(events, forecasts, law))
  if (!(sd1 > 0)) refuse('ZERO_VARIANCE', 'ES = VaR on every day with a hit', 'an ES above the VaR', 'ess')
  return {
    shape: words,
    z1: { statistic: z1, pValue: normalCdf(z1 / sd1) },
    z2: { statistic: z2, pValue: normalCdf(z2 / sd2) },
  }
}

/** The variance of loss / ES given a hit: (1 - VaR / ES)^2 (E[Y^2] - 1). */
const varianceGivenHit = (v: number, es: number, law: TailLaw): number => {
  const share = (es - v) / es
  return share * share * (law.secondMoment - 1)
}

function varianceOfZ1({ count, days }: TailEvents, { vars, ess }: RiskForecasts, law: TailLaw): number {
  let sum = 0
  for (let i = 0; i < count; i++) sum += varianceGivenHit(vars[days[i]], ess[days[i]], law)
  return sum / (count * count)
}

function varianceOfZ2({ vars, ess, level }: RiskForecasts, law: TailLaw): number {
  let sum = 0
  for (let t = 0; t < vars.length; t++) sum += level * (1 + varianceGivenHit(vars[t], ess[t], law)) - level * level
  return sum / (vars.length * vars.length * level * level)
}

export interface SimulatedShortfallTest extends Test {
  /** The statistic below which a 5 % test rejects. */
  readonly criticalValue: number
}

export interface SimulatedAcerbiSzekelyTest {
  readonly shape: string
  readonly z1: SimulatedShortfallTest | null
  readonly z2: SimulatedShortfallTest
}

/**
 * Monte Carlo p-values of both statistics, exact when the tail has the given shape (else the one implied by ES / VaR), and their 5 %
 * critical values. Z1's distribution is that of samples with a hit. Errors: as {@link acerbiSzekely}; ES_BELOW_VAR,
 * BAD_SHAPE, BAD_REPLICATIONS, BAD_SEED.
 */
export function acerbiSzekelyTest(
  returns: ArrayLike<number>,
  vars: ArrayLike<number>,
  ess: ArrayLike<number>,
  level: number,
  options: Simulation & ShapeOption,
): SimulatedAcerbiSzekelyTest {
  const forecasts = checkCoherent(vars, ess, level)
  const { z1, z2 } = statisticsOf(tailEvents(checkReturns(returns, forecasts), forecasts), forecasts)
  const { law, words } = lawOf(forecasts, options)
  const test = (which: 'z1' | 'z2', statistic: number): SimulatedShortfallTest => {
    const draws: number[] = []
    const draw = recording(nullDraw(forecasts, law, acerbiSzekelyOf(forecasts, which)), draws)
    const pValue = monteCarloPValue(-statistic, draw, options, `acerbiSzekely ${which}`)
    return { statistic, pValue, criticalValue: -criticalOf(draws) }
  }
  return { shape: words, z1: z1 === null ? null : test('z1', z1), z2: test('z2', z2) }
}

/**
 * Simulated powers of size-5 % tests by Z1 and Z2 against an understated ES and an understated risk. Errors: as
 * {@link acerbiSzekelyTest}.
 */
export function acerbiSzekelyPower(
  vars: ArrayLike<number>,
  ess: ArrayLike<number>,
  level: number,
  { shape, replications = 200, seed }: ShapeOption & { readonly replications?: number; readonly seed: string },
): { readonly z1: readonly Power[]; readonly z2: readonly Power[] } {
  const forecasts = checkCoherent(vars, ess, level)
  const { law } = lawOf(forecasts, { shape })
  const statistics = [acerbiSzekelyOf(forecasts, 'z1'), acerbiSzekelyOf(forecasts, 'z2')]
  const [z1, z2] = powersOf(forecasts, law, statistics, { replications, seed }, 'acerbiSzekely')
  return { z1, z2 }
}

/** -Z as a function of the hits. */
export const acerbiSzekelyOf =
  (forecasts: RiskForecasts, which: 'z1' | 'z2'): EventStatistic =>
  events => {
    const z = statisticsOf(events, forecasts)[which]
    return z === null ? null : -z
  }

/** The law of the tail by the given shape, else by the one that the forecasts imply. */
export function lawOf({ vars, ess, level }: RiskForecasts, { shape }: ShapeOption): { law: TailLaw; words: string } {
  if (shape !== undefined) {
    const law = tailLaw(shape, level)
    return { law, words: shapeWords(shape) }
  }
  const implied = impliedShape(vars, ess, level)
  return { law: tailLaw(implied.shape, level), words: implied.words }
}
