import { kernels } from '../kernels/index.js'
import { perColumn } from './matrix.js'
import { checkFields, checkPositive, type RuleParameters } from './parameters.js'
import { checkRows, type Rows } from './rows.js'
import { defineRule, type Rule } from './rule.js'

/**
 * Huber's location, per coordinate: the root t of sum clip((x - t) / s, -k, k), with the scale s fixed at 1.482602218505602 MAD;
 * the median where the MAD is 0. From the median; of several roots the first that is met. Not monotone, since the scale moves
 * with the reports: forecasts are rearranged. Huber 1964; Huber & Ronchetti 2009, chapter 3. Errors: BAD_REPORT, BAD_PARAMETER.
 */
export function huber(rows: Rows, { k = 1.345 }: { readonly k?: number } = {}): Float64Array {
  checkRows(rows)
  checkPositive('huber', 'k', k)
  return locations(rows, false, k)
}

/**
 * Tukey's biweight location, per coordinate: the root t of sum u (1 - u^2)^2 over |u| < 1, u = (x - t) / (c s), that reweighted
 * means reach from the median; the scale s is fixed at 1.482602218505602 MAD; the median where the MAD is 0. Neither monotone nor
 * continuous: forecasts are rearranged. Beaton & Tukey 1974; Huber & Ronchetti 2009, chapter 4. Errors: BAD_REPORT, BAD_PARAMETER.
 */
export function tukey(rows: Rows, { c = 4.685 }: { readonly c?: number } = {}): Float64Array {
  checkRows(rows)
  checkPositive('tukey', 'c', c)
  return locations(rows, true, c)
}

const locations = (rows: Rows, redescends: boolean, tuning: number): Float64Array =>
  perColumn(rows, ({ at, n, columns }, work, out) => kernels().mLocations(at, n, columns, redescends, tuning, work, out))

const tuningOf = (rule: string, name: string, usual: number) => (given: RuleParameters) => {
  checkFields(rule, given, [], [name])
  const { [name]: value = usual } = given
  checkPositive(rule, name, value)
  return { [name]: value }
}

const common = {
  breakdown: '1/2',
  order: 'rearranged',
  bound: (n: number) => Math.floor((n - 1) / 2),
  needs: () => 1,
} as const

export const huberRule: Rule = defineRule({
  ...common,
  name: 'huber',
  source: 'Huber, 1964; scale by the MAD',
  parameters: tuningOf('huber', 'k', 1.345),
  aggregate: (rows, { k }) => huber(rows, { k }),
})

export const tukeyRule: Rule = defineRule({
  ...common,
  name: 'tukey',
  source: 'Beaton & Tukey, 1974; scale by the MAD',
  parameters: tuningOf('tukey', 'c', 4.685),
  aggregate: (rows, { c }) => tukey(rows, { c }),
})
