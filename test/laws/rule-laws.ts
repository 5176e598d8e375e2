import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rootKey } from '../../src/base/index.js'
import { type Forecast, parseForecast, riskLevels, studyGrid } from '../../src/forecast/index.js'
import { bucketing, nearestNeighbourMixing, type Rule, type RuleParameters } from '../../src/rules/index.js'

/** What every member of the table of rules is held to. A law that a rule cannot keep is excepted by name, with the reason. */
export type RuleLaw = 'permutation' | 'translation' | 'scale' | 'all equal' | 'one report'

export interface RuleLawCase {
  readonly rule: Rule
  /** Parameters to try with n reports; none where n is too few. */
  readonly params: (n: number) => readonly RuleParameters[]
  readonly except?: { readonly [law in RuleLaw]?: string }
  /** Why ties decide, and rounding may decide otherwise: the laws of invariance then run on reports without ties. */
  readonly ties?: string
}

interface Reports {
  readonly rows: Float64Array[]
  readonly params: RuleParameters
}

const refusal = (code: string) => expect.objectContaining({ name: 'SwarmvarError', code })
const runs = { numRuns: 60 }

export function ruleLaws({ rule, params, except = {}, ties }: RuleLawCase): void {
  const reports = reportsFor(params, ordinary)
  const general = ties === undefined ? reports : reportsFor(params, untied)
  const note = ties === undefined ? '' : ` (without ties: ${ties})`
  const law = (name: RuleLaw, title: string, body: () => void): void => {
    const reason = except[name]
    it.skipIf(reason !== undefined)(reason === undefined ? title : `${title} (excepted: ${reason})`, body)
  }

  describe(`the laws of rules hold for ${rule.name}`, () => {
    it('it has a source, and says how many faults it bears and how few reports it needs', () => {
      expect(rule.source).toMatch(/\d{4}/)
      expect(rule.breakdown).toMatch(/\d|f\/n/)
      expect(rule.monotone && rule.rearranges).toBe(false)
      for (let n = 1; n <= 30; n++) {
        for (const given of params(n)) {
          expect(rule.needs(given)).toBeLessThanOrEqual(n)
          expect(Number.isInteger(rule.bound(n, given))).toBe(true)
          expect(rule.bound(n, given)).toBeGreaterThanOrEqual(0)
          expect(2 * rule.bound(n, given)).toBeLessThan(n)
        }
      }
    })

    it('an unknown parameter is refused by name, whatever is asked', () => {
      const wrong = { ...params(30)[0], surprise: 1 }
      const doors = [
        () => rule.parameters(wrong),
        () => rule.bound(30, wrong),
        () => rule.needs(wrong),
        () => rule.aggregate([], wrong),
        () => rule.apply([], wrong),
      ]
      for (const door of doors) {
        expect(door).toThrow(refusal('UNKNOWN_PARAMETER'))
        expect(door).toThrow(`${rule.name}.surprise`)
      }
    })

    it('bad rows are refused: none, empty, ragged, not finite, not rows', () => badRowsAreRefused(rule, params))

    it('fewer reports than it needs are refused', () => {
      for (const given of params(30)) {
        const few = Array.from({ length: rule.needs(given) - 1 }, () => Float64Array.of(1, 2))
        if (few.length > 0) expect(() => rule.aggregate(few, given)).toThrow(refusal('TOO_MANY_FAULTS'))
      }
    })

    it('the reports are left alone, and the result is nobody else’s', () => {
      fc.assert(
        fc.property(reports, ({ rows, params: given }) => {
          const before = rows.map(row => row.slice())
          const result = rule.aggregate(rows, given)
          expect(rows).toEqual(before)
          result.fill(Number.NaN)
          expect(rows).toEqual(before)
        }),
        runs,
      )
    })

    law('permutation', `the order of the reports does not matter${note}`, () => {
      fc.assert(
        fc.property(general, fc.nat(), ({ rows, params: given }, turn) => {
          const shuffled = rows.map((_, i) => rows[(i + turn) % rows.length]).reverse()
          expectNear(rule.aggregate(shuffled, given), rule.aggregate(rows, given), 100)
        }),
        runs,
      )
    })

    law('translation', `moving every report moves the result${note}`, () => {
      fc.assert(
        fc.property(general, fc.double({ min: -1000, max: 1000, noNaN: true }), ({ rows, params: given }, shift) => {
          const moved = rule.aggregate(
            rows.map(row => row.map(x => x + shift)),
            given,
          )
          expectNear(
            moved,
            rule.aggregate(rows, given).map(x => x + shift),
            1100,
          )
        }),
        runs,
      )
    })

    law('scale', `scaling every report scales the result, from 1e-300 to 1e300${note}`, () => {
      fc.assert(
        fc.property(general, fc.constantFrom(1e-300, 1e-9, 3, 1e9, 1e300), ({ rows, params: given }, scale) => {
          const scaled = rule.aggregate(
            rows.map(row => row.map(x => x * scale)),
            given,
          )
          expect(scaled.every(Number.isFinite)).toBe(true)
          expectNear(
            scaled.map(x => x / scale),
            rule.aggregate(rows, given),
            100,
          )
        }),
        runs,
      )
    })

    law('all equal', 'reports that are all equal give exactly that report, -0 as 0', () => {
      const any = reportsFor(params, fc.double({ noNaN: true, noDefaultInfinity: true }))
      fc.assert(
        fc.property(any, ({ rows, params: given }) => {
          expect(
            rule
              .aggregate(
                rows.map(() => rows[0]),
                given,
              )
              .map(x => x + 0),
          ).toEqual(rows[0].map(x => x + 0))
        }),
        runs,
      )
    })

    law('one report', 'a single report is the result, where one is enough', () => {
      for (const given of params(1))
        for (const x of [0.1, -1e-300, 1.7e308])
          expect(rule.aggregate([Float64Array.of(x, 0)], given)).toEqual(Float64Array.of(x, 0))
    })

    it('reports as large as numbers get give finite results', () => {
      const huge = reportsFor(params, fc.constantFrom(1e300, 1.7e308, -1.7e308, Number.MAX_VALUE, -Number.MAX_VALUE))
      fc.assert(
        fc.property(huge, ({ rows, params: given }) => rule.aggregate(rows, given).every(Number.isFinite)),
        runs,
      )
    })

    it.runIf(rule.monotone)('P8, P9: a report that rises never lowers the result, after rounding too', () => {
      const rise = fc.constantFrom(0, 0, 1e-17, 1e-16, 2e-16, 1)
      fc.assert(
        fc.property(reports, fc.array(rise, { minLength: 13, maxLength: 13 }), ({ rows, params: given }, rises) => {
          const pairs = rows.map(([x], i) => Float64Array.of(x, x + rises[i] * Math.max(1, Math.abs(x))))
          const [low, high] = rule.aggregate(pairs, given)
          expect(low).toBeLessThanOrEqual(high)
        }),
        { numRuns: 200 },
      )
    })

    it.runIf(!rule.monotone && !rule.rearranges)('the result is a convex combination of the reports', () => {
      // What combines the rows keeps every affine relation between coordinates, and every coordinate in the reports' range.
      const affine = ([x, y = 1]: Float64Array) => Float64Array.of(x, y, 2 * x - 3 * y + 5, y - x)
      fc.assert(
        fc.property(reports, ({ rows, params: given }) => {
          const related = rows.map(affine)
          const found = rule.aggregate(related, given)
          expectNear(found, affine(found), 1000)
          found.forEach((x, j) => {
            expect(x).toBeGreaterThanOrEqual(Math.min(...related.map(row => row[j])) - 1e-10)
            expect(x).toBeLessThanOrEqual(Math.max(...related.map(row => row[j])) + 1e-10)
          })
        }),
        runs,
      )
    })

    it('reports may be mixed or put in buckets first', () => preaggregationPrecedes(rule, params))

    it('twice the same reports give the same bits, whatever was asked in between', () => {
      fc.assert(
        fc.property(reports, reports, (first, second) => {
          const before = rule.aggregate(first.rows, first.params)
          rule.aggregate(second.rows, second.params)
          expect(rule.aggregate(first.rows, first.params)).toEqual(before)
        }),
        runs,
      )
    })

    it('of forecasts, it makes a forecast: quantiles ascending, ES at or above VaR', () => forecastsStayForecasts(rule, params))
  })
}

