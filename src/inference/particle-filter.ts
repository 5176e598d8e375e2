import { type Key, nextUniform, openStream, refuse, type Stream } from '../base/index.js'
import { doublesAt, kernels, put, putRandomState, reserve, reserveDoubles, scratch } from '../kernels/index.js'
import { exp, LN_2PI, ln } from '../math/index.js'

export interface ParticleFilterOptions {
  /** At least 2. */
  readonly particles: number
  readonly key: Key
}

export interface VolatilityParticles {
  /** Its exponential is an unbiased estimate of the likelihood. */
  readonly logLikelihood: number
  /** Estimates of E[h_t | r_1 .. r_t]. */
  readonly filteredMean: Float64Array
}

const PARTICLES_MAX = 1e7

function checkParticles(particles: number): void {
  if (!(Number.isInteger(particles) && particles >= 2 && particles <= PARTICLES_MAX))
    refuse('BAD_PARTICLES', particles, `a whole number from 2 to ${PARTICLES_MAX}`, 'particles')
}

/**
 * Bootstrap particle filter (Gordon, Salmond & Smith 1993) of the stochastic volatility model r_t = exp(h_t / 2) z_t,
 * h_(t+1) = mu + phi (h_t - mu) + sigma eta_t, h_1 stationary, with systematic resampling at every step, in a kernel.
 * Errors: BAD_PARTICLES, BAD_PARAMETERS (phi outside (-1, 1), sigma not positive), BAD_RETURN (not finite).
 */
export function particleFilter(
  params: { readonly mu: number; readonly phi: number; readonly sigma: number },
  returns: Float64Array,
  { particles, key }: ParticleFilterOptions,
): VolatilityParticles {
  checkParticles(particles)
  const { mu, phi, sigma } = params
  if (!(Number.isFinite(mu) && phi > -1 && phi < 1 && sigma > 0 && Number.isFinite(sigma)))
    refuse('BAD_PARAMETERS', `mu ${mu}, phi ${phi}, sigma ${sigma}`, 'finite mu, phi in (-1, 1), positive sigma', 'params')
  returns.forEach((ret, t) => {
    if (!Number.isFinite(ret)) refuse('BAD_RETURN', ret, 'a finite return in percent', `returns[${t}]`)
  })
  return scratch(() => {
    const data = put(returns)
    const means = reserveDoubles(returns.length)
    const state = putRandomState(openStream(key))
    const padded = (particles + 1) & ~1
    const work = reserve(8 * 4 * padded + 4 * (padded + 4))
    const value = kernels().particleFilter(data, returns.length, particles, mu, phi, sigma, state, means, work)
    const logLikelihood = value < -1e200 ? Number.NEGATIVE_INFINITY : value - 0.5 * LN_2PI * returns.length
    return { logLikelihood, filteredMean: doublesAt(means, returns.length).slice() }
  })
}

/** A state-space model as functions of plain states: what the general filter needs. */
export interface StateSpaceModel<State, Observation> {
  /** A draw of the first state. */
  init(stream: Stream): State
  /** A draw of the next state. */
  move(state: State, stream: Stream): State
  /** The log density of an observation given its state. */
  logWeight(state: State, observation: Observation): number
  /** A quantity of the state to average. */
  summary?(state: State): number
}

/**
 * The bootstrap particle filter of any state-space model given as functions; some fifty times slower than a kernel of its own.
 * The estimate is -Infinity from the first observation to which no particle gives a positive density; later means are NaN-free: the
 * last one repeats. Errors: BAD_PARTICLES.
 */
export function bootstrapFilter<State, Observation>(
  model: StateSpaceModel<State, Observation>,
  observations: readonly Observation[],
  { particles, key }: ParticleFilterOptions,
): { readonly logLikelihood: number; readonly filteredMean: Float64Array } {
  checkParticles(particles)
  const stream = openStream(key)
  let states = Array.from({ length: particles }, () => model.init(stream))
  const filteredMean = new Float64Array(observations.length)
  const weights = new Float64Array(particles)
  let logLikelihood = 0
  for (let t = 0; t < observations.length; t++) {
    if (t > 0) states = resample(states, weights, nextUniform(stream)).map(state => model.move(state, stream))
    let largest = Number.NEGATIVE_INFINITY
    for (let i = 0; i < particles; i++) {
      weights[i] = model.logWeight(states[i], observations[t])
      if (weights[i] > largest) largest = weights[i]
    }
    if (!(largest > Number.NEGATIVE_INFINITY)) {
      filteredMean.fill(t > 0 ? filteredMean[t - 1] : 0, t)
      return { logLikelihood: Number.NEGATIVE_INFINITY, filteredMean }
    }
    let sum = 0
    let moment = 0
    for (let i = 0; i < particles; i++) {
      weights[i] = exp(weights[i] - largest)
      sum += weights[i]
      if (model.summary !== undefined) moment += weights[i] * model.summary(states[i])
    }
    for (let i = 0; i < particles; i++) weights[i] /= sum
    filteredMean[t] = moment / sum
    logLikelihood += largest + ln(sum / particles)
  }
  return { logLikelihood, filteredMean }
}

/** Systematic resampling; states that are taken twice are shared, so `move` must not change its argument. */
function resample<State>(states: readonly State[], weights: Float64Array, uniform: number): State[] {
  const n = states.length
  let cumulative = weights[0]
  let k = 0
  return Array.from({ length: n }, (_, i) => {
    while (cumulative * n < i + uniform && k < n - 1) cumulative += weights[++k]
    return states[k]
  })
}
