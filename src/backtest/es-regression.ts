import { refuse, type Stream } from '../base/index.js'
import { chiSquareSurvival, normalCdf, normalQuantile } from '../distributions/index.js'
import { exp, ln, meanOf } from '../math/index.js'
import { lawOf, type ShapeOption } from './acerbi-szekely.js'
import type { TestCard } from './card.js'
import type { Test } from './coverage.js'
import { type EsFit, fitEs } from './es-fit.js'
import { monteCarloPValue, type Power } from './monte-carlo.js'
import { checkCoherent, checkForecasts, checkReturns, type RiskForecasts } from './shortfall-sample.js'
import type { TailLaw } from './tail-shape.js'
import { ALTERNATIVES, NULL_TRUTH, pathSimulator, type Truth } from './tail-simulation.js'

export type EsRegressionKind = 'strict' | 'auxiliary' | 'intercept'

export const esRegressionCard: TestCard = {
  name: 'esRegression',
  title: 'ES regression (Bayer-Dimitriadis)',
  null: 'Regressed on the ES forecasts, the ES of returns has intercept 0 and slope 1.',
  source: 'Bayer & Dimitriadis 2022, section 2.2; Dimitriadis & Bayer 2019',
  caution:
    'Rejects 14 % (normal) to 23 % (Student-t with 4 degrees of freedom) of right forecasts at 1,000 days and 2.5 %, 33-40 % on 250 days, still 6-10 % on 10,000 (nominal 5 %): believe the Monte Carlo p-value, which is exact when returns have the stated shape throughout.',
}

export const esRegressionInterceptCard: TestCard = {
  name: 'esRegressionIntercept',
  title: 'ES regression, intercept, one-sided',
  null: 'The ES of the forecast error is not negative: the ES forecasts are not too low by a constant.',
  source: 'Bayer & Dimitriadis 2022, section 2.3',
  caution:
    'One-sided it rejects only 0.7-2 % of right forecasts at 1,000 days and 2.5 % (nominal 5 %), two-sided 7-12 %. The Monte Carlo p-value is exact when returns have the stated shape throughout.',
}

export interface EsRegressionTest extends Test {
  /** 2; 1 when the ES is constant, or of the intercept. */
  readonly df: number
  /** Intercept and slope of returns' ES on minus the forecasts; of a constant ES and of 'intercept' the slope is fixed at 1. */
  readonly intercept: number
  readonly slope: number
  /** Of 'intercept' and of a constant ES: intercept / standard error, against understated ES (the lower tail). */
  readonly oneSided: Test | null
}

/** Fewer expected hits than this leave nothing to estimate an ES line from. */
const HITS_MIN = 5
/** Mean variance, in units of the mean ES, below which a fit is perfect but for rounding. */
const PERFECT = 1e-20

/**
 * The regression test of ES forecasts (Bayer & Dimitriadis 2022): quantile and ES of returns as lines, jointly by the FZ0 loss of returns
 * minus the largest (see fitEs), and a Wald test of (0, 1) for the ES line, chi-square(2). strict: both lines on the ES forecasts;
 * auxiliary: the quantile line on the VaR forecasts; intercept: of the forecast error r + ES, the quantile as a line in ES, its ES as
 * a constant, tested for 0 (chi-square(1), and one-sided against the normal). The covariance is the sandwich of Dimitriadis
 * & Bayer (2019, theorem 2.4) for a right specification: its block of the ES line needs no density (only the quantile line's, which is not
 * tested, does), and the truncated variance is that of a location-scale model (see variancesOf in es-fit.ts), as in R's esreg with
 * misspec = FALSE and a scl estimator. Errors: BAD_RETURN, BAD_VAR, BAD_ES, BAD_LEVEL, BAD_KIND, LENGTH_MISMATCH, TOO_FEW_DAYS (fewer than 5 / level),
 * ZERO_VARIANCE (equal returns, or a perfect fit), NO_FIT (no minimum).
 */
export function esRegression(
  returns: ArrayLike<number>,
  vars: ArrayLike<number>,
  ess: ArrayLike<number>,
  level: number,
  { kind = 'strict' }: { readonly kind?: EsRegressionKind } = {},
): EsRegressionTest {
  checkKind(kind)
  const forecasts = checkForecasts(vars, ess, level)
  const checked = checkReturns(returns, forecasts)
  checkSize(forecasts)
  if (checked.every(ret => ret === checked[0])) refuse('ZERO_VARIANCE', 'equal returns', 'returns that vary', 'returns')
  const regression = regressionOf(forecasts, kind)
  const fit = regression.fit(checked)
  if (fit === null) return refuse('NO_FIT', 'no minimum of the loss', 'a line with a positive ES', 'returns')
  const test = regression.test(fit)
  return test ?? refuse('ZERO_VARIANCE', 'a perfect fit', 'returns that vary about the line', 'returns')
}

