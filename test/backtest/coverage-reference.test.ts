import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  benjaminiHochberg,
  binomialCoverage,
  type ChiSquareTest,
  durationTest,
  dynamicQuantile,
  holm,
  kupiecPowerAt,
  likelihoodRatioMultilevelOf,
  nassMultilevelOf,
  pearsonMultilevelOf,
  riskMap,
  trafficLightOf,
} from '../../src/backtest/index.js'

interface Sample {
  name: string
  days: number
  hitDays: number[]
  level: number
}
interface Reference {
  dynamicQuantile: (Sample & ChiSquareTest & { vars: number[]; lags: number; regressors: string[] })[]
  duration: (Sample & ChiSquareTest & { shape: number })[]
  multilevel: {
    name: string
    cells: number[]
    levels: number[]
    pearson: ChiSquareTest
    nass: ChiSquareTest
    ratio: ChiSquareTest
    riskMap?: ChiSquareTest
  }[]
  binomial: { count: number; days: number; level: number; atLeast: number; atMost: number; twoSided: number }[]
  kupiecPower: { days: number; level: number; rate: number; power: number }[]
  basel: [number, number][]
  adjusted: { p: number[]; holm: number[]; benjaminiHochberg: number[] }[]
}
const reference: Reference = JSON.parse(readFileSync(join(__dirname, '../fixtures/coverage-tests.json'), 'utf8'))

const near = (found: number, expected: number, tolerance = 1e-8): void =>
  expect(Math.abs(found - expected), `${found} against ${expected}`).toBeLessThanOrEqual(tolerance * Math.abs(expected))

function agrees(found: ChiSquareTest, expected: ChiSquareTest): void {
  near(found.statistic, expected.statistic)
  near(found.df, expected.df)
  near(found.pValue, expected.pValue)
}

function hitsOf({ days, hitDays }: Sample): Uint8Array {
  const hits = new Uint8Array(days)
  for (const day of hitDays) hits[day] = 1
  return hits
}

/** Hits at each level whose cells are these. */
function hitsByLevel(cells: number[]): Uint8Array[] {
  const depths = cells.flatMap((count, depth) => new Array<number>(count).fill(depth))
  const n = cells.length - 1
  return Array.from({ length: n }, (_, j) => Uint8Array.from(depths, depth => (depth >= n - j ? 1 : 0)))
}

describe('dynamic quantile agrees with a regression at 50 digits', () => {
  it.each(reference.dynamicQuantile)('$name', example => {
    const found = dynamicQuantile(hitsOf(example), example.vars, example.level, { lags: example.lags })
    expect(found.regressors).toEqual(example.regressors)
    agrees(found, example)
  })
})

describe('the duration test agrees with likelihoods at 50 digits', () => {
  it.each(reference.duration)('$name', example => {
    const found = durationTest(hitsOf(example), example.level)
    near(found.shape, example.shape)
    agrees(found, example)
  })
})

describe('tests at several levels agree with sums and likelihoods at 50 digits', () => {
  it.each(reference.multilevel)('$name', ({ cells, levels, pearson, nass, ratio, riskMap: map }) => {
    agrees(pearsonMultilevelOf(cells, levels), pearson)
    agrees(nassMultilevelOf(cells, levels), nass)
    agrees(likelihoodRatioMultilevelOf(cells, levels), ratio)
    if (map === undefined) return
    const found = riskMap(hitsByLevel(cells), levels)
    agrees(found, map)
    expect(found).toMatchObject({ exceptions: cells[1] + cells[2], superExceptions: cells[2] })
  })
})

describe('binomial probabilities', () => {
  it.each(reference.binomial)('of $count hits on $days days at $level agree with sums of exact terms', example => {
    const { count, days, level } = example
    const hits = Array.from({ length: days }, (_, t) => t < count)
    const found = binomialCoverage(hits, level)
    near(found.pValue, example.atLeast)
    near(found.twoSided, example.twoSided)
  })

  it('are those of the Basel document', () => {
    for (const [exceptions, inPercent] of reference.basel)
      expect(100 * trafficLightOf(exceptions).cumulativeProbability).toBeCloseTo(inPercent, 2)
    for (const { count, days, level, atLeast, atMost } of reference.binomial) {
      if (days !== 250 || level !== 0.01) continue
      near(trafficLightOf(count).cumulativeProbability, atMost)
      near(trafficLightOf(count).atLeast, atLeast)
    }
  })

  it.each(reference.kupiecPower)('give the power of Kupiec on $days days at $level when the rate is $rate', example => {
    near(kupiecPowerAt(example.days, example.level, example.rate), example.power)
  })
})

describe("adjusted p-values are those of R's p.adjust", () => {
  it.each(reference.adjusted)('$p', ({ p, holm: byHolm, benjaminiHochberg: byRate }) => {
    holm(p).forEach((found, i) => {
      near(found!, byHolm[i], 1e-13)
    })
    benjaminiHochberg(p).forEach((found, i) => {
      near(found!, byRate[i], 1e-13)
    })
  })
})
