import { assert, childKey, type Key, openStream } from '../../base/index.js'
import { type Belief, beliefProblem, gaussianProposal, poolBeliefs, psis, squaredDistance } from '../../inference/index.js'
import { cholesky, exp, ln, momentsOf } from '../../math/index.js'
import type { Assimilation } from '../model.js'
import type { VolatilityParameters } from './grid.js'
import { filterDraws, type Gaussian, paramsOf, type VolatilityState } from './posterior.js'
import { volatilityProblem } from './prior.js'

// Beliefs are Gaussian in (mu, ln(1 - phi), ln sigma), which mean the same to every agent; the sampler's own coordinates depend on
// its window.

const toBelief = ({ mu, phi, sigma }: VolatilityParameters): Float64Array => Float64Array.of(mu, ln(1 - phi), ln(sigma))

const fromBelief = ([mu, a, b]: Float64Array): VolatilityParameters => ({ mu, phi: 1 - exp(a), sigma: exp(b) })

/** The draws' weighted mean and covariance in (mu, ln(1 - phi), ln sigma). */
export function volatilityBelief({ draws }: VolatilityState): Gaussian {
  const columns = [0, 1, 2].map(() => new Float64Array(draws.mu.length))
  for (let k = 0; k < draws.mu.length; k++) {
    toBelief(paramsOf(draws, k)).forEach((value, i) => {
      columns[i][k] = value
    })
  }
  return { kind: 'gaussian', family: 'stochasticVolatility', ...momentsOf(columns, draws.logWeights.map(exp)) }
}

/** Why a peer's belief cannot be pooled, or null. */
export const volatilityBeliefProblem = (state: VolatilityState, belief: unknown): string | null =>
  beliefProblem(belief, volatilityBelief(state))

/** Log of pooled over own Gaussian density at some parameters, up to a constant, over all pools taken part in. */
export function logTilt(pools: VolatilityState['pools'], params: VolatilityParameters): number {
  const x = toBelief(params)
  let sum = 0
  for (const { own, pooled } of pools) sum += 0.5 * (distance(x, own) - distance(x, pooled))
  return sum
}

const distance = (x: Float64Array, belief: Gaussian): number => squaredDistance(x, belief.mean, factorOf(belief))

function factorOf({ covariance }: Gaussian): Float64Array {
  const factor = cholesky(covariance, 3)
  assert(factor !== null, 'covariances of beliefs are positive definite')
  return factor
}

/**
 * Moves the weights towards the geometric pool of the own belief and the peers': ratios of pooled over own Gaussian, Pareto
 * smoothed. When k-hat exceeds .7 the draws are renewed from the pooled Gaussian itself. Equal beliefs leave all as it is.
 */
export function assimilateVolatility(
  state: VolatilityState,
  peers: readonly Belief[],
  weights: Float64Array,
  key: Key,
): Assimilation<VolatilityState> {
  const own = volatilityBelief(state)
  const pooled = poolBeliefs([own, ...peers], weights)
  assert(pooled.kind === 'gaussian', 'Gaussian beliefs pool to one')
  const pool = { own, pooled }
  const { draws } = state
  const ratios = Float64Array.from(draws.mu, (_, k) => logTilt([pool], paramsOf(draws, k)))
  if (Math.max(...ratios) - Math.min(...ratios) < 1e-9)
    return { state, paretoK: 0, method: 'own draws kept: the peers believe the same' }
  const { logWeights, paretoK } = psis(ratios.map((ratio, k) => ratio + draws.logWeights[k]))
  if (paretoK <= 0.7) {
    state.pools.push(pool)
    state.draws = { ...draws, logWeights }
    return { state, paretoK, method: 'own draws reweighted' }
  }
  const renewed = gaussianDraws(pooled, draws.mu.length, key)
  if (renewed === null) return { state, paretoK, method: 'own draws kept: the pooled Gaussian lies outside the support' }
  const { returns, start } = state
  const [mu, phi, sigma] = renewed
  const equal = new Float64Array(mu.length).fill(-ln(mu.length))
  const filtered = filterDraws(mu, phi, sigma, equal, Float64Array.from(returns), start)
  if (filtered === null) return { state, paretoK, method: 'own draws kept: the pooled Gaussian gives the returns no density' }
  state.pools.push(pool)
  state.draws = filtered
  return { state, paretoK, method: 'renewed from the pooled Gaussian' }
}

/** `n` draws of a Gaussian belief inside the support, [mu, phi, sigma]; null when fewer than one in fifty lies there. */
function gaussianDraws(belief: Gaussian, n: number, key: Key): Float64Array[] | null {
  const gaussian = gaussianProposal(belief.mean, factorOf(belief))
  const columns = [0, 1, 2].map(() => new Float64Array(n))
  const stream = openStream(childKey(key, 'renewed'))
  const x = new Float64Array(3)
  for (let k = 0, tries = 0; k < n; ) {
    if (++tries > 50 * n) return null
    gaussian.draw(stream, x)
    const params = fromBelief(x)
    if (volatilityProblem(params) !== null) continue
    columns[0][k] = params.mu
    columns[1][k] = params.phi
    columns[2][k] = params.sigma
    k++
  }
  return columns
}
