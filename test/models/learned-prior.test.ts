import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { childKey, openStream, rootKey } from '../../src/base/index.js'
import { drawNormal } from '../../src/distributions/index.js'
import { type Belief, drawNormalInverseGamma } from '../../src/inference/index.js'
import { cholesky, meanOf, momentsOf, varianceOf } from '../../src/math/index.js'
import { gaussianPoints } from '../../src/models/garch/pool.js'
import { columnsOfRows } from '../../src/models/garch/posterior.js'
import { drawGarchPrior, type GarchFamily, garchFamilies, garchPrior, toCoordinates } from '../../src/models/garch/prior.js'
import { parametersOf } from '../../src/models/garch/target.js'
import {
  filteredHistorical,
  garchNormal,
  garchT,
  gjrGarchT,
  type Model,
  normalInverseGamma,
  type Parameters,
  type PriorFields,
} from '../../src/models/index.js'
import { sp500Returns } from './data.js'

fc.configureGlobal({ seed: 20240607 })

const key = rootKey('learned prior')
const stream = openStream(childKey(key, 'returns'))
const history = Float64Array.from({ length: 240 }, () => 0.1 + 1.3 * drawNormal(stream))
/** Memory so long that nothing is forgotten. */
const forever = { memory: 1e15 }

const expectNear = (found: ArrayLike<number>, expected: ArrayLike<number>, relative = 1e-11): void => {
  expect(found.length).toBe(expected.length)
  for (let i = 0; i < expected.length; i++)
    expect(Math.abs(found[i] - expected[i]), `[${i}]: ${found[i]} against ${expected[i]}`).toBeLessThanOrEqual(
      relative * Math.max(1, Math.abs(expected[i])),
    )
}

describe('the prior that a normal-inverse-gamma belief leaves', () => {
  const own = { mean: 0.3, strength: 2, shape: 3, scale: 1.5 }
  const base = normalInverseGamma(own, forever)
  const [first, second] = [history.slice(0, 100), history.slice(100)]
  const natural = (model: Model, returns: Float64Array): Float64Array => {
    const belief = model.belief!(model.init(returns, key))
    return belief.kind === 'natural' ? belief.values : new Float64Array(0)
  }
  const priorOf = (discount: number): PriorFields => base.priorFrom!(base.belief!(base.init(first, key)), discount, key)!

  it('undiscounted is sequential Bayes: one window after the other is both windows in one go', () => {
    const after = normalInverseGamma(priorOf(1), forever) as Model
    expectNear(natural(after, second), natural(base as Model, history))
  })

  it('discounted counts the first window’s returns so much, and the own prior and the second window’s returns once', () => {
    const sums = (returns: Float64Array): number[] => [
      returns.reduce((a, r) => a + r, 0),
      returns.length,
      returns.length,
      returns.reduce((a, r) => a + r * r, 0),
    ]
    const origin = [own.strength * own.mean, own.strength, 2 * own.shape, 2 * own.scale + own.strength * own.mean * own.mean]
    expectNear(
      natural(base as Model, first),
      sums(first).map((s, k) => origin[k] + s),
    )
    for (const discount of [0.01, 0.3, 0.5, 0.9, 1]) {
      const after = normalInverseGamma(priorOf(discount), forever) as Model
      const [a, b] = [sums(first), sums(second)]
      expectNear(
        natural(after, second),
        origin.map((o, k) => o + discount * a[k] + b[k]),
      )
    }
  })

  it('is one the factory takes, whatever belief of the family it came from, with strength and shape mixed', () => {
    const positive = fc.double({ min: 1e-3, max: 1e3, noNaN: true })
    fc.assert(
      fc.property(
        fc.double({ min: -50, max: 50, noNaN: true }),
        positive,
        positive,
        positive,
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (mean, strength, shape, scale, discount) => {
          const values = Float64Array.of(strength * mean, strength, 2 * shape, 2 * scale + strength * mean * mean)
          const prior = base.priorFrom!({ kind: 'natural', family: 'normalInverseGamma', values }, discount, key)
          if (prior === null) throw new Error('no prior')
          expect(() => normalInverseGamma(prior)).not.toThrow()
          const mixed = (ours: number, told: number): number => (1 - discount) * ours + discount * told
          expectNear([prior.strength, prior.shape], [mixed(own.strength, strength), mixed(own.shape, shape)])
          const weight = (discount * strength) / prior.strength
          expect(Math.abs(prior.mean - ((1 - weight) * own.mean + weight * mean))).toBeLessThan(1e-9 * (1 + Math.abs(mean)))
        },
      ),
    )
  })

  it('has draws with the belief’s mean and variance', () => {
    const prior = priorOf(1) as { mean: number; strength: number; shape: number; scale: number }
    const draws = Array.from({ length: 20_000 }, () => drawNormalInverseGamma(prior, stream))
    const posterior = base.posterior(base.init(first, key))
    const sd = Math.sqrt(varianceOf(posterior.draws.mean[0]))
    expect(Math.abs(meanOf(draws.map(d => d.mean)) - meanOf(posterior.draws.mean[0]))).toBeLessThan(0.2 * sd)
    expect(meanOf(draws.map(d => d.sd)) / meanOf(posterior.draws.sd[0])).toBeCloseTo(1, 1)
  })
})

