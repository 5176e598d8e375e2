import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  acerbiSzekely,
  acerbiSzekelyAsymptotic,
  acerbiSzekelyPower,
  acerbiSzekelyTest,
  esRegression,
  esRegressionMonteCarlo,
  esRegressionPower,
  impliedShape,
  mcneilFrey,
  mcneilFreyBootstrap,
  mcneilFreyMonteCarlo,
  mcneilFreyPower,
  noldeZiegel,
  noldeZiegelMonteCarlo,
  noldeZiegelPower,
  shortfallPowers,
  type TailShape,
} from '../../src/backtest/index.js'
import { tailLaw } from '../../src/backtest/tail-shape.js'
import { childKey, openStream, rootKey } from '../../src/base/index.js'
import { drawNormal, drawStudentT } from '../../src/distributions/index.js'

const refusal = (code: string) => expect.objectContaining({ name: 'SwarmvarError', code })
const simulation = { replications: 99, seed: 'laws' }

interface Sample {
  returns: Float64Array
  vars: Float64Array
  ess: Float64Array
}

/** Returns of a moving volatility, and right or scaled forecasts of them. */
function sampleOf(seed: string, days: number, level: number, shape: TailShape, scale = 1): Sample {
  const stream = openStream(childKey(rootKey(seed), 'sample'))
  const law = tailLaw(shape, level)
  const sample = { returns: new Float64Array(days), vars: new Float64Array(days), ess: new Float64Array(days) }
  for (let t = 0; t < days; t++) {
    const sd = 1 + 0.5 * Math.sin(t / 30) + 0.1 * Math.sin(t)
    sample.vars[t] = 2 * sd * scale
    sample.ess[t] = 2.8 * sd * scale
    sample.returns[t] = -sd * (2 + 0.8 * law.draw(stream))
  }
  return sample
}

/** Every statistic and p-value of every test, or the code of its refusal. */
function everything({ returns, vars, ess }: Sample, level: number): { [name: string]: unknown } {
  const tests: { [name: string]: () => unknown } = {
    acerbiSzekely: () => acerbiSzekely(returns, vars, ess, level),
    asymptotic: () => acerbiSzekelyAsymptotic(returns, vars, ess, level),
    simulated: () => acerbiSzekelyTest(returns, vars, ess, level, simulation),
    mcneilFrey: () => mcneilFrey(returns, vars, ess, undefined, level),
    mcneilFreyByEs: () => mcneilFrey(returns, vars, ess, ess, level),
    bootstrap: () => mcneilFreyBootstrap(returns, vars, ess, undefined, level, simulation),
    mcneilFreySimulated: () => mcneilFreyMonteCarlo(returns, vars, ess, undefined, level, simulation),
    noldeZiegel: () => noldeZiegel(returns, vars, ess, level),
    noldeZiegelGeneral: () => noldeZiegel(returns, vars, ess, level, { kind: 'general' }),
    noldeZiegelSimulated: () => noldeZiegelMonteCarlo(returns, vars, ess, level, simulation),
    oneSidedSimulated: () => noldeZiegelMonteCarlo(returns, vars, ess, level, { ...simulation, kind: 'general', oneSided: true }),
    strict: () => esRegression(returns, vars, ess, level),
    auxiliary: () => esRegression(returns, vars, ess, level, { kind: 'auxiliary' }),
    intercept: () => esRegression(returns, vars, ess, level, { kind: 'intercept' }),
    power: () => esRegressionPower(vars, ess, level),
    interceptPower: () => esRegressionPower(vars, ess, level, { kind: 'intercept' }),
    powers: () => shortfallPowers(vars, ess, level, { replications: 19, seed: 'laws' }),
  }
  return Object.fromEntries(Object.entries(tests).map(([name, test]) => [name, outcome(test)]))
}

const codes = new Set([
  'NO_HITS',
  'TOO_FEW_HITS',
  'ZERO_VARIANCE',
  'TOO_FEW_DAYS',
  'NO_FIT',
  'NO_STATISTIC',
  'ES_BELOW_VAR',
  'BAD_SCALE',
])

