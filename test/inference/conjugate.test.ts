import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normalLogPdf } from '../../src/distributions/index.js'
import {
  binomialPosterior,
  binomialPredictive,
  exponentialPosterior,
  exponentialPredictive,
  type NormalInverseWishart,
  normalInverseGammaFromNatural,
  normalInverseGammaNatural,
  normalInverseGammaPosterior,
  normalInverseGammaPredictive,
  normalInverseWishartPosterior,
  normalInverseWishartPredictive,
  normalPosterior,
  normalPredictive,
  poissonPosterior,
  poissonPredictive,
} from '../../src/inference/index.js'
import { lnGamma } from '../../src/math/index.js'

fc.configureGlobal({ seed: 20240607 })

/** The integral of exp(f) over a line that is cut into n parts (midpoints). */
function integral(f: (x: number) => number, low: number, high: number, n = 4000): number {
  let total = 0
  for (let k = 0; k < n; k++) total += Math.exp(f(low + ((k + 0.5) * (high - low)) / n))
  return (total * (high - low)) / n
}

const close = (found: number, expected: number, tolerance = 1e-7): void =>
  expect(Math.abs(found - expected)).toBeLessThan(tolerance * (1 + Math.abs(expected)))

const logGammaPdf = (shape: number, rate: number) => (x: number) =>
  shape * Math.log(rate) - lnGamma(shape) + (shape - 1) * Math.log(x) - rate * x
const logBetaPdf = (a: number, b: number) => (p: number) =>
  lnGamma(a + b) - lnGamma(a) - lnGamma(b) + (a - 1) * Math.log(p) + (b - 1) * Math.log1p(-p)

/**
 * Bayes' rule itself: prior times likelihood is predictive times posterior at every parameter, and so the predictive is the
 * integral of the former whatever the parameter.
 */
