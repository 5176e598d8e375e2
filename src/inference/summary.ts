import { diagnose } from './diagnostics.js'
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
    const { mean, sd, mcseMean, rhat, essBulk, essTail, quantile } = diagnose(
      posterior.draws[name],
      posterior.convergence?.[name],
    )
    return {
      name,
      mean,
      sd,
      q025: quantile(0.025),
      q50: quantile(0.5),
      q975: quantile(0.975),
      mcse: mcseMean,
      rhat,
      essBulk,
      essTail,
    }
  })
}
