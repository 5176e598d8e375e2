import { refuse } from '../base/index.js'
import { log1p } from '../math/index.js'
import type { TestCard } from './card.js'
import { type ChiSquareTest, chiSquareTest } from './coverage.js'
import { type DrawHits, hitAlternatives, independentHits, positionsOf } from './hit-draws.js'
import { checkLevel, type Hits, parseHits } from './hits.js'
import { monteCarloPValue, type Power, type Simulation, simulatedPower } from './monte-carlo.js'
import { checkDays, POWER_SIMULATION } from './power.js'
import { fitWeibull, type WeibullFit } from './weibull.js'

export interface DurationTest extends ChiSquareTest {
  /** Of the Weibull: below 1 hits come in clusters, 1 without memory, above 1 too regularly. */
  readonly shape: number
}

export const durationCard: TestCard = {
  name: 'duration',
  title: 'Durations between hits (Christoffersen and Pelletier)',
  null: 'The time to the next hit does not depend on the time since the last one.',
  source: 'Christoffersen & Pelletier (2004), Journal of Financial Econometrics 2(1), Weibull against exponential',
  caution:
    'Blind to the rate. Durations are whole days and the Weibull is continuous, so the true size of a 5 % test on 1000 days is 7.3 % ' +
    'at a level of 1 %, 6.3 % at 2.5 % and 9.5 % at 5 %, where it grows with the days: 28 % on 5000; on 250 days 10.6 %, 9.2 % and 7.8 % ' +
    'of the samples that have a test. The Monte Carlo p-value, for hits at the rate of the level, is exact.',
}

/**
 * Are the durations between hits without memory? Weibull against exponential, by their likelihood ratio against chi-square(1). The
 * days up to the first hit and after the last are censored durations (none when the sample begins or ends with a hit). `level`
 * does not enter the statistic. Errors: BAD_HITS, BAD_LEVEL, TOO_FEW_DAYS, TOO_FEW_HITS (fewer than 2), UNBOUNDED_LIKELIHOOD (every
 * duration between hits is the same and none of the censored ones is longer: the Weibull has no best shape).
 */
export function durationTest(hits: Hits, level: number): DurationTest {
  const { days, positions } = parse(hits, level)
  const found = defined(fitter(days), positions)
  return { shape: found.shape, ...chiSquareTest(found.statistic, 1) }
}

/**
 * Monte Carlo p-value of {@link durationTest}, under independent hits at `level`, among samples for which the statistic exists.
 * Errors: its own and those of {@link monteCarloPValue}.
 */
export function durationMonteCarlo(hits: Hits, level: number, simulation: Simulation): number {
  const { days, positions } = parse(hits, level)
  const fitHits = fitter(days)
  const { statistic } = defined(fitHits, positions)
  const draw = drawn(days, fitHits, independentHits(days, level))
  return monteCarloPValue(statistic, stream => draw(stream)?.statistic ?? null, simulation, `duration ${level}`)
}

/** The power of the 5 % test, simulated: a doubled rate (to which it is blind), and clusters. Errors: BAD_DAYS, BAD_LEVEL. */
export function durationPower(days: number, level: number, simulation: Simulation = POWER_SIMULATION): readonly Power[] {
  checkDays(days)
  checkLevel(level)
  const fitHits = fitter(days)
  return hitAlternatives(days, level).map(({ words, draw }) => {
    const sample = drawn(days, fitHits, draw)
    const pValue = (stream: Parameters<DrawHits>[0]): number | null => {
      const found = sample(stream)
      return found === null ? null : chiSquareTest(found.statistic, 1).pValue
    }
    return { alternative: words, ...simulatedPower(pValue, simulation, `duration ${level}: ${words}`) }
  })
}

function parse(hits: Hits, level: number): { days: number; positions: Int32Array } {
  checkLevel(level)
  const parsed = parseHits(hits, 1)
  const positions = positionsOf(parsed)
  if (positions.length < 2) refuse('TOO_FEW_HITS', `${positions.length} hits`, 'at least 2', 'hits')
  return { days: parsed.length, positions }
}

/** The fit to the hits on the first `count` positions; null when there is none. */
type Fit = (positions: Int32Array, count: number) => WeibullFit | null

function defined(fitHits: Fit, positions: Int32Array): WeibullFit {
  return (
    fitHits(positions, positions.length) ??
    refuse(
      'UNBOUNDED_LIKELIHOOD',
      `durations between hits that are all ${positions[1] - positions[0]} days`,
      'durations that differ, or a longer wait before the first or after the last hit',
      'hits',
    )
  )
}

function drawn(days: number, fitHits: Fit, draw: DrawHits): (stream: Parameters<DrawHits>[0]) => WeibullFit | null {
  const positions = new Int32Array(days)
  return stream => {
    const count = draw(stream, positions)
    return count < 2 ? null : fitHits(positions, count)
  }
}

/** Fits to samples of `days` days, with room for them. Equal durations are taken together: there are few different ones. */
function fitter(days: number): Fit {
  const frequencies = new Int32Array(days + 1)
  const lengths = new Int32Array(days + 2)
  const logs = new Float64Array(days + 2)
  const weights = new Float64Array(days + 2)
  return (positions, count) => {
    const first = positions[0] > 0 ? positions[0] + 1 : 0
    const last = days - 1 - positions[count - 1]
    let longest = Math.max(first, last)
    let size = 0
    for (let i = 1; i < count; i++) {
      const length = positions[i] - positions[i - 1]
      if (frequencies[length]++ === 0) lengths[size++] = length
      if (length > longest) longest = length
    }
    const logOf = (length: number): number => log1p((length - longest) / longest)
    let logSum = 0
    for (let i = 0; i < size; i++) {
      logs[i] = logOf(lengths[i])
      weights[i] = frequencies[lengths[i]]
      frequencies[lengths[i]] = 0
      logSum += weights[i] * logs[i]
    }
    for (const censored of [first, last]) {
      if (censored === 0) continue
      logs[size] = logOf(censored)
      weights[size++] = 1
    }
    return logSum < 0 ? fitWeibull({ logs, weights, size, complete: count - 1, logSum }) : null
  }
}
