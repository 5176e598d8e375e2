import type { Forecast, Levels } from '../forecast/index.js'
import { orderStatistics, quantileOfSorted } from '../math/index.js'
import { assimilateGarch, garchBeliefProblem } from './garch-pool.js'
import { absorb, type GarchState, garchBelief, garchPosterior, trainGarch } from './garch-posterior.js'
import { garchPrior } from './garch-prior.js'
import { openWindow, rankOf, type SlidingWindow, slide } from './history.js'
import type { Model } from './model.js'
import type { Spec } from './options.js'

export interface FilteredHistoricalState {
  readonly filter: GarchState
  /** Standardised residuals of the window under each draw of the filter. */
  residuals: SlidingWindow[]
}

const FILTER_DRAWS = 60

/**
 * Filtered historical simulation (Barone-Adesi, Giannopoulos & Vosper 1999) with a posterior on its volatility filter, a
 * GARCH(1,1) under the Gaussian quasi-likelihood: the predictive is the mixture, over the filter's draws, of the window's
 * residuals standardised by that draw and scaled by its volatility forecast.
 * Prior fields: those of the GARCH family without nu (muMean, muSd, omegaScale, alphaWeight, betaWeight, restWeight).
 */
export function filteredHistorical(prior?: Spec): Model<FilteredHistoricalState> {
  const checked = garchPrior(prior, false)
  return {
    name: 'filteredHistorical',
    init(history, key, effort = {}) {
      const filter = trainGarch('garchNormal', checked, history, key, effort, FILTER_DRAWS)
      return { filter, residuals: standardise(filter, filter.returns.length) }
    },
    update(state, ret) {
      const { mu, variance } = state.filter
      for (let k = 0; k < mu.length; k++) slide(state.residuals[k], (ret - mu[k]) / Math.sqrt(variance[k]))
      absorb(state.filter, ret)
      return state
    },
    forecast,
    posterior: state => garchPosterior(state.filter),
    fallback: state => state.filter.fallback ?? undefined,
    varInterval95(state, level) {
      const { mu, variance } = state.filter
      const vars = mu.map((m, k) => {
        const { ascending } = state.residuals[k]
        return -(m + Math.sqrt(variance[k]) * ascending[rankOf(level, ascending.length) - 1])
      })
      vars.sort()
      return [quantileOfSorted(vars, 0.025), quantileOfSorted(vars, 0.975)]
    },
    assimilate(state, peers, weights, key) {
      const outcome = assimilateGarch(
        state.filter,
        peers.map(peer => peer.belief!),
        weights,
        key,
      )
      state.residuals = standardise(state.filter, state.residuals[0].ring.length)
      return { state, ...outcome }
    },
    belief: state => garchBelief(state.filter),
    beliefProblem: (state, belief) => garchBeliefProblem(state.filter, belief),
    copy: state => structuredClone(state),
  }
}

/** The last `length` residuals under each draw. */
function standardise({ returns, mu, omega, alpha, beta, start }: GarchState, length: number): SlidingWindow[] {
  return Array.from(mu, (m, k) => {
    const residuals = new Float64Array(returns.length)
    let h = start
    for (let t = 0; t < returns.length; t++) {
      const r = returns[t] - m
      residuals[t] = r / Math.sqrt(h)
      h = omega[k] + alpha[k] * r * r + beta[k] * h
    }
    return openWindow(residuals.subarray(returns.length - length))
  })
}

function forecast({ filter, residuals }: FilteredHistoricalState, { levels, riskLevels }: Levels): Forecast {
  const n = residuals[0].ring.length
  const points = new Float64Array(n * residuals.length)
  for (let k = 0; k < residuals.length; k++) {
    const { ascending } = residuals[k]
    const scale = Math.sqrt(filter.variance[k])
    for (let i = 0; i < n; i++) points[k * n + i] = filter.mu[k] + scale * ascending[i]
  }
  const all = Float64Array.from([...levels, ...riskLevels]).sort()
  const ranks = Array.from(all, level => rankOf(level, points.length) - 1)
  const values = orderStatistics(points, ranks)
  const at = (level: number): number => values[all.indexOf(level)]
  return {
    levels,
    quantiles: levels.map(at),
    riskLevels,
    shortfalls: riskLevels.map(level => shortfallBelow(points, level, at(level))),
  }
}

/** The exact tail average of equally weighted points whose level-quantile is known. */
function shortfallBelow(points: Float64Array, level: number, quantile: number): number {
  let sum = 0
  let below = 0
  for (let i = 0; i < points.length; i++) {
    if (points[i] < quantile) {
      sum += points[i]
      below++
    }
  }
  return -(sum / points.length + (level - below / points.length) * quantile) / level
}
