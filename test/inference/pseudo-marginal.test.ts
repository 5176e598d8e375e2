import { describe, expect, it } from 'vitest'
import { openStream, rootKey } from '../../src/base/index.js'
import { drawNormal } from '../../src/distributions/index.js'
import { type DensityEstimate, pseudoMarginal, runChains, type Transition } from '../../src/inference/index.js'
import { knownTargets } from '../laws/known-targets.js'
import { expectAgreement, expectReversible } from '../laws/transition-laws.js'

/** A log density plus normal noise of this variance, less half of it: its exponential is unbiased. */
const noisy =
  (logDensity: (x: Float64Array) => number, variance: number, bias = 0): DensityEstimate =>
  (x, key) =>
    logDensity(x) + Math.sqrt(variance) * drawNormal(openStream(key)) - variance / 2 + bias

const plan = { warmup: [300, 300, 400], draws: 2500, furtherDraws: 1, blocksMax: 1, thin: 12, essTarget: 1 }

describe('pseudo-marginal Metropolis-Hastings', () => {
  for (const known of knownTargets) {
    const run = (estimate: DensityEstimate) => {
      const transition = pseudoMarginal(estimate, known.mean.length, known.factor) as Transition<unknown>
      return runChains(transition, { ...plan, starts: known.starts }, rootKey(known.name)).draws
    }

    it(`leaves the exact target as it is, however noisy its estimates: ${known.name}`, () => {
      const draws = run(noisy(known.logDensity, 0.8))
      expectAgreement(draws, known)
      expectReversible(draws, known)
    })

    it(`would be caught with noise whose size depends on the place, uncorrected: ${known.name}`, () => {
      const uneven: DensityEstimate = (x, key) => {
        const spread = x[0] > known.mean[0] ? 1.2 : 0
        return known.logDensity(x) + spread * drawNormal(openStream(key))
      }
      expect(() => expectAgreement(run(uneven), known)).toThrow()
    })
  }

  it('replays from its stream, and moves', () => {
    const known = knownTargets[0]
    const transition = pseudoMarginal(noisy(known.logDensity, 1), 2, known.factor)
    const walk = () => {
      const stream = openStream(rootKey('walk'))
      const out = new Float64Array(200)
      transition.step(transition.init(known.starts[0], stream), 100, stream, out)
      return out
    }
    expect(walk()).toEqual(walk())
    expect(new Set(walk()).size).toBeGreaterThan(20)
  })
})