export interface EsRegressionSimulation extends ShapeOption {
  readonly kind?: EsRegressionKind
  /** Of 'intercept' only. */
  readonly oneSided?: boolean
}

/**
 * The Monte Carlo p-value among samples of the null that have the statistic: exact when returns have the given shape throughout, else the one
 * implied by ES / VaR. Each replication is a fit: 199 of them take about a second at 1,000 days. Errors: as {@link esRegression};
 * ES_BELOW_VAR, BAD_SHAPE, BAD_REPLICATIONS, BAD_SEED.
 */
export function esRegressionMonteCarlo(
  returns: ArrayLike<number>,
  vars: ArrayLike<number>,
  ess: ArrayLike<number>,
  level: number,
  {
    kind = 'strict',
    oneSided = false,
    shape,
    replications = 199,
    seed,
  }: EsRegressionSimulation & { readonly replications?: number; readonly seed: string },
): number {
  const observed = esRegression(returns, vars, ess, level, { kind })
  const forecasts = checkCoherent(vars, ess, level)
  const simulate = pathSimulator(forecasts, lawOf(forecasts, { shape }).law, NULL_TRUTH)
  const regression = regressionOf(forecasts, kind)
  if (oneSided && observed.oneSided === null) refuse('BAD_KIND', kind, 'intercept, for a one-sided test', 'kind')
  const statistic = (test: EsRegressionTest): number => (oneSided ? -test.oneSided!.statistic : test.statistic)
  const path = new Float64Array(forecasts.vars.length)
  const draw = (stream: Stream): number | null => {
    simulate(stream, path)
    const fit = regression.fit(path)
    const test = fit === null ? null : regression.test(fit)
    return test === null ? null : statistic(test)
  }
  const purpose = `esRegression ${kind}${oneSided ? ', one-sided' : ''}`
  return monteCarloPValue(statistic(observed), draw, { replications, seed }, purpose)
}

interface Regression {
  fit(returns: Float64Array): EsFit | null
  test(fit: EsFit): EsRegressionTest | null
}

/** Everything in units of the mean ES, and regressors as distances from their mean: under the null the shortfall is 1 + x. */
function regressionOf({ vars, ess, level }: RiskForecasts, kind: EsRegressionKind): Regression {
  const unit = meanOf(ess)
  const isError = kind === 'intercept'
  const es = distances(ess, unit)
  const esRegressor = isError ? null : es
  const ratio = meanOf(vars) / unit
  const isAuxiliary = kind === 'auxiliary'
  const quantileStart = { intercept: isError ? 1 - ratio : -ratio, slope: isError ? 1 - ratio : isAuxiliary ? -1 : -ratio }
  return {
    fit: returns =>
      fitEs({
        y: returns.map((ret, t) => (isError ? ret + ess[t] : ret) / unit),
        quantileRegressor: isAuxiliary ? distances(vars, unit) : es,
        esRegressor,
        level,
        quantileStart,
        shortfallStart: { intercept: isError ? 0 : 1, slope: 1 },
      }),
    test(fit) {
      const { intercept, slope } = fit.shortfall
      if (esRegressor === null) return constantTest(fit, isError ? intercept : intercept - 1, unit)
      const wald = waldOf(fit, intercept - 1, slope - 1, esRegressor)
      if (wald === null) return null
      const pValue = chiSquareSurvival(wald, 2)
      return { statistic: wald, pValue, df: 2, intercept: (slope - intercept) * unit, slope, oneSided: null }
    },
  }
}

/** Shortfalls exceed the forecasts by `excess` units: its square over its variance, and minus its root. */
function constantTest({ variances }: EsFit, excess: number, unit: number): EsRegressionTest | null {
  let sum = 0
  for (const variance of variances) sum += variance
  if (!(sum > PERFECT * variances.length)) return null
  const z = (0 - excess) / (Math.sqrt(sum) / variances.length)
  const statistic = z * z
  return {
    statistic,
    pValue: chiSquareSurvival(statistic, 1),
    df: 1,
    intercept: (0 - excess) * unit,
    slope: 1,
    oneSided: { statistic: z, pValue: normalCdf(z) },
  }
}

