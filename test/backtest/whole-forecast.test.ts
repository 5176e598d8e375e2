import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  berkowitz,
  berkowitzMonteCarlo,
  berkowitzPower,
  berkowitzTail,
  berkowitzTailMonteCarlo,
  berkowitzTailPower,
  kolmogorovSmirnov,
  kolmogorovSmirnovMonteCarlo,
  kolmogorovSmirnovPower,
  kolmogorovSurvival,
  pitIndependence,
  pitIndependenceMonteCarlo,
  pitIndependencePower,
  smirnovSurvival,
  type Test,
} from '../../src/backtest/index.js'
import { drawScores, WRONG_FORECASTS } from '../../src/backtest/pits.js'
import { childKey, isSwarmvarError, nextUniform, openStream, rootKey } from '../../src/base/index.js'
import { normalCdf, normalQuantile } from '../../src/distributions/index.js'

type Pair = [statistic: number, pValue: number]
interface Reference {
  berkowitz: { pits: number[]; statistic: Pair; meanVariance: Pair; independence: Pair; estimates: number[] }[]
  tail: { pits: number[]; tail: number; inTail: number; test: Pair }[]
  kolmogorov: { n: number; d: number; p: number }[]
  independence: { pits: number[]; lags: number; scores: Pair; squares: Pair }[]
}
const reference: Reference = JSON.parse(readFileSync(join(__dirname, '../fixtures/whole-forecast.json'), 'utf8'))

const near = (found: number, expected: number, relative = 1e-8): void =>
  expect(Math.abs(found - expected), `${found} against ${expected}`).toBeLessThanOrEqual(relative * Math.abs(expected))
const same = ({ statistic, pValue }: Test, [expected, p]: Pair): void => {
  near(statistic, expected)
  near(pValue, p)
}
const uniforms = (count: number, label: string | number = 0): Float64Array => {
  const stream = openStream(childKey(rootKey('whole forecast'), label))
  return Float64Array.from({ length: count }, () => nextUniform(stream))
}
const refusal = (code: string): unknown => expect.objectContaining({ code })

describe('against independent values', () => {
  it('Berkowitz: statistics, parts, estimates and p-values to 1e-25', () => {
    for (const { pits, statistic, meanVariance, independence, estimates } of reference.berkowitz) {
      const found = berkowitz(pits)
      same(found, statistic)
      same(found.meanVariance, meanVariance)
      same(found.independence, independence)
      const { mean, standardDeviation, autocorrelation } = found
      ;[mean, standardDeviation, autocorrelation].forEach((each, i) => {
        expect(Math.abs(each - estimates[i])).toBeLessThan(1e-6 * Math.max(1, Math.abs(estimates[i])))
      })
    }
    expect(Math.min(...reference.berkowitz.map(({ statistic }) => statistic[1]))).toBeLessThan(1e-25)
  })

  it('the tail likelihood, no PIT in the tail and all of them included', () => {
    for (const { pits, tail, inTail, test } of reference.tail) {
      const found = berkowitzTail(pits, { tail })
      expect(found.inTail).toBe(inTail)
      same(found, test)
    }
  })

  it('Kolmogorov-Smirnov p-values for 1 to 20,000 days, far tail included', () => {
    for (const { n, d, p } of reference.kolmogorov) near(kolmogorovSurvival(d, n), p)
    expect(Math.min(...reference.kolmogorov.map(({ p }) => p))).toBeLessThan(1e-25)
  })

  it('Ljung-Box of scores and squares', () => {
    for (const { pits, lags, scores, squares } of reference.independence) {
      const found = pitIndependence(pits, { lags })
      same(found.scores, scores)
      same(found.squares, squares)
    }
  })
})

