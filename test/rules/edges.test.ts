import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rootKey } from '../../src/base/index.js'
import * as rules from '../../src/rules/index.js'

const refusal = (code: string) => expect.objectContaining({ name: 'SwarmvarError', code })
const { bulyan, geometricMedian, krum, minimumDiameter, multiKrum, nearestNeighbourMixing } = rules

/** Rules that measure distances, with f = 2 of 11 or more. */
const measuring: { readonly [name: string]: (rows: Float64Array[]) => Float64Array } = {
  bulyan: rows => bulyan(rows, 2),
  geometricMedian: rows => geometricMedian(rows),
  krum: rows => krum(rows, 2),
  minimumDiameter: rows => minimumDiameter(rows, 2),
  multiKrum: rows => multiKrum(rows, 2, rows.length - 2),
  nearestNeighbourMixing: rows => nearestNeighbourMixing(rows, 2)[0],
}

const scattered = (n: number, d: number, scale: number): Float64Array[] =>
  Array.from({ length: n }, (_, i) => Float64Array.from({ length: d }, (__, j) => scale * Math.sin(1 + i * i * 1.7 + j * 3.1)))

describe('liars at the largest numbers do not blur what honest reports differ by', () => {
  it.each(Object.entries(measuring))(
    '%s chooses among honest reports of any size as it does with liars nearby',
    (_name, rule) => {
      for (const scale of [1e-300, 1e-200, 1e-150, 1, 1e140, 1e280]) {
        const honest = scattered(10, 3, scale)
        const answer = (lie: number) => rule([...honest, Float64Array.of(lie, -lie, lie), Float64Array.of(lie, lie, lie / 2)])
        const nearby = answer(scale * 1e6)
        for (const lie of [scale * 1e12, 1e300, Number.MAX_VALUE]) {
          answer(lie).forEach((x, j) => {
            expect(Math.abs(x - nearby[j])).toBeLessThanOrEqual(1e-5 * scale)
          })
        }
      }
    },
  )

  it.each(Object.entries(measuring))('%s of subnormal reports is as of the same ones scaled up', (name, rule) => {
    const whole = scattered(11, 2, 1e6).map(row => row.map(Math.round))
    const up = rule(whole)
    rule(whole.map(row => row.map(x => x * 5e-324))).forEach((x, j) => {
      expect(Math.abs(x / 5e-324 - up[j])).toBeLessThanOrEqual(name === 'geometricMedian' ? 10 : 1)
    })
  })
})

describe('small sizes', () => {
  it('one report, one number: every rule that takes one returns it', () => {
    const one = [Float64Array.of(3)]
    for (const found of [
      rules.hodgesLehmann(one),
      rules.huber(one),
      rules.tukey(one),
      rules.medianOfMeans(one, 1),
      rules.weightedMedian(one, [2]),
      rules.trimmedMidpoint(one, 0),
      rules.meanAroundMedian(one, 0),
      minimumDiameter(one, 0),
      geometricMedian(one),
      nearestNeighbourMixing(one, 0)[0],
      rules.bucketing(one, { size: 3, key: rootKey('k') })[0],
      rules.centeredClipping(one, { start: [3], tau: 1, steps: 5 }),
    ])
      expect(found).toEqual(Float64Array.of(3))
  })

  it('on a line the geometric median is the weighted median, for even n the midpoint', () => {
    const line = [5, 1, 2, 9].map(x => Float64Array.of(x))
    expect(geometricMedian(line)).toEqual(Float64Array.of(3.5))
    expect(geometricMedian(line, { weights: [0, 1, 1, 3] })).toEqual(Float64Array.of(9))
    expect(geometricMedian(line.map(([x]) => Float64Array.of(x, x)))).toHaveLength(2)
  })

  it('the midpoint of two values nearest the median goes to the smaller: (distance, value)', () => {
    expect(
      rules.meanAroundMedian(
        [0, 1, 2].map(x => Float64Array.of(x)),
        1,
      ),
    ).toEqual(Float64Array.of(0.5))
  })

  it('a MAD of 0 gives the median', () => {
    const rows = [1, 1, 1, 50, -3].map(x => Float64Array.of(x))
    expect(rules.huber(rows)).toEqual(Float64Array.of(1))
    expect(rules.tukey(rows)).toEqual(Float64Array.of(1))
  })

  it('a weightless report is never chosen', () => {
    const rows = [1, 2, 3].map(x => Float64Array.of(x))
    for (const which of ['lower', 'upper', 'mid'] as const)
      expect(rules.weightedMedian(rows, [0, 0, 1e-300], which)).toEqual(Float64Array.of(3))
    expect(rules.weightedMedian(rows, [1e308, 1e308, 1e308], 'upper')).toEqual(Float64Array.of(2))
    expect(rules.weightedMedian(rows.slice(0, 2), [0.1, 0.1], 'mid')).toEqual(Float64Array.of(1.5))
  })

  it('ten equal weights of a tenth tie exactly', () => {
    const rows = Array.from({ length: 10 }, (_, i) => Float64Array.of(i))
    const weights = rows.map(() => 0.1)
    expect(rules.weightedMedian(rows, weights, 'lower')).toEqual(Float64Array.of(4))
    expect(rules.weightedMedian(rows, weights, 'upper')).toEqual(Float64Array.of(5))
  })
})

