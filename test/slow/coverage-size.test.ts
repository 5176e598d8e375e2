import { describe, expect, it } from 'vitest'
import {
  binomialCoverage,
  binomialCoveragePower,
  christoffersen,
  christoffersenMonteCarlo,
  conditionalCoverageCard,
  durationCard,
  durationMonteCarlo,
  durationTest,
  dynamicQuantile,
  dynamicQuantileCard,
  dynamicQuantileMonteCarlo,
  independenceCard,
  kupiec,
  kupiecMonteCarlo,
  kupiecPower,
  kupiecPowerAt,
  likelihoodRatioMultilevel,
  likelihoodRatioMultilevelMonteCarlo,
  nassMultilevel,
  nassMultilevelMonteCarlo,
  pearsonMultilevel,
  pearsonMultilevelMonteCarlo,
  riskMap,
  riskMapMonteCarlo,
  type TestCard,
} from '../../src/backtest/index.js'
import { childKey, nextUniform, openStream, rootKey } from '../../src/base/index.js'

const levels = [0.01, 0.025, 0.05]
const days = 1000
const replications = 10_000

const uniforms = (label: string, count: number) => {
  const stream = openStream(childKey(rootKey('coverage size'), label))
  return (): Float64Array => Float64Array.from({ length: count }, () => nextUniform(stream))
}
const below = (sample: Float64Array, rate: number): Uint8Array => Uint8Array.from(sample, u => (u < rate ? 1 : 0))

// A VaR that wanders, as volatility does.
const vars = (count: number): Float64Array => {
  let x = 0
  return uniforms('VaR', count)().map(u => {
    x = 0.98 * x + 0.4 * (u - 0.5)
    return 2 + x
  })
}

/** Null: the sample has no test. */
const pValueOf = (work: () => number): number | null => {
  try {
    return work()
  } catch (error) {
    if (['TOO_FEW_HITS', 'UNBOUNDED_LIKELIHOOD'].includes((error as { code: string }).code)) return null
    throw error
  }
}

/** The share of p-values at most .05 among samples that have one, in per cent. */
function tally(): { add: (name: string, pValue: number | null) => void; sizes: () => { [name: string]: number } } {
  const seen = new Map<string, [number, number]>()
  return {
    add: (name, pValue) => {
      if (pValue === null) return
      const counts = seen.get(name) ?? [0, 0]
      seen.set(name, [counts[0] + (pValue <= 0.05 ? 1 : 0), counts[1] + 1])
    },
    sizes: () => Object.fromEntries([...seen].map(([name, [rejected, count]]) => [name, (100 * rejected) / count])),
  }
}

/** The tests whose true size at T = 1000 is not within 3 to 7 %: measured over 40,000 samples, in per cent, and said by their cards. */
const exceptions: { readonly [name: string]: { readonly size: number; readonly card: TestCard } } = {
  'independence 0.01': { size: 1.8, card: independenceCard },
  'independence 0.025': { size: 2.0, card: independenceCard },
  'independence 0.05': { size: 8.0, card: independenceCard },
  'conditional coverage 0.01': { size: 2.8, card: conditionalCoverageCard },
  'dynamic quantile 0.01': { size: 10.6, card: dynamicQuantileCard },
  'duration 0.01': { size: 7.3, card: durationCard },
  'duration 0.05': { size: 9.5, card: durationCard },
}

