import { childKey, refuse, rootKey } from '../base/index.js'
import { type ParameterSummary, type Posterior, summarise } from '../inference/index.js'
import type { Effort, Model } from './model.js'

/** A posterior with its table: one row a parameter. */
export interface Fit extends Posterior {
  readonly summary: readonly ParameterSummary[]
}

/**
 * Trains a model on a history and reports its posterior.
 * @param history log returns in percent, oldest first
 * @param options.seed any string; the fit is a pure function of (model, history, options)
 */
export function fit<S>(model: Model<S>, history: ArrayLike<number>, options: { readonly seed: string } & Effort): Fit {
  if (typeof model?.init !== 'function') refuse('BAD_MODEL', model, 'a Model', 'model')
  if (typeof history?.length !== 'number') refuse('BAD_RETURN', history, 'an array of returns', 'history')
  if (typeof options?.seed !== 'string') refuse('BAD_SEED', options?.seed, 'a string', 'options.seed')
  const { seed, ...effort } = options
  for (const [name, least] of [
    ['chains', 1],
    ['draws', 4],
  ] as const) {
    const value = effort[name]
    if (value !== undefined && !(Number.isInteger(value) && value >= least))
      refuse('BAD_EFFORT', value, `a whole number of at least ${least}`, name)
  }
  const state = model.init(Float64Array.from(history), childKey(rootKey(seed), 'fit'), effort)
  const posterior = model.posterior(state)
  return { ...posterior, summary: summarise(posterior) }
}
