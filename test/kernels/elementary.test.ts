import { describe, expect, it } from 'vitest'
import { openStream, rootKey } from '../../src/base/index.js'
import { normalCdf } from '../../src/distributions/index.js'
import { doublesAt, kernels, put, putRandomState, reserveDoubles, scratch } from '../../src/kernels/index.js'
import { exp, ln } from '../../src/math/index.js'

const map = (which: 0 | 1, values: Float64Array): Float64Array =>
  scratch(() => {
    const input = put(values)
    const output = reserveDoubles(values.length)
    kernels().mapElementary(which, input, output, values.length)
    return doublesAt(output, values.length).slice()
  })

const draws = (which: 0 | 1, seed: string, count: number): Float64Array =>
  scratch(() => {
    const state = putRandomState(openStream(rootKey(seed)))
    const out = reserveDoubles(count)
    kernels().fillDraws(which, state, out, count)
    return doublesAt(out, count).slice()
  })

/** Largest distance between the sorted values' empirical cdf and a cdf, times the square root of their number. */
function kolmogorov(values: Float64Array, cdf: (x: number) => number): number {
  const ascending = values.slice().sort()
  let distance = 0
  ascending.forEach((x, i) => {
    const p = cdf(x)
    distance = Math.max(distance, Math.abs(p - i / values.length), Math.abs(p - (i + 1) / values.length))
  })
  return distance * Math.sqrt(values.length)
}

describe('the kernels’ elementary functions', () => {
  const exponents = Float64Array.from({ length: 20_001 }, (_, i) => (i - 10_000) * 0.0707)
  const positives = Float64Array.from({ length: 20_001 }, (_, i) => exp((i - 10_000) * 0.07))

  it('exp agrees with the reference within 3e-16, relative', () => {
    map(0, exponents).forEach((value, i) => {
      const expected = exp(exponents[i])
      expect(Math.abs(value - expected)).toBeLessThanOrEqual(4.5e-16 * expected)
    })
  })

  it('ln agrees with the reference within an ulp', () => {
    map(1, positives).forEach((value, i) => {
      const expected = ln(positives[i])
      expect(Math.abs(value - expected)).toBeLessThanOrEqual(2.3e-16 * Math.max(1, Math.abs(expected)))
    })
  })

  it('a number alone and a number in a pair give the same bits', () => {
    for (const which of [0, 1] as const) {
      const values = which === 0 ? exponents : positives
      const together = map(which, values.slice(0, 400))
      for (let i = 0; i < 400; i += 7) expect(map(which, values.slice(i, i + 1))[0]).toBe(together[i])
    }
  })

  it('exp is 0 far below, finite far above', () => {
    const [low, lower, zero, high] = map(0, Float64Array.of(-709, -1e300, 0, 1e300))
    expect([low, lower, zero]).toEqual([0, 0, 1])
    expect(Number.isFinite(high)).toBe(true)
  })
})

describe('the kernels’ draws', () => {
  it('are uniform and standard normal (Kolmogorov-Smirnov at 0.1 %), for several seeds', () => {
    for (const seed of ['a', 'b', 'c']) {
      expect(kolmogorov(draws(0, seed, 200_000), u => u)).toBeLessThan(1.95)
      expect(kolmogorov(draws(1, seed, 200_000), normalCdf)).toBeLessThan(1.95)
    }
  })

  it('have normal moments, and tails beyond the ziggurat’s base as often as they should', () => {
    const z = draws(1, 'moments', 2_000_000)
    const moment = (k: number): number => z.reduce((sum, x) => sum + [x, x * x, x * x * x, x * x * x * x][k - 1], 0) / z.length
    expect(Math.abs(moment(1))).toBeLessThan(4 / Math.sqrt(z.length))
    expect(Math.abs(moment(2) - 1)).toBeLessThan(4 * Math.sqrt(2 / z.length))
    expect(Math.abs(moment(3))).toBeLessThan(4 * Math.sqrt(15 / z.length))
    expect(Math.abs(moment(4) - 3)).toBeLessThan(4 * Math.sqrt(96 / z.length))
    const far = z.filter(x => Math.abs(x) > 3.8).length
    const expected = 2 * normalCdf(-3.8) * z.length
    expect(Math.abs(far - expected)).toBeLessThan(4 * Math.sqrt(expected))
  })

  it('replay from the same seed, and differ from another', () => {
    expect(draws(1, 'one', 100)).toEqual(draws(1, 'one', 100))
    expect(draws(1, 'one', 100)).not.toEqual(draws(1, 'two', 100))
  })
})

describe('the kernels’ memory', () => {
  it('is given back when a scratch ends, nests, and grows without losing what it holds', () => {
    const first = scratch(() => put(Float64Array.of(1, 2, 3)))
    scratch(() => {
      const held = put(Float64Array.of(4, 5, 6))
      expect(held).toBe(first)
      scratch(() => reserveDoubles(2_000_000))
      expect([...doublesAt(held, 3)]).toEqual([4, 5, 6])
      expect(() =>
        scratch(() => {
          reserveDoubles(10)
          throw new Error('inside')
        }),
      ).toThrow('inside')
      expect(put(Float64Array.of(7))).toBeGreaterThan(held)
    })
  })
})
