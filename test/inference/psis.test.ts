import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openStream, rootKey } from '../../src/base/index.js'
import { drawExponential } from '../../src/distributions/index.js'
import { paretoShape, psis } from '../../src/inference/index.js'

fc.configureGlobal({ seed: 20240607 })

interface Case {
  name: string
  relativeEss: number
  paretoK: number | 'Infinity'
  logRatios: number[]
  logWeights: number[]
}
const reference: { psis: Case[] } = JSON.parse(readFileSync(join(__dirname, '../fixtures/diagnostics.json'), 'utf8'))

describe("Pareto smoothing against R's loo package", () => {
  for (const { name, relativeEss, paretoK, logRatios, logWeights } of reference.psis) {
    it(`gives the same shape and the same weights: ${name}`, () => {
      const found = psis(logRatios, { relativeEss })
      if (paretoK === 'Infinity') expect(found.paretoK).toBe(Number.POSITIVE_INFINITY)
      else expect(Math.abs(found.paretoK - paretoK)).toBeLessThan(1e-9)
      logWeights.forEach((w, i) => {
        expect(Math.abs(found.logWeights[i] - w), `weight ${i}`).toBeLessThan(1e-9)
      })
    })
  }
})

const ratios = fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 1, maxLength: 120 })

describe('Pareto smoothed weights', () => {
  it('sum to one, are finite, and keep their order, whatever the ratios', () => {
    fc.assert(
      fc.property(ratios, logRatios => {
        const { logWeights, paretoK } = psis(logRatios)
        expect(paretoK).not.toBeNaN()
        expect(logWeights.reduce((sum, w) => sum + Math.exp(w), 0)).toBeCloseTo(1, 10)
        const order = logRatios.map((_, i) => i).sort((a, b) => logRatios[a] - logRatios[b])
        for (let i = 1; i < order.length; i++) {
          if (logRatios[order[i]] > logRatios[order[i - 1]])
            expect(logWeights[order[i]]).toBeGreaterThanOrEqual(logWeights[order[i - 1]] - 1e-9)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('do not change with a constant on the log scale, and the ratios are left alone', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.integer({ min: -640, max: 640 }).map(x => x / 64),
          { minLength: 30, maxLength: 80 },
        ),
        logRatios => {
          const given = Float64Array.from(logRatios)
          const one = psis(given)
          expect(given).toEqual(Float64Array.from(logRatios))
          expect(psis(given.map(x => x + 1024))).toEqual(one)
        },
      ),
    )
  })

  it('have the shape that is found without smoothing, and are the same twice', () => {
    fc.assert(
      fc.property(ratios, fc.constantFrom(0.3, 1, 2), (logRatios, relativeEss) => {
        const one = psis(logRatios, { relativeEss })
        expect(paretoShape(logRatios, { relativeEss })).toBe(one.paretoK)
        expect(psis(Float64Array.from(logRatios), { relativeEss })).toEqual(one)
      }),
    )
  })

  it('take, of equal ratios at the edge of the tail, those of the larger index', () => {
    const logRatios = Float64Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? 0.5 : i < 95 ? -1 - 0.01 * i : 2 + i / 50))
    const { logWeights } = psis(logRatios)
    // Twenty of a hundred are the tail: the three largest, and seventeen of the fifty that are .5.
    const untouched = logWeights[0]
    for (let i = 2; i < 66; i += 2) expect(logWeights[i], `ratio ${i}`).toBe(untouched)
    for (let i = 66; i < 100; i += 2) expect(logWeights[i], `ratio ${i}`).toBeGreaterThanOrEqual(logWeights[i - 2])
    expect(logWeights[98]).toBeGreaterThan(untouched)
  })

  it('are all equal when the ratios are: shape 0, weights 1/n', () => {
    for (const n of [25, 100, 1000]) {
      const { logWeights, paretoK } = psis(new Float64Array(n).fill(-3.7))
      expect(paretoK).toBe(0)
      for (const w of logWeights) expect(w).toBeCloseTo(-Math.log(n), 12)
    }
  })

  it('are the plain ones, with shape Infinity, when there are too few draws for a tail', () => {
    for (const n of [1, 2, 5, 20]) {
      const logRatios = Float64Array.from({ length: n }, (_, i) => -0.1 * i)
      const { logWeights, paretoK } = psis(logRatios)
      expect(paretoK).toBe(Number.POSITIVE_INFINITY)
      const total = logRatios.reduce((sum, r) => sum + Math.exp(r), 0)
      logRatios.forEach((r, i) => {
        expect(logWeights[i]).toBeCloseTo(r - Math.log(total), 12)
      })
    }
  })

  it('find the shape of an exact Pareto tail: ratios with tail index 1/k', () => {
    const stream = openStream(rootKey('pareto'))
    const exponentials = Float64Array.from({ length: 20_000 }, () => drawExponential(stream))
    for (const k of [0.1, 0.3, 0.5, 0.7, 1, 1.5])
      expect(Math.abs(psis(exponentials.map(e => k * e)).paretoK - k)).toBeLessThan(0.15)
  })

  it('give a draw of density zero no weight', () => {
    const logRatios = Float64Array.from({ length: 200 }, (_, i) => (i % 4 === 0 ? Number.NEGATIVE_INFINITY : Math.sin(i)))
    const { logWeights, paretoK } = psis(logRatios)
    expect(paretoK).toBeLessThan(0.7)
    logRatios.forEach((r, i) => {
      if (r === Number.NEGATIVE_INFINITY) expect(logWeights[i]).toBe(Number.NEGATIVE_INFINITY)
    })
  })

  it('are not to be relied on, and the shape says so, when nearly all draws have density zero', () => {
    const logRatios = new Float64Array(200).fill(Number.NEGATIVE_INFINITY)
    for (let i = 0; i < 10; i++) logRatios[17 * i] = -0.01 * i
    expect(psis(logRatios).paretoK).toBeGreaterThan(0.7)
    logRatios.fill(Number.NEGATIVE_INFINITY)
    logRatios[3] = 5
    expect(psis(logRatios).paretoK).toBeGreaterThan(0.7)
  })

  it('are refused for ratios that are none: empty, NaN, +Infinity, all of density zero; and for a relative efficiency that is none', () => {
    const bad = [[], [1, Number.NaN], [0, Number.POSITIVE_INFINITY], [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]]
    for (const logRatios of bad) expect(() => psis(logRatios)).toThrow(expect.objectContaining({ code: 'BAD_LOG_RATIOS' }))
    for (const relativeEss of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => psis(new Float64Array(40), { relativeEss })).toThrow(expect.objectContaining({ code: 'BAD_RELATIVE_ESS' }))
    }
  })
})