describe('Kolmogorov-Smirnov', () => {
  it('has the closed form of one and of two days', () => {
    for (const d of [0.5, 0.6, 0.75, 0.99]) near(kolmogorovSurvival(d, 1), 2 * (1 - d), 1e-13)
    for (const d of [0.3, 0.4, 0.5]) near(kolmogorovSurvival(d, 2), 1 - 2 * (2 * d - 0.5) * (2 * d - 0.5), 1e-12)
    for (const d of [0.5, 0.7, 0.9]) near(kolmogorovSurvival(d, 2), 2 * (1 - d) * (1 - d), 1e-13)
    for (const n of [1, 7, 300]) near(smirnovSurvival(1 - 1e-3, n), n === 1 ? 1e-3 : 1e-3 ** n, 1e-9)
  })

  it('descends in the distance, without a step where the methods change', () => {
    for (const n of [1, 2, 3, 10, 99, 400, 1700, 20_000]) {
      let before = 1
      for (let i = 0; i <= 60; i++) {
        const p = kolmogorovSurvival((2.4 * i) / 60 / Math.sqrt(n), n)
        expect(p).toBeLessThanOrEqual(before + 1e-12)
        expect(p).toBeGreaterThanOrEqual(0)
        before = p
      }
    }
    for (const n of [100, 1000]) {
      const d = 2 / Math.sqrt(n)
      near(kolmogorovSurvival(d * (1 - 1e-12), n), kolmogorovSurvival(d * (1 + 1e-12), n), 1e-8)
    }
  })

  it('is the distance that sorting gives, ties and ends included', () => {
    const byThousandths = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 60 })
    fc.assert(
      fc.property(byThousandths, thousandths => {
        const pits = thousandths.map(each => each / 1000)
        const ascending = [...pits].sort((a, b) => a - b)
        const expected = Math.max(...ascending.flatMap((u, i) => [(i + 1) / pits.length - u, u - i / pits.length]))
        expect(kolmogorovSmirnov(pits).statistic).toBeCloseTo(expected, 14)
      }),
    )
  })
})

describe('laws', () => {
  it('the parts of Berkowitz add up, and turning the PITs over changes nothing but the sign of the mean', () => {
    for (const count of [3, 10, 500]) {
      const pits = uniforms(count).map(u => Math.round(u * 1024) / 1024 || 0.5)
      const found = berkowitz(pits)
      const turned = berkowitz(pits.map(u => 1 - u))
      expect(found.statistic).toBe(found.meanVariance.statistic + found.independence.statistic)
      near(turned.statistic, found.statistic, 1e-9)
      near(turned.mean, -found.mean, 1e-6)
      near(berkowitz(Float64Array.from(pits).reverse()).statistic, found.statistic, 1e-9)
    }
  })

  it('Berkowitz finds the exact maximum: no neighbour of its estimates is likelier', () => {
    const z = uniforms(60).map(normalQuantile)
    const found = berkowitz(z.map(normalCdf))
    const ratio = (mean: number, sd: number, rho: number): number => {
      const variance = sd * sd * (1 - rho * rho)
      let sum = (1 - rho * rho) * (z[0] - mean) ** 2
      for (let t = 1; t < z.length; t++) sum += (z[t] - mean - rho * (z[t - 1] - mean)) ** 2
      const own = -(z.length * Math.log(variance) - Math.log(1 - rho * rho) + sum / variance) / 2
      return 2 * (own + z.reduce((total, each) => total + each * each, 0) / 2)
    }
    const { mean, standardDeviation, autocorrelation, statistic } = found
    near(ratio(mean, standardDeviation, autocorrelation), statistic, 1e-9)
    for (const step of [-1e-3, 1e-3]) {
      expect(ratio(mean + step, standardDeviation, autocorrelation)).toBeLessThan(statistic)
      expect(ratio(mean, standardDeviation + step, autocorrelation)).toBeLessThan(statistic)
      expect(ratio(mean, standardDeviation, autocorrelation + step)).toBeLessThan(statistic)
    }
  })

  it('with a tail of all days but one the censored test tends to that of mean and variance', () => {
    const pits = uniforms(400)
    near(berkowitzTail(pits, { tail: 1 - 1e-9 }).statistic, berkowitz(pits).meanVariance.statistic, 1e-5)
  })

  it('PITs of 0 and 1 are counted and make every answer finite', () => {
    const pits = [...uniforms(50), 0, 1, 1]
    for (const { clamped, pValue } of [berkowitz(pits), berkowitzTail(pits)]) {
      expect(clamped).toBe(3)
      expect(pValue).toBeGreaterThan(0)
    }
    expect(pitIndependence(pits).clamped).toBe(3)
    expect(berkowitz(uniforms(50)).clamped).toBe(0)
  })

  it('inputs are left alone', () => {
    const pits = uniforms(40)
    const before = pits.slice()
    berkowitz(pits)
    berkowitzTail(pits)
    kolmogorovSmirnov(pits)
    pitIndependence(pits)
    expect(pits).toEqual(before)
  })
})

