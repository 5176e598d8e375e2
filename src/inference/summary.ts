import { meanOf, quantileOfSorted, sorted, varianceOf } from '../math/index.js'
import { essBulk, essTail, mcseMean, rhat } from './diagnostics.js'
import type { Posterior } from './posterior.js'

export interface ParameterSummary {
  readonly name: string
  readonly mean: number
  readonly sd: number
  readonly q025: number
  readonly q50: number
  readonly q975: number
  /** Monte Carlo standard error of the mean. */
  readonly mcse: number
  readonly rhat: number
  readonly essBulk: number
  readonly essTail: number
}

/** One row a parameter: location, spread, quantiles and convergence diagnostics. */
export function summarise(posterior: Posterior): ParameterSummary[] {
  return posterior.names.map(name => {
    const chains = posterior.draws[name]
    const all = Float64Array.from(chains.flatMap(chain => [...chain]))
    const ascending = sorted(all)
    return {
      name,
      mean: meanOf(all),
      sd: Math.sqrt(varianceOf(all)),
      q025: quantileOfSorted(ascending, 0.025),
      q50: quantileOfSorted(ascending, 0.5),
      q975: quantileOfSorted(ascending, 0.975),
      mcse: mcseMean(chains),
      rhat: rhat(chains),
      essBulk: essBulk(chains),
      essTail: essTail(chains),
    }
  })
}
