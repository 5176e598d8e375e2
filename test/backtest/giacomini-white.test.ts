import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { giacominiWhite, giacominiWhiteMonteCarlo, giacominiWhitePower } from '../../src/backtest/index.js'
import { openStream, rootKey } from '../../src/base/index.js'
import { drawNormal } from '../../src/distributions/index.js'

const refusal = (code: string) => expect.objectContaining({ name: 'SwarmvarError', code })
const stream = openStream(rootKey('pairs'))
const a = Array.from({ length: 200 }, () => 2 + drawNormal(stream))
const b = Array.from({ length: 200 }, () => 2 + drawNormal(stream))
const ones = a.map(() => [1])

describe('Giacomini-White', () => {
  it('with a constant alone is Diebold-Mariano with an uncentred variance', () => {
    const differences = a.map((loss, t) => loss - b[t])
    const sum = differences.reduce((total, each) => total + each, 0)
    const squares = differences.reduce((total, each) => total + each * each, 0)
    const found = giacominiWhite(a, b, { instruments: ones })
    expect(found.df).toBe(1)
    expect(found.statistic).toBeCloseTo((sum * sum) / squares, 10)
    expect(found.coefficients[0]).toBeCloseTo(sum / 200, 12)
    expect(found.nextDifference).toBeNull()
  })

  it('finds differences that yesterday foretells though their mean is 0, and says who will be better next', () => {
    const swinging = Array.from({ length: 200 }, (_, t) => (t % 2 === 0 ? 1 : -1) + 0.3 * drawNormal(stream))
    const found = giacominiWhite(swinging, new Float64Array(200))
    expect(found.pValue).toBeLessThan(1e-20)
    expect(found.coefficients[1]).toBeLessThan(-0.8)
    expect(found.shareBetterA).toBeCloseTo(0.5, 1)
    expect(found.nextDifference).toBeGreaterThan(0.5)
  })

  it('turns around with the forecasts and does not depend on the unit of losses or instruments', () => {
    const found = giacominiWhite(a, b)
    const turned = giacominiWhite(b, a)
    expect(turned.statistic).toBe(found.statistic)
    expect(turned.coefficients[0]).toBeCloseTo(-found.coefficients[0], 12)
    expect(turned.coefficients[1]).toBeCloseTo(found.coefficients[1], 12)
    expect(turned.shareBetterA).toBeCloseTo(1 - found.shareBetterA, 12)
    for (const unit of [2 ** -900, 2 ** 900]) {
      const scaled = giacominiWhite(
        a.map(loss => loss * unit),
        b.map(loss => loss * unit),
      )
      expect(scaled.statistic).toBe(found.statistic)
      expect(scaled.coefficients[0]).toBe(found.coefficients[0] * unit)
      expect(scaled.coefficients[1]).toBe(found.coefficients[1])
    }
    const rows = a.map((_, t) => [1, Math.sin(t)])
    const vast = rows.map(([one, wave]) => [one * 1e250, wave * 1e-250])
    expect(giacominiWhite(a, b, { instruments: vast }).statistic).toBeCloseTo(
      giacominiWhite(a, b, { instruments: rows }).statistic,
      9,
    )
  })

  it('of equal losses has nothing to test: 0 degrees of freedom, p-value 1', () => {
    expect(giacominiWhite(a, a)).toMatchObject({ statistic: 0, df: 0, pValue: 1, shareBetterA: 0, nextDifference: 0 })
    expect(giacominiWhiteMonteCarlo(a, a, { replications: 99, seed: '1' })).toBe(1)
    expect(() => giacominiWhitePower(a, a)).toThrow(refusal('ZERO_VARIANCE'))
  })

  it('of a constant difference is certain, with one degree of freedom', () => {
    const found = giacominiWhite(
      a.map(loss => loss + 0.5),
      a,
    )
    expect(found.df).toBe(1)
    expect(found.statistic).toBeCloseTo(199, 6)
    expect(found.pValue).toBeLessThan(1e-40)
  })

  it('is finite for all losses of two days and more', () => {
    const loss = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ min: -1e300, max: 1e300, noNaN: true }))
    const pairs = fc.array(fc.tuple(loss, loss), { minLength: 2, maxLength: 12 })
    fc.assert(
      fc.property(pairs, fc.constantFrom(0, 'automatic' as const), (given, lag) => {
        const [first, second] = [given.map(([x]) => x), given.map(([, y]) => y)]
        const found = giacominiWhite(first, second, { lag: given.length === 2 ? 0 : lag })
        for (const value of [found.statistic, found.pValue, found.shareBetterA, ...found.coefficients, found.nextDifference!])
          expect(value).toSatisfy(Number.isFinite)
        expect(found.statistic).toBeLessThanOrEqual((lag === 0 ? 1.000001 : 1e6) * given.length)
      }),
    )
  })

  it('has more power against larger differences', () => {
    const [one, five, ten] = giacominiWhitePower(a, b).map(({ power }) => power)
    expect(one).toBeGreaterThan(0.05)
    expect(five).toBeGreaterThan(one)
    expect(ten).toBeGreaterThan(five)
    const certain = giacominiWhitePower(
      a,
      a.map((loss, t) => loss + (t % 2 === 0 ? 1e-9 : -1e-9)),
    )
    expect(certain.map(({ power }) => power)).toEqual([1, 1, 1])
  })

  it('by flipped signs agrees with chi-square on symmetric differences, replays, and finds what is there', () => {
    const simulation = { replications: 1999, seed: '1' }
    const found = giacominiWhiteMonteCarlo(a, b, simulation)
    expect(Math.abs(found - giacominiWhite(a, b).pValue)).toBeLessThan(0.05)
    expect(giacominiWhiteMonteCarlo(a, b, simulation)).toBe(found)
    const worse = a.map(loss => loss + 0.6)
    expect(giacominiWhiteMonteCarlo(worse, b, simulation)).toBeLessThan(0.01)
    expect(giacominiWhiteMonteCarlo(worse, b, { ...simulation, instruments: ones })).toBeLessThan(0.01)
  })

  it('refuses instruments that are none', () => {
    const refuses = (instruments: unknown): void =>
      expect(() => giacominiWhite(a, b, { instruments: instruments as never })).toThrow(refusal('BAD_INSTRUMENTS'))
    for (const bad of [
      'constant',
      [],
      ones.slice(1),
      a.map(() => []),
      a.map(() => null),
      a.map((_, t) => (t === 7 ? [1, 2] : [1])),
    ])
      refuses(bad)
    refuses(a.map(() => [Number.NaN]))
    expect(() => giacominiWhite(a, b, { lag: 199 })).toThrow(refusal('BAD_LAG'))
    expect(() => giacominiWhite([1], [2])).toThrow(refusal('TOO_FEW_DAYS'))
  })
})
