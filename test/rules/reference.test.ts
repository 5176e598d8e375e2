import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import * as rules from '../../src/rules/index.js'

type Vector = readonly number[]
interface Case {
  readonly kind: string
  readonly f: number
  readonly rows: readonly Vector[]
  readonly weights: Vector
  readonly start: Vector
  readonly krum: Vector
  readonly multiKrum: Vector
  readonly bulyan: Vector
  readonly meanAroundMedian: Vector
  readonly hodgesLehmann: Vector
  readonly medianOfMeans: Vector
  readonly weightedMedian: { readonly [which in 'lower' | 'upper' | 'mid']: Vector }
  readonly nearestNeighbourMixing: readonly Vector[]
  readonly centeredClipping: Vector
  readonly huber?: Vector
  readonly tukey?: Vector
  readonly minimumDiameter?: Vector
  readonly geometricMedian?: Vector
  readonly weightedGeometricMedian?: Vector
}

const cases: readonly Case[] = JSON.parse(readFileSync(join(__dirname, '..', 'fixtures', 'rules.json'), 'utf8'))

function near(found: Float64Array, expected: Vector, tolerance = 1e-12): void {
  expect(found.length).toBe(expected.length)
  found.forEach((x, j) => {
    expect(Math.abs(x - expected[j])).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(expected[j])))
  })
}

const sumOfDistances = (rows: readonly Float64Array[], weights: ArrayLike<number>, y: ArrayLike<number>): number =>
  rows.reduce((sum, row, i) => sum + weights[i] * Math.hypot(...row.map((x, j) => x - y[j])), 0)

describe.each(cases)('$kind reports, f = $f, against independent values', given => {
  const { f } = given
  const rows = given.rows.map(row => Float64Array.from(row))
  const n = rows.length

  it('Krum, multi-Krum, Bulyan and the mean around the median', () => {
    expect([...rules.krum(rows, f)]).toEqual(given.krum)
    near(rules.multiKrum(rows, f, n - f), given.multiKrum)
    near(rules.multiKrum(rows, f, 1), given.krum, 0)
    near(rules.bulyan(rows, f), given.bulyan)
    near(rules.meanAroundMedian(rows, f), given.meanAroundMedian)
  })

  it('Hodges-Lehmann, median of means, weighted medians', () => {
    near(rules.hodgesLehmann(rows), given.hodgesLehmann)
    near(rules.medianOfMeans(rows, 5), given.medianOfMeans)
    for (const which of ['lower', 'upper', 'mid'] as const)
      near(rules.weightedMedian(rows, given.weights, which), given.weightedMedian[which], 0)
    near(rules.weightedMedian(rows, given.weights), given.weightedMedian.lower, 0)
  })

  it('nearest-neighbour mixing and centred clipping', () => {
    rules.nearestNeighbourMixing(rows, f).forEach((row, i) => {
      near(row, given.nearestNeighbourMixing[i])
    })
    near(rules.centeredClipping(rows, { start: given.start, tau: 2.5, steps: 4 }), given.centeredClipping)
  })

  const untiedOnly = given.huber === undefined ? ' (excepted: of tied whole numbers the fixture holds none)' : ''
  it.skipIf(given.huber === undefined)(`Huber and Tukey locations${untiedOnly}`, () => {
    near(rules.huber(rows), given.huber!, 1e-11)
    near(rules.tukey(rows), given.tukey!, 1e-11)
  })

  const fewOnly =
    given.minimumDiameter === undefined ? ' (excepted: more than 16 rows have too many subsets for brute force)' : ''
  it.skipIf(given.minimumDiameter === undefined)(`minimum-diameter averaging${fewOnly}`, () => {
    near(rules.minimumDiameter(rows, f), given.minimumDiameter!)
  })

  const uniqueOnly =
    given.geometricMedian === undefined ? ' (excepted: in one dimension, and of tied whole numbers, the fixture holds none)' : ''
  it.skipIf(given.geometricMedian === undefined)(
    `geometric medians: the objective to 1e-9, and nearly so with less${uniqueOnly}`,
    () => {
      const { weights } = given
      const even = rows.map(() => 1)
      for (const [share, least, options] of [
        [even, given.geometricMedian!, {}],
        [weights, given.weightedGeometricMedian!, { weights }],
      ] as const) {
        const best = sumOfDistances(rows, share, least)
        expect(sumOfDistances(rows, share, rules.geometricMedian(rows, options)) / best - 1).toBeLessThanOrEqual(1e-9)
        expect(
          sumOfDistances(rows, share, rules.geometricMedian(rows, { ...options, tolerance: 0.01 })) / best - 1,
        ).toBeLessThanOrEqual(0.01)
        near(rules.geometricMedian(rows, { ...options, tolerance: 1e-12 }), least, 1e-8)
      }
    },
  )
})
