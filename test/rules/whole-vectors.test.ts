import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  centeredClipping,
  geometricMedian,
  krum,
  median,
  minimumDiameter,
  multiKrum,
  nearestNeighbourMixing,
} from '../../src/rules/index.js'
import { average } from './sample.js'

const runs = { numRuns: 200 }
const SLACK = 1e-9

interface Cloud {
  readonly n: number
  readonly f: number
  readonly honest: Float64Array[]
  readonly faulty: Float64Array[]
}

/** n - f honest reports in d dimensions, and f lies: near, far, or all the same. */
const cloud = (d: number, leastPerFault = 2, spare = 1): fc.Arbitrary<Cloud> =>
  fc.record({ f: fc.integer({ min: 0, max: 4 }), more: fc.integer({ min: 0, max: 6 }) }).chain(({ f, more }) => {
    const n = leastPerFault * f + spare + more
    const value = fc.integer({ min: -1000, max: 1000 }).map(x => x / 64)
    const row = (of: fc.Arbitrary<number>) => fc.array(of, { minLength: d, maxLength: d }).map(x => Float64Array.from(x))
    const lie = fc.oneof(value, fc.constantFrom(-1e12, -20, 20, 1e12))
    return fc.record({
      n: fc.constant(n),
      f: fc.constant(f),
      honest: fc.array(row(value), { minLength: n - f, maxLength: n - f }),
      faulty: fc.oneof(
        fc.array(row(lie), { minLength: f, maxLength: f }),
        row(lie).map(one => Array.from({ length: f }, () => one)),
      ),
    })
  })

const minus = (a: Float64Array, b: Float64Array): Float64Array => a.map((x, j) => x - b[j])
const length = (a: Float64Array): number => Math.hypot(...a)
const meanOf = (rows: readonly Float64Array[]): Float64Array => rows[0].map((_, j) => average(rows.map(row => row[j])))
const meanSquare = (rows: readonly Float64Array[]): number => {
  const centre = meanOf(rows)
  return average(rows.map(row => length(minus(row, centre)) ** 2))
}

describe('what f faulty reports cannot do to rules on whole vectors', () => {
  it('P4: carry the geometric median farther from a point than 2 / (n - 2f) times the honest distances to it', () => {
    const point = fc.array(fc.double({ min: -20, max: 20, noNaN: true }), { minLength: 3, maxLength: 3 })
    fc.assert(
      fc.property(cloud(3), point, ({ n, f, honest, faulty }, c) => {
        const found = geometricMedian([...honest, ...faulty])
        const centre = Float64Array.from(c)
        const most = (2 / (n - 2 * f)) * honest.reduce((sum, row) => sum + length(minus(row, centre)), 0)
        expect(length(minus(found, centre))).toBeLessThanOrEqual(most * (1 + SLACK) + SLACK)
      }),
      runs,
    )
  })

  it('P5, observed: carry Krum and multi-Krum from the honest mean by more than 6 (1 + f / (n - 2f)) honest variances, squared', () => {
    fc.assert(
      fc.property(cloud(3, 2, 3), ({ n, f, honest, faulty }) => {
        const rows = [...honest, ...faulty]
        const most = 6 * (1 + f / (n - 2 * f)) * meanSquare(honest)
        for (const found of [krum(rows, f), multiKrum(rows, f, n - f)])
          expect(length(minus(found, meanOf(honest))) ** 2).toBeLessThanOrEqual(most + SLACK)
      }),
      runs,
    )
  })

  it('P7: one liar moves centred clipping by at most 2 tau / n a step', () => {
    fc.assert(
      fc.property(cloud(2), cloud(2), fc.constantFrom(0.1, 1, 30), ({ honest }, other, tau) => {
        const start = median(honest)
        const truth = centeredClipping(honest, { start, tau, steps: 1 })
        for (const lie of [...other.honest, ...other.faulty, Float64Array.of(1e300, -1e300)]) {
          const found = centeredClipping([lie, ...honest.slice(1)], { start, tau, steps: 1 })
          expect(length(minus(found, truth))).toBeLessThanOrEqual(((2 * tau) / honest.length) * (1 + SLACK))
        }
      }),
      runs,
    )
  })

  it('P7: and that is tight: a report at one side goes to the other', () => {
    const rows = [Float64Array.of(1e9, 0), Float64Array.of(0, 0), Float64Array.of(0, 0), Float64Array.of(0, 0)]
    const how = { start: [0, 0], tau: 3, steps: 1 }
    const moved = minus(centeredClipping(rows, how), centeredClipping([Float64Array.of(-1e9, 0), ...rows.slice(1)], how))
    expect(length(moved)).toBeCloseTo((2 * 3) / 4, 12)
  })
})

