import { describe, expect, it } from 'vitest'
import { openStream, rootKey } from '../../src/base/index.js'
import { importanceSample, studentTProposal } from '../../src/inference/index.js'
import { cholesky, exp, momentsOf } from '../../src/math/index.js'
import { markovSwitching, fit as posteriorOf } from '../../src/models/index.js'
import { observed } from '../../src/models/regimes/likelihood.js'
import { regimeTarget } from '../../src/models/regimes/posterior.js'
import { regimePrior } from '../../src/models/regimes/prior.js'
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
  it('does not rest on one hill where a crisis of days has made another: it samples both, and says so', () => {
    // The 520 returns to 2008-10-17. A tempered sampler from the prior puts sigma2 near 2.97 and its first hill at 2.1.
    const returns = sp500Returns().slice(1691, 2211)
    for (const seed of ['1', '2', '3']) {
      const { summary, fallback, method } = posteriorOf(markovSwitching(), returns, { seed })
      expect(fallback).toMatch(/two modes/)
      expect(method).toMatch(/Gibbs/)
      const sigma2 = summary.find(({ name }) => name === 'sigma2')!
      expect(sigma2.q025).toBeLessThan(2.2)
      expect(sigma2.q975).toBeGreaterThan(3.9)
      expect(Math.abs(sigma2.mean - 2.97)).toBeLessThan(0.35)
    }
  })

  it('converges on S&P 500 windows, by a proposal of good Pareto k-hat or by Gibbs sampling, and says which', () => {
    const returns = sp500Returns()
    for (const regimes of [2, 3]) {
      for (const from of [700, 1400, 2800, 4100]) {
        const found = posteriorOf(markovSwitching(undefined, { regimes }), returns.slice(from, from + 1000), {
          seed: `window ${from}`,
        })
        for (const { name, rhat, essBulk } of found.summary) {
          expect(rhat, name).toBeLessThan(1.01)
          expect(essBulk).toBeGreaterThan(400)
        }
        if (found.paretoK === undefined) expect(found.method).toMatch(/Gibbs/)
        else expect(found.paretoK).toBeLessThan(0.7)
        expect(found.fallback !== undefined).toBe(regimes === 2 && found.paretoK === undefined)
        for (let i = 1; i < regimes; i++) expect(found.summary[i].mean).toBeLessThan(found.summary[i + 1].mean)
      }
    }
  })

  it('has two hills on one of them, which it weighs as independent draws from a wide proposal do', () => {
    const history = sp500Returns().slice(2800, 3800)
    const state = markovSwitching().init(history, rootKey('hills'), { draws: 3000 })
    const columns = state.chains.map(chains => Float64Array.from(chains.flatMap(chain => [...chain])))
    const n = columns[0].length
    const { mean, covariance } = momentsOf(columns, new Float64Array(n).fill(1 / n))
    const factor = cholesky(covariance, 5)!.map(entry => 1.3 * entry)
    const { draws, logWeights, paretoK, ess } = importanceSample(
      regimeTarget(2, regimePrior(undefined), observed(history)),
      studentTProposal(mean, factor, 5),
      60_000,
      rootKey('wide'),
    )
    expect(paretoK).toBeLessThan(0.7)
    expect(ess).toBeGreaterThan(2000)
    const weighed = momentsOf(draws, logWeights.map(exp))
    for (let i = 0; i < 5; i++) {
      const sd = Math.sqrt(weighed.covariance[6 * i])
      expect(Math.abs(mean[i] - weighed.mean[i]) / sd).toBeLessThan(0.1)
      expect(Math.abs(Math.sqrt(covariance[6 * i]) / sd - 1)).toBeLessThan(0.1)
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
