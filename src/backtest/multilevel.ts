import { refuse, type Stream } from '../base/index.js'
import { log1p } from '../math/index.js'
import type { TestCard } from './card.js'
import { type Cells, cellDraws, cellProbabilities, checkLevels, multilevelCells } from './cells.js'
import { type ChiSquareTest, chiSquareTest, kupiecOf } from './coverage.js'
import type { Hits } from './hits.js'
import { monteCarloPValue, type Power, type Simulation, simulatedPower } from './monte-carlo.js'
import { likelihoodRatioOf } from './multinomial-ratio.js'
import { checkDays, POWER_SIMULATION } from './power.js'

const nullInWords = 'At each of the levels hits come at its rate, day by day independently.'

export const pearsonMultilevelCard: TestCard = {
  name: 'pearsonMultilevel',
  title: 'Coverage at several levels (Pearson)',
  null: nullInWords,
  source: "Campbell (2005), A review of backtesting and backtesting procedures, section 6; Pearson's chi-square of the cells",
  caution: 'Blind to when the hits come. At 1, 2.5 and 5 % the true size of a 5 % test is 4.9 % on 1000 days and 5.1 % on 250.',
}

export const nassMultilevelCard: TestCard = {
  name: 'nassMultilevel',
  title: 'Coverage at several levels (Nass)',
  null: nullInWords,
  source: 'Kratz, Lok & McNeil (2018), Journal of Banking & Finance 88, section 3; Nass (1959), Biometrika 46',
  caution: 'Blind to when the hits come. At 1, 2.5 and 5 % the true size of a 5 % test is 4.7 % on 1000 days and on 250.',
}

export const likelihoodRatioMultilevelCard: TestCard = {
  name: 'likelihoodRatioMultilevel',
  title: 'Coverage at several levels (likelihood ratio)',
  null: nullInWords,
  source: 'Kratz, Lok & McNeil (2018), Journal of Banking & Finance 88, section 3; cells of a normal of free mean and variance',
  caution:
    'Blind to when the hits come. At 1, 2.5 and 5 % the true size of a 5 % test is 5.2 % on 1000 days and 5.7 % on 250; with 1 and ' +
    '2.5 % alone 7.7 % on 250. The Monte Carlo p-value is exact.',
}

export const riskMapCard: TestCard = {
  name: 'riskMap',
  title: 'Exceptions and super exceptions (risk map)',
  null: 'Exceptions come at the rate of the level, super exceptions at that of the deeper one.',
  source: 'Colletaz, Hurlin & Perignon (2013), Journal of Banking & Finance 37(10), LR_MUC',
  caution:
    'Blind to when the hits come. At 1 and 2.5 % the true size of a 5 % test is 5.2 % on 1000 days and 7.7 % on 250. The Monte Carlo ' +
    'p-value is exact.',
}

export interface RiskMap extends ChiSquareTest {
  /** Days below the VaR, and below the VaR of the deeper level. */
  readonly exceptions: number
  readonly superExceptions: number
  /** Kupiec's test of each alone. */
  readonly exceptionsTest: ChiSquareTest
  readonly superExceptionsTest: ChiSquareTest
}

interface MultilevelTest {
  readonly name: string
  readonly statistic: (cells: Cells, levels: ArrayLike<number>) => number
  readonly test: (statistic: number, days: number, levels: ArrayLike<number>) => ChiSquareTest
}

const pearson: MultilevelTest = {
  name: 'pearsonMultilevel',
  statistic: pearsonStatistic,
  test: (statistic, _, levels) => chiSquareTest(statistic, levels.length),
}

/** Scales Pearson's statistic so that its mean and variance are a chi-square's, of degrees of freedom that need not be whole. */
const nass: MultilevelTest = {
  name: 'nassMultilevel',
  statistic: pearsonStatistic,
  test: (statistic, days, levels) => {
    const n = levels.length
    const inverses = cellProbabilities(levels).reduce((sum, p) => sum + 1 / p, 0)
    const variance = 2 * n - (n * n + 4 * n + 1) / days + inverses / days
    const scale = (2 * n) / variance
    return chiSquareTest(scale * statistic, scale * n)
  },
}