function outcome(test: () => unknown): unknown {
  try {
    return test()
  } catch (error) {
    const { code } = error as { code?: string }
    expect(codes, String(error)).toContain(code)
    return code
  }
}

function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value]
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(numbersIn) : []
}

describe('every valid series has finite tests or a refusal with a code', () => {
  const shapes = ['moving', 'constant', 'ES is VaR', 'ES is VaR on some days'] as const
  const hits = ['as they come', 'none', 'all', 'first', 'last', 'equal returns', 'all at one loss'] as const
  const corner = (
    days: number,
    level: number,
    unit: number,
    shape: (typeof shapes)[number],
    hit: (typeof hits)[number],
    seed: number,
  ) => {
    const sample = sampleOf(`corner ${seed}`, days, level, { kind: 'studentT', nu: 4 })
    for (let t = 0; t < days; t++) {
      if (shape === 'constant') [sample.vars[t], sample.ess[t]] = [2, 2.8]
      if (shape === 'ES is VaR' || (shape === 'ES is VaR on some days' && t % 3 === 0)) sample.ess[t] = sample.vars[t]
      if (hit === 'none' || hit === 'first' || hit === 'last') sample.returns[t] = Math.max(sample.returns[t], -sample.vars[t])
      if (hit === 'all') sample.returns[t] = -sample.vars[t] - Math.abs(sample.returns[t]) - 0.1
      if (hit === 'equal returns') sample.returns[t] = -1.7
      if (hit === 'all at one loss') sample.returns[t] = -1.5 * sample.vars[t]
    }
    if (hit === 'first') sample.returns[0] = -3 * sample.vars[0]
    if (hit === 'last') sample.returns[days - 1] = -3 * sample.vars[days - 1]
    for (const values of Object.values(sample)) for (let t = 0; t < days; t++) values[t] *= unit
    const found = everything(sample, level)
    for (const [name, value] of Object.entries(found))
      for (const x of numbersIn(value)) expect(Number.isFinite(x), `${name} of ${shape}, ${hit}: ${x}`).toBe(true)
    return found
  }

  it('whatever the days, the level, the unit, the forecasts and the hits', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(2, 3, 10, 60, 250),
        fc.constantFrom(0.01, 0.025, 0.05),
        fc.constantFrom(1e-8, 1, 1e8),
        fc.constantFrom(...shapes),
        fc.constantFrom(...hits),
        fc.nat(1000),
        (days, level, unit, shape, hit, seed) => {
          corner(days, level, unit, shape, hit, seed)
        },
      ),
      { numRuns: 250 },
    )
  })

  it('20,000 days', () => {
    const sample = sampleOf('long', 20_000, 0.05, { kind: 'studentT', nu: 4 })
    const found = everything(sample, 0.05)
    for (const [name, value] of Object.entries(found)) {
      expect(typeof value, name).not.toBe('string')
      expect(numbersIn(value).every(Number.isFinite)).toBe(true)
    }
  }, 20_000)

  it('no hits: Z1 is null and Z2 is 1; residuals and calibration say that there are none', () => {
    const found = corner(250, 0.01, 1, 'moving', 'none', 1)
    expect(found.acerbiSzekely).toEqual({ z1: null, z2: 1 })
    expect(found.mcneilFrey).toBe('NO_HITS')
    expect(found.noldeZiegel).toBe('NO_HITS')
    expect(found.strict).toBe('TOO_FEW_DAYS')
    expect(corner(250, 0.01, 1, 'moving', 'first', 1).mcneilFrey).toBe('TOO_FEW_HITS')
    expect(corner(250, 0.01, 1, 'moving', 'all at one loss', 1).mcneilFrey).toBe('ZERO_VARIANCE')
  })

  it('a constant ES leaves the regression one parameter', () => {
    expect(corner(250, 0.05, 1, 'constant', 'as they come', 1).strict).toMatchObject({ df: 1, slope: 1 })
  })
})

