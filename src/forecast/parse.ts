import { refuse } from '../base/index.js'
import { finiteFault, levelsFault, quantilesFault } from './check.js'
import type { Forecast, Levels } from './forecast.js'

/** A forecast that may be trusted, or the one line that says why not. */
export type ParsedForecast = { readonly ok: true; readonly forecast: Forecast } | { readonly ok: false; readonly reason: string }

// An honest model's ES and VaR come out of different formulas, so they may cross by a rounding error.
const ROUNDING = 1e-12
const MOST_LEVELS = 100_000

/**
 * The border: whatever a peer sent becomes a fresh Forecast on exactly the asked levels, or a reason. Accepts typed arrays and
 * arrays of numbers; refused are wrong lengths, other levels, values that are not finite, quantiles that descend and an
 * expected shortfall below the VaR of the same level (by more than 1e-12, relative). Never throws for a bad `value`;
 * BAD_LEVELS when the asked `levels` themselves are unusable.
 */
export function parseForecast(value: unknown, levels: Levels): ParsedForecast {
  checkAsked(levels)
  if (typeof value !== 'object' || value === null)
    return bad(`a forecast is an object, not ${value === null ? 'null' : typeof value}`)
  const given = value as { readonly [field: string]: unknown }
  const at = numbersOf(given.levels)
  const quantiles = numbersOf(given.quantiles)
  const riskAt = numbersOf(given.riskLevels)
  const shortfalls = numbersOf(given.shortfalls)
  if (at === null) return bad('levels are not an array of numbers')
  if (quantiles === null) return bad('quantiles are not an array of numbers')
  if (riskAt === null) return bad('riskLevels are not an array of numbers')
  if (shortfalls === null) return bad('shortfalls are not an array of numbers')
  const reason =
    differ('levels', at, levels.levels) ??
    differ('riskLevels', riskAt, levels.riskLevels) ??
    quantilesFault(levels.levels, quantiles) ??
    finiteFault('shortfalls', levels.riskLevels, shortfalls) ??
    shortfallsFault(levels, quantiles, shortfalls)
  if (reason !== null) return bad(reason)
  return {
    ok: true,
    forecast: {
      levels: Float64Array.from(at),
      quantiles: Float64Array.from(quantiles),
      riskLevels: Float64Array.from(riskAt),
      shortfalls: Float64Array.from(shortfalls),
    },
  }
}

const bad = (reason: string): ParsedForecast => ({ ok: false, reason })

function checkAsked({ levels, riskLevels }: Levels): void {
  const fault = levels.length === 0 ? 'no levels' : (levelsFault(levels) ?? levelsFault(riskLevels))
  if (fault !== null) refuse('BAD_LEVELS', fault, 'ascending levels inside (0, 1)', 'levels')
  for (const level of riskLevels) {
    if (!levels.includes(level))
      refuse('BAD_LEVELS', `risk level ${level}`, 'a risk level that is also one of the levels', 'riskLevels')
  }
}

// Looked at, not trusted: the length first, then what an ordinary array holds.
function numbersOf(value: unknown): ArrayLike<number> | null {
  if (ArrayBuffer.isView(value)) return 'length' in value ? (value as Float64Array) : null
  return Array.isArray(value) && value.length <= MOST_LEVELS && value.every(item => typeof item === 'number') ? value : null
}

function differ(name: string, given: ArrayLike<number>, asked: Float64Array): string | null {
  if (given.length !== asked.length) return `${name} differ from those asked: ${given.length} of them, not ${asked.length}`
  for (let i = 0; i < asked.length; i++) {
    if (given[i] !== asked[i]) return `${name} differ from those asked: ${String(given[i])} in place of ${asked[i]}`
  }
  return null
}

function shortfallsFault(
  { levels, riskLevels }: Levels,
  quantiles: ArrayLike<number>,
  shortfalls: ArrayLike<number>,
): string | null {
  for (let i = 0; i < riskLevels.length; i++) {
    const valueAtRisk = 0 - quantiles[levels.indexOf(riskLevels[i])]
    const slack = ROUNDING * Math.max(Math.abs(valueAtRisk), Math.abs(shortfalls[i]))
    if (shortfalls[i] < valueAtRisk - slack) return `ES ${shortfalls[i]} is below VaR ${valueAtRisk} at level ${riskLevels[i]}`
  }
  return null
}
