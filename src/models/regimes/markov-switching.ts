import { childKey, type Key, nextUniform, openStream, refuse, type Stream } from '../../base/index.js'
import { drawNormal, normalMixtureForecast, normalMixtureQuantile } from '../../distributions/index.js'
import type { Forecast, Levels } from '../../forecast/index.js'
import { systematicIndices, weightedQuantiles } from '../../math/index.js'
import { checkNextReturn } from '../history.js'
import type { Model, Parameters, Parametric } from '../model.js'
import { fields, type Spec } from '../options.js'
import { stationary } from './gibbs.js'
import { nextRegimes, observed, regimeLikelihoods, regimeProbabilities } from './likelihood.js'
import { matrixAt, pointLength, pointOf, type Regimes, regimeNames, regimeProblem, valuesOf } from './point.js'
import { type RegimeState, regimePosterior, trainRegimes, weightsOf } from './posterior.js'
import { drawRegimePrior, type RegimePrior, regimePrior } from './prior.js'
import { absorbRegimes } from './update.js'

const FORECAST_DRAWS = 400

/**
 * Markov-switching volatility (Hamilton 1989; the volatility regimes of Hamilton & Susmel 1994 without their ARCH): r_t = mu +
 * sigma_(s_t) z_t, z standard normal, s_t a Markov chain of K regimes started from its stationary distribution, sigma_1 < .. <
 * sigma_K. Full posterior: of two regimes by independence Metropolis-Hastings on the exact likelihood, or where no proposal serves by
 * Gibbs sampling (said as a fallback); of three regimes by Gibbs sampling. Between trainings the draws are reweighted, and moved when few carry the weight (IBIS: Chopin 2002).
 * The predictive is the mixture of normals over draws and regimes.
 * Parameters: mu, sigma1 .. sigmaK, p11 .. pKK (of staying), and for three regimes p12, p21, p31; p13, p23, p32 are what is left.
 * Prior fields: muMean 0, muSd 1; varianceShape 1, varianceScale .5 (each sigma^2 inverse gamma, ordered); stayWeight 20, moveWeight 1
 * (each row Dirichlet, stayWeight on the diagonal). Options: regimes 2 (or 3).
 * `start`, a conditional variance, means nothing here and is not looked at.
 */
export function markovSwitching(prior?: Spec, options?: Spec): Model<RegimeState> {
  const checked = regimePrior(prior)
  const regimes = fields(options, { regimes: 2 }, 'options', { regimes: 'regimes' }).regimes as Regimes
  return {
    name: 'markovSwitching',
    init: (history, key, effort = {}) => trainRegimes(regimes, checked, history, key, effort, FORECAST_DRAWS),
    update(state, ret, key) {
      checkNextReturn(ret)
      absorbRegimes(state, checked, ret, key)
      return state
    },
    forecast,
    posterior: regimePosterior,
    fallback: state => state.fallback ?? undefined,
    rejuvenation: state => state.rejuvenated ?? undefined,
    varInterval95,
    copy: state => structuredClone(state),
    simulate: (state, days, paths, key) => simulateGroups(state, days, paths, 1, key),
    simulateGroups,
    parametric: parametricRegimes(regimes, checked),
  }
}

/** The regimes' predictive probabilities under draw k. */
const predicted = ({ regimes, parameters, filtered }: RegimeState, k: number): Float64Array =>
  nextRegimes(regimes, filtered.subarray(k * regimes, (k + 1) * regimes), parameters, k * pointLength(regimes))

function forecast(state: RegimeState, { levels, riskLevels }: Levels): Forecast {
  const { regimes, parameters } = state
  const length = pointLength(regimes)
  const draws = weightsOf(state)
  const weights = new Float64Array(draws.length * regimes)
  const locations = new Float64Array(weights.length)
  const scales = new Float64Array(weights.length)
  for (let k = 0; k < draws.length; k++) {
    const p = predicted(state, k)
    for (let j = 0; j < regimes; j++) {
      weights[k * regimes + j] = draws[k] * p[j]
      locations[k * regimes + j] = parameters[k * length]
      scales[k * regimes + j] = parameters[k * length + 1 + j]
    }
  }
  return {
    levels: levels.slice(),
    riskLevels: riskLevels.slice(),
    ...normalMixtureForecast({ weights, locations, scales }, levels, riskLevels),
  }
}