const garchModels: { model: Model; family: GarchFamily }[] = [
  { model: garchT() as Model, family: garchFamilies.garchT },
  { model: gjrGarchT() as Model, family: garchFamilies.gjrGarchT },
  { model: garchNormal() as Model, family: garchFamilies.garchNormal },
]

/** The parts of the persistence, and what lacks to 1. */
const partsOf = ({ alpha, gamma = 0, beta }: Parameters, { hasLeverage }: GarchFamily): number[] => {
  const rest = 1 - alpha - gamma / 2 - beta
  return hasLeverage ? [alpha / 2, (alpha + gamma) / 2, beta, rest] : [alpha, beta, rest]
}

const meanSquare = (values: number[]): number => meanOf(values.map(v => v * v))
const within = (found: number, expected: number, share: number): void =>
  expect(Math.abs(found / expected - 1), `${found} against ${expected}`).toBeLessThan(share)

for (const { model, family } of garchModels) {
  describe(`the prior that a belief of ${family.name} leaves`, () => {
    const returns = sp500Returns().slice(-700, -300)
    const belief = model.belief!(model.init(returns, key)) as Belief & { kind: 'gaussian' }
    const learned = model.priorFrom!(belief, 1, key)!
    const columns = columnsOfRows(
      parametersOf(
        family,
        gaussianPoints(family, belief.mean, cholesky(belief.covariance, belief.mean.length)!, 8000, rootKey('b'))!,
      ),
      family.names.length,
    )
    const told = Array.from(
      columns[0],
      (_, k): Parameters => Object.fromEntries(family.names.map((name, i) => [name, columns[i][k]])),
    )
    const prior = garchPrior(learned, family)
    const drawn = Array.from({ length: 8000 }, () => drawGarchPrior(prior, family, stream))

    it('has draws with the moments that its families can match: 8,000 of the prior against 8,000 of the belief', () => {
      const of = (draws: Parameters[], name: string): number[] => draws.map(p => p[name])
      const sdMu = Math.sqrt(varianceOf(of(told, 'mu')))
      expect(Math.abs(meanOf(of(drawn, 'mu')) - meanOf(of(told, 'mu')))).toBeLessThan(0.1 * sdMu)
      within(Math.sqrt(varianceOf(of(drawn, 'mu'))), sdMu, 0.08)
      within(Math.sqrt(meanSquare(of(drawn, 'omega'))), Math.sqrt(meanSquare(of(told, 'omega'))), 0.08)
      const variances = [drawn, told].map(draws => {
        const parts = draws.map(p => partsOf(p, family))
        return parts[0].reduce((sum, _, i) => sum + varianceOf(parts.map(p => p[i])), 0)
      })
      within(Math.sqrt(variances[0]), Math.sqrt(variances[1]), 0.1)
      for (let i = 0; i < partsOf(told[0], family).length; i++) {
        const [a, b] = [drawn, told].map(draws => draws.map(p => partsOf(p, family)[i]))
        expect(Math.abs(meanOf(a) - meanOf(b))).toBeLessThan(0.15 * Math.sqrt(Math.max(varianceOf(a), varianceOf(b))))
      }
      if (!family.hasNu) return
      within(meanOf(of(drawn, 'nu')), meanOf(of(told, 'nu')), 0.08)
      within(Math.sqrt(varianceOf(of(drawn, 'nu'))), Math.sqrt(varianceOf(of(told, 'nu'))), 0.25)
    })

    it('is, discounted, the mixture of it and the own prior in natural parameters', () => {
      const own = garchPrior(undefined, family)
      for (const discount of [0.05, 0.5, 0.8]) {
        const found = model.priorFrom!(belief, discount, key)!
        const mixed = (ours: number, theirs: number): number => (1 - discount) * ours + discount * theirs
        const linear = Object.keys(learned).filter(name => /Weight|^nu/.test(name)) as (keyof typeof own)[]
        for (const name of linear) expect(found[name]).toBeCloseTo(mixed(own[name], learned[name]), 9)
        const precision = (scale: number): number => 1 / scale ** 2
        expect(precision(found.muSd) / mixed(precision(own.muSd), precision(learned.muSd))).toBeCloseTo(1, 9)
        expect(precision(found.omegaScale) / mixed(precision(own.omegaScale), precision(learned.omegaScale))).toBeCloseTo(1, 9)
      }
    })

    it('is made the same of the same belief and key, leaves the belief alone, and trains', () => {
      const before = structuredClone(belief)
      expect(model.priorFrom!(belief, 1, key)).toEqual(learned)
      expect(belief).toEqual(before)
      expect(Object.keys(learned).sort()).toEqual(
        Object.keys(garchPrior(undefined, family))
          .filter(name => (family.hasNu || !name.startsWith('nu')) && (family.hasLeverage || name !== 'negativeWeight'))
          .sort(),
      )
      const makers = { garchT, gjrGarchT, garchNormal }
      const next = makers[family.name](learned)
      expect(next.posterior(next.init(returns.slice(0, 120), key)).draws.mu[0].every(Number.isFinite)).toBe(true)
    })

    it('is none where almost no model lies, and where the belief does not vary', () => {
      const d = belief.mean.length
      const outside = { ...belief, mean: belief.mean.map((m, i) => (i === 1 ? -50 * Math.sqrt(belief.covariance[d + 1]) : m)) }
      expect(model.priorFrom!(outside, 1, key)).toBeNull()
      const point = { ...belief, covariance: belief.covariance.map(v => v * 1e-300) }
      expect(model.priorFrom!(point, 1, key)).toBeNull()
      expect(model.priorFrom!({ kind: 'natural', family: family.name, values: belief.mean }, 1, key)).toBeNull()
    })

    it('comes back to a prior from which the belief itself was drawn', () => {
      const known = garchPrior(
        {
          muMean: 0.05,
          muSd: 0.02,
          omegaScale: 0.04,
          alphaWeight: 12,
          betaWeight: 80,
          restWeight: 5,
          ...(family.hasLeverage ? { negativeWeight: 9 } : {}),
          ...(family.hasNu ? { nuShape: 30, nuRate: 4 } : {}),
        },
        family,
      )
      const points = Array.from({ length: 6000 }, () => toCoordinates(drawGarchPrior(known, family, stream), family))
      const moments = momentsOf(
        Array.from(family.names, (_, i) => Float64Array.from(points, x => x[i])),
        new Float64Array(points.length).fill(1 / points.length),
      )
      const found = model.priorFrom!({ kind: 'gaussian', family: family.name, ...moments }, 1, key)!
      for (const name of Object.keys(found)) within(found[name], known[name as keyof typeof known], 0.3)
    })
  })
}

describe('filteredHistorical', () => {
  it('makes the priors of its filter, a garchNormal', () => {
    const belief = garchNormal().belief!(garchNormal().init(history, key))
    expect(filteredHistorical().priorFrom!(belief, 0.5, key)).toEqual(garchNormal().priorFrom!(belief, 0.5, key))
    expect(() => filteredHistorical(filteredHistorical().priorFrom!(belief, 0.5, key)!)).not.toThrow()
  })
})