describe('corners', () => {
  const codes = new Set(['CONSTANT_PITS', 'NO_MAXIMUM', 'TOO_FEW_DAYS'])
  const answersOf = (pits: ArrayLike<number>): Test[] =>
    [
      () => {
        const whole = berkowitz(pits)
        return [whole, whole.meanVariance, whole.independence]
      },
      () => [berkowitzTail(pits)],
      () => [kolmogorovSmirnov(pits)],
      () => {
        const { scores, squares } = pitIndependence(pits)
        return [scores, squares]
      },
    ].flatMap(test => {
      try {
        return test()
      } catch (error) {
        if (isSwarmvarError(error) && codes.has(error.code)) return []
        throw error
      }
    })
  const finite = (pits: ArrayLike<number>): void => {
    for (const { statistic, pValue } of answersOf(pits)) {
      expect(Number.isFinite(statistic) && statistic >= 0).toBe(true)
      expect(pValue >= 0 && pValue <= 1).toBe(true)
    }
  }

  it('any PITs, ends, duplicates and constants included, give finite answers or a named refusal', () => {
    const values = [0, 1, 0.5, 0.05, 0.1, 1e-320, 1e-300, 1 - 2 ** -53, 0.049999999999999996]
    const one = fc.oneof(fc.constantFrom(...values), fc.double({ min: 0, max: 1, noNaN: true }))
    fc.assert(
      fc.property(fc.array(one, { maxLength: 40 }), pits => finite(pits)),
      { numRuns: 400 },
    )
  })

  it('two days, 20,000 days, and days all alike', () => {
    finite([0.3, 0.4])
    finite(uniforms(20_000))
    for (const count of [1, 2, 3, 7, 250, 20_000]) for (const pit of [0, 1, 0.01, 0.5]) finite(new Float64Array(count).fill(pit))
    finite(Float64Array.from({ length: 20_000 }, (_, t) => t % 2))
    expect(answersOf(uniforms(20_000))).toHaveLength(7)
  })

  it('what cannot be answered is refused by name', () => {
    expect(() => berkowitz(new Array(50).fill(0.3))).toThrow(refusal('CONSTANT_PITS'))
    expect(() => berkowitz([0.2, 0.3, 0.2, 0.3])).toThrow(refusal('NO_MAXIMUM'))
    expect(() => berkowitz([0.2, 0.3])).toThrow(refusal('TOO_FEW_DAYS'))
    expect(() => berkowitzTail([0.01, 0.01])).toThrow(refusal('CONSTANT_PITS'))
    expect(() => pitIndependence(new Array(50).fill(0.3))).toThrow(refusal('CONSTANT_PITS'))
    expect(() => pitIndependence(uniforms(6))).toThrow(refusal('TOO_FEW_DAYS'))
    expect(() => pitIndependence(uniforms(60), { lags: 0 })).toThrow(refusal('BAD_LAGS'))
    expect(() => berkowitzTail(uniforms(9), { tail: 1 })).toThrow(refusal('BAD_LEVEL'))
    expect(() => kolmogorovSmirnovPower(0)).toThrow(refusal('BAD_DAYS'))
    for (const bad of [Number.NaN, 1.1, -1e-9, '0.1', null])
      for (const test of [berkowitz, berkowitzTail, kolmogorovSmirnov, pitIndependence])
        expect(() => test([...uniforms(9), bad as never])).toThrow(refusal('BAD_PITS'))
    for (const bad of ['pits', null, { length: 9 }])
      for (const test of [berkowitz, berkowitzTail, kolmogorovSmirnov, pitIndependence])
        expect(() => test(bad as never)).toThrow(refusal('BAD_PITS'))
  })
})

