import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openStream, rootKey } from '../../src/base/index.js'
import { observed, regimeLikelihoods, regimeProbabilities, withRegimePaths } from '../../src/models/regimes/likelihood.js'
import type { Regimes } from '../../src/models/regimes/point.js'

interface Case {
  readonly mu: number
  readonly sigma: readonly number[]
  readonly P: readonly (readonly number[])[]
  readonly returns: readonly number[]
}

const { likelihoods, paths } = JSON.parse(readFileSync(join(__dirname, '../fixtures/regimes.json'), 'utf8')) as {
  likelihoods: (Case & { loglik: number })[]
  paths: (Case & { filtered: number[][]; smoothed: number[][] })[]
}
const pointOf = ({ mu, sigma, P }: Case): Float64Array => Float64Array.of(mu, ...sigma, ...P.flat())
const regimesOf = ({ sigma }: Case): Regimes => sigma.length as Regimes

describe('the Hamilton filter', () => {
  it('agrees with a recursion in logarithms within 1e-12, for sigmas of four magnitudes and rows near a corner', () => {
    for (const reference of likelihoods) {
      const out = new Float64Array(1 + reference.sigma.length)
      regimeLikelihoods(regimesOf(reference), observed(reference.returns), pointOf(reference), 1, out)
      expect(Math.abs(out[0] / reference.loglik - 1)).toBeLessThan(1e-12)
    }
  })

  it('gives a point the same bits alone, and in either lane of a pair', () => {
    for (const regimes of [2, 3] as const) {
      const [a, b] = likelihoods.filter(({ sigma }) => sigma.length === regimes)
      const data = observed(a.returns)
      const stride = 1 + regimes
      const ask = (points: Float64Array[]): Float64Array => {
        const out = new Float64Array(points.length * stride)
        regimeLikelihoods(regimes, data, Float64Array.from(points.flatMap(point => [...point])), points.length, out)
        return out
      }
      const alone = ask([pointOf(a)])
      const three = ask([pointOf(b), pointOf(a), pointOf(a)])
      expect(three.slice(stride, 2 * stride)).toEqual(alone)
      expect(three.slice(2 * stride)).toEqual(alone)
    }
  })

  it('ends at the filtered probabilities of the row-by-row filter, and stays finite for a return of a million', () => {
    for (const reference of likelihoods) {
      const regimes = regimesOf(reference)
      const returns = Float64Array.from(reference.returns)
      returns[30] = 1e6
      const out = new Float64Array(1 + regimes)
      regimeLikelihoods(regimes, observed(returns), pointOf(reference), 1, out)
      expect(Number.isFinite(out[0])).toBe(true)
      const rows = regimeProbabilities(regimes, returns, pointOf(reference), false)
      for (let k = 0; k < regimes; k++) {
        expect(Math.abs(rows[rows.length - regimes + k] - out[1 + k])).toBeLessThan(1e-12)
        expect(rows[30 * regimes + k]).toBeCloseTo(k === regimes - 1 ? 1 : 0, 12)
      }
    }
  })

  it('filters and smooths as the sum over all paths says', () => {
    for (const reference of paths) {
      for (const smoothed of [false, true]) {
        const rows = regimeProbabilities(regimesOf(reference), Float64Array.from(reference.returns), pointOf(reference), smoothed)
        const expected = (smoothed ? reference.smoothed : reference.filtered).flat()
        rows.forEach((p, i) => {
          expect(Math.abs(p - expected[i])).toBeLessThan(1e-12)
        })
      }
    }
  })

  it('samples paths whose regimes are as frequent as smoothing says, with sums and moves that fit together', () => {
    for (const reference of paths) {
      const regimes = regimesOf(reference)
      const n = reference.returns.length
      const draws = 20_000
      const length = regimes * (3 + regimes) + 1
      const totals = new Float64Array(length)
      withRegimePaths(regimes, Float64Array.from(reference.returns), openStream(rootKey('paths')), sampler => {
        for (let i = 0; i < draws; i++) {
          const path = sampler.draw(pointOf(reference))
          for (let j = 0; j < length; j++) totals[j] += path[j] / draws
        }
      })
      const expected = Array.from({ length: regimes }, (_, k) => reference.smoothed.reduce((sum, row) => sum + row[k], 0))
      expected.forEach((count, k) => {
        expect(Math.abs(totals[k] - count)).toBeLessThan((5 * Math.sqrt(n)) / Math.sqrt(draws))
      })
      const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0)
      expect(sum(totals.subarray(0, regimes))).toBeCloseTo(n, 9)
      expect(sum(totals.subarray(regimes, 2 * regimes))).toBeCloseTo(sum(reference.returns), 9)
      expect(sum(totals.subarray(2 * regimes, 3 * regimes))).toBeCloseTo(sum(reference.returns.map(r => r * r)), 9)
      expect(sum(totals.subarray(3 * regimes, length - 1))).toBeCloseTo(n - 1, 9)
      const first = reference.smoothed[0].reduce((total, p, k) => total + k * p, 0)
      expect(Math.abs(totals[length - 1] - first)).toBeLessThan(5 / Math.sqrt(draws))
    }
  })
})
