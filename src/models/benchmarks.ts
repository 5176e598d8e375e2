import { nextUniform, openStream, refuse } from '../base/index.js'
import { drawNormal, normalPdf, normalQuantile } from '../distributions/index.js'
import type { Posterior } from '../inference/index.js'
import { quantileOfSorted, varianceOf } from '../math/index.js'
import { checkHistory, checkNextReturn, openWindow, type SlidingWindow, slide, tailAverage } from './history.js'
import type { Model } from './model.js'
import { fields, type Spec } from './options.js'

// Benchmarks that every risk desk knows. They have no posterior, and say so.
const noPosterior = (): Posterior => ({ names: [], draws: {}, method: 'none: a benchmark without a posterior' })

/**
 * Exponentially weighted moving average of squared returns (RiskMetrics 1996), zero mean, normal predictive. It starts
 * from the window's sample variance. Options: lambda .94.
 */
export function ewma(options?: Spec): Model<{ variance: number }> {
  const { lambda } = fields(options, { lambda: 0.94 }, 'options', { lambda: 'fraction' })
  return {
    name: 'ewma',
    init(history) {
      checkHistory(history)
      let variance = varianceOf(history)
      for (const ret of history) variance = lambda * variance + (1 - lambda) * ret * ret
      return { variance }
    },
    update(state, ret) {
      checkNextReturn(ret)
      return { variance: lambda * state.variance + (1 - lambda) * ret * ret }
    },
    forecast({ variance }, { levels, riskLevels }) {
      const sd = Math.sqrt(variance)
      return {
        levels: levels.slice(),
        quantiles: levels.map(level => sd * normalQuantile(level)),
        riskLevels: riskLevels.slice(),
        shortfalls: riskLevels.map(level => (sd * normalPdf(normalQuantile(level))) / level),
      }
    },
    posterior: noPosterior,
    copy: state => ({ ...state }),
    simulate(state, days, paths, key) {
      const stream = openStream(key)
      const returns = new Float64Array(paths * days)
      for (let path = 0; path < paths; path++) {
        let variance = state.variance
        for (let day = 0; day < days; day++) {
          const ret = Math.sqrt(variance) * drawNormal(stream)
          returns[path * days + day] = ret
          variance = lambda * variance + (1 - lambda) * ret * ret
        }
      }
      return returns
    },
  }
}

/**
 * Plain historical simulation: sample quantiles of the last `window` returns (type 7 of Hyndman & Fan 1996), ES the exact
 * tail average. Options: window 250.
 */
export function historicalSimulation(options?: Spec): Model<SlidingWindow> {
  const { window } = fields(options, { window: 250 }, 'options', { window: 'count' })
  return {
    name: 'historicalSimulation',
    init(history) {
      checkHistory(history)
      if (history.length < window)
        refuse('TOO_FEW_RETURNS', `${history.length} returns`, `at least the window of ${window}`, 'history')
      return openWindow(history.slice(history.length - window))
    },
    update(state, ret) {
      checkNextReturn(ret)
      slide(state, ret)
      return state
    },
    forecast({ ascending }, { levels, riskLevels }) {
      return {
        levels: levels.slice(),
        quantiles: levels.map(level => quantileOfSorted(ascending, level)),
        riskLevels: riskLevels.slice(),
        shortfalls: riskLevels.map(level => Math.max(tailAverage(ascending, level), -quantileOfSorted(ascending, level))),
      }
    },
    posterior: noPosterior,
    copy: state => structuredClone(state),
    // Independent draws from the forecast's own quantile function: the window does not move with the path.
    simulate({ ascending }, days, paths, key) {
      const stream = openStream(key)
      return new Float64Array(paths * days).map(() => quantileOfSorted(ascending, nextUniform(stream)))
    },
  }
}
