import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  binomialCoverage,
  type ChiSquareTest,
  christoffersen,
  christoffersenMonteCarlo,
  christoffersenPower,
  durationMonteCarlo,
  durationPower,
  durationTest,
  dynamicQuantile,
  dynamicQuantileMonteCarlo,
  dynamicQuantilePower,
  kupiec,
  kupiecMonteCarlo,
  kupiecPower,
  kupiecPowerAt,
  likelihoodRatioMultilevel,
  likelihoodRatioMultilevelMonteCarlo,
  likelihoodRatioMultilevelPower,
  nassMultilevel,
  nassMultilevelMonteCarlo,
  nassMultilevelPower,
  type Power,
  pearsonMultilevel,
  pearsonMultilevelMonteCarlo,
  pearsonMultilevelPower,
  powerSentence,
  riskMap,
  riskMapMonteCarlo,
  riskMapPower,
} from '../../src/backtest/index.js'

const refusal = (code: string) => expect.objectContaining({ name: 'SwarmvarError', code })
const levels = [0.01, 0.025, 0.05]
const few = { replications: 19, seed: 'corners' }
const isProbability = (p: number): boolean => p >= 0 && p <= 1
const isSound = ({ statistic, df, pValue }: ChiSquareTest): boolean =>
  statistic >= 0 && Number.isFinite(statistic) && df > 0 && Number.isFinite(df) && isProbability(pValue)

/** What a computation gives, or the code of its refusal: any other error is thrown on. */
function outcome<T>(work: () => T): T | string {
  try {
    return work()
  } catch (error) {
    if ((error as { name: string }).name === 'SwarmvarError') return (error as { code: string }).code
    throw error
  }
}

function checkSample(hits: ArrayLike<number>, vars: ArrayLike<number>, level: number): void {
  expect(isSound(kupiec(hits, level))).toBe(true)
  const { pValue, twoSided } = binomialCoverage(hits, level)
  expect(isProbability(pValue) && isProbability(twoSided)).toBe(true)
  const pair = christoffersen(hits, level)
  expect(isSound(pair.independence) && isSound(pair.conditionalCoverage)).toBe(true)
  const quantile = outcome(() => dynamicQuantile(hits, vars, level))
  if (typeof quantile === 'string') expect(quantile).toBe('TOO_FEW_DAYS')
  else expect(isSound(quantile) && quantile.regressors.length === quantile.df).toBe(true)
  expect(typeof quantile === 'string').toBe(hits.length <= 4)
  const duration = outcome(() => durationTest(hits, level))
  if (typeof duration === 'string') expect(['TOO_FEW_HITS', 'UNBOUNDED_LIKELIHOOD']).toContain(duration)
  else expect(isSound(duration) && duration.shape > 0 && Number.isFinite(duration.shape)).toBe(true)
}

describe('every sample has finite tests or a refusal with a name', () => {
  it('none, all, the first, the last and the two outer days, on 2 to 20,000 days, with constant and moving VaRs', () => {
    for (const days of [2, 3, 5, 6, 250, 1000, 20_000]) {
      const at = (...where: number[]) => Uint8Array.from({ length: days }, (_, t) => (where.includes(t) ? 1 : 0))
      const moving = Float64Array.from({ length: days }, (_, t) => 2 + Math.sin(t))
      for (const hits of [at(), at().fill(1), at(0), at(days - 1), at(0, days - 1), at(0, 1), at(days >> 1)])
        for (const vars of [moving, new Float64Array(days).fill(1.7), new Float64Array(days), moving.map(x => 1e-8 * x)])
          for (const level of levels) checkSample(hits, vars, level)
    }
  })

  it('whatever the hits and the VaRs', () => {
    const day = fc.record({ hit: fc.integer({ min: 0, max: 1 }), value: fc.double({ min: -1e300, max: 1e300, noNaN: true }) })
    fc.assert(
      fc.property(fc.array(day, { minLength: 2, maxLength: 60 }), fc.constantFrom(...levels), (sample, level) => {
        checkSample(
          sample.map(({ hit }) => hit),
          sample.map(({ value }) => value),
          level,
        )
      }),
      { numRuns: 400 },
    )
  })

  it('at several levels', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 60 }), depths => {
        const hits = levels.map((_, j) => depths.map(depth => (depth >= 3 - j ? 1 : 0)))
        for (const test of [pearsonMultilevel, nassMultilevel, likelihoodRatioMultilevel])
          expect(isSound(test(hits, levels))).toBe(true)
        expect(isSound(riskMap(hits.slice(1), levels.slice(1)))).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})