describe('invariance', () => {
  it('no statistic and no p-value changes when returns, VaR and ES are all in another unit', () => {
    fc.assert(
      fc.property(fc.constantFrom(1e-8, 0.037, 3, 1e8), fc.constantFrom(0.01, 0.025, 0.05), fc.nat(1000), (unit, level, seed) => {
        const sample = sampleOf(`unit ${seed}`, 500, level, { kind: 'studentT', nu: 4 }, 0.8)
        const other = {
          returns: sample.returns.map(x => x * unit),
          vars: sample.vars.map(x => x * unit),
          ess: sample.ess.map(x => x * unit),
        }
        const [a, b] = [everything(sample, level), everything(other, level)]
        for (const name of Object.keys(a)) {
          const drop = (value: unknown) =>
            ['strict', 'auxiliary', 'intercept'].includes(name) ? { ...(value as object), intercept: 0 } : value
          const [before, after] = [numbersIn(drop(a[name])), numbersIn(drop(b[name]))]
          expect(after.length, name).toBe(before.length)
          for (let i = 0; i < before.length; i++)
            expect(Math.abs(after[i] - before[i]), `${name}: ${before[i]} ${after[i]}`).toBeLessThanOrEqual(
              1e-7 * Math.abs(before[i]) + 1e-11,
            )
        }
      }),
      { numRuns: 25 },
    )
  })

  it('simulated p-values, critical values and powers are the same bits twice, and others with another seed', () => {
    const { returns, vars, ess } = sampleOf('replay', 300, 0.05, { kind: 'normal' })
    const all = (seed: string) => [
      acerbiSzekelyTest(returns, vars, ess, 0.05, { replications: 199, seed }),
      mcneilFreyBootstrap(returns, vars, ess, undefined, 0.05, { replications: 199, seed }),
      mcneilFreyMonteCarlo(returns, vars, ess, undefined, 0.05, { replications: 199, seed }),
      noldeZiegelMonteCarlo(returns, vars, ess, 0.05, { replications: 199, seed, kind: 'general' }),
      esRegressionMonteCarlo(returns, vars, ess, 0.05, { seed, replications: 39 }),
      esRegressionMonteCarlo(returns, vars, ess, 0.05, { seed, replications: 39, kind: 'intercept', oneSided: true }),
      acerbiSzekelyPower(vars, ess, 0.05, { seed, replications: 50 }),
      mcneilFreyPower(vars, ess, undefined, 0.05, { seed, replications: 50 }),
      noldeZiegelPower(vars, ess, 0.05, { seed, replications: 50, oneSided: true }),
    ]
    expect(all('1')).toEqual(all('1'))
    const [one, two] = [all('1'), all('2')]
    for (let i = 0; i < one.length; i++) expect(two[i]).not.toEqual(one[i])
  })
})

describe('what the tests see', () => {
  it('an ES that is too low, at least as clearly as a normal tail allows', () => {
    const { returns, vars, ess } = sampleOf('low', 1000, 0.025, { kind: 'normal' })
    const low = ess.map((es, t) => vars[t] + 0.3 * (es - vars[t]))
    const shape = { kind: 'normal' } as const
    expect(acerbiSzekelyAsymptotic(returns, vars, low, 0.025, { shape }).z1!.pValue).toBeLessThan(1e-4)
    expect(mcneilFrey(returns, vars, low, undefined, 0.025).pValue).toBeLessThan(0.01)
    expect(noldeZiegel(returns, vars, low, 0.025).oneSided.pValue).toBeLessThan(0.1)
    expect(mcneilFrey(returns, vars, ess, undefined, 0.025).pValue).toBeGreaterThan(0.05)
  })

  it('one-sided calibration does not hold too few hits against the forecasts', () => {
    const { returns, vars, ess } = sampleOf('cautious', 1000, 0.05, { kind: 'normal' }, 1.3)
    const found = noldeZiegel(returns, vars, ess, 0.05)
    expect(found.pValue).toBeLessThan(1e-3)
    expect(found.oneSided.pValue).toBe(1)
  })

  it('heavier tails have lower critical values', () => {
    const { returns, vars, ess } = sampleOf('critical', 250, 0.025, { kind: 'normal' })
    const at = (shape: TailShape) => acerbiSzekelyTest(returns, vars, ess, 0.025, { shape, replications: 999, seed: '1' })
    const [light, heavy] = [at({ kind: 'normal' }), at({ kind: 'studentT', nu: 3 })]
    expect(heavy.z1!.criticalValue).toBeLessThan(light.z1!.criticalValue)
    expect(heavy.z2.criticalValue).toBeLessThan(light.z2.criticalValue)
    expect(heavy.shape).toBe('a Student-t with 3 degrees of freedom')
  })

  it('powers rise with the days and are between 0 and 1', () => {
    const { vars, ess } = sampleOf('power', 2000, 0.025, { kind: 'normal' })
    const [short, long] = [250, 2000].map(days => {
      const [v, e] = [vars.subarray(0, days), ess.subarray(0, days)]
      return [
        ...Object.values(shortfallPowers(v, e, 0.025, { seed: '1' })).flat(),
        ...esRegressionPower(v, e, 0.025),
        ...esRegressionPower(v, e, 0.025, { kind: 'intercept' }),
      ]
    })
    short.forEach(({ power, alternative, method }, i) => {
      expect(power >= 0 && power <= 1 && long[i].power <= 1).toBe(true)
      // Residuals and Z1 hardly see a shift that leaves the ratio ES / VaR right.
      if (alternative.startsWith('ES')) expect(long[i].power).toBeGreaterThan(power)
      expect(['simulated', 'approximate']).toContain(method)
    })
  })
})