describe('the size of each asymptotic 5 % test on 1000 days', () => {
  it('is within 3 to 7 %, or an exception that its card names', () => {
    const given = vars(days)
    const draw = uniforms('size', days)
    const { add, sizes } = tally()
    for (let i = 0; i < replications; i++) {
      const sample = draw()
      const hits = levels.map(level => below(sample, level))
      levels.forEach((level, j) => {
        const { independence, conditionalCoverage } = christoffersen(hits[j], level)
        add(`kupiec ${level}`, kupiec(hits[j], level).pValue)
        add(`binomial ${level}`, binomialCoverage(hits[j], level).pValue)
        add(`independence ${level}`, independence.pValue)
        add(`conditional coverage ${level}`, conditionalCoverage.pValue)
        add(`dynamic quantile ${level}`, dynamicQuantile(hits[j], given, level).pValue)
        add(
          `duration ${level}`,
          pValueOf(() => durationTest(hits[j], level).pValue),
        )
      })
      add('pearson', pearsonMultilevel(hits, levels).pValue)
      add('nass', nassMultilevel(hits, levels).pValue)
      add('likelihood ratio', likelihoodRatioMultilevel(hits, levels).pValue)
      add('risk map', riskMap(hits.slice(0, 2), levels.slice(0, 2)).pValue)
    }
    const found = sizes()
    expect(Object.keys(found).length).toBe(22)
    for (const [name, size] of Object.entries(found)) {
      const exception = exceptions[name]
      if (exception === undefined) {
        expect(size, name).toBeGreaterThanOrEqual(3)
        expect(size, name).toBeLessThanOrEqual(7)
        continue
      }
      const standardError = 100 * Math.sqrt(((exception.size / 100) * (1 - exception.size / 100)) / replications)
      expect(Math.abs(size - exception.size), `${name}: ${size}`).toBeLessThan(4 * standardError + 0.05)
      expect(exception.size < 3 || exception.size > 7, name).toBe(true)
      expect(exception.card.caution, name).toContain(`${exception.size.toFixed(1)} %`)
    }
    levels.forEach(level => {
      const exact = 100 * kupiecPowerAt(days, level, level)
      expect(Math.abs(found[`kupiec ${level}`] - exact)).toBeLessThan(0.9)
    })
  })
})

describe('Monte Carlo p-values', () => {
  it('are exact on 250 days, where the asymptotic ones are not', () => {
    const few = 250
    const trials = 4000
    const given = vars(few)
    const draw = uniforms('exact', few)
    const { add, sizes } = tally()
    for (let i = 0; i < trials; i++) {
      const sample = draw()
      const simulation = { replications: 19, seed: `exact ${i}` }
      const hits = levels.map(level => below(sample, level))
      for (const [j, level] of [
        [0, 0.01],
        [2, 0.05],
      ]) {
        const { independence, conditionalCoverage } = christoffersenMonteCarlo(hits[j], level, simulation)
        add(`kupiec ${level}`, kupiecMonteCarlo(hits[j], level, simulation))
        add(`independence ${level}`, independence)
        add(`conditional coverage ${level}`, conditionalCoverage)
        add(`dynamic quantile ${level}`, dynamicQuantileMonteCarlo(hits[j], given, level, simulation))
        add(
          `duration ${level}`,
          pValueOf(() => durationMonteCarlo(hits[j], level, simulation)),
        )
      }
      add('pearson', pearsonMultilevelMonteCarlo(hits, levels, simulation))
      add('nass', nassMultilevelMonteCarlo(hits, levels, simulation))
      add('likelihood ratio', likelihoodRatioMultilevelMonteCarlo(hits, levels, simulation))
      add('risk map', riskMapMonteCarlo(hits.slice(0, 2), levels.slice(0, 2), simulation))
    }
    const found = sizes()
    expect(Object.keys(found).length).toBe(14)
    // 3.5 standard errors; a duration test exists in three fifths of the samples at 1 %.
    for (const [name, size] of Object.entries(found)) expect(Math.abs(size - 5), `${name}: ${size}`).toBeLessThan(1.6)
  })
})

describe('the power of coverage tests on 1000 days against a doubled rate', () => {
  it('is 78 % at 1 %, 98.6 % at 2.5 % and 100 % at 5 % for Kupiec, exact and simulated', () => {
    const draw = uniforms('power', days)
    const found = [0, 0, 0]
    for (let i = 0; i < replications; i++) {
      const sample = draw()
      levels.forEach((level, j) => {
        if (kupiec(below(sample, 2 * level), level).pValue <= 0.05) found[j]++
      })
    }
    const expected = [0.78, 0.986, 1]
    levels.forEach((level, j) => {
      const doubled = kupiecPower(days, level).find(({ alternative }) => alternative === `a true rate of ${200 * level} %`)!
      expect(doubled.method).toBe('exact')
      expect(Math.abs(doubled.power - expected[j])).toBeLessThan(0.002)
      const standardError = Math.sqrt((doubled.power * (1 - doubled.power)) / replications)
      expect(Math.abs(found[j] / replications - doubled.power)).toBeLessThan(3.5 * standardError + 1e-4)
      expect(binomialCoveragePower(days, level)[1].power).toBeGreaterThan(doubled.power - 0.002)
    })
  })
})
