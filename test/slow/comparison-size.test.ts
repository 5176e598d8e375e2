import { describe, expect, it } from 'vitest'
import {
  dieboldMariano,
  dieboldMarianoMonteCarlo,
  giacominiWhite,
  giacominiWhiteMonteCarlo,
  modelConfidenceSets,
} from '../../src/backtest/index.js'
import { openStream, rootKey } from '../../src/base/index.js'
import { drawNormal, drawStudentT } from '../../src/distributions/index.js'

const DAYS = 1000
const stream = openStream(rootKey('the size of comparisons'))
const zero = new Float64Array(DAYS)
const draws = (draw: () => number): Float64Array => Float64Array.from({ length: DAYS }, draw)
const normal = (): Float64Array => draws(() => drawNormal(stream))
const heavy = (): Float64Array => draws(() => drawStudentT(stream, 3))
function autoregressive(coefficient: number): Float64Array {
  let last = drawNormal(stream) / Math.sqrt(1 - coefficient * coefficient)
  return draws(() => {
    last = coefficient * last + drawNormal(stream)
    return last
  })
}
/** Clustered like volatility, without a mean to foretell. */
function clustered(): Float64Array {
  let variance = 1
  let last = 0
  return draws(() => {
    variance = 0.05 + 0.1 * last * last + 0.85 * variance
    last = Math.sqrt(variance) * drawNormal(stream)
    return last
  })
}
/** Fourth powers of normals: a skewness of 10. */
const skewed = (): Float64Array =>
  draws(() => {
    const square = drawNormal(stream) ** 2
    return square * square - 3
  })

/** Per cent of samples whose p-value is at most 5 %. */
function sizeOf(samples: number, sample: () => Float64Array, test: (differences: Float64Array, i: number) => number): number {
  let rejections = 0
  for (let i = 0; i < samples; i++) if (test(sample(), i) <= 0.05) rejections++
  return (100 * rejections) / samples
}
const between = (found: number, low: number, high: number): void => {
  expect(found).toBeGreaterThanOrEqual(low)
  expect(found).toBeLessThanOrEqual(high)
}

describe('5 % tests of 1,000 loss differences whose mean is 0', () => {
  const mariano = (differences: Float64Array) => dieboldMariano(differences, zero).pValue
  const automatic = (differences: Float64Array) => dieboldMariano(differences, zero, { lag: 'automatic' }).pValue
  const white = (differences: Float64Array) => giacominiWhite(differences, zero).pValue

  it('Diebold-Mariano rejects 3 to 7 % without and with lags, when differences are independent, heavy-tailed or clustered', () => {
    for (const sample of [normal, heavy, clustered])
      for (const test of [mariano, automatic]) between(sizeOf(3000, sample, test), 3, 7)
    for (const sample of [normal, heavy]) {
      const harvey = (differences: Float64Array) =>
        dieboldMariano(differences, zero, { lag: 'automatic', correction: 'harvey' }).pValue
      between(sizeOf(1500, sample, harvey), 3, 7)
    }
  })

  it('Diebold-Mariano with automatic lags rejects 3 to 7 % at an autocorrelation of .2, about 8 % at .5, where without lags it is 26 %', () => {
    between(
      sizeOf(3000, () => autoregressive(0.2), automatic),
      3,
      7,
    )
    between(
      sizeOf(3000, () => autoregressive(0.5), automatic),
      6.5,
      10,
    )
    between(
      sizeOf(3000, () => autoregressive(0.5), mariano),
      23,
      29,
    )
  })

  it('Giacomini-White rejects 3 to 7 % when differences are symmetric, about 15 % when they are extremely skewed', () => {
    for (const sample of [normal, heavy, clustered]) between(sizeOf(3000, sample, white), 3, 7)
    between(sizeOf(3000, skewed, white), 12, 19)
  })

  it('flipped signs reject 3 to 7 % of symmetric differences, in blocks also 3 to 9 % of autocorrelated ones', () => {
    const flips = (differences: Float64Array, i: number) =>
      dieboldMarianoMonteCarlo(differences, zero, { replications: 199, seed: String(i) })
    const whiteFlips = (differences: Float64Array, i: number) =>
      giacominiWhiteMonteCarlo(differences, zero, { replications: 99, seed: String(i) })
    for (const sample of [normal, heavy]) between(sizeOf(1500, sample, flips), 3, 7)
    between(
      sizeOf(1500, () => autoregressive(0.5), flips),
      3,
      9.5,
    )
    between(sizeOf(1500, clustered, whiteFlips), 3, 7)
  })
})

describe('a model confidence set of 90 %', () => {
  /** Per cent of 600 samples in which the set lacks the first model, lacks any of the best, or holds the last, by statistic. */
  function outcomes(sample: () => Float64Array, gaps: readonly number[]) {
    const counts = { R: { first: 0, best: 0, last: 0 }, max: { first: 0, best: 0, last: 0 } }
    for (let i = 0; i < 600; i++) {
      const losses = Object.fromEntries(gaps.map((gap, k) => [`model${k}`, sample().map(loss => loss + gap)]))
      const sets = modelConfidenceSets(losses, { seed: String(i), replications: 499 })
      const names = Object.keys(losses)
      const best = names.filter((_, k) => gaps[k] === 0)
      for (const statistic of ['R', 'max'] as const) {
        const { included } = sets[statistic]
        if (!included.includes('model0')) counts[statistic].first += 1 / 6
        if (best.some(name => !included.includes(name))) counts[statistic].best += 1 / 6
        if (included.includes(names[names.length - 1])) counts[statistic].last += 1 / 6
      }
    }
    return [counts.R, counts.max]
  }

  // The standard error of a share of 10 % in 600 samples is 1.2 %.
  it('of five equally good models lacks any in at most 10 % of samples, and a given one in far fewer', () => {
    for (const { first, best } of outcomes(normal, [0, 0, 0, 0, 0])) {
      between(best, 6, 13.7)
      between(first, 0.5, 5)
    }
  })

  it('lacks one of them in up to a fifth of samples when losses are strongly autocorrelated, a given one still in less than 10 %', () => {
    for (const { first, best } of outcomes(() => autoregressive(0.5), [0, 0, 0, 0, 0])) {
      between(best, 9, 21)
      between(first, 0.5, 9)
    }
  })

  it('leaves out a model that is worse by a sixth of a standard deviation', () => {
    for (const { best, last } of outcomes(normal, [0, 0, 0.17])) {
      expect(last).toBeLessThan(10)
      expect(best).toBeLessThan(13.7)
    }
  })
})