/** Numbers from -100 to 100, over twenty orders of magnitude; the edges of the range of numbers have laws of their own. */
const ordinary = fc.double({ min: -100, max: 100, noNaN: true }).map(x => (Math.abs(x) < 1e-20 ? 0 : x))

/** Numbers from -100 to 100 without ties among them or their sums, however they shrink: the hashes of whole numbers. */
const untied = fc.integer().map(x => {
  let hash = Math.imul(x ^ 0x5bd1e995, 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  hash = Math.imul(hash ^ (hash >>> 16), 0x27d4eb2f)
  return ((hash ^ (hash >>> 15)) / 2147483648) * 100
})

const reportsFor = (params: RuleLawCase['params'], value: fc.Arbitrary<number>): fc.Arbitrary<Reports> => {
  const shape = fc.tuple(fc.integer({ min: 1, max: 13 }), fc.integer({ min: 1, max: 4 })).filter(([n]) => params(n).length > 0)
  return shape.chain(([n, d]) => {
    const row = fc.array(value, { minLength: d, maxLength: d }).map(numbers => Float64Array.from(numbers))
    return fc.record({ rows: fc.array(row, { minLength: n, maxLength: n }), params: fc.constantFrom(...params(n)) })
  })
}

/** Equal to rounding, for values as large as `magnitude`. */
function expectNear(found: Float64Array, expected: Float64Array, magnitude: number): void {
  expect(found.length).toBe(expected.length)
  for (let j = 0; j < found.length; j++) expect(Math.abs(found[j] - expected[j])).toBeLessThanOrEqual(1e-12 * magnitude)
}

function badRowsAreRefused(rule: Rule, params: RuleLawCase['params']): void {
  const n = 15
  const good = Array.from({ length: n }, (_, i) => Float64Array.of(i, -i))
  const swap = (bad: unknown): Float64Array[] => good.map((row, i) => (i === 7 ? (bad as Float64Array) : row))
  const bad = [
    [],
    good.map(() => new Float64Array(0)),
    ...[
      Float64Array.of(1),
      Float64Array.of(1, 2, 3),
      Float64Array.of(1, Number.NaN),
      Float64Array.of(Number.POSITIVE_INFINITY, 0),
    ].map(swap),
    ...[null, undefined, 'ab', { length: 2 }, ['1', '2'], new DataView(new ArrayBuffer(16))].map(swap),
  ]
  for (const given of params(n)) for (const rows of bad) expect(() => rule.aggregate(rows, given)).toThrow(refusal('BAD_REPORT'))
  expect(() => rule.apply([], params(n)[0])).toThrow(refusal('BAD_REPORT'))
}

function preaggregationPrecedes(rule: Rule, params: RuleLawCase['params']): void {
  const rows = Array.from({ length: 24 }, (_, i) => Float64Array.of(Math.sin(i * i), Math.cos(7 * i * i), i % 5))
  const mixing = { name: 'nearestNeighbourMixing', f: 2 }
  const buckets = { name: 'bucketing', size: 2, seed: 'any' }
  const inBuckets = bucketing(rows, { size: 2, key: rootKey('any') })
  for (const given of params(inBuckets.length)) {
    const mixed = { ...given, preaggregate: mixing }
    expect(rule.aggregate(rows, mixed)).toEqual(rule.aggregate(nearestNeighbourMixing(rows, 2), given))
    expect(rule.parameters(mixed)).toEqual({ ...rule.parameters(given), preaggregate: mixing })
    expect(rule.bound(24, mixed)).toBe(Math.min(2, rule.bound(24, given)))
    expect(rule.needs(mixed)).toBe(Math.max(5, rule.needs(given)))
    const bucketed = { ...given, preaggregate: buckets }
    expect(rule.aggregate(rows, bucketed)).toEqual(rule.aggregate(inBuckets, given))
    expect(rule.bound(24, bucketed)).toBe(rule.bound(12, given))
    expect(rule.needs(bucketed)).toBe(2 * (rule.needs(given) - 1) + 1)
  }
  const bad = [{ name: 'nothing' }, { name: 'bucketing' }, { name: 'bucketing', size: 0 }, { ...mixing, g: 1 }, 5, null]
  for (const preaggregate of bad)
    expect(() => rule.parameters({ ...params(12)[0], preaggregate })).toThrow(`${rule.name}.preaggregate`)
}

function forecastsStayForecasts(rule: Rule, params: RuleLawCase['params']): void {
  const levels = { levels: studyGrid, riskLevels }
  const forecast = fc
    .record({
      quantiles: fc.array(fc.oneof(fc.double({ min: -20, max: 20, noNaN: true }), fc.constantFrom(-2, 0, 2, 1e300, -1e300)), {
        minLength: 41,
        maxLength: 41,
      }),
      excess: fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0, max: 3, noNaN: true })), { minLength: 3, maxLength: 3 }),
    })
    .map(({ quantiles, excess }): Forecast => {
      const ascending = Float64Array.from(quantiles).sort()
      return {
        ...levels,
        quantiles: ascending,
        shortfalls: riskLevels.map((p, i) => excess[i] - ascending[studyGrid.indexOf(p)]),
      }
    })
  const forecasts = fc.array(forecast, { minLength: 1, maxLength: 12 }).filter(all => params(all.length).length > 0)
  fc.assert(
    fc.property(forecasts, all => {
      for (const given of params(all.length)) {
        const before = structuredClone(all)
        const result = rule.apply(all, given)
        expect(all).toEqual(before)
        expect(parseForecast(result, levels)).toMatchObject({ ok: true })
        riskLevels.forEach((p, i) => {
          expect(result.shortfalls[i]).toBeGreaterThanOrEqual(-result.quantiles[studyGrid.indexOf(p)])
        })
      }
    }),
    { numRuns: 30 },
  )
}
