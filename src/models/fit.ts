import { childKey, refuse, rootKey } from '../base/index.js'
import { type ParameterSummary, type Posterior, summarise } from '../inference/index.js'
import { returnsOf } from './history.js'
import type { Effort, Model } from './model.js'

/** A posterior with its table: one row a parameter. */
export interface Fit extends Posterior {
  readonly summary: readonly ParameterSummary[]
}

/** Any string; what is computed is a pure function of (model, history, options). */
export type Training = { readonly seed: string } & Effort

/**
 * Trains a model on a history and reports its posterior.
 * @param history log returns in percent, oldest first
 * @param options.seed any string; the fit is a pure function of (model, history, options)
 */
export function fit<S>(model: Model<S>, history: ArrayLike<number>, options: Training): Fit {
  return fitFrom(model, train(model, history, options))
}

/** Options of `fit`, and those that only `predict` reads. */
const KNOWN = ['seed', 'chains', 'draws', 'start', 'level', 'horizonDays', 'paths']

/** The state that `fit` and `predict` describe: with the same options both speak of the same posterior. Errors as `fit`. */
export function train<S>(model: Model<S>, history: ArrayLike<number>, options: Training): S {
  if (typeof model?.init !== 'function') refuse('BAD_MODEL', model, 'a Model', 'model')
  const returns = returnsOf(history, 'history')
  if (typeof options?.seed !== 'string') refuse('BAD_SEED', options?.seed, 'a string', 'options.seed')
  const unknown = Object.keys(options).find(name => !KNOWN.includes(name))
  if (unknown !== undefined) refuse('BAD_OPTION', `unknown option '${unknown}'`, `one of ${KNOWN.join(', ')}`, 'options')
  const { seed, chains, draws, start } = options
  for (const [name, value, least, most] of [
    ['chains', chains, 1, 256],
    ['draws', draws, 4, 1_000_000],
  ] as const) {
    if (value !== undefined && !(Number.isInteger(value) && value >= least && value <= most))
      refuse('BAD_EFFORT', value, `a whole number from ${least} to ${most}`, name)
  }
  const effort = {
    ...(chains === undefined ? {} : { chains }),
    ...(draws === undefined ? {} : { draws }),
    ...(start === undefined ? {} : { start }),
  }
  return model.init(returns, childKey(rootKey(seed), 'fit'), effort)
}

/** The posterior of a trained state, with its table. */
export function fitFrom<S>(model: Model<S>, state: S): Fit {
  const posterior = model.posterior(state)
  return { ...posterior, summary: summarise(posterior) }
}
