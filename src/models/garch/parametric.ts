import { refuse } from '../../base/index.js'
import { varianceOf } from '../../math/index.js'
import type { Parametric } from '../model.js'
import { drawGarchPrior, type GarchFamily, type GarchPrior, garchProblem } from './prior.js'
import { simulateRow } from './simulate.js'
import { filterRows } from './target.js'

/** The family's likelihood, simulator and prior in its own words; without `start` a simulation begins at the stationary variance. */
export function garchParametric(family: GarchFamily, prior: GarchPrior): Parametric {
  const rowOf = (params: { readonly [name: string]: number }): Float64Array =>
    Float64Array.from(family.names, name => params[name])
  return {
    names: family.names,
    problem: garchProblem,
    drawPrior: stream => drawGarchPrior(prior, family, stream),
    simulate(params, days, stream, { start } = {}) {
      const { omega, alpha, gamma = 0, beta } = params
      const out = new Float64Array(days)
      simulateRow(family, rowOf(params), start ?? omega / (1 - alpha - gamma / 2 - beta), days, stream, out, 0)
      return out
    },
    logLikelihood(params, returns, { start } = {}) {
      const first = start ?? varianceOf(returns)
      if (!(first > 0 && Number.isFinite(first))) refuse('BAD_START', first, 'a positive variance', 'start')
      return filterRows(family, rowOf(params), returns, first).logLikelihoods[0]
    },
  }
}
