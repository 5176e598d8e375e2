import { childKey, type Key, nextInteger, nextUniform, openStream } from '../base/index.js'
import type { Forecast, Levels } from '../forecast/index.js'
import { systematicIndices, weightedLowerQuantiles, weightedQuantiles } from '../math/index.js'
import { garchPriorFrom } from './garch/learned-prior.js'
import { absorb } from './garch/move.js'
import { assimilateGarch, garchBeliefProblem } from './garch/pool.js'
import { type GarchState, garchBelief, garchPosterior, parameterOf, trainGarch, weightsOf } from './garch/posterior.js'
import { garchFamilies, garchPrior } from './garch/prior.js'
import { checkNextReturn, openWindow, rankOf, type SlidingWindow, slide, tailAverage } from './history.js'
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
  const checked = garchPrior(prior, garchFamilies.garchNormal)
  return {
    name: 'filteredHistorical',
    init(history, key, effort = {}) {
      const filter = trainGarch('garchNormal', checked, history, key, effort, FILTER_DRAWS)
      return { filter, residuals: standardise(filter, filter.returns.length) }
    },
    update(state, ret, key) {
      checkNextReturn(ret)
      const { filter, residuals } = state
      const mu = parameterOf(filter, 'mu')
      for (let k = 0; k < mu.length; k++) slide(residuals[k], (ret - mu[k]) / Math.sqrt(filter.variance[k]))
      absorb(filter, checked, ret, key)
      // New draws have residuals of their own.
      if (filter.rejuvenated !== null) state.residuals = standardise(filter, residuals[0].ring.length)
      return state
    },
    forecast,
    posterior: state => garchPosterior(state.filter),
    fallback: state => state.filter.fallback ?? undefined,
    rejuvenation: state => state.filter.rejuvenated ?? undefined,
    varInterval95(state, level) {
      const vars = parameterOf(state.filter, 'mu').map((mu, k) => {
        const { ascending } = state.residuals[k]
        return -(mu + Math.sqrt(state.filter.variance[k]) * ascending[rankOf(level, ascending.length) - 1])
      })
      const [low, high] = weightedQuantiles(vars, weightsOf(state.filter), [0.025, 0.975])
      return [low, high]
    },
    esInterval95(state, level) {
      const { filter, residuals } = state
      const shortfalls = parameterOf(filter, 'mu').map(
        (mu, k) => Math.sqrt(filter.variance[k]) * tailAverage(residuals[k].ascending, level) - mu,
      )
      const [low, high] = weightedQuantiles(shortfalls, weightsOf(filter), [0.025, 0.975])
      return [low, high]
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
    priorFrom: (belief, discount, key) => garchPriorFrom(belief, discount, checked, garchFamilies.garchNormal, key),
    copy: state => structuredClone(state),
    simulate: (state, days, paths, key) => simulateGroups(state, days, paths, 1, key),
    simulateGroups,
  }
}

/** The last `length` residuals under each draw. */
export function standardise(filter: GarchState, length: number): SlidingWindow[] {
  const { returns, start } = filter
  const [omega, alpha, beta] = ['omega', 'alpha', 'beta'].map(name => parameterOf(filter, name))
  return Array.from(parameterOf(filter, 'mu'), (mu, k) => {
    const residuals = new Float64Array(returns.length)
    let h = start
    for (let t = 0; t < returns.length; t++) {
      const r = returns[t] - mu
      residuals[t] = r / Math.sqrt(h)
      // In the order of the kernel that absorbs returns, so that both give the same bits.
      h = omega[k] + alpha[k] * (r * r) + beta[k] * h
    }
    return openWindow(residuals.subarray(returns.length - length))
  })
}

function forecast({ filter, residuals }: FilteredHistoricalState, { levels, riskLevels }: Levels): Forecast {
  const n = residuals[0].ring.length
  const points = new Float64Array(n * residuals.length)
  const weights = new Float64Array(points.length)
  const mu = parameterOf(filter, 'mu')
  const drawWeights = weightsOf(filter)
  for (let k = 0; k < residuals.length; k++) {
    const { ascending } = residuals[k]
    const scale = Math.sqrt(filter.variance[k])
    for (let i = 0; i < n; i++) points[k * n + i] = mu[k] + scale * ascending[i]
    weights.fill(drawWeights[k] / n, k * n, (k + 1) * n)
  }
  const all = Float64Array.from(new Set([...levels, ...riskLevels])).sort()
  const values = weightedLowerQuantiles(points, weights, all)
  const at = (level: number): number => values[all.indexOf(level)]
  return {
    levels: levels.slice(),
    quantiles: levels.map(at),
    riskLevels: riskLevels.slice(),
    shortfalls: riskLevels.map(level => shortfallBelow(points, weights, level, at(level))),
  }
}

/** The exact tail average of weighted points whose level-quantile is known. */
function shortfallBelow(points: Float64Array, weights: Float64Array, level: number, quantile: number): number {
  let sum = 0
  let below = 0
  for (let i = 0; i < points.length; i++) {
    if (points[i] < quantile) {
      sum += weights[i] * points[i]
      below += weights[i]
    }
  }
  return -(sum + (level - below) * quantile) / level
}

/** Future paths in groups: a draw of the filter for each group in proportion to its weight, shocks drawn from its own residuals. */
function simulateGroups(state: FilteredHistoricalState, days: number, groups: number, size: number, key: Key): Float64Array {
  const { filter, residuals } = state
  const [mu, omega, alpha, beta] = ['mu', 'omega', 'alpha', 'beta'].map(name => parameterOf(filter, name))
  const stream = openStream(childKey(key, 'paths'))
  const chosen = systematicIndices(weightsOf(filter), groups, nextUniform(stream))
  const out = new Float64Array(groups * size * days)
  for (let p = 0; p < groups * size; p++) {
    const k = chosen[Math.floor(p / size)]
    const { ring } = residuals[k]
    let h = filter.variance[k]
    for (let t = 0; t < days; t++) {
      const shock = Math.sqrt(h) * ring[nextInteger(stream, ring.length)]
      out[p * days + t] = mu[k] + shock
      h = omega[k] + alpha[k] * shock * shock + beta[k] * h
    }
  }
  return out
}