/** d' L S^-1 L d with L = sum x x' / s^2 and S = sum x x' variance / s^4, s the shifted shortfall. */
function waldOf({ shortfall, shift, variances }: EsFit, d0: number, d1: number, x: Float64Array): number | null {
  let [l00, l01, l11, s00, s01, s11, sum] = [0, 0, 0, 0, 0, 0, 0]
  for (let t = 0; t < x.length; t++) {
    const s = shortfall.intercept + shortfall.slope * x[t] + shift
    const l = 1 / (s * s)
    const k = variances[t] * l * l
    l00 += l
    l01 += l * x[t]
    l11 += l * x[t] * x[t]
    s00 += k
    s01 += k * x[t]
    s11 += k * x[t] * x[t]
    sum += variances[t]
  }
  const determinant = s00 * s11 - s01 * s01
  if (!(sum > PERFECT * x.length && determinant > 1e-12 * s00 * s11)) return null
  const u = l00 * d0 + l01 * d1
  const v = l01 * d0 + l11 * d1
  return Math.max((s11 * u * u - 2 * s01 * u * v + s00 * v * v) / determinant, 0)
}

/** Distances from the mean in a unit; null when there are none but for rounding. */
function distances(values: Float64Array, unit: number): Float64Array | null {
  const mean = meanOf(values)
  const found = values.map(value => (value - mean) / unit)
  return found.some(each => Math.abs(each) > 1e-9) ? found : null
}

/**
 * Powers of size-5 % tests from the asymptotic normal distribution of the estimates under each alternative (of 'intercept': of its
 * one-sided test): no fit is simulated. Errors: as {@link esRegressionMonteCarlo}; INFINITE_VARIANCE (nu <= 2, xi >= 1/2).
 */
export function esRegressionPower(
  vars: ArrayLike<number>,
  ess: ArrayLike<number>,
  level: number,
  { kind = 'strict', shape }: EsRegressionSimulation = {},
): readonly Power[] {
  checkKind(kind)
  const forecasts = checkCoherent(vars, ess, level)
  checkSize(forecasts)
  const { law, words } = lawOf(forecasts, { shape })
  if (!Number.isFinite(law.secondMoment)) refuse('INFINITE_VARIANCE', words, 'a shape with a finite variance', 'shape')
  return ALTERNATIVES.map(truth => ({
    alternative: truth.words,
    power: approximatePower(forecasts, law, truth, kind),
    method: 'approximate',
    standardError: 0,
  }))
}

function approximatePower({ vars, ess, level }: RiskForecasts, law: TailLaw, truth: Truth, kind: EsRegressionKind): number {
  const unit = meanOf(ess)
  const days = vars.length
  const x = distances(ess, unit)
  // The sd of m = VaR + hit (loss - VaR) / level under the alternative.
  const widths = ess.map((es, t) => (truth.esFactor * es - truth.varFactor * vars[t]) / unit)
  const variances = widths.map(width => width * width * (law.secondMoment / level - 1))
  const excess = truth.esFactor - 1
  if (kind === 'intercept' || x === null) {
    let squares = 0
    for (let t = 0; t < days; t++) {
      const spread = x === null ? 0 : excess * x[t]
      squares += variances[t] + spread * spread
    }
    const shift = (excess * days) / Math.sqrt(squares)
    if (kind === 'intercept') return normalCdf(shift + normalQuantile(0.05))
    return normalCdf(shift + normalQuantile(0.025)) + normalCdf(normalQuantile(0.025) - shift)
  }
  // The largest return of so many days, of a mean day.
  const largest = -(truth.varFactor * meanOf(vars)) / unit - meanOf(widths) * law.upperQuantile(1 - 1 / (2 * days))
  const shortfall = { intercept: truth.esFactor, slope: truth.esFactor }
  const fit = { quantile: shortfall, shortfall, shift: Math.max(largest, 0), variances }
  return noncentralPower(waldOf(fit, excess, excess, x) ?? 0)
}

/** P(chi-square(2, noncentrality) above its central 5 % point): a Poisson mixture of central ones. */
function noncentralPower(noncentrality: number): number {
  if (noncentrality > 1000) return 1
  const critical = -2 * ln(0.05)
  let weight = exp(-noncentrality / 2)
  let power = 0
  for (let j = 0; j < 2000; j++) {
    power += weight * chiSquareSurvival(critical, 2 + 2 * j)
    weight *= noncentrality / 2 / (j + 1)
  }
  return Math.min(power, 1)
}

function checkKind(kind: EsRegressionKind): void {
  if (kind !== 'strict' && kind !== 'auxiliary' && kind !== 'intercept')
    refuse('BAD_KIND', kind, 'strict, auxiliary or intercept', 'kind')
}

function checkSize({ vars, level }: RiskForecasts): void {
  if (vars.length * level < HITS_MIN * (1 - 1e-12))
    refuse('TOO_FEW_DAYS', `${vars.length} days`, `at least ${HITS_MIN} / level = ${Math.ceil(HITS_MIN / level)}`, 'returns')
}