const ratio: MultilevelTest = {
  name: 'likelihoodRatioMultilevel',
  statistic: likelihoodRatioOf,
  test: statistic => chiSquareTest(statistic, 2),
}

const map: MultilevelTest = { name: 'riskMap', statistic: multinomialRatio, test: statistic => chiSquareTest(statistic, 2) }

/**
 * Coverage at several levels at once: Pearson's chi-square of the cells between them, as many degrees of freedom as levels
 * (Campbell 2005). Errors: those of {@link multilevelCells}.
 */
export const pearsonMultilevel = plain(pearson)
/** Nass's correction of {@link pearsonMultilevel} for cells in which few days are expected (Kratz, Lok & McNeil 2018). Errors: likewise. */
export const nassMultilevel = plain(nass)
/**
 * The likelihood ratio of cells between normal quantiles, mean and standard deviation free, chi-square(2) (Kratz, Lok & McNeil
 * 2018): powerful against tails that are too thin. Errors: likewise.
 */
export const likelihoodRatioMultilevel = plain(ratio)

/** The three from {@link multilevelCells} or counts. Errors: BAD_LEVELS, TOO_FEW_LEVELS, LENGTH_MISMATCH. */
export const pearsonMultilevelOf = ofCells(pearson)
export const nassMultilevelOf = ofCells(nass)
export const likelihoodRatioMultilevelOf = ofCells(ratio)

/**
 * Exceptions (at levels[1]) and super exceptions (at levels[0], deeper) jointly: the likelihood ratio of three cells against
 * chi-square(2), LR_MUC of Colletaz, Hurlin & Perignon (2013). Errors: those of {@link multilevelCells}, BAD_LEVELS (not two).
 */
export function riskMap(hitsByLevel: readonly Hits[], levels: ArrayLike<number>): RiskMap {
  checkPair(levels)
  const cells = multilevelCells(hitsByLevel, levels)
  const days = cells[0] + cells[1] + cells[2]
  const alone = (hits: number, level: number): ChiSquareTest => {
    const { statistic, df, pValue } = kupiecOf({ days, hits, transitions: [days, 0, 0, 0] }, level)
    return { statistic, df, pValue }
  }
  return {
    ...ofCells(map)(cells, levels),
    exceptions: cells[1] + cells[2],
    superExceptions: cells[2],
    exceptionsTest: alone(cells[1] + cells[2], levels[1]),
    superExceptionsTest: alone(cells[2], levels[0]),
  }
}

/** Monte Carlo p-values, under independent days. Errors: those of the test and of {@link monteCarloPValue}. */
export const pearsonMultilevelMonteCarlo = monteCarlo(pearson)
export const nassMultilevelMonteCarlo = monteCarlo(nass)
export const likelihoodRatioMultilevelMonteCarlo = monteCarlo(ratio)
export function riskMapMonteCarlo(hitsByLevel: readonly Hits[], levels: ArrayLike<number>, simulation: Simulation): number {
  checkPair(levels)
  return monteCarlo(map)(hitsByLevel, levels, simulation)
}

/**
 * The power of the 5 % tests, simulated: twice the rate at every level, and at the deepest alone (left out where that would reach
 * the next level). Errors: BAD_DAYS, BAD_LEVELS, TOO_FEW_LEVELS.
 */
export const pearsonMultilevelPower = power(pearson)
export const nassMultilevelPower = power(nass)
export const likelihoodRatioMultilevelPower = power(ratio)
export function riskMapPower(days: number, levels: ArrayLike<number>, simulation?: Simulation): readonly Power[] {
  checkPair(levels)
  return power(map)(days, levels, simulation)
}

