import { nextUniform, type Stream } from '../base/index.js'
import { drawNormal } from '../distributions/index.js'
import { exp, ln } from '../math/index.js'
import type { Transition } from './chain.js'
import { blendedFactor } from './covariance.js'
import { gradientsOf } from './gradient.js'
import type { Target } from './target.js'

export interface HmcOptions {
  /** Lower Cholesky factor of a rough covariance of the target, row-major: its inverse is the mass matrix. */
  readonly factor: Float64Array
  /** Keep the mass matrix diagonal when it is learnt in warm-up. False unless given. */
  readonly isDiagonal?: boolean
  /** Leapfrog step in units of the factor. Without it every chain finds its own until the transition is last tuned. */
  readonly stepSize?: number
}

export interface HmcState {
  readonly x: Float64Array
  logDensity: number
  readonly gradient: Float64Array
  /** Trajectories under the present tuning whose energy error exceeded 1000, or that left the support. */
  divergences: number
  /** The tuning that all of the above belongs to, and the search for a step size under it. */
  tuning: HmcOptions
  search: StepSearch
}

/** Dual averaging of Hoffman & Gelman (2014), section 3.2.1. */
interface StepSearch {
  count: number
  gap: number
  centre: number
  logStep: number
  logMean: number
}

const ACCEPTANCE = 0.8
const ENERGY_ERROR_MAX = 1000
const STEPS_MAX = 100
/** Trajectory lengths are uniform between these: around a quarter of a Gaussian's period (1.57), so that none returns. */
const LENGTH_MIN = 0.8
const LENGTH_MAX = 2.4

/**
 * Hamiltonian Monte Carlo (Neal 2011) with a jittered trajectory length. Warm-up tunes the step size of each chain by dual
 * averaging towards 80 % acceptance, and the mass matrix from all chains' last block. The gradient is the target's own, or
 * central differences asked at once; its errors cost acceptance, never correctness. Any split into blocks gives the same bits.
 */
