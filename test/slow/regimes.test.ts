import { describe, expect, it } from 'vitest'
import { openStream, rootKey } from '../../src/base/index.js'
import { markovSwitching, fit as posteriorOf } from '../../src/models/index.js'
import { sp500Returns } from '../models/data.js'

const two = { mu: 0.05, sigma1: 0.6, sigma2: 1.9, p11: 0.97, p22: 0.92 }
const three = {
  mu: 0.05,
  sigma1: 0.4,
  sigma2: 0.9,
  sigma3: 2.6,
  p11: 0.96,
  p22: 0.95,
  p33: 0.92,
  p12: 0.03,
  p21: 0.03,
  p31: 0.02,
}
const simulated = (params: { [name: string]: number }, days: number, seed: string): Float64Array =>
  markovSwitching(undefined, { regimes: 'p33' in params ? 3 : 2 }).parametric!.simulate(params, days, openStream(rootKey(seed)))

describe('the posterior of Markov-switching volatility', () => {
  it('converges on S&P 500 windows: by proposals where one hill is covered, by Gibbs sampling where there are two, and says so', () => {
    const returns = sp500Returns()
    for (const [regimes, from] of [
      [2, 1400],
      [2, 2800],
      [3, 1400],
    ] as const) {
      const found = posteriorOf(markovSwitching(undefined, { regimes }), returns.slice(from, from + 1000), {
        seed: `window ${from}`,
      })
      for (const { name, rhat, essBulk } of found.summary) {
        expect(rhat, name).toBeLessThan(1.01)
        expect(essBulk).toBeGreaterThan(400)
      }
      expect(found.fallback !== undefined).toBe(regimes === 2 && from === 2800)
      if (regimes === 2 && from === 1400) expect(found.paretoK).toBeLessThan(0.7)
      for (let i = 1; i < regimes; i++) expect(found.summary[i].mean).toBeLessThan(found.summary[i + 1].mean)
    }
  })

  it('recovers the parameters of simulated returns, of two regimes and of three', () => {
    for (const truth of [two, three]) {
      const regimes = 'p33' in truth ? 3 : 2
      const found = posteriorOf(markovSwitching(undefined, { regimes }), simulated(truth, 2500, 'recover'), { seed: 'recover' })
      for (const { name, mean: centre, sd } of found.summary)
        expect(Math.abs(centre - (truth as { [name: string]: number })[name]), name).toBeLessThan(3.5 * sd)
    }
  })
})