describe('P6: rules on whole vectors', () => {
  const angle = fc.double({ min: -3, max: 3, noNaN: true })
  const turn = (a: number) => (row: Float64Array) =>
    Float64Array.of(Math.cos(a) * row[0] - Math.sin(a) * row[1], Math.sin(a) * row[0] + Math.cos(a) * row[1])
  // Odd multiples of irrational numbers: no ties that a rotation could break.
  const scattered = fc
    .uniqueArray(fc.integer({ min: 1, max: 5000 }), { minLength: 9, maxLength: 14 })
    .map(ids => ids.map(i => Float64Array.of(10 * Math.sin(i * i * 0.7), 10 * Math.cos(i * i * 1.3 + 1))))
  const turning: { readonly [name: string]: (rows: Float64Array[]) => Float64Array[] } = {
    geometricMedian: rows => [geometricMedian(rows, { tolerance: 1e-12 })],
    krum: rows => [krum(rows, 2)],
    multiKrum: rows => [multiKrum(rows, 2, 5)],
    minimumDiameter: rows => [minimumDiameter(rows, 2)],
    nearestNeighbourMixing: rows => nearestNeighbourMixing(rows, 2),
  }

  it.each(Object.entries(turning))('%s turns with its reports', (_name, rule) => {
    fc.assert(
      fc.property(scattered, angle, (rows, a) => {
        const found = rule(rows.map(turn(a)))
        rule(rows)
          .map(turn(a))
          .forEach((row, i) => {
            expect(length(minus(found[i], row))).toBeLessThanOrEqual(1e-7)
          })
      }),
      { numRuns: 60 },
    )
  })

  it('centred clipping turns with its reports and start, and scales with reports, start and tau', () => {
    fc.assert(
      fc.property(scattered, angle, fc.constantFrom(1e-300, 1e-9, 7, 1e290), (rows, a, scale) => {
        const how = { start: rows[0], tau: 2, steps: 3 }
        const plain = centeredClipping(rows, how)
        const turned = centeredClipping(rows.map(turn(a)), { ...how, start: turn(a)(rows[0]) })
        expect(length(minus(turned, turn(a)(plain)))).toBeLessThanOrEqual(1e-12 * 100)
        const times = (row: Float64Array) => row.map(x => x * scale)
        const scaled = centeredClipping(rows.map(times), { start: times(rows[0]), tau: 2 * scale, steps: 3 })
        expect(
          length(
            minus(
              scaled.map(x => x / scale),
              plain,
            ),
          ),
        ).toBeLessThanOrEqual(1e-12 * 100)
      }),
      { numRuns: 60 },
    )
  })

  it('a strict majority at one point is the geometric median, to the bit', () => {
    fc.assert(
      fc.property(cloud(3), ({ n, honest, faulty }) => {
        const c = honest[0]
        const others = [...honest, ...faulty].slice(1, Math.ceil(n / 2))
        const rows = [...Array.from({ length: others.length + 1 }, () => c), ...others]
        expect(geometricMedian(rows)).toEqual(c.map(x => x + 0))
      }),
      runs,
    )
  })

  it('is a mean of the rows also where the median per coordinate, which need not be one, is as good', () => {
    const plane = (x: number, y: number) => Float64Array.of(x, y, 2 * x - 3 * y + 5)
    const many = [0, 0, 0, 0].map(() => plane(0, 0))
    const rows = [...many, plane(16.3, 0), plane(-16.3, 0), plane(-1e-9, 0), plane(0, 1.08), plane(-1.46, 0), plane(-1.46, 0)]
    expect(median(rows)[2] - 5).toBeLessThan(-9e-10)
    expect(geometricMedian(rows)).toEqual(plane(0, 0))
  })

  it('what Krum returns is one of its reports, and the lowest index of equal scores', () => {
    fc.assert(
      fc.property(cloud(2, 2, 3), ({ f, honest, faulty }) => {
        expect([...honest, ...faulty]).toContainEqual(krum([...honest, ...faulty], f))
      }),
      runs,
    )
    const square = [Float64Array.of(0, 1), Float64Array.of(1, 0), Float64Array.of(0, -1), Float64Array.of(-1, 0)]
    expect(krum(square, 0)).toEqual(square[0])
    expect(krum([...square].reverse(), 0)).toEqual(square[3])
    expect(multiKrum(square, 0, 2)).toEqual(Float64Array.of(0.5, 0.5))
    expect(minimumDiameter(square, 1)).toEqual(meanOf(square.slice(0, 3)))
    expect(
      minimumDiameter(
        [0, 1, 2, 3].map(x => Float64Array.of(x)),
        1,
      ),
    ).toEqual(Float64Array.of(1))
  })

  it('with f = 0, mixing is the mean everywhere and minimum-diameter averaging the mean', () => {
    const rows = [Float64Array.of(1, 2), Float64Array.of(5, 3), Float64Array.of(3, 10)]
    for (const row of [...nearestNeighbourMixing(rows, 0), minimumDiameter(rows, 0)]) expect(row).toEqual(Float64Array.of(3, 5))
  })
})

