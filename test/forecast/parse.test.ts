import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Levels, parseForecast } from '../../src/forecast/index.js'

const levels: Levels = { levels: Float64Array.of(0.01, 0.05, 0.5, 0.95), riskLevels: Float64Array.of(0.01, 0.05) }
const good = () => ({
  levels: Float64Array.from(levels.levels),
  quantiles: Float64Array.of(-3, -2, 0, 2),
  riskLevels: Float64Array.from(levels.riskLevels),
  shortfalls: Float64Array.of(3.5, 2.7),
})
const reasonOf = (value: unknown, asked: Levels = levels): string => {
  const parsed = parseForecast(value, asked)
  return parsed.ok ? 'accepted' : parsed.reason
}

describe('what is accepted', () => {
  it('a sound forecast comes back as a fresh copy', () => {
    const value = good()
    const parsed = parseForecast(value, levels)
    expect(parsed).toEqual({ ok: true, forecast: good() })
    value.quantiles[0] = Number.NaN
    expect(parsed.ok && parsed.forecast.quantiles[0]).toBe(-3)
  })

  it('arrays of numbers become typed arrays', () => {
    const value = good()
    const plain = Object.fromEntries(Object.entries(value).map(([field, numbers]) => [field, [...numbers]]))
    expect(parseForecast(plain, levels)).toEqual({ ok: true, forecast: value })
  })

  it('equal quantiles, and an ES that is below VaR by a rounding error only', () => {
    expect(reasonOf({ ...good(), quantiles: Float64Array.of(-2, -2, 0, 0) })).toBe('accepted')
    expect(reasonOf({ ...good(), shortfalls: Float64Array.of(3 - 1e-12, 2) })).toBe('accepted')
  })

  it('no risk levels at all', () => {
    const none = new Float64Array(0)
    expect(reasonOf({ ...good(), riskLevels: none, shortfalls: none }, { ...levels, riskLevels: none })).toBe('accepted')
  })
})

describe('what is refused, each with its reason on one line', () => {
  const cases: readonly (readonly [string, unknown, string])[] = [
    ['not an object', 'VaR 3', 'a forecast is an object, not string'],
    ['null', null, 'a forecast is an object, not null'],
    ['nothing inside', {}, 'levels are not an array of numbers'],
    ['words for numbers', { ...good(), quantiles: ['-3', '-2', '0', '2'] }, 'quantiles are not an array of numbers'],
    [
      'a view without numbers',
      { ...good(), quantiles: new DataView(new ArrayBuffer(32)) },
      'quantiles are not an array of numbers',
    ],
    ['big integers', { ...good(), quantiles: BigInt64Array.of(-3n, -2n, 0n, 2n) }, 'quantiles are not finite: -3 at level 0.01'],
    ['holes', { ...good(), quantiles: new Array(4) }, 'quantiles are not finite: undefined at level 0.01'],
    [
      'not finite',
      { ...good(), quantiles: Float64Array.of(-3, -2, Number.NaN, 2) },
      'quantiles are not finite: NaN at level 0.5',
    ],
    [
      'infinite',
      { ...good(), quantiles: Float64Array.of(-Infinity, -2, 0, 2) },
      'quantiles are not finite: -Infinity at level 0.01',
    ],
    [
      'ES not finite',
      { ...good(), shortfalls: Float64Array.of(3.5, Infinity) },
      'shortfalls are not finite: Infinity at level 0.05',
    ],
    ['wrong length', { ...good(), quantiles: Float64Array.of(-3, -2) }, 'quantiles have length 2, not 4'],
    ['wrong length of ES', { ...good(), shortfalls: Float64Array.of(3) }, 'shortfalls have length 1, not 2'],
    [
      'descending',
      { ...good(), quantiles: Float64Array.of(-3, -2, 2, 0) },
      'quantiles are not ascending: 0 at level 0.95 follows 2 at level 0.5',
    ],
    [
      'ES below VaR by little',
      { ...good(), shortfalls: Float64Array.of(3 - 1e-11, 2.7) },
      'ES 2.99999999999 is below VaR 3 at level 0.01',
    ],
    ['ES below VaR', { ...good(), shortfalls: Float64Array.of(2.9, 2.7) }, 'ES 2.9 is below VaR 3 at level 0.01'],
    [
      'other levels',
      { ...good(), levels: Float64Array.of(0.02, 0.05, 0.5, 0.95) },
      'levels differ from those asked: 0.02 in place of 0.01',
    ],
    ['more levels', { ...good(), levels: Float64Array.of(0.01) }, 'levels differ from those asked: 1 of them, not 4'],
    [
      'other risk levels',
      { ...good(), riskLevels: Float64Array.of(0.01, 0.1) },
      'riskLevels differ from those asked: 0.1 in place of 0.05',
    ],
  ]
  it.each(cases)('%s', (_name, value, reason) => {
    expect(reasonOf(value)).toBe(reason)
  })

  it('anything at all is answered without a throw', () => {
    fc.assert(
      fc.property(
        fc.anything({ withTypedArray: true, withBigInt: true, withNullPrototype: true }),
        value => !parseForecast(value, levels).ok,
      ),
      { numRuns: 300 },
    )
    const mangled = fc.record({
      levels: fc.anything(),
      quantiles: fc.anything(),
      riskLevels: fc.anything(),
      shortfalls: fc.anything(),
    })
    fc.assert(
      fc.property(mangled, fc.constantFrom('levels', 'quantiles', 'riskLevels', 'shortfalls'), (value, field) => {
        const parsed = parseForecast({ ...good(), [field]: value[field] }, levels)
        return parsed.ok || !parsed.reason.includes('\n')
      }),
      { numRuns: 300 },
    )
  })

  it('levels that cannot be asked for are the asker’s error', () => {
    const code = (asked: Levels) =>
      expect(() => parseForecast(good(), asked)).toThrow(expect.objectContaining({ code: 'BAD_LEVELS' }))
    code({ ...levels, levels: new Float64Array(0) })
    code({ ...levels, levels: Float64Array.of(0.05, 0.01, 0.5, 0.95) })
    code({ ...levels, riskLevels: Float64Array.of(0.02) })
    code({ ...levels, riskLevels: Float64Array.of(Number.NaN) })
  })
})