describe('the law of a tail', () => {
  const laws = (
    [
      { kind: 'normal' },
      { kind: 'studentT', nu: 3.7 },
      { kind: 'generalisedPareto', xi: 0.2 },
      { kind: 'generalisedPareto', xi: -0.2 },
    ] as const
  ).map(shape => tailLaw(shape, 0.025))

  it('has quantiles that its survival function inverts, and 0 at the level', () => {
    for (const law of laws) {
      expect(law.upperQuantile(0.025)).toBeCloseTo(0, 12)
      for (const u of [1e-9, 0.001, 0.02, 0.2]) expect(law.survival(law.upperQuantile(u)) / u).toBeCloseTo(1, 9)
    }
  })

  it('draws with mean 1 beyond the VaR, and the stated second moment where the fourth is finite', () => {
    for (const law of laws) {
      const stream = openStream(childKey(rootKey('law'), law.shape.kind))
      const draws = Array.from({ length: 300_000 }, () => law.draw(stream)).filter(y => y > 0)
      expect(draws.length / 300_000).toBeCloseTo(0.025, 2)
      expect(draws.reduce((sum, y) => sum + y, 0) / draws.length).toBeCloseTo(1, 1)
      const second = draws.reduce((sum, y) => sum + y * y, 0) / draws.length
      if (law.secondMoment < 2) expect(Math.abs(second / law.secondMoment - 1)).toBeLessThan(0.1)
    }
  })

  it('implied by a light ES / VaR is normal, by a heavy one the heaviest allowed', () => {
    expect(impliedShape([2, 2], [2.1, 2.1], 0.025).shape).toEqual({ kind: 'normal' })
    expect(impliedShape([2, 2], [2, 2], 0.025).shape).toEqual({ kind: 'normal' })
    expect(impliedShape([-1, 0], [2, 2], 0.025).words).toContain('no VaR is positive')
    expect(impliedShape([1, 1], [9, 9], 0.025)).toMatchObject({ shape: { kind: 'studentT', nu: 2.1 } })
  })
})