describe('P10: what a rule by coordinates does that a convex combination cannot', () => {
  it('the median leaves the hull of all reports for d = 3, of the honest ones for d = 2', () => {
    // The three unit vectors sum to 1 in every point of their hull; their median is 0.
    const unit = [Float64Array.of(1, 0, 0), Float64Array.of(0, 1, 0), Float64Array.of(0, 0, 1)]
    expect(median(unit)).toEqual(Float64Array.of(0, 0, 0))
    expect(geometricMedian(unit).reduce((sum, x) => sum + x, 0)).toBeCloseTo(1, 12)
    // Two honest reports on the line x + y = 1, one liar at the origin.
    expect(median([Float64Array.of(1, 0), Float64Array.of(0, 1), Float64Array.of(0, 0)])).toEqual(Float64Array.of(0, 0))
  })

  it('the element-wise median of correlation matrices can be indefinite; Krum, the geometric median and mixing stay definite', () => {
    // Upper triangles (1 2), (1 3), (2 3): each is a correlation matrix, their median has determinant below 0.
    const reports = [
      [0.9, 0.9, 0.7],
      [0.9, -0.8, -0.5],
      [-0.9, 0.9, -0.7],
      [0.9, 0.9, 0.7],
      [0.9, -0.5, -0.7],
    ].map(row => Float64Array.from(row))
    const determinant = ([a, b, c]: Float64Array): number => 1 + 2 * a * b * c - a * a - b * b - c * c
    for (const row of reports) expect(determinant(row)).toBeGreaterThan(0)
    expect(determinant(Float64Array.of(0.9, 0.9, -0.5))).toBeLessThan(0)
    expect(median(reports)).toEqual(Float64Array.of(0.9, 0.9, -0.5))
    for (const row of [
      krum(reports, 1),
      multiKrum(reports, 1, 4),
      geometricMedian(reports),
      minimumDiameter(reports, 1),
      ...nearestNeighbourMixing(reports, 1),
    ])
      expect(determinant(row)).toBeGreaterThan(0)
  })
})
