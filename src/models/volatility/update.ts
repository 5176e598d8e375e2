import { assert, type Key, openStream } from '../../base/index.js'
import { essOf, logSumExp, rejuvenate, targetOf } from '../../inference/index.js'
import { scratch } from '../../kernels/index.js'
import { checkNextReturn } from '../history.js'
import { filterOn, placeGrid, withReach } from './grid.js'
import { END_SHARE_MAX, filterVolatility } from './likelihood.js'
import { logTilt } from './pool.js'
import { filterDraws, offZero, parametersAt, paramsOf, type VolatilityState, volatilityLogPosterior } from './posterior.js'
import { toCoordinates, type VolatilityPrior } from './prior.js'

/** Below this share of equally weighted draws they are resampled and moved. */
const ESS_SHARE_MIN = 0.5

/**
 * Iterated batch importance sampling (Chopin 2002): every draw's filtered density moves by one return, and its weight by the
 * predictive density of that return. When the effective sample size falls below half the draws, they are resampled and moved
 * by Metropolis-Hastings on the exact posterior of all returns since the window's start.
 */
export function absorbReturn(state: VolatilityState, given: number, prior: VolatilityPrior, key: Key): VolatilityState {
  checkNextReturn(given)
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
    logWeights[k] = Number.isNaN(logGain) ? Number.NEGATIVE_INFINITY : logWeights[k] + logGain
    if (filtered !== null) grids[k] = filtered.grid
    densities.push(filtered === null ? draws.densities[k] : filtered.density)
  }
  const total = logSumExp(logWeights)
  if (total > Number.NEGATIVE_INFINITY) {
    state.draws = { ...draws, logWeights: logWeights.map(w => w - total), grids, densities }
    if (essOf(logWeights) < ESS_SHARE_MIN * logWeights.length) rejuvenateDraws(state, prior, key)
  } else state.rejuvenated = 'the return is beyond any volatility that the draws know: weights kept as they were'
  return state
}

function refilter(state: VolatilityState, k: number) {
  const params = paramsOf(state.draws, k)
  const options = state.start === null ? {} : { start: state.start }
  const all = Float64Array.from(state.returns)
  const after = filterVolatility(params, all, options)
  if (after.state === null) return { logGain: Number.NEGATIVE_INFINITY, filtered: null }
  const before = filterVolatility(params, all.subarray(0, all.length - 1), options)
  return { logGain: after.logLikelihood - before.logLikelihood, filtered: after.state }
}

function rejuvenateDraws(state: VolatilityState, prior: VolatilityPrior, key: Key): void {
  const { centre, start, pools } = state
  const { draws } = state
  const n = draws.mu.length
  const points = new Float64Array(3 * n)
  for (let k = 0; k < n; k++) points.set(toCoordinates(paramsOf(draws, k), centre), 3 * k)
  const returns = Float64Array.from(state.returns)
  const posterior = volatilityLogPosterior(prior, returns, centre, start)
  const tilted = (x: Float64Array): number => {
    const value = posterior(x)
    if (value === Number.NEGATIVE_INFINITY || pools.length === 0) return value
    const [mu, phi, sigma] = parametersAt(x, centre)
    return value + logTilt(pools, { mu, phi, sigma })
  }
  const ess = essOf(draws.logWeights)
  const outcome = rejuvenate(targetOf(tilted, 3), { points, logWeights: draws.logWeights }, openStream(key))
  const columns = [0, 1, 2].map(() => new Float64Array(n))
  for (let k = 0; k < n; k++) {
    parametersAt(outcome.set.points.subarray(3 * k, 3 * k + 3), centre).forEach((value, i) => {
      columns[i][k] = value
    })
  }
  const moved = filterDraws(columns[0], columns[1], columns[2], outcome.set.logWeights, returns, start)
  assert(moved !== null, 'draws of a posterior have a likelihood')
  state.draws = moved
  const share = `${Math.round(100 * outcome.moved)} % moved by ${outcome.method}`
  state.rejuvenated = `effective sample size ${ess.toFixed(0)} of ${n} draws: resampled, ${share}`
}
