import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nextUniform, openStream, rootKey } from '../../src/base/index.js'
import { normalQuantile } from '../../src/distributions/index.js'
import { doublesAt, integersAt, kernels, put, reserveDoubles, scratch } from '../../src/kernels/index.js'

fc.configureGlobal({ seed: 20240608 })

/** The kernel's order of the indices, and its ascending values. */
const sort = (values: Float64Array): { order: number[]; ascending: Float64Array } =>
  scratch(() => {
    const input = put(values)
    const words = reserveDoubles(values.length)
    const ascending = reserveDoubles(values.length)
    kernels().sortDraws(input, values.length, words, ascending)
    expect(doublesAt(input, values.length)).toEqual(values)
    const halves = integersAt(words, 2 * values.length)
    return {
      order: Array.from(values, (_, i) => halves[2 * i]),
      ascending: doublesAt(ascending, values.length).slice(),
    }
  })

function expectSorted(values: Float64Array): void {
  const { order, ascending } = sort(values)
  const expected = Array.from(values, (_, i) => i).sort((a, b) =>
    values[a] < values[b] ? -1 : values[a] > values[b] ? 1 : a - b,
  )
  expect(order).toEqual(expected)
  expect(Array.from(ascending)).toEqual(expected.map(i => values[i] + 0))
}

const arrays = (entry: fc.Arbitrary<number>) =>
  fc.array(entry, { minLength: 1, maxLength: 300 }).map(values => Float64Array.from(values))

describe('the kernels’ sort', () => {
  it('orders any doubles but NaN as a comparison does, equal ones by index: 0 and -0, subnormal and infinite ones included', () => {
    fc.assert(fc.property(arrays(fc.double({ noNaN: true })), expectSorted), { numRuns: 300 })
  })

  it('orders ties, and values that differ in their last bits alone', () => {
    fc.assert(fc.property(arrays(fc.integer({ min: -2, max: 2 })), expectSorted))
    fc.assert(fc.property(arrays(fc.integer({ min: 0, max: 40 }).map(x => 1 + x * Number.EPSILON)), expectSorted))
    fc.assert(
      fc.property(
        arrays(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 9 })).map(([far, x]) => (far ? -1e9 : 1 + x * 2e-16))),
        expectSorted,
      ),
    )
  })

  it('orders thousands that share their leading 32 bits, in descending order: the pass over all bits', () => {
    const values = Float64Array.from({ length: 3000 }, (_, i) =>
      i === 1500 ? -1 : 1 + (i % 3 === 0 ? 7 : 3000 - i) * Number.EPSILON,
    )
    expectSorted(values)
    expectSorted(values.map(x => -x))
  })

  it('orders a hundred thousand draws', () => {
    const stream = openStream(rootKey('sort'))
    const values = Float64Array.from({ length: 100_000 }, () => nextUniform(stream) - 0.3)
    const bytes = (x: Float64Array): Buffer => Buffer.from(x.buffer, x.byteOffset, x.byteLength)
    expect(bytes(sort(values).ascending).equals(bytes(values.slice().sort()))).toBe(true)
  })
})

describe('the kernels’ normal scores', () => {
  it('are the normal quantiles of (rank - 3/8) / (n + 1/4), within 1e-14, and antisymmetric', () => {
    for (const n of [4, 5, 60, 2401, 100_000]) {
      const table = scratch(() => {
        const pointer = reserveDoubles(2 * n + 1)
        kernels().normalScores(n, pointer)
        return doublesAt(pointer, 2 * n + 1).slice()
      })
      const stride = Math.max(1, n >> 9)
      for (let doubled = 2; doubled <= 2 * n; doubled += stride) {
        const expected = normalQuantile((doubled / 2 - 0.375) / (n + 0.25))
        expect(Math.abs(table[doubled] - expected)).toBeLessThan(1e-14 * Math.max(1, Math.abs(expected)) + 4e-16)
        expect(table[doubled] + table[2 * n + 2 - doubled]).toBe(0)
      }
    }
  })
})

describe('the kernels’ rank scores', () => {
  /** Scores of a plain count of smaller and equal values. */
  const counted = (values: readonly number[]): number[] =>
    values.map(x => {
      const smaller = values.filter(y => y < x).length
      const equal = values.filter(y => y === x).length
      return normalQuantile((smaller + (equal + 1) / 2 - 0.375) / (values.length + 0.25))
    })

  const scores = (values: Float64Array, median: number): [plain: Float64Array, folded: Float64Array] =>
    scratch(() => {
      const n = values.length
      const input = put(values)
      const [words, ascending, plain, folded] = [1, 2, 3, 4].map(() => reserveDoubles(n))
      const table = reserveDoubles(2 * n + 1)
      kernels().normalScores(n, table)
      kernels().sortDraws(input, n, words, ascending)
      kernels().rankScores(words, ascending, n, table, plain)
      kernels().foldedScores(words, ascending, n, median, table, folded)
      return [doublesAt(plain, n).slice(), doublesAt(folded, n).slice()]
    })

  it('are those of average ranks, of the draws and of their distances from any centre', () => {
    const entry = fc.oneof(fc.integer({ min: -4, max: 4 }), fc.double({ min: -1e3, max: 1e3, noNaN: true }))
    fc.assert(
      fc.property(arrays(entry), entry, (values, centre) => {
        const [plain, folded] = scores(values, centre)
        counted([...values]).forEach((z, i) => {
          expect(plain[i]).toBeCloseTo(z, 12)
        })
        counted([...values].map(x => Math.abs(x - centre))).forEach((z, i) => {
          expect(folded[i]).toBeCloseTo(z, 12)
        })
      }),
      { numRuns: 60 },
    )
  })
})
