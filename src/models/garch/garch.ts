import type { Key } from '../../base/index.js'
import {
  mixtureForecast,
  normalPdf,
  normalQuantile,
  unitStudentTQuantiles,
  unitStudentTShortfalls,
} from '../../distributions/index.js'
import type { Forecast, Levels } from '../../forecast/index.js'
import { weightedQuantiles } from '../../math/index.js'
import { checkNextReturn } from '../history.js'
import type { Effort, Model } from '../model.js'
import type { Spec } from '../options.js'
import { garchPriorFrom } from './learned-prior.js'
import { absorb } from './move.js'
import { garchParametric } from './parametric.js'
import { assimilateGarch, garchBeliefProblem } from './pool.js'
import { familyOf, type GarchState, garchBelief, garchPosterior, parameterOf, trainGarch, weightsOf } from './posterior.js'
import { type GarchName, garchFamilies, garchPrior } from './prior.js'
import { garchScorePaths } from './score-paths.js'
import { simulateGarchGroups } from './simulate.js'

const FORECAST_DRAWS = 400

/**
 * Bayesian GARCH(1,1) with Student-t errors of unit variance (Bollerslev 1987): full posterior by independence
 * Metropolis-Hastings, the predictive integrated over the draws. Between trainings every draw's volatility is filtered and its
 * weight moves by IBIS.
 * Prior fields: muMean 0, muSd 1, omegaScale 1, alphaWeight 1, betaWeight 1, restWeight 1 (Dirichlet of alpha, beta,
 * 1 - alpha - beta), nuShape 2, nuRate .1 (Gamma truncated to nu > 2).
 */
export const garchT = (prior?: Spec): Model<GarchState> => garchModel('garchT', prior)

/**
 * Bayesian GJR-GARCH(1,1) with Student-t errors (Glosten, Jagannathan & Runkle 1993): losses raise volatility by alpha + gamma,
 * gains by alpha. Prior fields: those of `garchT` and negativeWeight 1; the Dirichlet is of (alpha / 2, (alpha + gamma) / 2, beta,
 * 1 - persistence).
 */
export const gjrGarchT = (prior?: Spec): Model<GarchState> => garchModel('gjrGarchT', prior)

/** Bayesian GARCH(1,1) with normal errors (Bollerslev 1986). Prior fields: those of `garchT` without nuShape and nuRate. */
export const garchNormal = (prior?: Spec): Model<GarchState> => garchModel('garchNormal', prior)

function garchModel(name: GarchName, spec: Spec | undefined): Model<GarchState> {
  const family = garchFamilies[name]
  const prior = garchPrior(spec, family)
  return {
    name,
    init: (history: Float64Array, key: Key, effort: Effort = {}) => trainGarch(name, prior, history, key, effort, FORECAST_DRAWS),
    update(state, ret, key) {
      checkNextReturn(ret)
      absorb(state, prior, ret, key)
      return state
    },
    forecast,
    posterior: garchPosterior,
    fallback: state => state.fallback ?? undefined,
    rejuvenation: state => state.rejuvenated ?? undefined,
    varInterval95,
    esInterval95,
    assimilate: (state, peers, weights, key) => ({
      state,
      ...assimilateGarch(
        state,
        peers.map(peer => peer.belief!),
        weights,
        key,
      ),
    }),
    belief: garchBelief,
    beliefProblem: garchBeliefProblem,
    priorFrom: (belief, discount, key) => garchPriorFrom(belief, discount, prior, family, key),
    copy: state => structuredClone(state),
    simulate: (state, days, paths, key) => simulateGarchGroups(state, days, paths, 1, key),
    simulateGroups: simulateGarchGroups,
    scorePaths: garchScorePaths,
    parametric: garchParametric(family, prior),
  }
}

/** Degrees of freedom of each draw; infinitely many, as far as the kernel of Student-t tails can tell, for normal errors. */
const degreesOf = (state: GarchState): Float64Array =>
  familyOf(state).hasNu ? parameterOf(state, 'nu') : new Float64Array(state.variance.length).fill(1e12)

function forecast(state: GarchState, { levels, riskLevels }: Levels): Forecast {
  const nu = degreesOf(state)
  const scale = state.variance.map((h, k) => Math.sqrt((h * (nu[k] - 2)) / nu[k]))
  const mixture = { nu, location: parameterOf(state, 'mu'), scale, weights: weightsOf(state) }
  return { levels: levels.slice(), riskLevels: riskLevels.slice(), ...mixtureForecast(mixture, levels, riskLevels) }
}

// What depends on the draws' degrees of freedom alone is worked out once per set of draws and level, not once a day.
const unitsKnown = new WeakMap<Float64Array, Map<string, Float64Array>>()

function unitsOf(nu: Float64Array, name: string, make: () => Float64Array): Float64Array {
  let table = unitsKnown.get(nu)
  if (table === undefined) {
    table = new Map()
    unitsKnown.set(nu, table)
  }
  let units = table.get(name)
  if (units === undefined) {
    units = make()
    table.set(name, units)
  }
  return units
}

function varInterval95(state: GarchState, level: number): readonly [number, number] {
  const nu = parameterOf(state, 'nu')
  const unit = familyOf(state).hasNu
    ? unitsOf(nu, `quantile ${level}`, () => unitStudentTQuantiles(level, nu))
    : new Float64Array(state.variance.length).fill(normalQuantile(level))
  const vars = parameterOf(state, 'mu').map((mu, k) => -(mu + Math.sqrt(state.variance[k]) * unit[k]))
  const [low, high] = weightedQuantiles(vars, weightsOf(state), [0.025, 0.975])
  return [low, high]
}

function esInterval95(state: GarchState, level: number): readonly [number, number] {
  const nu = parameterOf(state, 'nu')
  const unit = familyOf(state).hasNu
    ? unitsOf(nu, `shortfall ${level}`, () => unitStudentTShortfalls(level, nu))
    : new Float64Array(state.variance.length).fill(normalPdf(normalQuantile(level)) / level)
  const shortfalls = parameterOf(state, 'mu').map((mu, k) => Math.sqrt(state.variance[k]) * unit[k] - mu)
  const [low, high] = weightedQuantiles(shortfalls, weightsOf(state), [0.025, 0.975])
  return [low, high]
}
