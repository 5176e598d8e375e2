import { type Key, refuse, type Stream } from '../../base/index.js'
import { drawNormal } from '../../distributions/index.js'
import { type Posterior, systematic } from '../../inference/index.js'
import { exp, ln } from '../../math/index.js'
import type { Assimilation, Effort, Model, Parameters, Parametric } from '../model.js'
import type { Spec } from '../options.js'
import { forecastVolatility, simulateVolatility, volatilityInterval, volatilityShortfallInterval } from './forecast.js'
import { stationarySd, type VolatilityParameters } from './grid.js'
import { filterVolatility } from './likelihood.js'
import { assimilateVolatility, volatilityBelief, volatilityBeliefProblem } from './pool.js'
import { trainVolatility, VOLATILITY_NAMES, type VolatilityState } from './posterior.js'
import { drawVolatilityPrior, type VolatilityPrior, volatilityPrior, volatilityProblem } from './prior.js'
import { absorbReturn } from './update.js'

const FORECAST_DRAWS = 150

/**
 * Stochastic volatility: r_t = exp(h_t / 2) z_t with a log variance h_(t+1) = mu + phi (h_t - mu) + sigma eta_t, z and eta standard
 * normal, h_1 stationary or, with `start`, ln(start). An exact method: the likelihood is an integral over h by quadrature, with a
 * relative error below 1e-8, and the posterior is sampled on it; in between trainings draws are reweighted, and moved when few
 * carry the weight (IBIS, Chopin 2002). The predictive integrates over draws and log variances.
 * Prior fields (Kastner 2016): muMean 0, muSd 3 (of the log variance of percent returns: a daily volatility of 1 %, from .05 % to
 * 20 % at two sd), phiShape1 20, phiShape2 1.5 ((phi + 1) / 2 is Beta, |phi| < .9999), sigmaScale 1 (half-normal).
 */
export function stochasticVolatility(prior?: Spec): Model<VolatilityState> {
  const checked = volatilityPrior(prior)
  return {
    name: 'stochasticVolatility',
    init: (history: Float64Array, key: Key, effort: Effort = {}) =>
      trainVolatility(checked, history, key, effort, FORECAST_DRAWS),
    update: (state, ret, key) => absorbReturn(state, ret, checked, key),
    forecast: (state, levels) => forecastVolatility(state.draws, levels),
    posterior,
    fallback: state => state.fallback ?? undefined,
    varInterval95: (state, level) => volatilityInterval(state.draws, level),
    esInterval95: (state, level) => volatilityShortfallInterval(state.draws, level),
    assimilate: (state, peers, weights, key): Assimilation<VolatilityState> =>
      assimilateVolatility(
        state,
        peers.map(peer => peer.belief!),
        weights,
        key,
      ),
    belief: volatilityBelief,
    beliefProblem: volatilityBeliefProblem,
    // Draws and pools are replaced, never changed in place.
    copy: state => ({ ...state, returns: [...state.returns], pools: [...state.pools] }),
    simulate: (state, days, paths, key) => simulateVolatility(state.draws, days, paths, 1, key),
    simulateGroups: (state, days, groups, size, key) => simulateVolatility(state.draws, days, groups, size, key),
    rejuvenation: state => state.rejuvenated ?? undefined,
    parametric: parametric(checked),
  }
}

/** The training's chains; once returns were absorbed or beliefs pooled, the draws that forecast, resampled to equal weights. */
function posterior(state: VolatilityState): Posterior {
  const { draws, returns, trained, pools, paretoK, fallback } = state
  const absorbed = returns.length - trained
  const isTrained = absorbed === 0 && pools.length === 0
  const chosen = isTrained ? null : systematic(draws.logWeights, 0.5)
  const since =
    pools.length > 0 ? 'pooled with peers' : `reweighted by ${absorbed} returns since (IBIS), resampled to equal weights`
  return {
    names: VOLATILITY_NAMES,
    draws: Object.fromEntries(
      VOLATILITY_NAMES.map((name, i) => [
        name,
        chosen === null
          ? state.chains[i].map(chain => chain.slice())
          : [Float64Array.from(chosen, k => draws[name as 'mu' | 'phi' | 'sigma'][k])],
      ]),
    ),
    method: isTrained ? state.method : `${state.method}; ${since}`,
    belief: volatilityBelief(state),
    ...(paretoK === null ? {} : { paretoK }),
    ...(fallback === null ? {} : { fallback }),
  }
}

const own = ({ mu, phi, sigma }: Parameters): VolatilityParameters => ({ mu, phi, sigma })

const parametric = (prior: VolatilityPrior): Parametric => ({
  names: VOLATILITY_NAMES,
  problem: params => volatilityProblem(own(params)),
  drawPrior: (stream: Stream): Parameters => ({ ...drawVolatilityPrior(prior, stream) }),
  simulate(params, days, stream, options = {}) {
    const { mu, phi, sigma } = own(params)
    let h = options.start === undefined ? mu + stationarySd(own(params)) * drawNormal(stream) : ln(options.start)
    return new Float64Array(days).map(() => {
      const ret = exp(0.5 * h) * drawNormal(stream)
      h = mu + phi * (h - mu) + sigma * drawNormal(stream)
      return ret
    })
  },
  logLikelihood(params, returns, { start } = {}) {
    if (start !== undefined && !(start > 0 && Number.isFinite(start))) refuse('BAD_START', start, 'a positive variance', 'start')
    return filterVolatility(own(params), returns, start === undefined ? {} : { start }).logLikelihood
  },
})
