import { fz0Loss } from 'swarmvar/forecast'
import { childKey, drawStudentT, openStream, rootKey } from 'swarmvar/random'
import { minimumScoreWeights, type PastRisks, relativeScoreWeights } from 'swarmvar/rules'
import { describe, expect, it } from 'vitest'

const LEVEL = 0.05

/** Forecasters of a Student-t market whose volatility goes up and down: the true one times a factor, on even or odd days another. */
function past(factors: readonly (readonly [number, number])[], days = 600, seed = 'market'): PastRisks {
  const stream = openStream(childKey(rootKey(seed), 'scores'))
  const scale = Array.from({ length: days }, (_, t) => 1 + 0.5 * Math.sin(t / 30))
  const returns = scale.map(s => s * drawStudentT(stream, 5))
  const row = (unit: number) =>
    factors.map(([even, odd]) => Float64Array.from(scale, (s, t) => unit * s * (t % 2 === 0 ? even : odd)))
  return { vars: row(2.015), shortfalls: row(2.89), returns }
}

function lossAt({ vars, shortfalls, returns }: PastRisks, weights: ArrayLike<number>): number {
  let sum = 0
  for (let t = 0; t < returns.length; t++) {
    const mixed = (rows: PastRisks['vars']): number => rows.reduce((total, row, i) => total + weights[i] * row[t], 0)
    sum += fz0Loss(returns[t], mixed(vars), mixed(shortfalls), LEVEL)
  }
  return sum / returns.length
}

const total = (weights: Float64Array): number => weights.reduce((a, b) => a + b, 0)

describe('weights by joint VaR and ES scores', () => {
  const sample = past([
    [1, 1],
    [0.6, 1.6],
    [1.6, 0.6],
    [2.5, 2.5],
  ])

  it('relative: proportional to exp(-rate x summed loss) at the rate that would have lost least of those tried', () => {
    const weights = relativeScoreWeights(sample, LEVEL)
    expect(total(weights)).toBeCloseTo(1, 12)
    const sums = sample.vars.map(
      (_, i) =>
        600 *
        lossAt(
          sample,
          sample.vars.map((_, j) => (i === j ? 1 : 0)),
        ),
    )
    const rates = [0, ...Array.from({ length: 17 }, (_, i) => 2 ** (i - 12))]
    const candidates = rates.map(rate => {
      const raised = sums.map(sum => Math.exp(-rate * (sum - Math.min(...sums))))
      return raised.map(w => w / raised.reduce((a, b) => a + b))
    })
    const best = candidates.reduce((a, b) => (lossAt(sample, b) < lossAt(sample, a) ? b : a))
    best.forEach((w, i) => {
      expect(weights[i]).toBeCloseTo(w, 9)
    })
  })

  it('minimum: as good as a fine search over the simplex of two forecasters', () => {
    for (const pair of [
      past([
        [0.6, 1.6],
        [1.6, 0.6],
      ]),
      past([
        [0.7, 0.7],
        [1.5, 1.5],
      ]),
    ]) {
      const searched = Math.min(...Array.from({ length: 1001 }, (_, k) => lossAt(pair, [k / 1000, 1 - k / 1000])))
      expect(lossAt(pair, minimumScoreWeights(pair, LEVEL))).toBeLessThan(searched + 1e-4)
    }
  })

  it('minimum: never worse in the past than the mean, relative weights or any single forecaster', () => {
    for (const seed of ['a', 'b', 'c', 'd']) {
      const one = past(
        [
          [1.3, 1.3],
          [0.9, 1.1],
          [0.5, 2],
          [3, 3],
          [1, 0.8],
        ],
        120,
        seed,
      )
      const loss = lossAt(one, minimumScoreWeights(one, LEVEL))
      const others = [new Float64Array(5).fill(0.2), relativeScoreWeights(one, LEVEL)]
      for (let i = 0; i < 5; i++) others.push(Float64Array.from({ length: 5 }, (_, j) => (i === j ? 1 : 0)))
      for (const weights of others) expect(loss).toBeLessThanOrEqual(lossAt(one, weights) + 1e-12)
    }
  })

  it('whose risk is far off gets next to nothing, and the truth most', () => {
    for (const weights of [relativeScoreWeights(sample, LEVEL), minimumScoreWeights(sample, LEVEL)]) {
      expect(weights[3]).toBeLessThan(0.05)
      expect(total(weights)).toBeCloseTo(1, 12)
      expect(weights.every(w => w >= 0)).toBe(true)
    }
    expect(relativeScoreWeights(sample, LEVEL)[0]).toBeGreaterThan(0.5)
  })

  it('do not depend on the unit, and treat those who say the same alike', () => {
    const scaled = {
      vars: sample.vars.map(row => Float64Array.from(row, x => 4 * x)),
      shortfalls: sample.shortfalls.map(row => Float64Array.from(row, x => 4 * x)),
      returns: Float64Array.from(sample.returns, x => 4 * x),
    }
    for (const learn of [relativeScoreWeights, minimumScoreWeights]) {
      learn(scaled, LEVEL).forEach((w, i) => {
        expect(w).toBeCloseTo(learn(sample, LEVEL)[i], 6)
      })
    }
    const twins = relativeScoreWeights(
      past([
        [1, 1],
        [1, 1],
        [2, 2],
      ]),
      LEVEL,
    )
    expect(twins[0]).toBe(twins[1])
    expect([
      ...relativeScoreWeights(
        past([
          [1, 1],
          [1, 1],
        ]),
        LEVEL,
      ),
    ]).toEqual([0.5, 0.5])
    expect([...minimumScoreWeights(past([[1, 1]]), LEVEL)]).toEqual([1])
  })

  it('refuse what cannot be scored, with a code, and leave their inputs alone', () => {
    const before = JSON.stringify(sample)
    minimumScoreWeights(sample, LEVEL)
    expect(JSON.stringify(sample)).toBe(before)
    const codes = (changes: Partial<PastRisks>, level = LEVEL) =>
      [relativeScoreWeights, minimumScoreWeights].map(learn => {
        try {
          learn({ ...sample, ...changes }, level)
        } catch (error) {
          return (error as { code?: string }).code
        }
        return 'none'
      })
    const both = (code: string) => [code, code]
    expect(codes({ vars: [] })).toEqual(both('BAD_REPORT'))
    expect(codes({ shortfalls: sample.shortfalls.slice(1) })).toEqual(both('LENGTH_MISMATCH'))
    expect(codes({ shortfalls: sample.shortfalls.map(row => Float64Array.from(row, () => 0)) })).toEqual(both('BAD_REPORT'))
    expect(codes({ vars: sample.vars.map(row => Float64Array.from(row, () => Number.NaN)) })).toEqual(both('BAD_REPORT'))
    expect(codes({ returns: [] })).toEqual(both('TOO_FEW_DAYS'))
    expect(codes({ returns: [1, 2] })).toEqual(both('LENGTH_MISMATCH'))
    expect(codes({}, 1)).toEqual(both('BAD_LEVEL'))
  })
})