describe('the dynamic quantile test', () => {
  const hits = Array.from({ length: 300 }, (_, t) => (t % 41 === 3 || t % 67 === 5 ? 1 : 0))
  const vars = Array.from({ length: 300 }, (_, t) => 2 + Math.sin(t / 9))

  it('does not see the scale of the VaR, nor its sign', () => {
    const { statistic, df } = dynamicQuantile(hits, vars, 0.025)
    for (const scale of [1e-8, 1e8, -3, 1e-300, 1e300]) {
      const found = dynamicQuantile(
        hits,
        vars.map(x => scale * x),
        0.025,
      )
      expect(found.df).toBe(df)
      expect(found.statistic).toBeCloseTo(statistic, 9)
    }
  })

  it('leaves out the constant VaR, and lags that have no hit', () => {
    const constant = new Array<number>(300).fill(2)
    expect(dynamicQuantile(hits, constant, 0.025).regressors).not.toContain('VaR')
    expect(dynamicQuantile(new Array(300).fill(0), constant, 0.01)).toMatchObject({ df: 1, regressors: ['constant'] })
  })

  it('refuses VaRs, lags and lengths that make no sense', () => {
    expect(() => dynamicQuantile(hits, [...vars.slice(1), Number.NaN], 0.01)).toThrow(refusal('BAD_VAR'))
    expect(() => dynamicQuantile(hits, 'vars' as never, 0.01)).toThrow(refusal('BAD_VAR'))
    expect(() => dynamicQuantile(hits, vars.slice(1), 0.01)).toThrow(refusal('LENGTH_MISMATCH'))
    expect(() => dynamicQuantile([0, 1, 0, 0], [1, 2, 3, 4], 0.01)).toThrow(refusal('TOO_FEW_DAYS'))
    for (const lags of [-1, 0.5, 101, Number.NaN])
      expect(() => dynamicQuantile(hits, vars, 0.01, { lags })).toThrow(refusal('BAD_LAGS'))
    expect(() => dynamicQuantile(hits, vars, 0)).toThrow(refusal('BAD_LEVEL'))
  })
})

describe('the duration test', () => {
  it('finds the shape of most likelihood', () => {
    const likelihood = (durations: number[], censored: number[], b: number): number => {
      const sum = [...durations, ...censored].reduce((total, d) => total + d ** b, 0)
      const m = durations.length
      return m * Math.log(b) + (b - 1) * durations.reduce((total, d) => total + Math.log(d), 0) - m * Math.log(sum / m)
    }
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 3, maxLength: 30 }), waits => {
        const hits = waits.flatMap(wait => [...new Array<number>(wait - 1).fill(0), 1])
        const censored = waits[0] > 1 ? [waits[0]] : []
        const found = outcome(() => durationTest(hits, 0.05))
        if (typeof found === 'string') return
        const best = likelihood(waits.slice(1), censored, found.shape)
        const tolerance = 1e-9 * Math.abs(best)
        for (const other of [0.05, 0.5, 0.9, 0.99, 1.01, 1.1, 2, 8])
          expect(likelihood(waits.slice(1), censored, found.shape * other)).toBeLessThanOrEqual(best + tolerance)
        const gain = 2 * (best - likelihood(waits.slice(1), censored, 1))
        expect(Math.abs(found.statistic - gain)).toBeLessThanOrEqual(2 * tolerance)
      }),
    )
  })

  it('says clusters by a shape below 1 and regularity by one above', () => {
    const at = (days: number, where: (t: number) => boolean) => Array.from({ length: days }, (_, t) => where(t))
    expect(
      durationTest(
        at(1000, t => t % 200 < 5),
        0.025,
      ).shape,
    ).toBeLessThan(0.7)
    expect(
      durationTest(
        at(1000, t => t % 40 === 20 || t === 501),
        0.025,
      ).shape,
    ).toBeGreaterThan(1.5)
  })

  it('names what has no test', () => {
    expect(() => durationTest(new Array(250).fill(0), 0.01)).toThrow(refusal('TOO_FEW_HITS'))
    expect(() => durationTest([0, 0, 1, 0], 0.01)).toThrow(refusal('TOO_FEW_HITS'))
    expect(() => durationTest(new Array(50).fill(1), 0.01)).toThrow(refusal('UNBOUNDED_LIKELIHOOD'))
    expect(() =>
      durationTest(
        Array.from({ length: 250 }, (_, t) => t % 25 === 12),
        0.05,
      ),
    ).toThrow('all 25 days')
  })
})

