import { childKey, type Key, keyFromWords, keyWords, nextInteger, nextUniform, openStream, refuse } from '../base/index.js'
import { drawFlatDirichlet } from '../distributions/index.js'
import type { Forecast, Levels } from '../forecast/index.js'
import type { Posterior } from '../inference/index.js'
import { betainc, lowerBound, quantileOfSorted } from '../math/index.js'
import { checkHistory, checkNextReturn, openWindow, rankOf, type SlidingWindow, slide, tailAverage } from './history.js'
import type { Model } from './model.js'
import { fields, type Spec } from './options.js'

export interface BayesianBootstrapState {
  readonly window: SlidingWindow
  readonly words: Uint32Array
  days: number
}

/**
 * The Bayesian bootstrap of the last `window` returns (Rubin 1981): weights on the observed returns are flat Dirichlet.
 * The predictive is their mean, the empirical distribution. The posterior of a VaR is known exactly: the weight of the k
 * smallest of n returns is Beta(k, n - k), so P(the p-quantile is at most x_(k)) = P(Beta(k, n - k) >= p).
 * Options: window 500 (days).
 */
export function bayesianBootstrap(options?: Spec): Model<BayesianBootstrapState> {
  const { window } = fields(options, { window: 500 }, 'options', { window: 'count' })
  return {
    name: 'bayesianBootstrap',
    init(history, key) {
      checkHistory(history)
      if (history.length < window)
        refuse('TOO_FEW_RETURNS', `${history.length} returns`, `at least the window of ${window}`, 'history')
      return { window: openWindow(history.slice(history.length - window)), words: keyWords(key), days: 0 }
    },
    update(state, ret) {
      checkNextReturn(ret)
      slide(state.window, ret)
      state.days++
      return state
    },
    forecast,
    posterior,
    varInterval95(state, level) {
      const { ascending } = state.window
      const low = ascending[rankOfPosterior(ascending.length, level, 0.025) - 1]
      const high = ascending[rankOfPosterior(ascending.length, level, 0.975) - 1]
      return [-high, -low]
    },
    esInterval95,
    copy: state => structuredClone(state),
    simulate,
    simulateGroups,
  }
}

/**
 * Returns drawn under weights of the path's own. The weights are integrated out (Blackwell & MacQueen 1973): after t days the next
 * return is one of the window's n with probability n / (n + t), else a copy of one of the path's own, equally likely.
 */
function simulate({ window: { ring } }: BayesianBootstrapState, days: number, paths: number, key: Key): Float64Array {
  const stream = openStream(key)
  const returns = new Float64Array(paths * days)
  for (let path = 0; path < paths; path++) {
    for (let day = 0; day < days; day++) {
      const i = nextInteger(stream, ring.length + day)
      returns[path * days + day] = i < ring.length ? ring[i] : returns[path * days + i - ring.length]
    }
  }
  return returns
}

/** Returns drawn under weights that each group shares. */
function simulateGroups(
  { window: { ring } }: BayesianBootstrapState,
  days: number,
  groups: number,
  size: number,
  key: Key,
): Float64Array {
  const stream = openStream(key)
  const length = size * days
  const returns = new Float64Array(groups * length)
  const cumulative = new Float64Array(ring.length)
  for (let group = 0; group < groups; group++) {
    const weights = drawFlatDirichlet(stream, ring.length)
    let sum = 0
    for (let i = 0; i < weights.length; i++) {
      sum += weights[i]
      cumulative[i] = sum
    }
    for (let i = group * length; i < (group + 1) * length; i++)
      returns[i] = ring[lowerBound(cumulative, nextUniform(stream) * sum, ring.length - 1)]
  }
  return returns
}

function forecast({ window: { ascending } }: BayesianBootstrapState, { levels, riskLevels }: Levels): Forecast {
  return {
    levels: levels.slice(),
    quantiles: levels.map(level => ascending[rankOf(level, ascending.length) - 1]),
    riskLevels: riskLevels.slice(),
    shortfalls: riskLevels.map(level => tailAverage(ascending, level)),
  }
}

/** The least k with P(the level-quantile is at most x_(k)) >= p, where that is 1 - I_level(k, n - k). */
function rankOfPosterior(n: number, level: number, p: number): number {
  let low = 1
  let high = n
  while (low < high) {
    const k = (low + high) >> 1
    if (1 - betainc(level, k, n - k) >= p) high = k
    else low = k + 1
  }
  return low
}

/** From draws of the weights: unlike a quantile's, the posterior of an ES has no closed form. */
function esInterval95({ window: { ascending }, words, days }: BayesianBootstrapState, level: number): readonly [number, number] {
  const stream = openStream(childKey(childKey(keyFromWords(words), 'shortfall'), days))
  const shortfalls = new Float64Array(DRAWS)
  for (let d = 0; d < DRAWS; d++) {
    const weights = drawFlatDirichlet(stream, ascending.length)
    let sum = 0
    let rest = level
    for (let i = 0; i < weights.length && rest > 0; i++) {
      sum += Math.min(weights[i], rest) * ascending[i]
      rest -= weights[i]
    }
    shortfalls[d] = -sum / level
  }
  shortfalls.sort()
  return [quantileOfSorted(shortfalls, 0.025), quantileOfSorted(shortfalls, 0.975)]
}

const DRAWS = 400

function posterior({ window: { ring }, words, days }: BayesianBootstrapState): Posterior {
  const stream = openStream(childKey(childKey(keyFromWords(words), 'posterior'), days))
  const mean = new Float64Array(DRAWS)
  const sd = new Float64Array(DRAWS)
  for (let d = 0; d < DRAWS; d++) {
    const weights = drawFlatDirichlet(stream, ring.length)
    for (let i = 0; i < ring.length; i++) mean[d] += weights[i] * ring[i]
    let square = 0
    for (let i = 0; i < ring.length; i++) square += weights[i] * (ring[i] - mean[d]) * (ring[i] - mean[d])
    sd[d] = Math.sqrt(square)
  }
  return { names: ['mean', 'sd'], draws: { mean: [mean], sd: [sd] }, method: 'flat Dirichlet weights, independent draws' }
}
