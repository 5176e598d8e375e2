import { childKey, type Key, nextUniform, openStream, type Stream } from '../base/index.js'
import { independence, type Proposal, splitTProposal, targetOf } from '../inference/index.js'
import { scratch } from '../kernels/index.js'
import { cholesky, exp, ln, momentsOf } from '../math/index.js'
import { filterOn, placeGrid, withReach } from './volatility-grid.js'
import { END_SHARE_MAX, filterVolatility } from './volatility-likelihood.js'
import { logTilt } from './volatility-pool.js'
import {
  filterDraws,
  offZero,
  parametersAt,
  paramsOf,
  type VolatilityDraws,
  type VolatilityState,
  volatilityLogPosterior,
} from './volatility-posterior.js'
import { toCoordinates, type VolatilityPrior } from './volatility-prior.js'

/** Below this share of equally weighted draws they are resampled and moved. */
const ESS_SHARE_MIN = 0.5
const MOVES = 2

/**
 * Iterated batch importance sampling (Chopin 2002): every draw's filtered density moves by one return, and its weight by the
 * predictive density of that return. When the effective sample size falls below half the draws, they are resampled and moved
 * by independence Metropolis-Hastings on the exact posterior of all returns since the window's start.
 */
export function absorbReturn(state: VolatilityState, given: number, prior: VolatilityPrior, key: Key): VolatilityState {
  const ret = offZero(given, state.floor)
  state.returns.push(ret)
  state.rejuvenated = null
  const { draws } = state
  const grids = [...draws.grids]
  const densities: Float64Array[] = []
  const logWeights = Float64Array.from(draws.logWeights)
  const one = Float64Array.of(ret)
  for (let k = 0; k < logWeights.length; k++) {
    const params = paramsOf(draws, k)
    const grid = withReach(params, draws.grids[k], Math.abs(ret))
    const moved = scratch(() => filterOn(params, grid, placeGrid(params, grid), one, draws.densities[k], false))
    if (moved.lowest <= END_SHARE_MAX && moved.highest <= END_SHARE_MAX && moved.logLikelihood > Number.NEGATIVE_INFINITY) {
      logWeights[k] += moved.logLikelihood
      densities.push(moved.density)
      continue
    }
    // The return lies beyond this draw's grid: filter it again, on a longer one.
    const { logGain, filtered } = refilter(state, k)
    logWeights[k] += logGain
    if (filtered !== null) grids[k] = filtered.grid
    densities.push(filtered === null ? draws.densities[k] : filtered.density)
  }
  if (normalise(logWeights)) state.draws = { ...draws, logWeights, grids, densities }
  else state.rejuvenated = 'the return is beyond any volatility the draws know: weights kept as they were'
  const ess = effectiveSize(state.draws.logWeights)
  if (ess < ESS_SHARE_MIN * logWeights.length) rejuvenate(state, prior, ess, key)
  return state
}

function refilter(state: VolatilityState, k: number) {
  const params = paramsOf(state.draws, k)
  const options = state.start === null ? {} : { start: state.start }
  const all = Float64Array.from(state.returns)
  const after = filterVolatility(params, all, options)
  const before = filterVolatility(params, all.subarray(0, all.length - 1), options)
  return { logGain: after.logLikelihood - before.logLikelihood, filtered: after.state }
}

/** Makes the weights sum to 1, in place; false when none is positive. */
function normalise(logWeights: Float64Array): boolean {
  let largest = Number.NEGATIVE_INFINITY
  for (let k = 0; k < logWeights.length; k++) {
    if (Number.isNaN(logWeights[k])) logWeights[k] = Number.NEGATIVE_INFINITY
    largest = Math.max(largest, logWeights[k])
  }
  if (largest === Number.NEGATIVE_INFINITY) return false
  let sum = 0
  for (const w of logWeights) sum += exp(w - largest)
  const total = largest + ln(sum)
  for (let k = 0; k < logWeights.length; k++) logWeights[k] -= total
  return true
}

function effectiveSize(logWeights: Float64Array): number {
  let squares = 0
  for (const w of logWeights) squares += exp(2 * w)
  return 1 / squares
}

/** Indices by systematic resampling, ascending. */
export function resampled(logWeights: Float64Array, stream: Stream): Uint32Array {
  const n = logWeights.length
  const offset = nextUniform(stream)
  let cumulative = exp(logWeights[0])
  let k = 0
  return Uint32Array.from({ length: n }, (_, i) => {
    while (cumulative * n < i + offset && k < n - 1) cumulative += exp(logWeights[++k])
    return k
  })
}

/** Draws in the sampler's coordinates, one array a coordinate. */
function coordinatesOf(draws: VolatilityDraws, centre: number): Float64Array[] {
  const columns = [0, 1, 2].map(() => new Float64Array(draws.mu.length))
  for (let k = 0; k < draws.mu.length; k++) {
    toCoordinates(paramsOf(draws, k), centre).forEach((value, i) => {
      columns[i][k] = value
    })
  }
  return columns
}

function rejuvenate(state: VolatilityState, prior: VolatilityPrior, ess: number, key: Key): void {
  const { centre, start } = state
  const n = state.draws.mu.length
  const columns = coordinatesOf(state.draws, centre)
  const proposal = fittedProposal(columns, state.draws.logWeights.map(exp))
  const returns = Float64Array.from(state.returns)
  const posterior = volatilityLogPosterior(prior, returns, centre, start)
  const tilted = (x: Float64Array): number => {
    const value = posterior(x)
    if (value === Number.NEGATIVE_INFINITY || state.pools.length === 0) return value
    const [mu, phi, sigma] = parametersAt(x, centre)
    return value + logTilt(state.pools, { mu, phi, sigma })
  }
  const transition = independence(targetOf(tilted, 3), proposal)
  const chosen = resampled(state.draws.logWeights, openStream(childKey(key, 'resample')))
  const values = [0, 1, 2].map(() => new Float64Array(n))
  let accepted = 0
  chosen.forEach((from, k) => {
    const stream = openStream(childKey(childKey(key, 'move'), k))
    const out = new Float64Array(3 * MOVES)
    const x = Float64Array.from(columns, column => column[from])
    const held = transition.step(transition.init(x, stream), MOVES, stream, out)
    if (held.x[0] !== x[0]) accepted++
    parametersAt(held.x, centre).forEach((value, i) => {
      values[i][k] = value
    })
  })
  const equal = new Float64Array(n).fill(-ln(n))
  state.draws = filterDraws(values[0], values[1], values[2], equal, returns, start)
  state.rejuvenated = `effective sample size ${ess.toFixed(0)} of ${n} draws: resampled, ${accepted} moved by ${transition.method}`
}

/** A t with the draws' weighted moments, in each direction as wide. */
function fittedProposal(columns: readonly Float64Array[], weights: Float64Array): Proposal {
  const { mean, covariance } = momentsOf(columns, weights)
  // Draws that have collapsed onto one keep a little width.
  for (let i = 0; i < 3; i++) covariance[i * 4] = 1.1 * covariance[i * 4] + 1e-8
  const factor = cholesky(covariance, 3)!
  const unit = new Float64Array(3).fill(1)
  return splitTProposal({ mode: { x: mean, logDensity: 0, factor }, df: 6, below: unit, above: unit })
}
