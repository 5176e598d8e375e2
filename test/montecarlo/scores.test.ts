import { describe, expect, it } from 'vitest'
import { rootKey } from '../../src/base/index.js'
import { normalCdf } from '../../src/distributions/index.js'
import { portfolioPosition, returnPosition } from '../../src/montecarlo/index.js'
import { binomialRanks } from '../../src/montecarlo/intervals.js'
import {
  digitalPoints,
  latinScores,
  mixingOf,
  reflect,
  scoresOf,
  studentTOf,
  studentTSeriesOf,
} from '../../src/montecarlo/scores.js'
import { sobolDirections } from '../../src/montecarlo/sobol-directions.js'
import fixture from '../fixtures/montecarlo.json'

const gap = (value: number, expected: number): number => Math.abs(value / expected - 1)

describe('reference values of scipy', () => {
  it('VaR and ES of normal and Student-t returns, and of a portfolio, to 1e-8', () => {
    for (const { nu, level, var: value, es } of fixture.risks) {
      const known = returnPosition({ innovations: nu === null ? 'normal' : { studentT: nu } }).exact(level)
      expect(gap(known.var, value)).toBeLessThan(1e-8)
      expect(gap(known.es, es)).toBeLessThan(1e-8)
    }
    const { nu, level, ...portfolio } = fixture.portfolio
    const { exact } = portfolioPosition({ ...portfolio, innovations: { studentT: nu } })
    expect(gap(exact!(level).var, portfolio.var)).toBeLessThan(1e-8)
  })

  it('normal scores of uniforms to 1e-12', () => {
    const { uniforms, scores } = fixture.normal
    scoresOf(Float64Array.from(uniforms)).forEach((score, i) => {
      expect(Math.abs(score - scores[i])).toBeLessThan(1e-12 * (1 + Math.abs(scores[i])))
    })
  })

  it('Student-t and mixing of scores out to 8 standard deviations', () => {
    for (const { nu, scores, studentT, mixing } of fixture.transforms) {
      const given = Float64Array.from(scores)
      studentTOf(given, nu).forEach((t, i) => {
        expect(gap(t, studentT[i])).toBeLessThan(1e-8)
      })
      mixingOf(given, nu).forEach((x, i) => {
        expect(gap(x, mixing[i])).toBeLessThan(1e-8)
      })
    }
  })

  it('the binomial ranks of exact intervals', () => {
    for (const { n, level, a, b } of fixture.ranks) expect(binomialRanks(n, level)).toEqual({ a, b })
  })

  it('the first 64 Sobol points in 21 dimensions, exactly', () => {
    const points = digitalPoints('plain', rootKey(''), 6, sobolDirections(21))
    expect([...points]).toEqual(fixture.sobol.flat())
  })
})

describe('designs', () => {
  it('series for many degrees of freedom begin near 1 and give finite numbers down to 2', () => {
    const series = studentTSeriesOf(Float64Array.of(2.0001, 5, 1e6))
    expect(series.every(Number.isFinite)).toBe(true)
    expect(Math.abs(series[64] - 1)).toBeLessThan(1e-5)
  })

  const pointsOf = (seed: string, m: number, d: number) => digitalPoints('scrambled', rootKey(seed), m, sobolDirections(d))

  it('every one-dimensional projection of a scrambled net has one point in each of 2^m cells, in all 64 dimensions', () => {
    const [m, d] = [7, 64]
    const points = pointsOf('a', m, d)
    for (let j = 0; j < d; j++) {
      const cells = Array.from({ length: 128 }, (_, i) => Math.floor(points[i * d + j] * 128))
      expect(new Set(cells).size, `dimension ${j}`).toBe(128)
    }
  })

  it('scrambling keeps the net: the first two dimensions have one point in every elementary interval', () => {
    for (const seed of ['a', 'b', 'c']) {
      const points = pointsOf(seed, 8, 2)
      for (let bits = 0; bits <= 8; bits++) {
        const cells = new Set<number>()
        for (let i = 0; i < 256; i++)
          cells.add(Math.floor(points[2 * i] * 2 ** bits) * 1000 + Math.floor(points[2 * i + 1] * 2 ** (8 - bits)))
        expect(cells.size).toBe(256)
      }
    }
  })

  it('a scrambled point is uniform: its first dimension passes a test of Kolmogorov over 2,000 scramblings', () => {
    const values = Float64Array.from({ length: 2000 }, (_, s) => pointsOf(String(s), 3, 3)[3 * 5 + 2]).sort()
    let distance = 0
    values.forEach((u, i) => {
      distance = Math.max(distance, Math.abs(u - i / 2000), Math.abs(u - (i + 1) / 2000))
    })
    expect(Math.sqrt(2000) * distance).toBeLessThan(1.95)
  })

  it('a Latin hypercube has one point in every cell of every dimension', () => {
    const [n, d] = [500, 7]
    const scores = latinScores(rootKey('l'), n, d)
    for (let j = 0; j < d; j++)
      expect(new Set(Array.from({ length: n }, (_, i) => Math.floor(normalCdf(scores[i * d + j]) * n))).size).toBe(n)
  })

  it('a reflection lays the first coordinate along the direction and keeps lengths', () => {
    for (const direction of [
      [0.6, -0.8, 0],
      [-1, 0, 0],
      [1, 0, 0],
      [0, 0, 1],
    ]) {
      const rows = reflect(Float64Array.of(1, 0, 0, 1, 2, 3), Float64Array.from(direction))
      const sign = Math.sign(rows.subarray(0, 3).reduce((sum, x, j) => sum + x * direction[j], 0))
      for (let j = 0; j < 3; j++) expect(rows[j]).toBeCloseTo(sign * direction[j], 14)
      expect(Math.hypot(rows[3], rows[4], rows[5])).toBeCloseTo(Math.sqrt(14), 14)
    }
  })
})
