import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bootstrapErrors } from '../../src/backtest/block-bootstrap.js'
import { type Elimination, eliminateByMaximum, eliminateByRange } from '../../src/backtest/elimination.js'
import {
  automaticBlockLength,
  dieboldMariano,
  dieboldMarianoPower,
  giacominiWhite,
  giacominiWhitePower,
  murphyDifference,
  murphyQuantile,
  murphyShortfall,
  murphyShortfallDifference,
  type Power,
} from '../../src/backtest/index.js'
import { meanOf } from '../../src/math/index.js'

interface Step {
  model: string
  statistic: number
  pValue: number
}
interface Curves {
  a: number[]
  difference: number[]
  standardError: number[]
}
interface Reference {
  sets: { name: string; losses: { [model: string]: number[] }; blockLength: number; starts: number[][]; R: Step[]; max: Step[] }[]
  blockLengths: { name: string; series: number[]; length: number }[]
  dieboldMariano: {
    name: string
    a: number[]
    b: number[]
    options: { lag: number; horizon: number; correction: 'none' | 'harvey' }
    statistic: number
    twoSided: number
    less: number
    greater: number
    power: number[]
  }[]
  giacominiWhite: {
    name: string
    a: number[]
    b: number[]
    instruments: number[][] | null
    lag: number
    statistic: number
    df: number
    pValue: number
    coefficients: number[] | null
    shareBetterA: number | null
    power?: number[]
  }[]
  murphy: {
    name: string
    returns: number[]
    a: { vars: number[]; ess: number[] }
    b: { vars: number[]; ess: number[] }
    level: number
    thresholds: number[]
    lag: number
    quantile: Curves
    shortfall: Curves
  }[]
}
const reference: Reference = JSON.parse(readFileSync(join(__dirname, '../fixtures/comparison.json'), 'utf8'))

const near = (found: number, expected: number, absolute = 0): void =>
  expect(Math.abs(found - expected), `${found} against ${expected}`).toBeLessThanOrEqual(1e-8 * Math.abs(expected) + absolute)
const allNear = (found: ArrayLike<number>, expected: number[], absolute = 0): void => {
  expect(found).toHaveLength(expected.length)
  for (const [i, value] of expected.entries()) near(found[i], value, absolute)
}
const powers = (found: readonly Power[]): number[] => found.map(({ power }) => power)

describe('the model confidence set agrees with samples drawn day by day from the same block starts', () => {
  it.each(reference.sets)('$name', ({ losses: given, blockLength, starts, R, max }) => {
    const names = Object.keys(given)
    const losses = names.map(name => Float64Array.from(given[name]))
    const means = Float64Array.from(losses, meanOf)
    const largest = Float64Array.from(losses, each => Math.max(...each))
    const centred = losses.map((each, i) => each.map(loss => loss - means[i]))
    const all = starts.flat()
    let next = 0
    const errors = bootstrapErrors(centred, blockLength, starts.length, () => all[next++])
    expect(next).toBe(all.length)
    const contest = { losses, means, largest, errors }
    const check = (found: readonly Elimination[], expected: readonly Step[]): void => {
      expect(found.map(({ models }) => models.map(i => names[i]))).toEqual(expected.map(({ model }) => [model]))
      allNear(
        found.map(({ statistic }) => statistic),
        expected.map(({ statistic }) => statistic),
      )
      expect(found.map(({ pValue }) => pValue)).toEqual(expected.map(({ pValue }) => pValue))
    }
    check(eliminateByRange(contest), R)
    check(eliminateByMaximum(contest), max)
  })
})

describe('the automatic block length agrees with the formula written out', () => {
  it.each(reference.blockLengths)('$name', ({ series, length }) => {
    expect(automaticBlockLength([Float64Array.from(series)])).toBe(length)
  })
})

describe('Diebold-Mariano agrees with 50 digits, one-sided and corrected for short samples', () => {
  it.each(reference.dieboldMariano)('$name', ({ a, b, options, ...expected }) => {
    const found = dieboldMariano(a, b, options)
    near(found.statistic, expected.statistic)
    near(found.pValue, expected.twoSided)
    near(dieboldMariano(a, b, { ...options, alternative: 'less' }).pValue, expected.less)
    near(dieboldMariano(a, b, { ...options, alternative: 'greater' }).pValue, expected.greater)
    allNear(powers(dieboldMarianoPower(a, b, options)), expected.power)
  })
})

describe('Giacomini-White agrees with an auxiliary regression, or a pseudo-inverse', () => {
  it.each(reference.giacominiWhite)('$name', ({ a, b, instruments, lag, ...expected }) => {
    const options = { instruments: instruments ?? ('lagged' as const), lag }
    const found = giacominiWhite(a, b, options)
    near(found.statistic, expected.statistic)
    expect(found.df).toBe(expected.df)
    near(found.pValue, expected.pValue)
    if (expected.coefficients !== null) allNear(found.coefficients, expected.coefficients)
    if (expected.shareBetterA !== null) near(found.shareBetterA, expected.shareBetterA)
    if (expected.power !== undefined) allNear(powers(giacominiWhitePower(a, b, options)), expected.power)
  })
})

describe('Murphy curves and their bands agree with scores added up day by day', () => {
  it.each(reference.murphy)('$name', ({ returns, a, b, level, thresholds, lag, quantile, shortfall }) => {
    allNear(murphyQuantile(returns, a.vars, level, thresholds), quantile.a, 1e-15)
    allNear(murphyShortfall(returns, a.vars, a.ess, level, thresholds), shortfall.a, 1e-14)
    const ofVars = murphyDifference(returns, a.vars, b.vars, level, thresholds, { lag })
    allNear(ofVars.difference, quantile.difference, 1e-15)
    allNear(ofVars.standardError, quantile.standardError, 1e-13)
    const ofBoth = murphyShortfallDifference(returns, a, b, level, thresholds, { lag })
    allNear(ofBoth.difference, shortfall.difference, 1e-13)
    allNear(ofBoth.standardError, shortfall.standardError, 1e-13)
  })
})