describe('bucketing', () => {
  it('puts every report into one bucket, the same ones for the same key, and keeps the total', () => {
    const rows = Array.from({ length: 11 }, (_, i) => Float64Array.of(i, 1))
    const key = rootKey('buckets')
    const found = rules.bucketing(rows, { size: 3, key })
    expect(found).toHaveLength(4)
    expect(rules.bucketing(rows, { size: 3, key })).toEqual(found)
    expect(rules.bucketing(rows, { size: 3, key: rootKey('others') })).not.toEqual(found)
    const sizes = [3, 3, 3, 2]
    expect(found.reduce((sum, [x], k) => sum + sizes[k] * x, 0)).toBeCloseTo(55, 10)
  })

  it('adds up the weights of a bucket', () => {
    const rows = Array.from({ length: 6 }, (_, i) => Float64Array.of(i))
    const forecast = (x: number) => ({
      levels: Float64Array.of(0.5),
      quantiles: Float64Array.of(x),
      riskLevels: new Float64Array(0),
      shortfalls: new Float64Array(0),
    })
    const preaggregate = { name: 'bucketing', size: 6 }
    const weights = Float64Array.of(0, 0, 0, 0, 0, 1)
    const found = rules.ruleTable.weightedMedian.apply(
      rows.map(([x]) => forecast(x)),
      { preaggregate },
      weights,
    )
    expect(found.quantiles).toEqual(Float64Array.of(2.5))
  })
})

describe('what is refused', () => {
  const rows = Array.from({ length: 9 }, (_, i) => Float64Array.of(i, i * i))

  it.each<[string, () => unknown, string]>([
    ['Krum of too few', () => krum(rows, 4), 'TOO_MANY_FAULTS'],
    ['Krum with half a fault', () => krum(rows, 0.5), 'BAD_PARAMETER'],
    ['multi-Krum of none', () => multiKrum(rows, 1, 0), 'BAD_PARAMETER'],
    ['multi-Krum of more than there are', () => multiKrum(rows, 1, 10), 'TOO_MANY_FAULTS'],
    ['Bulyan of too few', () => bulyan(rows, 2), 'TOO_MANY_FAULTS'],
    ['a mean around the median of too few', () => rules.meanAroundMedian(rows, 5), 'TOO_MANY_FAULTS'],
    ['mixing of too few', () => nearestNeighbourMixing(rows, 5), 'TOO_MANY_FAULTS'],
    ['a search among too many subsets', () => minimumDiameter(scattered(40, 2, 1), 19), 'TOO_MANY_SUBSETS'],
    ['the same before a run', () => rules.ruleTable.minimumDiameter.bound(40, { f: 19 }), 'TOO_MANY_SUBSETS'],
    ['more blocks than reports', () => rules.medianOfMeans(rows, 10), 'TOO_MANY_FAULTS'],
    ['no blocks', () => rules.medianOfMeans(rows, 0), 'BAD_PARAMETER'],
    ['a tuning of 0', () => rules.huber(rows, { k: 0 }), 'BAD_PARAMETER'],
    ['an infinite tuning', () => rules.tukey(rows, { c: Number.POSITIVE_INFINITY }), 'BAD_PARAMETER'],
    ['weights that are too few', () => rules.weightedMedian(rows, [1, 2]), 'BAD_WEIGHTS'],
    ['weights below 0', () => geometricMedian(rows, { weights: rows.map(() => -1) }), 'BAD_WEIGHTS'],
    ['a median of no kind', () => rules.weightedMedian(rows, undefined, 'middle' as never), 'BAD_PARAMETER'],
    ['a tolerance of 0', () => geometricMedian(rows, { tolerance: 0 }), 'BAD_PARAMETER'],
    ['clipping from a shorter start', () => rules.centeredClipping(rows, { start: [1], tau: 1, steps: 1 }), 'BAD_PARAMETER'],
    ['clipping at no radius', () => rules.centeredClipping(rows, { start: [1, 1], tau: 0, steps: 1 }), 'BAD_PARAMETER'],
    ['clipping with endless steps', () => rules.centeredClipping(rows, { start: [1, 1], tau: 1, steps: 1e9 }), 'BAD_PARAMETER'],
    ['a report that is not finite', () => bulyan([...rows, Float64Array.of(1, Number.NaN)], 1), 'BAD_REPORT'],
  ])('%s', (_, call, code) => {
    expect(call).toThrow(refusal(code))
  })
})

it('a large search is cut short, not cut off: minimum-diameter averaging finds the planted subset among 4.6 million', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 24 }), { minLength: 11, maxLength: 11 }), liars => {
      const rows = scattered(25, 3, 1).map((row, i) => (liars.includes(i) ? row.map(x => 100 * x + 1000 * (1 + i)) : row))
      const honest = rows.filter((_, i) => !liars.includes(i))
      const found = minimumDiameter(rows, 11)
      rules.mean(honest).forEach((x, j) => {
        expect(found[j]).toBeCloseTo(x, 12)
      })
    }),
    { numRuns: 10 },
  )
})
