import { describe, expect, it } from 'vitest'
import {
  acerbiSzekelyAsymptotic,
  acerbiSzekelyPower,
  acerbiSzekelyTest,
  esRegression,
  esRegressionMonteCarlo,
  esRegressionPower,
  mcneilFrey,
  mcneilFreyBootstrap,
  mcneilFreyMonteCarlo,
  mcneilFreyPower,
  noldeZiegel,
  noldeZiegelMonteCarlo,
  noldeZiegelPower,
  type TailShape,
} from '../../src/backtest/index.js'
import { tailLaw } from '../../src/backtest/tail-shape.js'
import { childKey, openStream, rootKey, type Stream } from '../../src/base/index.js'

interface Sample {
  returns: Float64Array
  vars: Float64Array
  ess: Float64Array
}

/** GARCH returns of location 0, and the VaR and ES forecasts of one who knows the model, times factors. */
function garch(stream: Stream, days: number, level: number, shape: TailShape, varFactor = 1, esFactor = 1): Sample {
  const law = tailLaw(shape, level)
  const sample = { returns: new Float64Array(days), vars: new Float64Array(days), ess: new Float64Array(days) }
  // VaR and ES of the shape's standard law.
  const centre = shape.kind === 'normal' ? [1.959963984540054, 2.3378027922014] : [2.7764451051977987, 3.9935895]
  let variance = 1
  for (let t = 0; t < days; t++) {
    const sd = Math.sqrt(variance)
    const loss = sd * (centre[0] + (centre[1] - centre[0]) * law.draw(stream))
    sample.returns[t] = -loss
    sample.vars[t] = varFactor * sd * centre[0]
    sample.ess[t] = esFactor * sd * centre[1]
    variance = 0.05 + 0.05 * loss * loss + 0.85 * variance
  }
  return sample
}

const LEVEL = 0.025
const normal = { kind: 'normal' } as const
const heavy = { kind: 'studentT', nu: 4 } as const

type PValues = (sample: Sample, shape: TailShape, i: number) => { [test: string]: number }

/** The share of samples in which each test's p-value is at most 5 %; a refused test does not reject. */
function rejections(
  name: string,
  count: number,
  days: number,
  shape: TailShape,
  pValues: PValues,
  factors: readonly number[] = [1, 1],
) {
  const stream = openStream(childKey(rootKey('size'), name))
  const shares: { [test: string]: number } = {}
  for (let i = 0; i < count; i++) {
    const found = pValues(garch(stream, days, LEVEL, shape, factors[0], factors[1]), shape, i)
    for (const [test, pValue] of Object.entries(found)) shares[test] = (shares[test] ?? 0) + (pValue <= 0.05 ? 1 : 0) / count
  }
  return shares
}

/** A refused test does not reject. */
function orOne(test: () => number): number {
  try {
    return test()
  } catch {
    return 1
  }
}

const quick: PValues = ({ returns, vars, ess }, shape) => {
  const asymptotic = acerbiSzekelyAsymptotic(returns, vars, ess, LEVEL, { shape })
  const bootstrap = { replications: 199, seed: '1' }
  return {
    z1: asymptotic.z1?.pValue ?? 1,
    z2: asymptotic.z2.pValue,
    mcneilFrey: orOne(() => mcneilFrey(returns, vars, ess, undefined, LEVEL).pValue),
    bootstrap: orOne(() => mcneilFreyBootstrap(returns, vars, ess, undefined, LEVEL, bootstrap).pValue),
    simple: orOne(() => noldeZiegel(returns, vars, ess, LEVEL).pValue),
    simpleOneSided: orOne(() => noldeZiegel(returns, vars, ess, LEVEL).oneSided.pValue),
    general: orOne(() => noldeZiegel(returns, vars, ess, LEVEL, { kind: 'general' }).pValue),
    generalOneSided: orOne(() => noldeZiegel(returns, vars, ess, LEVEL, { kind: 'general' }).oneSided.pValue),
  }
}

const regressions: PValues = ({ returns, vars, ess }) => ({
  strict: orOne(() => esRegression(returns, vars, ess, LEVEL).pValue),
  auxiliary: orOne(() => esRegression(returns, vars, ess, LEVEL, { kind: 'auxiliary' }).pValue),
  intercept: orOne(() => esRegression(returns, vars, ess, LEVEL, { kind: 'intercept' }).pValue),
  interceptOneSided: orOne(() => esRegression(returns, vars, ess, LEVEL, { kind: 'intercept' }).oneSided!.pValue),
})

/** p-values of so many replications, from draws of its own for each sample. */
const simulated =
  (replications: number): PValues =>
  ({ returns, vars, ess }, shape, i) => {
    const simulation = { replications, seed: `exact ${i}`, shape }
    const found = acerbiSzekelyTest(returns, vars, ess, LEVEL, simulation)
    return {
      z1: found.z1?.pValue ?? 1,
      z2: found.z2.pValue,
      mcneilFrey: orOne(() => mcneilFreyMonteCarlo(returns, vars, ess, undefined, LEVEL, simulation)),
      simple: orOne(() => noldeZiegelMonteCarlo(returns, vars, ess, LEVEL, simulation)),
      generalOneSided: orOne(() =>
        noldeZiegelMonteCarlo(returns, vars, ess, LEVEL, { ...simulation, kind: 'general', oneSided: true }),
      ),
    }
  }

const between = (share: number, low: number, high: number, what: string): void => {
  expect(share, `${what}: ${share}`).toBeGreaterThanOrEqual(low)
  expect(share, `${what}: ${share}`).toBeLessThanOrEqual(high)
}

