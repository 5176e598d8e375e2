import type { Forecast } from '../forecast/index.js'
import type { RuleParameters } from './parameters.js'
import { type Preaggregation, takePreaggregation } from './preaggregation.js'
import type { Rows } from './rows.js'
import { aggregateForecasts } from './vincentize.js'

export type { RuleParameters } from './parameters.js'

/**
 * Why the rule's answer to forecasts is a forecast. 'monotone': it acts on every level by itself and rises with each report, so
 * quantiles stay ascending. 'convex': it weighs whole forecasts, one convex combination for all levels. 'rearranged': it may
 * leave quantiles descending, which are sorted (Chernozhukov et al. 2010).
 */
export type Order = 'monotone' | 'convex' | 'rearranged'

/**
 * A member of the table of rules. `params` are as a scenario writes them, without the name; every method checks them first:
 * UNKNOWN_PARAMETER, MISSING_PARAMETER or BAD_PARAMETER, naming the field. Every rule takes the parameter `preaggregate`, which
 * replaces the reports before the rule sees them: { name: 'nearestNeighbourMixing', f } or { name: 'bucketing', size, seed? }.
 */
export interface Rule {
  readonly name: string
  /** Author and year. */
  readonly source: string
  /** The breakdown point, in words: the share of faulty reports that can carry the result anywhere as n grows. */
  readonly breakdown: string
  /** Acts on every level by itself and keeps quantiles ascending. */
  readonly monotone: boolean
  /** Its answer to forecasts may need rearranging. */
  readonly rearranges: boolean
  /** The parameters, checked. */
  parameters(params: RuleParameters): RuleParameters
  /**
   * A number of faulty reports among n (n >= needs) whose senders cannot carry the result away: the largest for most rules, the f
   * asked for where a rule was made for an f. It counts heads, and so supposes equal weights; a rule that `weighs` bears what its
   * breakdown point says of the weight.
   */
  bound(n: number, params: RuleParameters): number
  /** The least number of reports that the rule works with. */
  needs(params: RuleParameters): number
  /** n rows of length d -> a vector of length d. Errors: BAD_REPORT, TOO_MANY_FAULTS. Leaves the rows alone. */
  aggregate(rows: Rows, params: RuleParameters): Float64Array
  /**
   * The forecast that n forecasts on the same levels amount to. A rule that `weighs` takes weights of the forecasts (>= 0, not
   * all 0; equal ones where none are given), any other leaves them aside. Errors: BAD_REPORT, BAD_WEIGHTS, TOO_MANY_FAULTS.
   */
  apply(forecasts: readonly Forecast[], params: RuleParameters, weights?: Float64Array): Forecast
  /** Whether `apply` heeds weights. */
  readonly weighs?: boolean
}

/** A rule as its own file writes it, on the parameters that its checker returns. */
export interface RuleDefinition<Checked extends RuleParameters> {
  readonly name: string
  readonly source: string
  readonly breakdown?: string
  /** By default nothing is assumed: the answer to forecasts is rearranged. */
  readonly order?: Order
  readonly parameters: (params: RuleParameters) => Checked
  readonly bound: (n: number, params: Checked) => number
  readonly needs: (params: Checked) => number
  readonly aggregate: (rows: Rows, params: Checked, weights?: Float64Array) => Float64Array
  readonly weighs?: boolean
  /** By default the aggregate of the forecasts as vectors, quantiles and shortfalls in one: {@link aggregateForecasts}. */
  readonly apply?: (forecasts: readonly Forecast[], params: Checked, weights?: Float64Array) => Forecast
}

/** Makes a member of the table: checks parameters at the door of every method, and replaces the reports where they say so. */
export function defineRule<Checked extends RuleParameters>(definition: RuleDefinition<Checked>): Rule {
  const { name, source, breakdown = 'not stated', order = 'rearranged', weighs = false } = definition
  const opened = (params: RuleParameters): { checked: Checked; before?: Preaggregation } => {
    const { before, rest } = takePreaggregation(params, name)
    return { checked: definition.parameters(rest), ...(before === undefined ? {} : { before }) }
  }
  const vector = (rows: Rows, { checked, before }: ReturnType<typeof opened>, weights?: Float64Array): Float64Array =>
    before === undefined
      ? definition.aggregate(rows, checked, weights)
      : definition.aggregate(before.replace(rows), checked, weights && before.weights(weights))
  return {
    name,
    source,
    breakdown,
    monotone: order === 'monotone',
    rearranges: order === 'rearranged',
    weighs,
    parameters(params) {
      const { checked, before } = opened(params)
      return before === undefined ? checked : { ...checked, preaggregate: before.parameters }
    },
    bound(n, params) {
      const { checked, before } = opened(params)
      const own = definition.bound(before?.left(n) ?? n, checked)
      return before === undefined ? own : Math.min(own, before.bound(n))
    },
    needs(params) {
      const { checked, before } = opened(params)
      const own = definition.needs(checked)
      return before === undefined ? own : before.needs(own)
    },
    aggregate: (rows, params) => vector(rows, opened(params)),
    apply(forecasts, params, weights) {
      const ready = opened(params)
      const heeded = weighs ? weights : undefined
      return definition.apply === undefined || ready.before !== undefined
        ? aggregateForecasts(forecasts, rows => vector(rows, ready, heeded))
        : definition.apply(forecasts, ready.checked, heeded)
    },
  }
}
