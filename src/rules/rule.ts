import type { Forecast } from '../forecast/index.js'
import type { RuleParameters } from './parameters.js'
import type { Rows } from './rows.js'
import { vincentize } from './vincentize.js'

export type { RuleParameters } from './parameters.js'

/**
 * A member of the table of rules. `params` are as a scenario writes them, without the name; every method checks them first:
 * UNKNOWN_PARAMETER, MISSING_PARAMETER or BAD_PARAMETER, naming the field.
 */
export interface Rule {
  readonly name: string
  /** Author and year. */
  readonly source: string
  /** The parameters, checked. */
  parameters(params: RuleParameters): RuleParameters
  /** The largest number of faulty reports among n (n >= needs) whose senders cannot carry the result away. */
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
  readonly parameters: (params: RuleParameters) => Checked
  readonly bound: (n: number, params: Checked) => number
  readonly needs: (params: Checked) => number
  readonly aggregate: (rows: Rows, params: Checked, weights?: Float64Array) => Float64Array
  readonly weighs?: boolean
  /** By default the aggregate of the quantiles and of the shortfalls: {@link vincentize}. */
  readonly apply?: (forecasts: readonly Forecast[], params: Checked, weights?: Float64Array) => Forecast
}

/** Makes a member of the table: checks parameters at the door of every method. */
export function defineRule<Checked extends RuleParameters>(definition: RuleDefinition<Checked>): Rule {
  const { name, source, parameters, bound, needs, aggregate, weighs = false, apply } = definition
  return {
    name,
    source,
    parameters,
    bound: (n, params) => bound(n, parameters(params)),
    needs: params => needs(parameters(params)),
    aggregate: (rows, params) => aggregate(rows, parameters(params)),
    weighs,
    apply: (forecasts, params, weights) => {
      const checked = parameters(params)
      const heeded = weighs ? weights : undefined
      return apply === undefined
        ? vincentize(forecasts, rows => aggregate(rows, checked, heeded))
        : apply(forecasts, checked, heeded)
    },
  }
}