describe('size of asymptotic 5 % tests at 1,000 days and 2.5 %', () => {
  it.each([
    ['normal', normal],
    ['Student-t with 4 degrees of freedom', heavy],
  ] as const)('is 3-7 %% for Z1, Z2 and the bootstrap, and what the cards say for the others: %s', (_, shape) => {
    const share = rejections('size', 4000, 1000, shape, quick)
    for (const test of ['z1', 'z2', 'bootstrap']) between(share[test], 0.03, 0.07, test)
    between(share.mcneilFrey, 0.005, 0.035, 'mcneilFrey')
    between(share.simple, 0.08, 0.17, 'simple')
    between(share.general, 0.045, 0.13, 'general')
    for (const test of ['simpleOneSided', 'generalOneSided']) between(share[test], 0.002, 0.02, test)
    const regression = rejections('regression', 1500, 1000, shape, regressions)
    for (const test of ['strict', 'auxiliary']) between(regression[test], 0.11, 0.25, test)
    between(regression.intercept, 0.06, 0.14, 'intercept')
    between(regression.interceptOneSided, 0.003, 0.035, 'interceptOneSided')
  })

  it('is still 3-13 % for the regressions at 10,000 days and a Student-t with 4 degrees of freedom', () => {
    const share = rejections('long', 300, 10_000, heavy, regressions)
    for (const test of ['strict', 'auxiliary', 'intercept']) between(share[test], 0.03, 0.13, test)
  })
})

describe('Monte Carlo p-values', () => {
  it('are exact for as few as 19 replications: 5 % of samples of 400 days have one of at most 5 %, and the rest as many of each', () => {
    const share = rejections('exact', 5000, 400, heavy, simulated(19))
    // Four standard errors.
    for (const [test, rate] of Object.entries(share)) between(rate, 0.05 - 0.0124, 0.05 + 0.0124, test)
  })

  it('of the regression are exact on 300 days', () => {
    const share = rejections('exact regression', 1200, 300, heavy, ({ returns, vars, ess }, shape, i) => {
      const simulation = { shape, replications: 19, seed: `exact ${i}` }
      return {
        strict: orOne(() => esRegressionMonteCarlo(returns, vars, ess, LEVEL, simulation)),
        intercept: orOne(() =>
          esRegressionMonteCarlo(returns, vars, ess, LEVEL, { ...simulation, kind: 'intercept', oneSided: true }),
        ),
      }
    })
    for (const [test, rate] of Object.entries(share)) between(rate, 0.05 - 0.0252, 0.05 + 0.0252, test)
  })
})

describe('critical values of Acerbi and Szekely (2014), 250 days at 2.5 %', () => {
  it.each([
    ['normal', normal, 2.3378027922014 / 1.959963984540054, -0.11, -0.7],
    ['Student-t with 3 degrees of freedom', { kind: 'studentT', nu: 3 }, 5.039772 / 3.182446305284263, -0.43, -0.81],
  ] as const)('%s', (_, shape, ratio, z1, z2) => {
    const vars = new Float64Array(250).fill(2)
    const returns = vars.map((__, t) => (t === 7 ? -3 : 0))
    const ess = vars.map(v => v * ratio)
    const found = acerbiSzekelyTest(returns, vars, ess, LEVEL, { shape, replications: 100_000, seed: '1' })
    expect(Math.abs(found.z1!.criticalValue - z1)).toBeLessThan(0.01)
    expect(Math.abs(found.z2.criticalValue - z2)).toBeLessThan(0.015)
  })
})

describe('power at 1,000 days', () => {
  // Forecasts of 0.8 of the true ES, or of both, as the alternatives say.
  const alternatives = [
    [1, 0.8],
    [0.8, 0.8],
  ] as const

  it('of simulated tests is that of tests at their own critical values on simulated returns', () => {
    alternatives.forEach((factors, which) => {
      const { vars, ess } = garch(openStream(rootKey('power')), 1000, LEVEL, heavy, ...factors)
      const options = { shape: heavy, seed: '1', replications: 1000 }
      const { z1, z2 } = acerbiSzekelyPower(vars, ess, LEVEL, options)
      const powers = {
        z1,
        z2,
        mcneilFrey: mcneilFreyPower(vars, ess, undefined, LEVEL, options),
        simple: noldeZiegelPower(vars, ess, LEVEL, options),
        generalOneSided: noldeZiegelPower(vars, ess, LEVEL, { ...options, kind: 'general', oneSided: true }),
      }
      // Few replications cost a p-value some power.
      const share = rejections(`power ${which}`, 1000, 1000, heavy, simulated(99), factors)
      for (const [test, power] of Object.entries(powers))
        expect(Math.abs(share[test] - power[which].power), `${test}: ${share[test]} against ${power[which].power}`).toBeLessThan(
          0.07,
        )
    })
  })

  it('of the intercept regression is about its normal approximation', () => {
    alternatives.forEach((factors, which) => {
      const { vars, ess } = garch(openStream(rootKey('power')), 1000, LEVEL, heavy, ...factors)
      const { power } = esRegressionPower(vars, ess, LEVEL, { kind: 'intercept', shape: heavy })[which]
      const share = rejections(`regression power ${which}`, 600, 1000, heavy, regressions, factors)
      expect(Math.abs(share.interceptOneSided - power), `${share.interceptOneSided} against ${power}`).toBeLessThan(0.25)
    })
  })
})