describe('conjugate updates obey Bayes’ rule at every parameter', () => {
  it('normal with known variance', () => {
    const prior = { mean: 0.4, variance: 2.5 }
    for (const [x, noise] of [
      [1.7, 0.6],
      [-3, 4],
      [0.4, 0.01],
    ]) {
      const logPrior = (m: number) => normalLogPdf((m - prior.mean) / Math.sqrt(prior.variance)) - 0.5 * Math.log(prior.variance)
      const logLik = (m: number) => normalLogPdf((x - m) / Math.sqrt(noise)) - 0.5 * Math.log(noise)
      const after = normalPosterior(prior, x, noise)
      for (const m of [-1, 0, 2.2]) {
        const logPosterior = normalLogPdf((m - after.mean) / Math.sqrt(after.variance)) - 0.5 * Math.log(after.variance)
        close(normalPredictive(prior, x, noise) + logPosterior, logPrior(m) + logLik(m), 1e-11)
      }
      close(
        Math.exp(normalPredictive(prior, x, noise)),
        integral(m => logPrior(m) + logLik(m), -15, 15, 20_000),
      )
    }
  })

  it('normal-inverse-gamma', () => {
    const logPdf =
      ({ mean, strength, shape, scale }: { mean: number; strength: number; shape: number; scale: number }) =>
      (m: number, v: number) =>
        shape * Math.log(scale) -
        lnGamma(shape) -
        (shape + 1) * Math.log(v) -
        scale / v +
        normalLogPdf((m - mean) / Math.sqrt(v / strength)) -
        0.5 * Math.log(v / strength)
    const prior = { mean: 0.3, strength: 1.4, shape: 2.2, scale: 1.7 }
    for (const x of [0.3, -2, 5]) {
      const after = normalInverseGammaPosterior(prior, x)
      for (const [m, v] of [
        [0, 1],
        [1.5, 0.3],
        [-2, 6],
      ]) {
        const logLik = normalLogPdf((x - m) / Math.sqrt(v)) - 0.5 * Math.log(v)
        close(normalInverseGammaPredictive(prior, x) + logPdf(after)(m, v), logPdf(prior)(m, v) + logLik, 1e-11)
      }
    }
    close(
      integral(x => normalInverseGammaPredictive(prior, x), -200, 200, 40_000),
      1,
      1e-3,
    )
  })

  it('gamma and exponential, gamma and Poisson', () => {
    const prior = { shape: 2.5, rate: 1.3 }
    const logPrior = logGammaPdf(prior.shape, prior.rate)
    for (const x of [0.01, 1, 20]) {
      const after = exponentialPosterior(prior, x)
      for (const rate of [0.1, 1, 4])
        close(
          exponentialPredictive(prior, x) + logGammaPdf(after.shape, after.rate)(rate),
          logPrior(rate) + Math.log(rate) - rate * x,
          1e-11,
        )
    }
    for (const [count, exposure] of [
      [0, 1],
      [7, 1],
      [3, 2.5],
    ]) {
      const after = poissonPosterior(prior, count, exposure)
      for (const rate of [0.1, 1, 4]) {
        const logLik = count * Math.log(rate * exposure) - rate * exposure - lnGamma(count + 1)
        close(
          poissonPredictive(prior, count, exposure) + logGammaPdf(after.shape, after.rate)(rate),
          logPrior(rate) + logLik,
          1e-11,
        )
      }
    }
    let total = 0
    for (let count = 0; count < 300; count++) total += Math.exp(poissonPredictive(prior, count))
    close(total, 1, 1e-12)
  })

  it('beta and binomial', () => {
    const prior = { a: 1.7, b: 0.8 }
    let total = 0
    for (let k = 0; k <= 9; k++) {
      total += Math.exp(binomialPredictive(prior, k, 9))
      const after = binomialPosterior(prior, k, 9)
      for (const p of [0.05, 0.5, 0.99]) {
        const logLik = lnGamma(10) - lnGamma(k + 1) - lnGamma(10 - k) + k * Math.log(p) + (9 - k) * Math.log1p(-p)
        close(binomialPredictive(prior, k, 9) + logBetaPdf(after.a, after.b)(p), logBetaPdf(prior.a, prior.b)(p) + logLik, 1e-11)
      }
    }
    close(total, 1, 1e-12)
  })

  it('normal-inverse-Wishart: in one dimension it is the normal-inverse-gamma, and observations may come in any order', () => {
    const flat = { mean: 0.3, strength: 1.4, shape: 2.2, scale: 1.7 }
    const wishart = { mean: Float64Array.of(0.3), strength: 1.4, df: 4.4, scale: Float64Array.of(3.4) }
    for (const x of [0.3, -2, 5]) {
      close(normalInverseWishartPredictive(wishart, Float64Array.of(x)), normalInverseGammaPredictive(flat, x), 1e-12)
      const [one, other] = [normalInverseWishartPosterior(wishart, Float64Array.of(x)), normalInverseGammaPosterior(flat, x)]
      close(one.mean[0], other.mean, 1e-13)
      close(one.df, 2 * other.shape, 1e-13)
      close(one.scale[0], 2 * other.scale, 1e-13)
    }
    const prior = { mean: new Float64Array(2), strength: 1, df: 5, scale: Float64Array.of(2, 0.3, 0.3, 1) }
    const seen = [
      [1, 2],
      [-1, 0.5],
      [0.2, -3],
    ].map(row => Float64Array.from(row))
    const evidence = (rows: Float64Array[]): number => {
      let belief: NormalInverseWishart = prior
      let total = 0
      for (const row of rows) {
        total += normalInverseWishartPredictive(belief, row)
        belief = normalInverseWishartPosterior(belief, row)
      }
      return total
    }
    close(evidence(seen), evidence([seen[2], seen[0], seen[1]]), 1e-12)
  })

  it('the natural coordinates of the normal-inverse-gamma add up: an observation adds (x, 1, 1, x squared)', () => {
    const number = (min: number, max: number) => fc.double({ min, max, noNaN: true })
    fc.assert(
      fc.property(
        fc.record({ mean: number(-5, 5), strength: number(0.1, 10), shape: number(0.5, 20), scale: number(0.1, 20) }),
        number(-10, 10),
        (prior, x) => {
          const natural = normalInverseGammaNatural(prior)
          const expected = normalInverseGammaNatural(normalInverseGammaPosterior(prior, x))
          ;[x, 1, 1, x * x].forEach((v, k) => {
            close(natural[k] + v, expected[k], 1e-10)
          })
          const back = normalInverseGammaFromNatural(natural)
          for (const field of ['mean', 'strength', 'shape', 'scale'] as const) close(back[field], prior[field], 1e-9)
        },
      ),
    )
  })
})
