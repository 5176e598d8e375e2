import { describe, expect, it } from 'vitest'
import { monteCarloPValue, REPLICATIONS_MAX, simulatedPower } from '../../src/backtest/index.js'
import { nextInteger, nextUniform, openStream, rootKey, type Stream } from '../../src/base/index.js'

const refusal = (code: string) => expect.objectContaining({ name: 'SwarmvarError', code })

/** The share of p-values at most each of k / 20, when the observed statistic is drawn from the null too. */
function sharesBelow(draw: (stream: Stream) => number | null, trials: number): number[] {
  const own = openStream(rootKey('observed'))
  const counts = new Array<number>(20).fill(0)
  for (let trial = 0; trial < trials; trial++) {
    let observed = draw(own)
    while (observed === null) observed = draw(own)
    const p = monteCarloPValue(observed, draw, { replications: 19, seed: `trial ${trial}` }, 'a test')
    for (let k = 1; k <= 20; k++) if (p <= k / 20 + 1e-12) counts[k - 1]++
  }
  return counts.map(count => count / trials)
}

function expectUniform(draw: (stream: Stream) => number | null): void {
  const trials = 4000
  sharesBelow(draw, trials).forEach((share, i) => {
    const size = (i + 1) / 20
    expect(Math.abs(share - size), `P(p <= ${size}) is ${share}`).toBeLessThanOrEqual(
      3.5 * Math.sqrt((size * (1 - size)) / trials),
    )
  })
}

describe('a Monte Carlo p-value is exact: P(p <= k / (N + 1)) = k / (N + 1)', () => {
  it('for a continuous statistic', () => {
    expectUniform(stream => nextUniform(stream))
  })

  it('for a statistic of few values, by breaking ties at random', () => {
    expectUniform(stream => (nextUniform(stream) < 0.7 ? 0 : nextInteger(stream, 3)))
  })

  it('for a constant', () => {
    expectUniform(() => 1)
  })

  it('for equal values that differ by the rounding of their sums', () => {
    expectUniform(stream => 3 + 1e-13 * nextUniform(stream) + (nextUniform(stream) < 0.2 ? 1 : 0))
  })

  it('among samples that have a statistic, when some have none', () => {
    expectUniform(stream => (nextUniform(stream) < 0.5 ? null : nextInteger(stream, 4)))
  })
})

describe('a Monte Carlo p-value', () => {
  const simulation = { replications: 99, seed: 's' }
  const uniform = (stream: Stream): number => nextUniform(stream)

  it('is 1 / (N + 1) beyond every draw and 1 below them all', () => {
    expect(monteCarloPValue(2, uniform, simulation, 'a')).toBe(0.01)
    expect(monteCarloPValue(-1, uniform, simulation, 'a')).toBe(1)
  })

  it('is a function of seed and purpose', () => {
    const p = (seed: string, purpose: string): number => monteCarloPValue(0.5, uniform, { replications: 9999, seed }, purpose)
    expect(p('s', 'a')).toBe(p('s', 'a'))
    expect(p('t', 'a')).not.toBe(p('s', 'a'))
    expect(p('s', 'b')).not.toBe(p('s', 'a'))
    expect(p('s', 'a')).toBeCloseTo(0.5, 1)
  })

  it('refuses what cannot be simulated', () => {
    for (const replications of [0, -1, 1.5, Number.NaN, REPLICATIONS_MAX + 1, '9' as never])
      for (const run of [monteCarloPValue.bind(null, 1, uniform), simulatedPower.bind(null, uniform)])
        expect(() => run({ replications, seed: 's' }, 'a')).toThrow(refusal('BAD_REPLICATIONS'))
    expect(() => monteCarloPValue(1, uniform, { replications: 9, seed: 1 as never }, 'a')).toThrow(refusal('BAD_SEED'))
    expect(() => monteCarloPValue(1, uniform, undefined as never, 'a')).toThrow(refusal('BAD_REPLICATIONS'))
    expect(() => monteCarloPValue(1, () => null, simulation, 'a')).toThrow(refusal('NO_STATISTIC'))
  })
})

describe('a simulated power', () => {
  const simulation = { replications: 10_000, seed: 's' }

  it('is the share of p-values at most the size, with its standard error', () => {
    const { power, method, standardError } = simulatedPower(stream => nextUniform(stream) / 2, simulation, 'a', 0.1)
    expect(method).toBe('simulated')
    expect(Math.abs(power - 0.2)).toBeLessThan(3.5 * standardError)
    expect(standardError).toBeCloseTo(0.004, 3)
  })

  it('does not count samples without a test as rejections', () => {
    const { power } = simulatedPower(stream => (nextUniform(stream) < 0.5 ? null : 0), simulation, 'a')
    expect(power).toBeCloseTo(0.5, 1)
  })
})