export function hmc(target: Target, options: HmcOptions): Transition<HmcState> {
  const d = target.dimension
  const { factor, stepSize, isDiagonal = false } = options
  const gradients = gradientsOf(target, standardDeviations(factor, d))
  const value = new Float64Array(1)
  const gradient = (at: Float64Array, out: Float64Array): number => {
    gradients(at, 1, value, out)
    return value[0]
  }
  const [x, slope, p, p0] = Array.from({ length: 4 }, () => new Float64Array(d))

  // The log density where the last trajectory ended, at x.
  let reached = 0

  /** From the state along p, whitened: `steps` leapfrog steps to x and slope. Returns the log density there less the kinetic energy. */
  function leapfrog(state: HmcState, steps: number, step: number): number {
    x.set(state.x)
    slope.set(state.gradient)
    kick(p, factor, slope, step / 2)
    let logDensity = state.logDensity
    for (let n = 0; n < steps; n++) {
      drift(x, factor, p, step)
      logDensity = gradient(x, slope)
      // Whoever comes back along the same points is turned down here too.
      if (logDensity === Number.NEGATIVE_INFINITY) return logDensity
      kick(p, factor, slope, n === steps - 1 ? step / 2 : step)
    }
    reached = logDensity
    return logDensity - kinetic(p)
  }

  function begin(state: HmcState, stream: Stream): void {
    state.tuning = options
    state.logDensity = gradient(state.x, state.gradient)
    state.divergences = 0
    const first = stepSize ?? reasonableStep(state, stream)
    state.search = { count: 0, gap: 0, centre: ln(10 * first), logStep: ln(first), logMean: ln(first) }
  }

  /** A step at which one leapfrog step is accepted about half the time (Hoffman & Gelman 2014, algorithm 4). */
  function reasonableStep(state: HmcState, stream: Stream): number {
    for (let i = 0; i < d; i++) p0[i] = drawNormal(stream)
    const errorAt = (step: number): number => {
      p.set(p0)
      const error = leapfrog(state, 1, step) - (state.logDensity - kinetic(p0))
      return Number.isNaN(error) ? Number.NEGATIVE_INFINITY : error
    }
    let step = 1
    const grows = errorAt(step) > -0.7
    for (let i = 0; i < 30; i++) {
      const next = grows ? step * 2 : step / 2
      if (errorAt(next) > -0.7 !== grows) return grows ? step : next
      step = next
    }
    return step
  }

  function move(state: HmcState, stream: Stream): void {
    for (let i = 0; i < d; i++) p0[i] = drawNormal(stream)
    p.set(p0)
    const length = LENGTH_MIN + (LENGTH_MAX - LENGTH_MIN) * nextUniform(stream)
    const u = nextUniform(stream)
    const step = stepSize ?? exp(state.search.logStep)
    const steps = Math.min(Math.max(Math.round(length / step), 1), STEPS_MAX)
    const gain = leapfrog(state, steps, step) - (state.logDensity - kinetic(p0))
    if (!(gain > -ENERGY_ERROR_MAX)) state.divergences++
    if (gain >= 0 || ln(u) < gain) {
      state.x.set(x)
      state.gradient.set(slope)
      state.logDensity = reached
    }
    if (stepSize === undefined) learn(state.search, gain >= 0 ? 1 : gain > -50 ? exp(gain) : 0)
  }

  return {
    dimension: d,
    method: `Hamiltonian Monte Carlo with a ${isDiagonal ? 'diagonal' : 'dense'} mass matrix`,
    init(start, stream) {
      const state = { x: Float64Array.from(start), gradient: new Float64Array(d) } as HmcState
      begin(state, stream)
      return state
    },
    step(state, count, stream, out) {
      if (state.tuning !== options) begin(state, stream)
      for (let n = 0; n < count; n++) {
        move(state, stream)
        out.set(state.x, n * d)
      }
      return state
    },
    tuned(states, blocks, isLast) {
      if (!isLast) return hmc(target, { isDiagonal, factor: blendedFactor(blocks, factor, isDiagonal) })
      const logStep = states.reduce((sum, { search }) => sum + search.logMean, 0) / states.length
      return hmc(target, { ...options, stepSize: stepSize ?? exp(logStep) })
    },
  }
}

function learn(search: StepSearch, acceptance: number): void {
  const m = ++search.count
  search.gap += (ACCEPTANCE - acceptance - search.gap) / (m + 10)
  search.logStep = search.centre - (Math.sqrt(m) / 0.05) * search.gap
  // m^(-3/4).
  const weight = 1 / (Math.sqrt(m) * Math.sqrt(Math.sqrt(m)))
  search.logMean += weight * (search.logStep - search.logMean)
}

function kinetic(p: Float64Array): number {
  let sum = 0
  for (const v of p) sum += v * v
  return 0.5 * sum
}

/** p += step L' slope. */
function kick(p: Float64Array, factor: Float64Array, slope: Float64Array, step: number): void {
  const d = p.length
  for (let i = 0; i < d; i++) {
    let sum = 0
    for (let k = i; k < d; k++) sum += factor[k * d + i] * slope[k]
    p[i] += step * sum
  }
}

/** x += step L p. */
function drift(x: Float64Array, factor: Float64Array, p: Float64Array, step: number): void {
  const d = p.length
  for (let k = 0; k < d; k++) {
    let sum = 0
    for (let i = 0; i <= k; i++) sum += factor[k * d + i] * p[i]
    x[k] += step * sum
  }
}

/** Of the coordinates of a distribution with this factor. */
const standardDeviations = (factor: Float64Array, d: number): Float64Array =>
  Float64Array.from({ length: d }, (_, i) => {
    let sum = 0
    for (let k = 0; k <= i; k++) sum += factor[i * d + k] * factor[i * d + k]
    return Math.sqrt(sum)
  })
