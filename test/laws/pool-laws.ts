import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Forecast, parseForecast, riskLevels, studyGrid } from '../../src/forecast/index.js'
import type { Rule } from '../../src/rules/index.js'
import { anyForecast, normal, point, smoothForecast } from '../rules/forecasts.js'

const refusal = (code: string) => expect.objectContaining({ name: 'SwarmvarError', code })
const levels = { levels: studyGrid, riskLevels }
const several = <T>(item: fc.Arbitrary<T>) => fc.array(item, { minLength: 1, maxLength: 9 })
const weighted = several(fc.tuple(anyForecast, fc.constantFrom(0, 0.5, 1, 7))).filter(all => all.some(([, w]) => w > 0))
const runs = { numRuns: 40 }

/** What every pool of whole forecasts is held to. */
export function poolLaws(rule: Rule): void {
  // A minimum that is known to 1e-9 of its height has a place known to the root of that.
  const exact = rule.name === 'wassersteinMedian' ? 1e-4 : 1e-9

  const pool = (all: readonly Forecast[], weights?: readonly number[]): Forecast =>
    rule.apply(all, {}, weights === undefined ? undefined : Float64Array.from(weights))

  describe(`the laws of pools hold for ${rule.name}`, () => {
    it('it has a source, needs one report, bears less than half of them, and weighs', () => {
      expect(rule.source).toMatch(/\d{4}/)
      expect(rule.needs({})).toBe(1)
      expect(rule.weighs).toBe(true)
      for (let n = 1; n <= 30; n++) expect(2 * rule.bound(n, {})).toBeLessThan(n)
    })

    it('an unknown parameter is refused by name, whatever is asked', () => {
      for (const door of ['parameters', 'needs'] as const) expect(() => rule[door]({ surprise: 1 })).toThrow('surprise')
      expect(() => rule.bound(3, { surprise: 1 })).toThrow(refusal('UNKNOWN_PARAMETER'))
      expect(() => rule.apply([], { surprise: 1 })).toThrow(refusal('UNKNOWN_PARAMETER'))
      expect(() => rule.aggregate([], { surprise: 1 })).toThrow(refusal('UNKNOWN_PARAMETER'))
    })

    it('what are no forecasts on the same levels, or no weights, is refused', () => {
      const good = normal(0, 1)
      const bad = [
        [],
        [good, normal(0, 1, Float64Array.of(0.01, 0.025, 0.05, 0.5))],
        [good, { ...good, quantiles: good.quantiles.map((q, i) => (i === 3 ? Number.NaN : q)) }],
        [good, { ...good, quantiles: good.quantiles.slice().reverse() }],
        [good, { ...good, shortfalls: good.shortfalls.map(() => -9) }],
        [good, null as unknown as Forecast],
      ]
      for (const all of bad) expect(() => pool(all)).toThrow(refusal('BAD_REPORT'))
      for (const weights of [[1], [1, -1], [0, 0], [1, Number.NaN]])
        expect(() => pool([good, good], weights)).toThrow(refusal('BAD_WEIGHTS'))
    })

    it('forecasts stay forecasts, the inputs are left alone, and the result is nobody else’s', () => {
      fc.assert(
        fc.property(weighted, given => {
          const all = given.map(([forecast]) => forecast)
          const before = structuredClone(all)
          const result = pool(
            all,
            given.map(([, weight]) => weight),
          )
          expect(parseForecast(result, levels)).toMatchObject({ ok: true })
          for (const part of [result.levels, result.quantiles, result.riskLevels, result.shortfalls]) part.fill(9)
          expect(all).toEqual(before)
        }),
        runs,
      )
    })

    it('n identical forecasts pool to that forecast, to the bit', () => {
      fc.assert(
        fc.property(anyForecast, fc.integer({ min: 1, max: 9 }), (forecast, n) => {
          expect(pool(Array.from({ length: n }, () => forecast))).toEqual(forecast)
        }),
        runs,
      )
    })

    it('who weighs nothing is not heard, and equal weights are none', () => {
      fc.assert(
        fc.property(several(smoothForecast), anyForecast, (all, liar) => {
          const even = all.map(() => 1)
          expect(pool([...all, liar], [...even, 0])).toEqual(pool(all, even))
          expect(pool(all, even)).toEqual(pool(all))
        }),
        runs,
      )
    })

    it('the order of the forecasts does not matter, up to rounding', () => {
      fc.assert(
        fc.property(several(smoothForecast), all => {
          const [there, back] = [pool(all), pool([...all].reverse())]
          expectNear(there, back, exact)
        }),
        runs,
      )
    })

    it('moving and scaling every forecast moves and scales the pool', () => {
      const change = fc.record({
        shift: fc.double({ min: -5, max: 5, noNaN: true }),
        scale: fc.double({ min: 0.1, max: 10, noNaN: true }),
      })
      fc.assert(
        fc.property(several(smoothForecast), change, (all, { shift, scale }) => {
          const moved = (f: Forecast): Forecast => ({
            ...f,
            quantiles: f.quantiles.map(q => scale * q + shift),
            shortfalls: f.shortfalls.map(s => scale * s - shift),
          })
          expectNear(pool(all.map(moved)), moved(pool(all)), 10 * exact * (1 + scale))
        }),
        runs,
      )
    })

    it('numbers from 1e-300 to 1e300 neither overflow nor vanish', () => {
      for (const scale of [1e-300, 1e300]) {
        const { quantiles, shortfalls } = pool([normal(0, scale), normal(scale, 2 * scale), normal(-scale, scale)])
        const expected = pool([normal(0, 1), normal(1, 2), normal(-1, 1)])
        quantiles.forEach((q, k) => {
          expect(Math.abs(q / scale - expected.quantiles[k])).toBeLessThan(exact)
        })
        shortfalls.forEach((s, k) => {
          expect(Math.abs(s / scale - expected.shortfalls[k])).toBeLessThan(exact)
        })
      }
      const wild = pool([normal(0, 1), point(1e300), point(-1e300), normal(0, 1e-300)])
      expect([...wild.quantiles, ...wild.shortfalls].every(Number.isFinite)).toBe(true)
    })
  })
}

export function expectNear(found: Forecast, expected: Forecast, tolerance: number): void {
  for (const part of ['quantiles', 'shortfalls'] as const)
    found[part].forEach((value, k) => {
      expect(Math.abs(value - expected[part][k]), `${part}[${k}]`).toBeLessThanOrEqual(tolerance)
    })
}