function checkPair(levels: ArrayLike<number>): void {
  checkLevels(levels, 2)
  if (levels.length !== 2) refuse('BAD_LEVELS', `${levels.length} levels`, '2', 'levels')
}

function ofCells({ statistic, test }: MultilevelTest): (cells: Cells, levels: ArrayLike<number>) => ChiSquareTest {
  return (cells, levels) => {
    checkLevels(levels, 2)
    if (cells.length !== levels.length + 1)
      refuse('LENGTH_MISMATCH', `${cells.length} cells`, `${levels.length + 1} for ${levels.length} levels`, 'cells')
    return test(statistic(cells, levels), daysOf(cells), levels)
  }
}

function plain(kind: MultilevelTest): (hitsByLevel: readonly Hits[], levels: ArrayLike<number>) => ChiSquareTest {
  return (hitsByLevel, levels) => ofCells(kind)(multilevelCells(hitsByLevel, levels), levels)
}

function monteCarlo({
  name,
  statistic,
}: MultilevelTest): (hitsByLevel: readonly Hits[], levels: ArrayLike<number>, simulation: Simulation) => number {
  return (hitsByLevel, levels, simulation) => {
    const seen = multilevelCells(hitsByLevel, levels)
    const draw = cellDraws(daysOf(seen), levels)
    const cells = new Int32Array(seen.length)
    const drawn = (stream: Stream): number => {
      draw(stream, cells)
      return statistic(cells, levels)
    }
    return monteCarloPValue(statistic(seen, levels), drawn, simulation, `${name} ${Array.from(levels).join(' ')}`)
  }
}

function power({
  name,
  statistic,
  test,
}: MultilevelTest): (days: number, levels: ArrayLike<number>, simulation?: Simulation) => readonly Power[] {
  return (days, levels, simulation = POWER_SIMULATION) => {
    checkDays(days)
    checkLevels(levels, 2)
    const purpose = `${name} ${Array.from(levels).join(' ')}`
    return alternatives(levels).map(({ words, rates }) => {
      const draw = cellDraws(days, rates)
      const cells = new Int32Array(levels.length + 1)
      const pValue = (stream: Stream): number => {
        draw(stream, cells)
        return test(statistic(cells, levels), days, levels).pValue
      }
      return { alternative: words, ...simulatedPower(pValue, simulation, `${purpose}: ${words}`) }
    })
  }
}

function alternatives(levels: ArrayLike<number>): { words: string; rates: Float64Array }[] {
  const doubled = Float64Array.from(levels, level => 2 * level)
  const deeper = Float64Array.from(levels, (level, j) => (j === 0 ? 2 * level : level))
  return [
    { words: 'twice the rate at every level', rates: doubled },
    { words: 'twice the rate at the deepest level alone', rates: deeper },
  ].filter(({ rates }) => rates[rates.length - 1] < 1 && rates[0] < rates[1])
}

const daysOf = (cells: Cells): number => {
  let days = 0
  for (let j = 0; j < cells.length; j++) days += cells[j]
  return days
}

function pearsonStatistic(cells: Cells, levels: ArrayLike<number>): number {
  const days = daysOf(cells)
  const probabilities = cellProbabilities(levels)
  let sum = 0
  for (let j = 0; j < cells.length; j++) {
    const expected = days * probabilities[j]
    sum += ((cells[j] - expected) * (cells[j] - expected)) / expected
  }
  return sum
}

/** 2 sum O log(O / E). 0 log 0 = 0. */
function multinomialRatio(cells: Cells, levels: ArrayLike<number>): number {
  const days = daysOf(cells)
  const probabilities = cellProbabilities(levels)
  let sum = 0
  for (let j = 0; j < cells.length; j++) {
    const expected = days * probabilities[j]
    if (cells[j] > 0) sum += cells[j] * log1p((cells[j] - expected) / expected)
  }
  return sum > 0 ? 2 * sum : 0
}
