import { refuse } from '../base/index.js'
import type { Power, Simulation } from './monte-carlo.js'

/** How powers are simulated unless a caller asks for more: a standard error of at most 2.5 %. */
export const POWER_SIMULATION: Simulation = { replications: 400, seed: 'power' }

/** A probability in per cent: 2 %, 3.75 %. */
export const percent = (probability: number): string => `${Number((100 * probability).toPrecision(6))} %`

export const rateWords = (rate: number): string => `a true rate of ${percent(rate)}`

/** Exact powers against true rates; a rate that is no probability is left out. */
export const ratePowers = (rates: readonly number[], powerAt: (rate: number) => number): readonly Power[] =>
  rates
    .filter(rate => rate < 1)
    .map(rate => ({ alternative: rateWords(rate), power: powerAt(rate), method: 'exact' as const, standardError: 0 }))

/** Refuses anything but a number of days: BAD_DAYS. */
export function checkDays(days: number): void {
  if (!(Number.isSafeInteger(days) && days >= 1 && days <= DAYS_MAX))
    refuse('BAD_DAYS', days, `a whole number from 1 to ${DAYS_MAX}`, 'days')
}

const DAYS_MAX = 10_000_000

/** For a reader: "250 days find a true rate of 2 % only 24 % of the time". */
export function powerSentence({ alternative, power, method }: Power, days: number): string {
  const share = power < 0.005 ? 'less than 1 %' : power > 0.995 ? 'more than 99 %' : `${Math.round(100 * power)} %`
  const about = method === 'exact' || share.length > 4 ? '' : 'about '
  return `${grouped(days)} ${days === 1 ? 'day finds' : 'days find'} ${alternative} ${power < 0.5 ? 'only ' : ''}${about}${share} of the time`
}

const grouped = (days: number): string => String(days).replace(/\B(?=(\d{3})+$)/g, ',')
