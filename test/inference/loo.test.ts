import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openStream, rootKey } from '../../src/base/index.js'
import { drawNormal, normalLogPdf } from '../../src/distributions/index.js'
import { loo, psis } from '../../src/inference/index.js'

fc.configureGlobal({ seed: 20240608 })

interface Case {
  name: string
  elpd: number
  se: number
  pLoo: number
  pointwise: number[]
  paretoK: (number | 'Infinity')[]
  logLikelihoods: number[][]
}
const reference: { loo: Case[] } = JSON.parse(readFileSync(join(__dirname, '../fixtures/loo.json'), 'utf8'))
const toRows = (rows: readonly (readonly number[])[]): Float64Array[] => rows.map(row => Float64Array.from(row))

function expectNear(found: number, expected: number, what: string): void {
  expect(Math.abs(found - expected), `${what}: ${found} against ${expected}`).toBeLessThan(1e-9 * Math.max(1, Math.abs(expected)))
}

describe("leave-one-out against R's loo package", () => {
  for (const { name, logLikelihoods, ...expected } of reference.loo) {
    it(`gives the same estimates, observation by observation: ${name}`, () => {
      const found = loo(toRows(logLikelihoods))
      for (const key of ['elpd', 'se', 'pLoo'] as const) expectNear(found[key], expected[key], key)
      expected.pointwise.forEach((x, i) => {
        expectNear(found.pointwise[i], x, `pointwise ${i}`)
      })
      expected.paretoK.forEach((k, i) => {
        if (k === 'Infinity') expect(found.paretoK[i]).toBe(Number.POSITIVE_INFINITY)
        else expectNear(found.paretoK[i], k, `k-hat ${i}`)
      })
      expect(found.unreliable).toBe(expected.paretoK.filter(k => k === 'Infinity' || k > 0.7).length)
    })
  }
})

const matrices = fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 2, max: 20 })).chain(([draws, n]) =>
  fc.array(fc.array(fc.double({ min: -40, max: 5, noNaN: true }), { minLength: n, maxLength: n }), {
    minLength: draws,
    maxLength: draws,
  }),
)

describe('leave-one-out', () => {
  it('is, of one observation, the log of the mean likelihood under the weights of psis of the negative log likelihoods', () => {
    fc.assert(
      fc.property(matrices, fc.constantFrom(0.2, 1, 1.7), (matrix, relativeEss) => {
        const { pointwise, paretoK, elpd } = loo(toRows(matrix), { relativeEss })
        pointwise.forEach((value, i) => {
          const column = matrix.map(row => row[i])
          const smoothed = psis(
            column.map(x => -x),
            { relativeEss },
          )
          expect(paretoK[i] === smoothed.paretoK || Math.abs(paretoK[i] - smoothed.paretoK) < 1e-9).toBe(true)
          const terms = column.map((x, s) => x + smoothed.logWeights[s])
          const largest = Math.max(...terms)
          const direct = largest + Math.log(terms.reduce((sum, x) => sum + Math.exp(x - largest), 0))
          expectNear(value, direct, `pointwise ${i}`)
        })
        expectNear(
          elpd,
          pointwise.reduce((a, b) => a + b),
          'elpd',
        )
      }),
    )
  })

  it('leaves its rows alone and does not depend on which observation comes first', () => {
    fc.assert(
      fc.property(matrices, matrix => {
        const rows = toRows(matrix)
        const found = loo(rows)
        expect(rows).toEqual(toRows(matrix))
        const turned = loo(rows.map(row => row.slice().reverse()))
        expect(turned.pointwise).toEqual(found.pointwise.slice().reverse())
        expect(turned.paretoK).toEqual(found.paretoK.slice().reverse())
      }),
    )
  })

  it('is near the exact answer where that is known: the mean of a normal sample of known variance, flat prior', () => {
    const stream = openStream(rootKey('loo'))
    const n = 40
    const y = Float64Array.from({ length: n }, () => drawNormal(stream))
    const mean = y.reduce((a, b) => a + b) / n
    const rows = Array.from({ length: 4000 }, () => {
      const mu = mean + drawNormal(stream) / Math.sqrt(n)
      return y.map(x => normalLogPdf(x - mu))
    })
    // Without y_i the posterior is normal about the others' mean, with variance 1 / (n - 1).
    const exact = y.reduce((sum, x) => {
      const variance = 1 + 1 / (n - 1)
      const residual = x - (mean * n - x) / (n - 1)
      return sum - 0.5 * (Math.log(2 * Math.PI * variance) + (residual * residual) / variance)
    }, 0)
    const found = loo(rows)
    expect(Math.abs(found.elpd - exact)).toBeLessThan(0.02)
    expect(Math.abs(found.pLoo - 1)).toBeLessThan(0.3)
    expect(found.unreliable).toBe(0)
  })

  it('refuses what is no matrix of finite log likelihoods, or a single observation', () => {
    const bad: unknown[] = [
      [],
      null,
      'rows',
      [null],
      [3],
      [new Float64Array(1)],
      [new Float64Array(0)],
      [new Float64Array(3), new Float64Array(4)],
      [Float64Array.of(0, Number.NaN)],
      [Float64Array.of(0, Number.NEGATIVE_INFINITY)],
      [Float64Array.of(0, 1), Float64Array.of(Number.POSITIVE_INFINITY, 0)],
      [['a', 'b']],
    ]
    for (const rows of bad) expect(() => loo(rows as never)).toThrow(expect.objectContaining({ code: 'BAD_LOG_LIKELIHOODS' }))
    expect(() => loo([new Float64Array(2)], { relativeEss: 0 })).toThrow(expect.objectContaining({ code: 'BAD_RELATIVE_ESS' }))
  })
})
