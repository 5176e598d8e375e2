import { refuse } from '../base/index.js'
import { checkReturns, returnsOf } from './history.js'
import type { Model, Parameters } from './model.js'

/**
 * The log density of returns (percent, oldest first) under a parametric model's parameters, named as in its posterior.
 * @param options.start the conditional variance of the first return, where the model has one; by default the sample variance
 * Errors: NOT_PARAMETRIC, BAD_PARAMETERS, BAD_RETURN, BAD_START.
 */
export function logLikelihood(
  model: Pick<Model, 'name' | 'parametric'>,
  params: Parameters,
  returns: ArrayLike<number>,
  options: { readonly start?: number } = {},
): number {
  if (typeof model !== 'object' || model === null) refuse('BAD_MODEL', model, 'a Model', 'model')
  const { parametric, name } = model
  if (parametric === undefined) refuse('NOT_PARAMETRIC', name, 'a model with a likelihood', 'model')
  const expected = parametric.names.join(', ')
  const isComplete = parametric.names.every(parameter => typeof params?.[parameter] === 'number')
  if (!isComplete || Object.keys(params).length !== parametric.names.length) refuse('BAD_PARAMETERS', params, expected, 'params')
  const problem = parametric.problem(params)
  if (problem !== null) refuse('BAD_PARAMETERS', params, problem, 'params')
  const values = returnsOf(returns, 'returns')
  checkReturns(values)
  return parametric.logLikelihood(params, values, options)
}
