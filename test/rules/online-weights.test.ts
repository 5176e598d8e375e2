import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bernsteinOnline, exponentialWeights, fixedShare } from '../../src/rules/index.js'

const refusal = (code: string) => expect.objectContaining({ name: 'SwarmvarError', code })
const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => Array.from(a).reduce((sum, x, i) => sum + x * b[i], 0)
const total = (losses: readonly number[][], i: number): number => losses.reduce((sum, row) => sum + row[i], 0)

/** The mixture's loss minus the best forecaster's. */
function regret(losses: readonly number[][], weights: readonly Float64Array[]): number {
  const mixed = losses.reduce((sum, row, t) => sum + dot(weights[t], row), 0)
  return mixed - Math.min(...losses[0].map((_, i) => total(losses, i)))
}

const best = (rounds: number, count: number): number => Math.sqrt((8 * Math.log(count)) / rounds)
const bound = (rounds: number, count: number): number => Math.sqrt((rounds * Math.log(count)) / 2)

/** Losses chosen after the weights of each round are known. */
function against(rounds: number, count: number, eta: number, choose: (weights: Float64Array, t: number) => number[]): number[][] {
  const losses: number[][] = []
  for (let t = 0; t < rounds; t++) {
    const weights = losses.length === 0 ? new Float64Array(count).fill(1 / count) : exponentialWeights(losses, eta).at(-1)!
    losses.push(choose(weights, t))
  }
  return losses
}

const shape = fc.record({ rounds: fc.integer({ min: 1, max: 60 }), count: fc.integer({ min: 2, max: 8 }) })
const anyLosses = shape.chain(({ rounds, count }) =>
  fc.array(
    fc.array(fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true })), { minLength: count, maxLength: count }),
    { minLength: rounds, maxLength: rounds },
  ),
)

describe('exponential weights', () => {
  it('keep the regret at or below sqrt(T ln N / 2) on any sequence', () => {
    fc.assert(
      fc.property(anyLosses, losses => {
        const [rounds, count] = [losses.length, losses[0].length]
        const weights = exponentialWeights(losses, best(rounds, count))
        expect(regret(losses, weights)).toBeLessThanOrEqual(bound(rounds, count) + 1e-9)
      }),
      { numRuns: 300 },
    )
  })

  it.each([
    ['the heaviest loses', (w: Float64Array) => Array.from(w, (x, i) => (i === w.indexOf(Math.max(...w)) && x > 0 ? 1 : 0))],
    ['all above the mean weight lose', (w: Float64Array) => Array.from(w, x => (x >= 1 / w.length ? 1 : 0))],
    ['losses alternate', (w: Float64Array, t: number) => Array.from(w, (_, i) => (i + t) % 2)],
    [
      'the first half wins, then the second',
      (w: Float64Array, t: number) => Array.from(w, (_, i) => (i < w.length / 2 === t < 75 ? 0 : 1)),
    ],
  ])('and on sequences made against them: %s', (_name, choose) => {
    for (const count of [2, 3, 10]) {
      const eta = best(150, count)
      const losses = against(150, count, eta, choose)
      const suffered = regret(losses, exponentialWeights(losses, eta))
      expect(suffered).toBeLessThanOrEqual(bound(150, count))
    }
  })

  it('come close to that bound on fair coins, so it is no idle one', () => {
    // 1,000 rounds, 16 forecasters, losses by a fixed rule that looks random: the regret is of the order of the bound.
    let state = 7
    const coin = (): number => {
      state = Math.imul(state, 1103515245) + 12345
      return (state >>> 16) & 1
    }
    const losses = Array.from({ length: 1000 }, () => Array.from({ length: 16 }, coin))
    const suffered = regret(losses, exponentialWeights(losses, best(1000, 16)))
    expect(suffered / bound(1000, 16)).toBeGreaterThan(0.3)
  })

  it('are exp(-eta L) normalised, T + 1 rows, the first uniform', () => {
    const losses = [
      [0, 1, 0.5],
      [0.25, 0, 1],
    ]
    const weights = exponentialWeights(losses, 0.7)
    expect(weights.map(row => [...row])[0]).toEqual([1 / 3, 1 / 3, 1 / 3])
    expect(weights).toHaveLength(3)
    const raised = [0.25, 1, 1.5].map(loss => Math.exp(-0.7 * loss))
    const sum = raised.reduce((a, b) => a + b)
    weights[2].forEach((w, i) => {
      expect(w).toBeCloseTo(raised[i] / sum, 14)
    })
  })
})