describe('simulation', () => {
  const simulation = { replications: 999, seed: '7' }

  it('agrees with the exact and the asymptotic p-values, and replays', () => {
    const pits = uniforms(300, 'simulation')
    const simulated = [
      berkowitzMonteCarlo(pits, simulation),
      berkowitzTailMonteCarlo(pits, simulation),
      kolmogorovSmirnovMonteCarlo(pits, simulation),
      ...Object.values(pitIndependenceMonteCarlo(pits, simulation)),
    ]
    const { scores, squares } = pitIndependence(pits)
    const plain = [berkowitz(pits), berkowitzTail(pits), kolmogorovSmirnov(pits), scores, squares].map(({ pValue }) => pValue)
    // Three standard errors of 999 replications, and what 300 days leave of asymptotics.
    for (let i = 0; i < plain.length; i++) expect(Math.abs(simulated[i] - plain[i])).toBeLessThan(i === 2 ? 0.05 : 0.07)
    expect(berkowitzMonteCarlo(pits, simulation)).toBe(simulated[0])
    expect(kolmogorovSmirnovMonteCarlo(pits, { ...simulation, seed: '8' })).not.toBe(simulated[2])
  })

  it('a forecast that is far off has the smallest p-value there is', () => {
    const pits = uniforms(500).map(u => u * u)
    expect(berkowitzMonteCarlo(pits, { replications: 99, seed: '1' })).toBe(0.01)
    expect(kolmogorovSmirnovMonteCarlo(pits, { replications: 99, seed: '1' })).toBe(0.01)
  })

  it('Kolmogorov-Smirnov power counts the p-values at or below 5 %, however it finds them', () => {
    for (const days of [1, 5, 60, 400]) {
      for (const [i, kind] of WRONG_FORECASTS.entries()) {
        const key = childKey(childKey(rootKey('9'), 'backtest'), `kolmogorov-smirnov: ${kind.alternative}`)
        const stream = openStream(childKey(key, 'draws'))
        const scores = new Float64Array(days)
        let rejections = 0
        for (let sample = 0; sample < 150; sample++) {
          drawScores(stream, scores, kind)
          if (kolmogorovSmirnov(scores.map(normalCdf)).pValue <= 0.05) rejections++
        }
        expect(kolmogorovSmirnovPower(days, { replications: 150, seed: '9' })[i].power).toBe(rejections / 150)
      }
    }
  })

  it('power grows with the days, to one; each test sees what it is for and is blind to what it is not', () => {
    const options = { replications: 400, seed: '3' }
    for (const power of [berkowitzPower, berkowitzTailPower, kolmogorovSmirnovPower]) {
      const [few, many] = [power(100, options), power(2000, options)]
      expect(many.map(({ alternative }) => alternative)).toEqual(few.map(({ alternative }) => alternative))
      for (let i = 0; i < 2; i++) {
        expect(many[i].power).toBeGreaterThan(0.93)
        expect(few[i].power).toBeLessThan(many[i].power)
      }
      expect(power(100, options)).toEqual(few)
    }
    expect(berkowitzPower(1000, options)[2].power).toBeGreaterThan(0.95)
    expect(berkowitzTailPower(1000, options)[2].power).toBeLessThan(0.2)
    const { scores, squares } = pitIndependencePower(1000, options)
    expect(scores[0].power).toBeGreaterThan(0.97)
    expect(squares[1].power).toBeGreaterThan(0.97)
    expect(squares[0].power).toBeLessThan(0.3)
  })
})
