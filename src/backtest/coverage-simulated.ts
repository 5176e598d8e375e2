import { binomialAtLeast, binomialAtMost } from './binomial.js'
import {
  type ChristoffersenTest,
  christoffersenOf,
  coverageRatio,
  type HitCounts,
  independenceRatio,
  kupiecOf,
} from './coverage.js'
import { countsAt, type DrawHits, hitAlternatives, independentHits, positionsOf } from './hit-draws.js'
import { checkLevel, type Hits, parseHits } from './hits.js'
import { monteCarloPValue, type Power, type Simulation, simulatedPower } from './monte-carlo.js'
import { checkDays, POWER_SIMULATION, ratePowers } from './power.js'

/** Monte Carlo p-value of {@link kupiec}, under independent hits at `level`. Errors: its own and those of {@link monteCarloPValue}. */
export function kupiecMonteCarlo(hits: Hits, level: number, simulation: Simulation): number {
  checkLevel(level)
  return simulatedFrom(parseHits(hits, 1), level, simulation, 'kupiec', ({ hits, days }) => coverageRatio(hits, days, level))
}

/**
 * Monte Carlo p-values of both parts of {@link christoffersen}, under independent hits at `level` (which fixes the rate that
 * independence alone leaves open). Errors: its own and those of {@link monteCarloPValue}.
 */
export function christoffersenMonteCarlo(
  hits: Hits,
  level: number,
  simulation: Simulation,
): { readonly [Part in keyof ChristoffersenTest]: number } {
  checkLevel(level)
  const days = parseHits(hits, 2)
  const independence = ({ transitions }: HitCounts): number => independenceRatio(transitions)
  const joint = (counts: HitCounts): number => coverageRatio(counts.hits, counts.days, level) + independence(counts)
  return {
    independence: simulatedFrom(days, level, simulation, 'independence', independence),
    conditionalCoverage: simulatedFrom(days, level, simulation, 'conditionalCoverage', joint),
  }
}

function simulatedFrom(
  hits: Uint8Array,
  level: number,
  simulation: Simulation,
  name: string,
  statistic: (counts: HitCounts) => number,
): number {
  const seen = positionsOf(hits)
  const draw = drawCounts(hits.length, independentHits(hits.length, level))
  return monteCarloPValue(
    statistic(countsAt(seen, seen.length, hits.length)),
    stream => statistic(draw(stream)),
    simulation,
    `${name} ${level}`,
  )
}

function drawCounts(days: number, draw: DrawHits): (stream: Parameters<DrawHits>[0]) => HitCounts {
  const positions = new Int32Array(days)
  return stream => countsAt(positions, draw(stream, positions), days)
}

/** The exact power of Kupiec's 5 % test when hits are independent at `rate`. Errors: BAD_DAYS, BAD_LEVEL. */
export function kupiecPowerAt(days: number, level: number, rate: number): number {
  checkDays(days)
  checkLevel(level)
  checkLevel(rate)
  const { low, high } = rejected(days, level)
  return binomialAtMost(low, days, rate) + binomialAtLeast(high, days, rate)
}

/** The exact power of Kupiec's 5 % test against true rates of a half, 1.5 and 2 times the level. Errors: BAD_DAYS, BAD_LEVEL. */
export const kupiecPower = (days: number, level: number): readonly Power[] =>
  ratePowers([level / 2, 1.5 * level, 2 * level], rate => kupiecPowerAt(days, level, rate))

/** The counts that reject: at most `low` (-1: none) and at least `high`. The p-value falls on both sides of the expected count. */
function rejected(days: number, level: number): { low: number; high: number } {
  const isRejected = (hits: number): boolean => kupiecOf({ days, hits, transitions: [days, 0, 0, 0] }, level).pValue <= 0.05
  const border = (inside: number, outside: number): number => {
    while (Math.abs(outside - inside) > 1) {
      const middle = Math.floor((inside + outside) / 2)
      if (isRejected(middle)) outside = middle
      else inside = middle
    }
    return outside
  }
  // On very few days a count beside the expected one may reject already, never both.
  const expected = Math.floor(days * level)
  const accepted = isRejected(expected) ? expected + 1 : expected
  return { low: border(accepted, -1), high: border(accepted, days + 1) }
}

/** The power of both parts of Christoffersen's 5 % tests, simulated: a doubled rate, and clusters. Errors: BAD_DAYS, BAD_LEVEL. */
export function christoffersenPower(
  days: number,
  level: number,
  simulation: Simulation = POWER_SIMULATION,
): { readonly [Part in keyof ChristoffersenTest]: readonly Power[] } {
  checkDays(days)
  checkLevel(level)
  const power = (part: keyof ChristoffersenTest): readonly Power[] =>
    hitAlternatives(days, level).map(({ words, draw }) => {
      const counts = drawCounts(days, draw)
      const pValue = (each: HitCounts): number | null => (days < 2 ? null : christoffersenOf(each, level)[part].pValue)
      return { alternative: words, ...simulatedPower(stream => pValue(counts(stream)), simulation, `${part} ${level}: ${words}`) }
    })
  return { independence: power('independence'), conditionalCoverage: power('conditionalCoverage') }
}
