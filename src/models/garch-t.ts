import type { Key } from '../base/index.js'
import { type MixtureShape, mixtureForecast, mixtureShape, studentTQuantile } from '../distributions/index.js'
import type { Forecast, Levels } from '../forecast/index.js'
import type { Posterior } from '../inference/index.js'
import { quantileOfSorted } from '../math/index.js'
import { assimilateGarch, garchBeliefProblem } from './garch-pool.js'
import { absorb, type GarchState, garchBelief, garchPosterior, trainGarch } from './garch-posterior.js'
import { garchPrior } from './garch-prior.js'
import type { Assimilation, Effort, Model } from './model.js'
import type { Spec } from './options.js'

const FORECAST_DRAWS = 400

// What depends on the draws' degrees of freedom alone is worked out once per set of draws, not once a day.
const shapes = new WeakMap<Float64Array, { shape: MixtureShape; standard: Map<number, Float64Array> }>()

function shapeOf(nu: Float64Array): { shape: MixtureShape; standard: Map<number, Float64Array> } {
  let known = shapes.get(nu)
  if (known === undefined) {
    known = { shape: mixtureShape(nu), standard: new Map() }
    shapes.set(nu, known)
  }
  return known
}

/**
 * Bayesian GARCH(1,1) with Student-t errors of unit variance: full posterior by independence Metropolis-Hastings, the
 * predictive integrated over the draws.
 * Prior fields: muMean 0, muSd 1, omegaScale 1, alphaWeight 1, betaWeight 1, restWeight 1 (Dirichlet of alpha, beta,
 * 1 - alpha - beta), nuShape 2, nuRate .1 (Gamma truncated to nu > 2).
 */
export function garchT(prior?: Spec): Model<GarchState> {
  const checked = garchPrior(prior, true)
  return {
    name: 'garchT',
    init: (history: Float64Array, key: Key, effort: Effort = {}) =>
      trainGarch('garchT', checked, history, key, effort, FORECAST_DRAWS),
    update(state, ret) {
      absorb(state, ret)
      return state
    },
    forecast: garchTForecast,
    posterior: garchPosterior,
    fallback: state => state.fallback ?? undefined,
    varInterval95,
    assimilate(state: GarchState, peers: readonly Posterior[], weights: Float64Array, key: Key): Assimilation<GarchState> {
      return {
        state,
        ...assimilateGarch(
          state,
          peers.map(peer => peer.belief!),
          weights,
          key,
        ),
      }
    },
    belief: garchBelief,
    beliefProblem: garchBeliefProblem,
    copy: state => structuredClone(state),
  }
}

function garchTForecast(state: GarchState, { levels, riskLevels }: Levels): Forecast {
  const { shape } = shapeOf(state.nu)
  const scale = state.variance.map((h, k) => Math.sqrt((h * (state.nu[k] - 2)) / state.nu[k]))
  const { quantiles, shortfalls } = mixtureForecast({ shape, location: state.mu, scale }, levels, riskLevels)
  return { levels, quantiles, riskLevels, shortfalls }
}

function varInterval95(state: GarchState, level: number): readonly [number, number] {
  const { standard } = shapeOf(state.nu)
  let quantiles = standard.get(level)
  if (quantiles === undefined) {
    quantiles = state.nu.map(nu => studentTQuantile(level, nu) * Math.sqrt((nu - 2) / nu))
    standard.set(level, quantiles)
  }
  const unit = quantiles
  const vars = state.mu.map((mu, k) => -(mu + Math.sqrt(state.variance[k]) * unit[k])).sort()
  return [quantileOfSorted(vars, 0.025), quantileOfSorted(vars, 0.975)]
}
