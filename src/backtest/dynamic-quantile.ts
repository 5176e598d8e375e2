import { refuse } from '../base/index.js'
import type { TestCard } from './card.js'
import { type ChiSquareTest, chiSquareTest } from './coverage.js'
import { type DrawHits, hitAlternatives, independentHits, positionsOf } from './hit-draws.js'
import { checkLevel, type Hits, parseHits } from './hits.js'
import { monteCarloPValue, type Power, type Simulation, simulatedPower } from './monte-carlo.js'
import { POWER_SIMULATION } from './power.js'
import { type Design, designOf, LAGS_MAX, regress } from './quantile-regressors.js'

export interface DynamicQuantileTest extends ChiSquareTest {
  /** The regressors that count, in order; one that is a combination of those before it is left out. As many as `df`. */
  readonly regressors: readonly string[]
}

export interface DynamicQuantileOptions {
  /** Lagged hits among the regressors. */
  readonly lags?: number
}

export const dynamicQuantileCard: TestCard = {
  name: 'dynamicQuantile',
  title: 'Dynamic quantile (Engle and Manganelli)',
  null: 'A hit today is as likely as the level says, whatever the hits of the days before and the VaR forecast.',
  source: 'Engle & Manganelli (2004), Journal of Business & Economic Statistics 22(4), the out-of-sample DQ test',
  caution:
    'The true size of a 5 % test with four lags on 1000 days is 10.6 % at a level of 1 %, 6.6 % at 2.5 % and 5.4 % at 5 %; on 250 ' +
    'days 9.8 %, 8.5 % and 6.7 %. The Monte Carlo p-value, for the VaR as given, is exact.',
}

/**
 * Hit - level on a constant, `lags` lagged hits and the day's VaR over T - lags rows: Hit'X (X'X)^-1 X'Hit / (level (1 - level))
 * against chi-square with the rank of X. A constant VaR, lags without a hit and other combinations of earlier regressors are left
 * out, and `regressors` says so. No scale of the VaR matters. Errors: BAD_HITS, BAD_LEVEL, BAD_VAR (not finite), LENGTH_MISMATCH,
 * BAD_LAGS (not a whole number from 0 to 100), TOO_FEW_DAYS (no more than lags).
 */
export function dynamicQuantile(
  hits: Hits,
  vars: ArrayLike<number>,
  level: number,
  options: DynamicQuantileOptions = {},
): DynamicQuantileTest {
  const { positions, design } = parse(hits, vars, level, options)
  const { statistic, kept } = regress(design, positions, positions.length)
  return { ...chiSquareTest(statistic, kept.length), regressors: kept.map(column => nameOf(column, design.lags)) }
}

/**
 * Monte Carlo p-value of {@link dynamicQuantile}, under independent hits at `level` and the VaRs as given. Samples whose regressors
 * have another rank are compared by the statistic all the same. Errors: its own and those of {@link monteCarloPValue}.
 */
export function dynamicQuantileMonteCarlo(
  hits: Hits,
  vars: ArrayLike<number>,
  level: number,
  simulation: Simulation,
  options: DynamicQuantileOptions = {},
): number {
  const { positions, design } = parse(hits, vars, level, options)
  const { statistic } = regress(design, positions, positions.length)
  const draw = drawn(design, independentHits(design.days, level))
  return monteCarloPValue(statistic, stream => draw(stream).statistic, simulation, `dynamicQuantile ${level}`)
}

/**
 * The power of the 5 % test for these VaRs, simulated: a doubled rate, and clusters.
 * Errors: BAD_VAR, BAD_LEVEL, BAD_LAGS, TOO_FEW_DAYS and those of {@link simulatedPower}.
 */
export function dynamicQuantilePower(
  vars: ArrayLike<number>,
  level: number,
  simulation: Simulation = POWER_SIMULATION,
  options: DynamicQuantileOptions = {},
): readonly Power[] {
  const design = parseDesign(vars, level, options)
  return hitAlternatives(design.days, level).map(({ words, draw }) => {
    const sample = drawn(design, draw)
    const pValue = (stream: Parameters<DrawHits>[0]): number => {
      const { statistic, kept } = sample(stream)
      return chiSquareTest(statistic, kept.length).pValue
    }
    return { alternative: words, ...simulatedPower(pValue, simulation, `dynamicQuantile ${level}: ${words}`) }
  })
}

function drawn(design: Design, draw: DrawHits): (stream: Parameters<DrawHits>[0]) => ReturnType<typeof regress> {
  const positions = new Int32Array(design.days)
  return stream => regress(design, positions, draw(stream, positions))
}

const nameOf = (column: number, lags: number): string =>
  column === 0 ? 'constant' : column > lags ? 'VaR' : `hit ${column} ${column === 1 ? 'day' : 'days'} before`

function parse(
  hits: Hits,
  vars: ArrayLike<number>,
  level: number,
  options: DynamicQuantileOptions,
): { positions: Int32Array; design: Design } {
  const days = parseHits(hits, 1)
  const design = parseDesign(vars, level, options)
  if (design.days !== days.length)
    refuse('LENGTH_MISMATCH', `${days.length} hits and ${design.days} VaRs`, 'as many VaRs as hits', 'vars')
  return { positions: positionsOf(days), design }
}

function parseDesign(vars: ArrayLike<number>, level: number, options: DynamicQuantileOptions): Design {
  checkLevel(level)
  const lags = options?.lags ?? 4
  if (!(Number.isInteger(lags) && lags >= 0 && lags <= LAGS_MAX))
    refuse('BAD_LAGS', lags, `a whole number from 0 to ${LAGS_MAX}`, 'lags')
  const isArray = Array.isArray(vars) || (ArrayBuffer.isView(vars) && 'length' in vars)
  if (!isArray) refuse('BAD_VAR', vars, 'an array of finite numbers', 'vars')
  for (let t = 0; t < vars.length; t++) if (!Number.isFinite(vars[t])) refuse('BAD_VAR', vars[t], 'a finite number', `vars[${t}]`)
  if (vars.length <= lags) refuse('TOO_FEW_DAYS', `${vars.length} days`, `at least ${lags + 1} for ${lags} lags`, 'vars')
  return designOf(vars, level, lags)
}