describe('fixed share', () => {
  it('with alpha = 0 is exponential weights, with alpha = 1 uniform for ever', () => {
    fc.assert(
      fc.property(anyLosses, losses => {
        expect(fixedShare(losses, 0.5, 0)).toEqual(exponentialWeights(losses, 0.5))
        for (const row of fixedShare(losses, 0.5, 1)) for (const w of row) expect(w).toBeCloseTo(1 / row.length, 14)
      }),
      { numRuns: 50 },
    )
  })

  it('is (1 - alpha) times the exponential update plus alpha / N, and never below alpha / N', () => {
    fc.assert(
      fc.property(anyLosses, fc.double({ min: 0.001, max: 0.5, noNaN: true }), (losses, alpha) => {
        const weights = fixedShare(losses, 2, alpha)
        losses.forEach((row, t) => {
          const raised = row.map((loss, i) => weights[t][i] * Math.exp(-2 * loss))
          const sum = raised.reduce((a, b) => a + b)
          weights[t + 1].forEach((w, i) => {
            expect(w).toBeCloseTo(((1 - alpha) * raised[i]) / sum + alpha / row.length, 12)
            expect(w).toBeGreaterThanOrEqual((alpha / row.length) * (1 - 1e-12))
          })
        })
      }),
      { numRuns: 50 },
    )
  })

  it('follows a best forecaster that changes, which exponential weights take as long to leave as they trusted it', () => {
    const losses = Array.from({ length: 400 }, (_, t) => (t < 200 ? [0, 1] : [1, 0]))
    expect(fixedShare(losses, 0.5, 0.01)[230][1]).toBeGreaterThan(0.95)
    expect(exponentialWeights(losses, 0.5)[230][1]).toBeLessThan(1e-20)
  })
})

describe('Bernstein online aggregation', () => {
  it('weighs by exp(eta sum -r (1 + eta r)), r against the mixture of its own weights', () => {
    fc.assert(
      fc.property(anyLosses, fc.double({ min: 0, max: 0.5, noNaN: true }), (losses, eta) => {
        const weights = bernsteinOnline(losses, eta)
        const sums = losses[0].map(() => 0)
        losses.forEach((row, t) => {
          const mixed = dot(weights[t], row)
          row.forEach((loss, i) => {
            const r = loss - mixed
            sums[i] -= r * (1 + eta * r)
          })
          const raised = sums.map(s => Math.exp(eta * s))
          const sum = raised.reduce((a, b) => a + b)
          weights[t + 1].forEach((w, i) => {
            expect(w).toBeCloseTo(raised[i] / sum, 12)
          })
        })
      }),
      { numRuns: 100 },
    )
  })

  it('keeps its second-order regret bound ln N / eta + eta sum r^2 against every forecaster (eta <= 1/2)', () => {
    fc.assert(
      fc.property(anyLosses, fc.double({ min: 0.01, max: 0.5, noNaN: true }), (losses, eta) => {
        const weights = bernsteinOnline(losses, eta)
        losses[0].forEach((_, i) => {
          const r = losses.map((row, t) => dot(weights[t], row) - row[i])
          const squares = r.reduce((sum, x) => sum + x * x, 0)
          expect(r.reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(Math.log(losses[0].length) / eta + eta * squares + 1e-9)
        })
      }),
      { numRuns: 200 },
    )
  })
})

describe('online weights', () => {
  const all = {
    exponentialWeights: (losses: number[][], eta: number) => exponentialWeights(losses, eta),
    fixedShare: (losses: number[][], eta: number) => fixedShare(losses, eta, 0.01),
    bernsteinOnline: (losses: number[][], eta: number) => bernsteinOnline(losses, eta),
  }

  it.each(Object.entries(all))('%s neither underflow nor drift over 100,000 rounds', (_name, weigh) => {
    const losses = Array.from({ length: 100_000 }, (_, t) => [0.5, t % 2, 1])
    const weights = weigh(losses, 0.3)
    for (const t of [1, 1000, 99_999, 100_000]) {
      expect(weights[t].every(w => w >= 0 && w <= 1)).toBe(true)
      expect(weights[t].reduce((a, b) => a + b)).toBeCloseTo(1, 12)
      expect(weights[t][2]).toBeLessThan(0.4)
    }
  })

  it.each(Object.entries(all))('%s refuse what are no losses or no rate, and leave the losses alone', (_name, weigh) => {
    for (const bad of [[], [[]], [[0, 1], [1]], [[0, 2]], [[0, Number.NaN]], [[-1, 0]], 'abc'])
      expect(() => weigh(bad as number[][], 1)).toThrow(refusal('BAD_LOSSES'))
    for (const eta of [Number.NaN, -1, Number.POSITIVE_INFINITY]) expect(() => weigh([[0, 1]], eta)).toThrow(refusal('BAD_ETA'))
    expect(() => fixedShare([[0, 1]], 1, 1.5)).toThrow(refusal('BAD_ALPHA'))
    const losses = [
      [0, 1],
      [1, 0.5],
    ]
    weigh(losses, 1)
    expect(losses).toEqual([
      [0, 1],
      [1, 0.5],
    ])
  })
})