describe('what is refused', () => {
  const [returns, vars, ess] = [
    [-3, 1],
    [2, 2],
    [2.5, 2.6],
  ]
  it('series that are none, lengths that differ, an ES that is not positive', () => {
    expect(() => acerbiSzekely([-3, Number.NaN], vars, ess, 0.05)).toThrow(refusal('BAD_RETURN'))
    expect(() => acerbiSzekely(returns, [2, Number.POSITIVE_INFINITY], ess, 0.05)).toThrow(refusal('BAD_VAR'))
    expect(() => acerbiSzekely(returns, vars, [2.5, 0], 0.05)).toThrow(refusal('BAD_ES'))
    expect(() => acerbiSzekely(returns, vars, [2.5], 0.05)).toThrow(refusal('LENGTH_MISMATCH'))
    expect(() => acerbiSzekely([1], vars, ess, 0.05)).toThrow(refusal('LENGTH_MISMATCH'))
    expect(() => acerbiSzekely([], [], [], 0.05)).toThrow(refusal('TOO_FEW_DAYS'))
    expect(() => acerbiSzekely(returns, vars, ess, 1)).toThrow(refusal('BAD_LEVEL'))
    expect(() => acerbiSzekely('returns' as never, vars, ess, 0.05)).toThrow(refusal('BAD_RETURN'))
    expect(() => mcneilFrey(returns, vars, ess, [1, 0], 0.05)).toThrow(refusal('BAD_SCALE'))
    expect(() => noldeZiegel(returns, vars, ess, 0.05, { kind: 'other' as never })).toThrow(refusal('BAD_KIND'))
    expect(() => esRegression(returns, vars, ess, 0.05, { kind: 'other' as never })).toThrow(refusal('BAD_KIND'))
  })

  it('an ES below its VaR where something is simulated, and not elsewhere', () => {
    expect(() => acerbiSzekelyTest(returns, vars, [2.5, 1.9], 0.05, simulation)).toThrow(refusal('ES_BELOW_VAR'))
    expect(acerbiSzekely(returns, vars, [2.5, 1.9], 0.05).z1).toBeCloseTo(-0.2, 12)
  })

  it('shapes without a mean, and normal approximations without a variance', () => {
    for (const shape of [{ kind: 'studentT', nu: 1 }, { kind: 'generalisedPareto', xi: 1 }, { kind: 'cauchy' }] as never[])
      expect(() => acerbiSzekelyTest(returns, vars, ess, 0.05, { ...simulation, shape })).toThrow(refusal('BAD_SHAPE'))
    const heavy = { shape: { kind: 'studentT', nu: 2 } } as const
    expect(() => acerbiSzekelyAsymptotic(returns, vars, ess, 0.05, heavy)).toThrow(refusal('INFINITE_VARIANCE'))
    expect(acerbiSzekelyTest(returns, vars, ess, 0.05, { ...simulation, ...heavy }).z2.pValue).toBeLessThanOrEqual(1)
    expect(() => acerbiSzekelyTest(returns, vars, ess, 0.05, { replications: 0, seed: '1' })).toThrow(refusal('BAD_REPLICATIONS'))
  })
})

// A reader can check by hand.
describe('by hand', () => {
  it('Acerbi and Szekely, with hits of -3 and -4 against an ES of 2.5 on 40 days at 5 %', () => {
    const returns = Array.from({ length: 40 }, (_, t) => (t === 3 ? -3 : t === 9 ? -4 : 0.1))
    const { z1, z2 } = acerbiSzekely(returns, new Array(40).fill(2), new Array(40).fill(2.5), 0.05)
    expect(z1).toBeCloseTo(1 - 7 / 2.5 / 2, 14)
    expect(z2).toBeCloseTo(1 - 7 / 2.5 / 2, 14)
  })

  it('a return of exactly minus the VaR is no hit', () => {
    expect(acerbiSzekely([-2, 1], [2, 2], [2.5, 2.5], 0.05).z1).toBeNull()
  })

  it('normal and Student-t draws of the law are those of their location and scale', () => {
    const [a, b] = [openStream(rootKey('z')), openStream(rootKey('z'))]
    const normal = tailLaw({ kind: 'normal' }, 0.05)
    expect(normal.draw(a)).toBeCloseTo((drawNormal(b) - 1.6448536269514722) / (2.0627128075074257 - 1.6448536269514722), 10)
    // The density of a Student-t with 3 degrees of freedom is 6 sqrt(3) / (pi (3 + z^2)^2).
    const q = 2.3533634348018264
    const es = ((3 + q * q) / 2) * ((6 * Math.sqrt(3)) / (Math.PI * (3 + q * q) ** 2)) * 20
    const heavy = tailLaw({ kind: 'studentT', nu: 3 }, 0.05)
    expect(heavy.draw(a)).toBeCloseTo((drawStudentT(b, 3) - q) / (es - q), 10)
  })
})
