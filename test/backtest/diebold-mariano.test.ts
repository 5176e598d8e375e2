import { describe, expect, it } from 'vitest'
import { automaticLag, dieboldMariano, dieboldMarianoMonteCarlo, dieboldMarianoPower } from '../../src/backtest/index.js'
import { openStream, rootKey } from '../../src/base/index.js'
import { drawNormal } from '../../src/distributions/index.js'

const refusal = (code: string) => expect.objectContaining({ name: 'SwarmvarError', code })
const a = [0.3, 0.1, 0.7, 0.2, 0.9]
const b = [0.2, 0.4, 0.1, 0.6, 0.3]

describe('Diebold-Mariano', () => {
  it('by hand, without lags', () => {
    const d = a.map((loss, t) => loss - b[t])
    const mean = d.reduce((sum, x) => sum + x, 0) / 5
    const variance = d.reduce((sum, x) => sum + (x - mean) * (x - mean), 0) / 5
    const found = dieboldMariano(a, b)
    expect(found.meanDifference).toBeCloseTo(mean, 14)
    expect(found.statistic).toBeCloseTo(mean / Math.sqrt(variance / 5), 13)
    expect(dieboldMariano(a, b, {})).toEqual(found)
  })

  it('of identical losses is 0 with p-value 1, for any lag', () => {
    for (const lag of [0, 2])
      expect(dieboldMariano(a, Float64Array.from(a), { lag })).toEqual({ meanDifference: 0, statistic: 0, pValue: 1 })
  })

  it('of losses that differ by a constant is refused, though rounding makes the differences vary', () => {
    expect(() => dieboldMariano([1, 2, 3], [0, 1, 2])).toThrow(refusal('ZERO_VARIANCE'))
    const shifted = a.map(loss => loss + 0.1)
    expect(new Set(shifted.map((loss, t) => loss - a[t])).size).toBeGreaterThan(1)
    for (const lag of [0, 1]) expect(() => dieboldMariano(shifted, a, { lag })).toThrow(refusal('ZERO_VARIANCE'))
  })

  it('a single day that differs is not a constant', () => {
    const other = [...a]
    other[2] += 1e-9
    expect(dieboldMariano(a, other).statistic).toBeCloseTo(-Math.sqrt(5) / 2, 6)
    other[2] = a[2] + 1e-14
    expect(dieboldMariano(a, other).statistic).toBeCloseTo(-Math.sqrt(5) / 2, 6)
  })

  it('refuses losses, lengths and lags that make no sense', () => {
    expect(() => dieboldMariano(a, [...b.slice(1), Number.NaN])).toThrow(refusal('BAD_LOSS'))
    expect(() => dieboldMariano('losses' as never, b)).toThrow(refusal('BAD_LOSS'))
    expect(() => dieboldMariano([1.7e308, 0], [-1.7e308, 0])).toThrow(refusal('BAD_LOSS'))
    expect(() => dieboldMariano(a, b.slice(1))).toThrow(refusal('LENGTH_MISMATCH'))
    expect(() => dieboldMariano([1], [2])).toThrow(refusal('TOO_FEW_DAYS'))
    for (const lag of [-1, 0.5, 5, Number.NaN]) expect(() => dieboldMariano(a, b, { lag })).toThrow(refusal('BAD_LAG'))
  })
})