function varInterval95(state: RegimeState, level: number): readonly [number, number] {
  const { regimes, parameters } = state
  const length = pointLength(regimes)
  const draws = weightsOf(state)
  const vars = draws.map((_, k) => {
    const at = k * length
    const scales = parameters.subarray(at + 1, at + 1 + regimes)
    const locations = new Float64Array(regimes).fill(parameters[at])
    return -normalMixtureQuantile({ weights: predicted(state, k), locations, scales }, level)
  })
  const [low, high] = weightedQuantiles(vars, draws, [0.025, 0.975])
  return [low, high]
}

function simulateGroups(state: RegimeState, days: number, groups: number, size: number, key: Key): Float64Array {
  const { regimes, parameters } = state
  const stream = openStream(childKey(key, 'paths'))
  const chosen = systematicIndices(weightsOf(state), groups, nextUniform(stream))
  const length = pointLength(regimes)
  const out = new Float64Array(groups * size * days)
  chosen.forEach((k, group) => {
    const point = parameters.subarray(k * length, (k + 1) * length)
    const first = predicted(state, k)
    for (let path = group * size; path < (group + 1) * size; path++)
      walk(regimes, point, first, stream, out.subarray(path * days, (path + 1) * days))
  })
  return out
}

/** Fills `out` with returns, the first one's regime drawn from `first`. */
function walk(regimes: Regimes, point: Float64Array, first: Float64Array, stream: Stream, out: Float64Array): void {
  let p = first
  for (let t = 0; t < out.length; t++) {
    const u = nextUniform(stream)
    let s = 0
    let below = p[0]
    while (s < regimes - 1 && u >= below) below += p[++s]
    out[t] = point[0] + point[1 + s] * drawNormal(stream)
    const row = matrixAt(regimes) + s * regimes
    p = point.subarray(row, row + regimes)
  }
}

function parametricRegimes(regimes: Regimes, prior: RegimePrior): Parametric {
  const names = regimeNames(regimes)
  return {
    names,
    problem: params => regimeProblem(regimes, params),
    drawPrior(stream) {
      const values = valuesOf(regimes, drawRegimePrior(prior, regimes, stream))
      return Object.fromEntries(names.map((name, i) => [name, values[i]]))
    },
    simulate(params, days, stream) {
      const point = checkedPoint(regimes, params)
      const out = new Float64Array(days)
      walk(regimes, point, stationary(regimes, point), stream, out)
      return out
    },
    logLikelihood(params, returns) {
      const out = new Float64Array(1 + regimes)
      regimeLikelihoods(regimes, observed(returns), checkedPoint(regimes, params), 1, out)
      return out[0]
    },
  }
}

function checkedPoint(regimes: Regimes, params: Parameters): Float64Array {
  const problem = regimeProblem(regimes, params)
  return problem === null ? pointOf(regimes, params) : refuse('BAD_PARAMETERS', params, problem, 'params')
}

/** Posterior means of P(s_t = k | r_1 .. r_t, theta) over the draws: one array a regime, in order of volatility, one entry a return seen. */
export const filteredProbabilities = (state: RegimeState): Float64Array[] => averaged(state, false)

/** Posterior means of P(s_t = k | all returns seen, theta), likewise (Kim 1994). */
export const smoothedProbabilities = (state: RegimeState): Float64Array[] => averaged(state, true)

function averaged(state: RegimeState, smoothed: boolean): Float64Array[] {
  const { regimes, parameters } = state
  const returns = Float64Array.from(state.returns)
  const means = Array.from({ length: regimes }, () => new Float64Array(returns.length))
  weightsOf(state).forEach((weight, k) => {
    const point = parameters.subarray(k * pointLength(regimes), (k + 1) * pointLength(regimes))
    const rows = regimeProbabilities(regimes, returns, point, smoothed)
    for (let t = 0; t < returns.length; t++) for (let j = 0; j < regimes; j++) means[j][t] += weight * rows[t * regimes + j]
  })
  return means
}
