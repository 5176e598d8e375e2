import { refuse } from '../base/index.js'
import type { Forecast } from '../forecast/index.js'
import type { Rows } from './rows.js'

/**
 * The forecast whose quantiles are `rule` of the forecasts' quantiles and whose shortfalls are `rule` of their shortfalls
 * (Vincent 1912; the mean is the Wasserstein-2 barycentre). What a rule that is not monotone leaves descending is rearranged,
 * that is sorted (Chernozhukov et al. 2010), and a shortfall that it leaves below the VaR of its level is raised to it;
 * monotone rules (mean, median, trimmed mean) need neither, but for rounding.
 * Errors: BAD_REPORT (no forecasts, levels differ, values not finite), BAD_RULE (an answer of wrong length or not finite), and the rule's.
 */
export function vincentize(forecasts: readonly Forecast[], rule: (rows: Rows) => Float64Array): Forecast {
  if (typeof rule !== 'function') refuse('BAD_RULE', rule, 'a function from rows to a vector', 'rule')
  checkSameLevels(forecasts)
  const { levels, riskLevels } = forecasts[0]
  const quantileRows = forecasts.map(forecast => forecast.quantiles)
  const shortfallRows = forecasts.map(forecast => forecast.shortfalls)
  const quantiles = answerOf(rule, quantileRows, levels.length)
  return rearranged(
    forecasts[0],
    quantiles,
    riskLevels.length === 0 ? new Float64Array(0) : answerOf(rule, shortfallRows, riskLevels.length),
  )
}

/**
 * The forecast that `rule` makes of the forecasts as whole vectors, quantiles and negated shortfalls (returns both) one behind the
 * other, so that a rule that chooses or weighs reports does so once for all levels, and one that takes sides, as a lower median,
 * takes the same for both. Rearranged as by {@link vincentize}. Errors: likewise.
 */
export function aggregateForecasts(forecasts: readonly Forecast[], rule: (rows: Rows) => Float64Array): Forecast {
  checkSameLevels(forecasts)
  const split = forecasts[0].levels.length
  const length = split + forecasts[0].riskLevels.length
  const rows = forecasts.map(({ quantiles, shortfalls }) => {
    const row = new Float64Array(length)
    row.set(quantiles)
    for (let i = split; i < length; i++) row[i] = 0 - shortfalls[i - split]
    return row
  })
  const answer = answerOf(rule, rows, length)
  return rearranged(
    forecasts[0],
    answer.slice(0, split),
    answer.subarray(split).map(x => 0 - x),
  )
}

function rearranged(like: Forecast, values: Float64Array, shortfalls: Float64Array): Forecast {
  const levels = like.levels.slice()
  const riskLevels = like.riskLevels.slice()
  const quantiles = values.sort()
  for (let i = 0; i < riskLevels.length; i++) {
    const at = levels.indexOf(riskLevels[i])
    if (at >= 0) shortfalls[i] = Math.max(shortfalls[i], 0 - quantiles[at])
  }
  return { levels, quantiles, riskLevels, shortfalls }
}

/** Refuses what are not forecasts on the same levels and risk levels, one at least: BAD_REPORT. */
export function checkSameLevels(forecasts: readonly Forecast[]): void {
  const bad = (found: unknown, expected: string, where: string): never => refuse('BAD_REPORT', found, expected, where)
  if (!Array.isArray(forecasts) || forecasts.length === 0) bad('no forecasts', 'at least one forecast', 'forecasts')
  const [first] = forecasts
  for (let i = 0; i < forecasts.length; i++) {
    const where = `forecasts[${i}]`
    if (!isWhole(forecasts[i])) bad(forecasts[i], 'a Forecast, with levels, quantiles, riskLevels and shortfalls', where)
    const { levels, quantiles, riskLevels, shortfalls } = forecasts[i]
    if (!same(levels, first.levels)) bad(levels, 'the levels of the first forecast', `${where}.levels`)
    if (!same(riskLevels, first.riskLevels)) bad(riskLevels, 'those of the first forecast', `${where}.riskLevels`)
    if (quantiles.length !== levels.length) bad(quantiles, `${levels.length} numbers`, `${where}.quantiles`)
    if (shortfalls.length !== riskLevels.length) bad(shortfalls, `${riskLevels.length} numbers`, `${where}.shortfalls`)
  }
}

const isWhole = (given: Forecast | null | undefined): boolean =>
  [given?.levels, given?.quantiles, given?.riskLevels, given?.shortfalls].every(part => ArrayBuffer.isView(part))

const same = (a: Float64Array, b: Float64Array): boolean => a.length === b.length && a.every((level, i) => level === b[i])

/** The rule's answer, checked and copied: a rule such as Krum returns one of its rows. */
function answerOf(rule: (rows: Rows) => Float64Array, rows: Rows, length: number): Float64Array {
  const answer = rule(rows)
  if (answer.length !== length || !answer.every(Number.isFinite)) refuse('BAD_RULE', answer, `${length} finite numbers`, 'rule')
  return Float64Array.from(answer)
}