describe('Diebold-Mariano with options', () => {
  it('takes floor(4 (T / 100)^(2/9)) lags automatically, fewer than the days', () => {
    const known = [2, 3, 99, 100, 250, 272, 273, 1000, 51_199, 51_200].map(automaticLag)
    expect(known).toEqual([1, 1, 3, 4, 4, 4, 5, 6, 15, 16])
    for (let days = 5; days < 3000; days += 7)
      expect(automaticLag(days)).toBe(Math.min(days - 1, Math.floor(4 * (days / 100) ** (2 / 9))))
    expect(dieboldMariano(a, b, { lag: 'automatic' })).toEqual(dieboldMariano(a, b, { lag: automaticLag(5) }))
  })

  it('has one-sided p-values that add up to 1, the smaller half the two-sided one', () => {
    for (const correction of ['none', 'harvey'] as const) {
      const [less, greater, two] = (['less', 'greater', 'two-sided'] as const).map(
        alternative => dieboldMariano(a, b, { correction, alternative }).pValue,
      )
      expect(less + greater).toBeCloseTo(1, 14)
      expect(2 * Math.min(less, greater)).toBeCloseTo(two, 14)
    }
    expect(dieboldMariano([0, 0.1, 0], [1, 1, 1.1], { alternative: 'less' }).pValue).toBeLessThan(0.01)
  })

  it('takes as many lags as the horizon asks for, and doubts more when corrected', () => {
    const three = dieboldMariano(a, b, { horizon: 3, correction: 'harvey' })
    expect(three).toEqual(dieboldMariano(a, b, { horizon: 3, lag: 2, correction: 'harvey' }))
    expect(dieboldMariano(a, b, { correction: 'harvey' }).pValue).toBeGreaterThan(dieboldMariano(a, b).pValue)
  })

  it('refuses options that it does not know', () => {
    expect(() => dieboldMariano(a, b, { correction: 'west' as never })).toThrow(refusal('BAD_CORRECTION'))
    expect(() => dieboldMariano(a, b, { alternative: 'both' as never })).toThrow(refusal('BAD_ALTERNATIVE'))
    expect(() => dieboldMariano(a, b, { lag: 'some' as never })).toThrow(refusal('BAD_LAG'))
    for (const horizon of [0, 5, 1.5]) expect(() => dieboldMariano(a, b, { horizon })).toThrow(refusal('BAD_HORIZON'))
  })

  it('has more power against larger differences, 5 % against none', () => {
    const [one, five, ten] = dieboldMarianoPower(a, b).map(({ power }) => power)
    expect(one).toBeGreaterThan(0.05)
    expect(five).toBeGreaterThan(one)
    expect(ten).toBeGreaterThan(five)
    expect(dieboldMarianoPower([1, -1, 2, -2], [-1, 1, -2, 2]).map(({ power }) => power)).toEqual(
      [0.05, 0.05, 0.05].map(size => expect.closeTo(size, 12)),
    )
    expect(() => dieboldMarianoPower(a, a)).toThrow(refusal('ZERO_VARIANCE'))
  })
})

describe('flipped signs of loss differences', () => {
  const simulation = { replications: 9999, seed: '1' }

  it('give the share of all sign patterns whose mean is at least as large', () => {
    const c = [1, 2, 3, 4, 5, 6, 7, 8].map(k => k - 2.3)
    const zero = c.map(() => 0)
    const sums: number[] = []
    for (let pattern = 0; pattern < 256; pattern++)
      sums.push(c.reduce((sum, value, k) => sum + ((pattern >> k) & 1 ? value : -value), 0))
    const own = c.reduce((sum, value) => sum + value, 0)
    const share = (at: (sum: number) => boolean): number => sums.filter(at).length / 256
    const found = (alternative: 'two-sided' | 'less' | 'greater') =>
      dieboldMarianoMonteCarlo(c, zero, { ...simulation, blockLength: 1, alternative })
    expect(Math.abs(found('greater') - share(sum => sum > own - 1e-9))).toBeLessThan(0.02)
    expect(found('less')).toBeGreaterThan(0.95)
    expect(Math.abs(found('two-sided') - share(sum => Math.abs(sum) > own - 1e-9))).toBeLessThan(0.02)
    expect(found('greater')).toBe(found('greater'))
  })

  it('in blocks respect what days have in common: a long run of one sign is one coincidence', () => {
    const run = [...Array(8).fill(1), ...Array(8).fill(-0.9), ...Array(8).fill(1.1)]
    const zero = run.map(() => 0)
    const daily = dieboldMarianoMonteCarlo(run, zero, { ...simulation, blockLength: 1 })
    expect(daily).toBeLessThan(dieboldMarianoMonteCarlo(run, zero, { ...simulation, blockLength: 8 }))
  })

  it('find a clear difference, and none between equal losses', () => {
    const stream = openStream(rootKey('signs'))
    const worse = Array.from({ length: 200 }, () => 0.5 + drawNormal(stream))
    const zero = worse.map(() => 0)
    expect(dieboldMarianoMonteCarlo(worse, zero, simulation)).toBeLessThan(0.001)
    expect(dieboldMarianoMonteCarlo(zero, zero, simulation)).toBe(1)
    expect(() => dieboldMarianoMonteCarlo(a, b, { ...simulation, blockLength: 6 })).toThrow(refusal('BAD_BLOCK_LENGTH'))
    expect(() => dieboldMarianoMonteCarlo(a, b, { ...simulation, replications: 0 })).toThrow(refusal('BAD_REPLICATIONS'))
  })
})
