import { childKey, refuse, rootKey } from '../base/index.js'
import { exp, ln, meanOf, varianceOf } from '../math/index.js'
import { checkOptions, type EstimateOptions, estimateWith } from './estimate.js'
import { checkPosition, type Position } from './position.js'

/** A factor with its 95 % interval. */
export interface Factor {
  readonly factor: number
  readonly interval95: readonly [number, number]
}

/** What replications of a method and of plain Monte Carlo at the same budget showed. */
export interface VarianceReduction {
  readonly method: string
  readonly replications: number
  /** Variance of plain Monte Carlo over the method's, each times its evaluations: above 1 the method is better. */
  readonly var: Factor
  readonly es: Factor
}

const REPLICATIONS_MAX = 100_000

/**
 * Measures the variance reduction of a method by independent replications of it and of plain Monte Carlo. Errors: as
 * `estimateRisk`; BAD_REPLICATIONS.
 */
export function varianceReduction(
  position: Position,
  method: string,
  { replications, ...options }: EstimateOptions & { readonly replications: number },
): VarianceReduction {
  checkPosition(position)
  checkOptions(options)
  if (!(Number.isInteger(replications) && replications >= 10 && replications <= REPLICATIONS_MAX))
    refuse('BAD_REPLICATIONS', replications, `a whole number from 10 to ${REPLICATIONS_MAX}`, 'replications')
  const key = childKey(childKey(rootKey(options.seed), 'montecarlo'), 'variance reduction')
  const run = (name: string, purpose: string) => {
    const estimates = Array.from({ length: replications }, (_, r) =>
      estimateWith(position, name, options, childKey(childKey(key, purpose), r)),
    )
    const cost = meanOf(estimates.map(({ evaluations }) => evaluations))
    return {
      var: logVariance(estimates.map(estimate => estimate.var)),
      es: logVariance(estimates.map(estimate => estimate.es)),
      logCost: ln(cost),
    }
  }
  const [control, own] = [run('plain', 'control'), run(method, method)]
  const factorOf = (which: 'var' | 'es'): Factor => {
    const log = control[which].log + control.logCost - own[which].log - own.logCost
    const reach = 1.959963984540054 * Math.sqrt(control[which].errorSquare + own[which].errorSquare)
    return { factor: exp(log), interval95: [exp(log - reach), exp(log + reach)] }
  }
  return { method, replications, var: factorOf('var'), es: factorOf('es') }
}

/** The log of a sample variance and the square of its standard error, whatever the kurtosis. */
function logVariance(values: readonly number[]): { log: number; errorSquare: number } {
  const n = values.length
  const variance = varianceOf(values)
  if (!(variance > 0)) refuse('NO_VARIANCE', 'replications that all agree', 'estimates that vary', 'replications')
  const mean = meanOf(values)
  const kurtosis = meanOf(values.map(x => ((x - mean) * (x - mean)) / variance).map(square => square * square))
  return { log: ln(variance), errorSquare: Math.max(0, kurtosis - (n - 3) / (n - 1)) / n }
}
