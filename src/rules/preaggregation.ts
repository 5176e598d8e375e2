import { refuse, rootKey } from '../base/index.js'
import { bucketing, bucketsOf } from './bucketing.js'
import { nearestNeighbourMixing } from './nearest-neighbour-mixing.js'
import { checkCount, checkFields, type RuleParameters } from './parameters.js'
import type { Rows } from './rows.js'

/** What a rule's parameter `preaggregate` asks for: other reports in the place of the given ones. */
export interface Preaggregation {
  /** The parameters, checked. */
  readonly parameters: RuleParameters
  replace(rows: Rows): Float64Array[]
  /** The weights of what takes the reports' place. */
  weights(weights: Float64Array): Float64Array
  /** How many reports n of them become. */
  left(n: number): number
  /** How many faulty ones among n it bears by itself. */
  bound(n: number): number
  /** The least number of reports, where the rule behind it needs `own`. */
  needs(own: number): number
}

/** Parts a rule's parameters into `preaggregate` and the rest. Errors: UNKNOWN_RULE and those of parameters. */
export function takePreaggregation(
  params: RuleParameters,
  rule: string,
): { readonly before: Preaggregation | undefined; readonly rest: RuleParameters } {
  if (typeof params !== 'object' || params === null || params.preaggregate === undefined)
    return { before: undefined, rest: params }
  const { preaggregate, ...rest } = params
  const where = `${rule}.preaggregate`
  if (typeof preaggregate !== 'object' || preaggregate === null)
    refuse('BAD_PARAMETER', preaggregate, "{ name: 'nearestNeighbourMixing', f } or { name: 'bucketing', size }", where)
  const { name, ...own } = preaggregate as RuleParameters
  if (name === 'nearestNeighbourMixing') return { before: mixing(own, where), rest }
  if (name === 'bucketing') return { before: inBuckets(own, where), rest }
  return refuse('UNKNOWN_RULE', name, 'one of nearestNeighbourMixing, bucketing', `${where}.name`)
}

function mixing(params: RuleParameters, where: string): Preaggregation {
  checkFields(where, params, ['f'])
  const { f } = params
  checkCount(where, 'f', f)
  return {
    parameters: { name: 'nearestNeighbourMixing', f },
    replace: rows => nearestNeighbourMixing(rows, f),
    weights: weights => weights,
    left: n => n,
    bound: () => f,
    needs: own => Math.max(own, 2 * f + 1),
  }
}

function inBuckets(params: RuleParameters, where: string): Preaggregation {
  checkFields(where, params, ['size'], ['seed'])
  const { size, seed = 'bucketing' } = params
  checkCount(where, 'size', size, 1)
  if (typeof seed !== 'string') refuse('BAD_PARAMETER', seed, 'a string', `${where}.seed`)
  const key = rootKey(seed)
  return {
    parameters: { name: 'bucketing', size, seed },
    replace: rows => bucketing(rows, { size, key }),
    weights: weights =>
      Float64Array.from(bucketsOf(weights.length, { size, key }), bucket => bucket.reduce((sum, i) => sum + weights[i], 0)),
    left: n => Math.ceil(n / size),
    bound: n => n,
    needs: own => size * (own - 1) + 1,
  }
}
