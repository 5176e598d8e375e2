import { refuse } from '../base/index.js'
import { type Hits, parseHits } from './hits.js'

/** Days whose violations count, and days whose VaR is averaged. */
const VIOLATION_DAYS = 250
const AVERAGED_DAYS = 60

const PENALTIES = [0, 0, 0, 0, 0, 0.4, 0.5, 0.65, 0.75, 0.85] as const

/** What Basel II adds to the multiplier 3 for so many violations of a 99 % VaR in 250 days. Errors: BAD_HITS. */
export function baselPenalty(violations: number): number {
  if (!(Number.isInteger(violations) && violations >= 0)) refuse('BAD_HITS', violations, 'a number of violations', 'violations')
  return PENALTIES[violations] ?? 1
}

export interface CapitalCharges {
  /** The day of the first charge, counted from 0: what comes before is needed for its penalty. */
  readonly firstDay: number
  /** One a day from `firstDay` on, percent. */
  readonly charges: Float64Array
  /** The penalty in each of them, 0 to 1. */
  readonly penalties: Float64Array
}

/**
 * Daily capital charges under Basel II: on day t the larger of (3 + k) times the mean VaR of the 60 days before and of the last
 * day's VaR, k the penalty for the violations of the 250 days before (Basel Committee 1996; McAleer, Jimenez-Martin &
 * Perez-Amaral 2013). VaR is that of one day, not scaled to ten. Errors: BAD_VAR, BAD_HITS, LENGTH_MISMATCH, TOO_FEW_DAYS (fewer than 251).
 */
export function dailyCapitalCharges(vars: ArrayLike<number>, hits: Hits): CapitalCharges {
  const violated = parseHits(hits, VIOLATION_DAYS + 1)
  const days = violated.length
  if (vars?.length !== days) refuse('LENGTH_MISMATCH', `${vars?.length} VaRs and ${days} hits`, 'one VaR a hit', 'vars')
  for (let t = 0; t < days; t++)
    if (!Number.isFinite(vars[t])) refuse('BAD_VAR', vars[t], 'a finite Value-at-Risk in percent', `vars[${t}]`)
  const charges = new Float64Array(days - VIOLATION_DAYS)
  const penalties = new Float64Array(days - VIOLATION_DAYS)
  let violations = 0
  for (let t = 0; t < VIOLATION_DAYS; t++) violations += violated[t]
  for (let day = VIOLATION_DAYS; day < days; day++) {
    const i = day - VIOLATION_DAYS
    penalties[i] = baselPenalty(violations)
    let sum = 0
    for (let t = day - AVERAGED_DAYS; t < day; t++) sum += vars[t]
    charges[i] = Math.max(((3 + penalties[i]) * sum) / AVERAGED_DAYS, vars[day - 1])
    violations += violated[day] - violated[i]
  }
  return { firstDay: VIOLATION_DAYS, charges, penalties }
}
