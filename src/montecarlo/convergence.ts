import { childKey, refuse, rootKey } from '../base/index.js'
import { checkOptions, type Estimate, type EstimateOptions, estimateWith } from './estimate.js'
import { checkPosition, type Position } from './position.js'

/**
 * The estimates of a method at `steps` budgets, each twice the one before, the last `paths`: runs of their own, so that every interval
 * stands for itself; fewer where the budget would leave too few losses in the tail. Errors: as `estimateRisk`; BAD_STEPS.
 */
export function convergence(
  position: Position,
  method: string,
  { steps = 7, ...options }: EstimateOptions & { readonly steps?: number },
): Estimate[] {
  checkPosition(position)
  checkOptions(options)
  if (!(Number.isInteger(steps) && steps >= 1 && steps <= 30)) refuse('BAD_STEPS', steps, 'a whole number from 1 to 30', 'steps')
  const key = childKey(childKey(childKey(rootKey(options.seed), 'montecarlo'), 'convergence'), method)
  const budgets: number[] = []
  for (let paths = options.paths; budgets.length < steps && paths >= 5000 && paths * options.level >= 50; paths = paths >> 1)
    budgets.unshift(paths)
  return budgets.map(paths => estimateWith(position, method, { ...options, paths }, childKey(key, paths)))
}
