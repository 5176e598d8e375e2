import { expect, it } from 'vitest'
import { childKey, openStream, rootKey } from '../../src/base/index.js'
import { mcseMean, particleFilter, pseudoMarginal, runChains } from '../../src/inference/index.js'
import { fit as fitModel, stochasticVolatility } from '../../src/models/index.js'
import { filterVolatility } from '../../src/models/volatility/likelihood.js'
import { fromCoordinates, toCoordinates, volatilityLogPrior, volatilityPrior } from '../../src/models/volatility/prior.js'

// Particle marginal Metropolis-Hastings (Andrieu, Doucet & Holenstein 2010) is exact without any quadrature.
const model = stochasticVolatility()
const truth = { mu: -0.4, phi: 0.9, sigma: 0.4 }
const returns = model.parametric!.simulate(truth, 150, openStream(rootKey('particle marginal')))
const centre = -0.4

/** Mean and standard deviation of a quantity over chains, each with its Monte Carlo standard error. */
function moments(chains: readonly Float64Array[]) {
  const count = chains.length * chains[0].length
  const mean = chains.reduce((sum, chain) => sum + chain.reduce((a, b) => a + b), 0) / count
  const squares = chains.map(chain => chain.map(x => (x - mean) ** 2))
  const sd = Math.sqrt(squares.reduce((sum, chain) => sum + chain.reduce((a, b) => a + b), 0) / count)
  return { mean, sd, meanError: mcseMean(chains), sdError: mcseMean(squares) / (2 * sd) }
}

it('the posterior by quadrature is that of particle marginal Metropolis-Hastings, within four Monte Carlo standard errors', () => {
  const logPrior = volatilityLogPrior(volatilityPrior(undefined))
  const transition = pseudoMarginal(
    (x, key) => {
      const at = fromCoordinates(x, centre)
      if (at === null) return Number.NEGATIVE_INFINITY
      return logPrior(at.params) + at.logJacobian + particleFilter(at.params, returns, { particles: 250, key }).logLikelihood
    },
    3,
    Float64Array.of(0.3, 0, 0, 0, 0.08, 0, 0, 0, 0.08),
  )
  const starts = [0.8, 0.9, 0.95, 0.98].map(phi => toCoordinates({ mu: -0.4, phi, sigma: 0.4 }, centre))
  const plan = { starts, warmup: [500, 1000, 1500], draws: 12_000, furtherDraws: 4000, blocksMax: 2, essTarget: 0 }
  const { draws } = runChains(transition, plan, rootKey('pmmh'))
  const found = [0, 1, 2].map(i =>
    draws[0].map((_, c) =>
      Float64Array.from(draws[0][c], (_, k) => {
        const { params } = fromCoordinates(
          Float64Array.from(draws, column => column[c][k]),
          centre,
        )!
        return [params.mu, params.phi, params.sigma][i]
      }),
    ),
  )
  const exact = fitModel(model, returns, { seed: 'quadrature', draws: 5000 })
  exact.names.forEach((name, i) => {
    const one = moments(exact.draws[name])
    const other = moments(found[i])
    expect(Math.abs(one.mean - other.mean), `mean of ${name}`).toBeLessThan(4 * Math.hypot(one.meanError, other.meanError))
    expect(Math.abs(one.sd - other.sd), `sd of ${name}`).toBeLessThan(4 * Math.hypot(one.sdError, other.sdError))
    // Sharp enough to see an error of a third of a standard deviation.
    expect(4 * Math.hypot(one.meanError, other.meanError)).toBeLessThan(one.sd / 3)
  })
})

it('the particle filter is unbiased for the quadrature along the posterior, not at one point alone', () => {
  const { draws } = fitModel(model, returns, { seed: 'few' })
  for (let k = 0; k < 20; k++) {
    const params = { mu: draws.mu[0][10 * k], phi: draws.phi[0][10 * k], sigma: draws.sigma[0][10 * k] }
    const exact = filterVolatility(params, returns).logLikelihood
    const ratios = Array.from({ length: 400 }, (_, i) =>
      Math.exp(
        particleFilter(params, returns, { particles: 500, key: childKey(rootKey(`ratio ${k}`), i) }).logLikelihood - exact,
      ),
    )
    const mean = ratios.reduce((a, b) => a + b) / 400
    const error = Math.sqrt(ratios.reduce((a, b) => a + (b - mean) ** 2, 0) / 399 / 400)
    expect(Math.abs(mean - 1)).toBeLessThan(4.5 * error)
  }
})
