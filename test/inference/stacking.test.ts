import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pseudoBmaWeights, stackingWeights } from '../../src/inference/index.js'

fc.configureGlobal({ seed: 20240608 })

interface Case {
  name: string
  weights: number[]
  objective: number
  pseudoBma: number[]
  elpd: number[][]
}
const reference: { stacking: Case[] } = JSON.parse(readFileSync(join(__dirname, '../fixtures/loo.json'), 'utf8'))
const toRows = (rows: readonly (readonly number[])[]): Float64Array[] => rows.map(row => Float64Array.from(row))

/** ln sum_k w_k exp(elpd_ki) of every observation. */
const mixed = (elpd: readonly Float64Array[], weights: ArrayLike<number>): Float64Array =>
  elpd[0].map((_, i) => {
    const largest = Math.max(...elpd.map(row => row[i]))
    return largest + Math.log(elpd.reduce((sum, row, k) => sum + weights[k] * Math.exp(row[i] - largest), 0))
  })
const objective = (elpd: readonly Float64Array[], weights: ArrayLike<number>): number =>
  mixed(elpd, weights).reduce((a, b) => a + b) / elpd[0].length

/** The gradient of the objective: the optimum is where no entry exceeds 1. */
const gradient = (elpd: readonly Float64Array[], weights: ArrayLike<number>): Float64Array => {
  const mixture = mixed(elpd, weights)
  return Float64Array.from(elpd, row => row.reduce((sum, x, i) => sum + Math.exp(x - mixture[i]), 0) / mixture.length)
}

describe("weights of models against R's loo package", () => {
  for (const { name, weights, objective: reached, pseudoBma, elpd } of reference.stacking) {
    it(`stacking gives R's weights, to the accuracy of R's optimiser, and no worse an objective: ${name}`, () => {
      const found = stackingWeights(toRows(elpd))
      weights.forEach((w, k) => {
        expect(Math.abs(found[k] - w), `weight ${k}: ${found[k]} against ${w}`).toBeLessThan(1e-5)
      })
      expect(objective(toRows(elpd), found)).toBeGreaterThan(reached - 1e-10)
    })
    it(`pseudo-BMA agrees: ${name}`, () => {
      const found = pseudoBmaWeights(toRows(elpd))
      pseudoBma.forEach((w, k) => {
        expect(Math.abs(found[k] - w)).toBeLessThanOrEqual(1e-10 * w)
      })
    })
  }
})

const densities = (entry: fc.Arbitrary<number>) =>
  fc.tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 40 })).chain(([models, n]) =>
    fc.array(
      fc.array(entry, { minLength: n, maxLength: n }).map(row => Float64Array.from(row)),
      { minLength: models, maxLength: models },
    ),
  )
const smooth = densities(fc.double({ min: -8, max: 2, noNaN: true }))
const wild = densities(fc.double({ min: -2000, max: 300, noNaN: true }))
const tied = densities(fc.integer({ min: -2, max: 0 }))
const near = densities(fc.integer({ min: 0, max: 1000 }).map(x => -1 + x * 1e-9))

describe('stacking weights', () => {
  it('lie on the simplex and meet the conditions of the optimum within 1e-10, whatever the models', () => {
    fc.assert(
      fc.property(fc.oneof(smooth, wild, tied, near), elpd => {
        const weights = stackingWeights(elpd)
        expect(Math.abs(weights.reduce((a, b) => a + b) - 1)).toBeLessThan(1e-14)
        for (const w of weights) expect(w).toBeGreaterThanOrEqual(0)
        for (const g of gradient(elpd, weights)) expect(g).toBeLessThan(1 + 1.1e-10)
      }),
      { numRuns: 2000 },
    )
  })

  it('are, of two models, where a fine grid has its largest objective', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: -60, max: 0 }), fc.integer({ min: -60, max: 0 })), { minLength: 3, maxLength: 30 }),
        pairs => {
          const elpd = [0, 1].map(k => Float64Array.from(pairs, pair => pair[k] / 16))
          const [w] = stackingWeights(elpd)
          const found = objective(elpd, [w, 1 - w])
          for (let i = 0; i <= 400; i++) expect(objective(elpd, [i / 400, 1 - i / 400])).toBeLessThan(found + 1.1e-10)
        },
      ),
      { numRuns: 50 },
    )
  })

  it('share equally between identical models, and the others keep theirs', () => {
    fc.assert(
      fc.property(smooth, elpd => {
        const alone = stackingWeights(elpd)
        const doubled = stackingWeights([...elpd, elpd[0]])
        expect(doubled[0]).toBe(doubled[elpd.length])
        alone.forEach((w, k) => {
          expect(k === 0 ? 2 * doubled[k] : doubled[k]).toBeCloseTo(w, 12)
        })
      }),
    )
    expect(stackingWeights([1, 2, 3, 4].map(() => Float64Array.of(-1, -2)))).toEqual(Float64Array.of(0.25, 0.25, 0.25, 0.25))
  })

  it('leave a model out, with weight 0, that is worse than another everywhere', () => {
    fc.assert(
      fc.property(smooth, elpd => {
        const weights = stackingWeights([...elpd, elpd[0].map(x => x - 0.5)])
        expect(weights[elpd.length]).toBe(0)
      }),
    )
  })

  it('are the same twice, and leave the densities alone', () => {
    fc.assert(
      fc.property(smooth, elpd => {
        const before = structuredClone(elpd)
        const once = stackingWeights(elpd)
        expect(stackingWeights(elpd)).toEqual(once)
        expect(elpd).toEqual(before)
      }),
    )
  })

  it('serve thirty models of two thousand observations', () => {
    const elpd = Array.from({ length: 30 }, (_, k) =>
      Float64Array.from({ length: 2000 }, (_, i) => {
        const z = 3 * Math.sin(1.7 * i) + Math.cos(i * i) - (k - 15) / 4
        return -0.5 * z * z
      }),
    )
    for (const g of gradient(elpd, stackingWeights(elpd))) expect(g).toBeLessThan(1 + 1.1e-10)
  })

  it('are refused, like those of pseudo-BMA, for what are no pointwise log densities', () => {
    const bad: unknown[] = [
      [],
      null,
      'rows',
      [null],
      [new Float64Array(0)],
      [new Float64Array(2), new Float64Array(3)],
      [Float64Array.of(0, Number.NaN)],
      [Float64Array.of(0, Number.NEGATIVE_INFINITY)],
    ]
    for (const elpd of bad) {
      for (const weightsOf of [stackingWeights, pseudoBmaWeights])
        expect(() => weightsOf(elpd as never)).toThrow(expect.objectContaining({ code: 'BAD_ELPD' }))
    }
  })
})