describe('hits at several levels', () => {
  const deep = [0, 1, 0, 0, 0]
  const shallow = [0, 1, 0, 1, 0]

  it('must be nested, and the day that is not is named', () => {
    const wrong = [0, 0, 0, 1, 0]
    for (const test of [pearsonMultilevel, nassMultilevel, likelihoodRatioMultilevel, riskMap]) {
      expect(() => test([deep, wrong], [0.01, 0.05])).toThrow(refusal('NOT_NESTED'))
      expect(() => test([deep, wrong], [0.01, 0.05])).toThrow('hits[1]')
      expect(isSound(test([deep, shallow], [0.01, 0.05]))).toBe(true)
    }
  })

  it('need levels that ascend, and hits at each', () => {
    expect(() => pearsonMultilevel([deep, shallow], [0.05, 0.01])).toThrow(refusal('BAD_LEVELS'))
    expect(() => pearsonMultilevel([deep], [0.01])).toThrow(refusal('TOO_FEW_LEVELS'))
    expect(() => pearsonMultilevel([deep], [0.01, 0.05])).toThrow(refusal('LENGTH_MISMATCH'))
    expect(() => pearsonMultilevel([deep, [0]], [0.01, 0.05])).toThrow(refusal('LENGTH_MISMATCH'))
    expect(() => riskMap([deep, shallow, shallow], levels)).toThrow(refusal('BAD_LEVELS'))
  })
})

describe('Monte Carlo p-values and powers', () => {
  const hits = Array.from({ length: 250 }, (_, t) => (t % 60 < 2 ? 1 : 0))
  const deep = hits.map((hit, t) => (t % 60 < 1 ? hit : 0))
  const vars = hits.map((_, t) => 2 + Math.sin(t / 9))

  it('are the same twice, and probabilities', () => {
    const all = (): number[] => {
      const { independence, conditionalCoverage } = christoffersenMonteCarlo(hits, 0.025, few)
      const several = [
        pearsonMultilevelMonteCarlo,
        nassMultilevelMonteCarlo,
        likelihoodRatioMultilevelMonteCarlo,
        riskMapMonteCarlo,
      ]
      const powers: (readonly Power[])[] = [
        kupiecPower(250, 0.025),
        ...Object.values(christoffersenPower(250, 0.025, few)),
        durationPower(250, 0.025, few),
        dynamicQuantilePower(vars, 0.025, few),
        ...[pearsonMultilevelPower, nassMultilevelPower, likelihoodRatioMultilevelPower, riskMapPower].map(power =>
          power(250, [0.01, 0.025], few),
        ),
      ]
      expect(powers.every(each => each.length >= 2)).toBe(true)
      return [
        independence,
        conditionalCoverage,
        kupiecMonteCarlo(hits, 0.025, few),
        durationMonteCarlo(hits, 0.025, few),
        dynamicQuantileMonteCarlo(hits, vars, 0.025, few),
        ...several.map(test => test([deep, hits], [0.01, 0.025], few)),
        ...powers.flat().map(({ power }) => power),
      ]
    }
    const found = all()
    expect(found.every(isProbability)).toBe(true)
    expect(all()).toEqual(found)
  })

  it('refuse what their tests refuse', () => {
    expect(() => durationMonteCarlo(new Array(250).fill(0), 0.01, few)).toThrow(refusal('TOO_FEW_HITS'))
    expect(() => kupiecMonteCarlo(hits, 0.01, { replications: 0, seed: '' })).toThrow(refusal('BAD_REPLICATIONS'))
    for (const days of [0, 1.5, Number.NaN, 1e9]) expect(() => kupiecPower(days, 0.01)).toThrow(refusal('BAD_DAYS'))
    expect(() => kupiecPowerAt(250, 0.01, 1)).toThrow(refusal('BAD_LEVEL'))
  })

  it('leave out alternatives that are no probabilities', () => {
    expect(kupiecPower(250, 0.6).map(({ alternative }) => alternative)).toEqual(['a true rate of 30 %', 'a true rate of 90 %'])
    for (const power of [durationPower(50, 0.6, few), christoffersenPower(2, 0.99, few).independence])
      expect(power.every(each => each.alternative.startsWith('clustered'))).toBe(true)
    expect(isProbability(dynamicQuantilePower([1, 2, 3, 4, 5], 0.5, few)[0].power)).toBe(true)
  })

  it('have a sentence for readers', () => {
    const [, , doubled] = kupiecPower(250, 0.01)
    expect(powerSentence(doubled, 250)).toBe('250 days find a true rate of 2 % only 24 % of the time')
    expect(powerSentence(kupiecPower(10_000, 0.05)[2], 10_000)).toBe(
      '10,000 days find a true rate of 10 % more than 99 % of the time',
    )
    expect(powerSentence({ alternative: 'clusters', power: 0.7, method: 'simulated', standardError: 0.02 }, 1000)).toBe(
      '1,000 days find clusters about 70 % of the time',
    )
  })
})
