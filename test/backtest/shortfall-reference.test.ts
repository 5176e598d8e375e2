import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  acerbiSzekely,
  acerbiSzekelyAsymptotic,
  type EsRegressionKind,
  esRegression,
  impliedShape,
  mcneilFrey,
  noldeZiegel,
  type TailShape,
} from '../../src/backtest/index.js'
import { weightedQuantileLine } from '../../src/backtest/quantile-line.js'
import { tailLaw } from '../../src/backtest/tail-shape.js'

type Pair = [number, number]
interface Case {
  name: string
  level: number
  returns: number[]
  vars: number[]
  ess: number[]
  scales: number[]
  acerbiSzekely: { z1: number; z2: number; normal: { shape: TailShape; z1: number; z2: number }[] }
  mcneilFrey: Pair
  mcneilFreyByVar: Pair
  noldeZiegel: { simple: Pair; general: Pair; components: number[]; oneSidedSimple: Pair; oneSidedGeneral: Pair }
  esRegression: {
    kind: EsRegressionKind
    statistic: number
    pValue: number
    intercept: number
    slope?: number
    oneSided?: Pair
  }[]
}
interface Reference {
  secondMoments: { shape: TailShape; level: number; secondMoment: number }[]
  implied: { nu: number; level: number; ratio: number }[]
  lines: { level: number; x: number[]; y: number[]; weights: number[]; objective: number }[]
  cases: Case[]
}
const reference: Reference = JSON.parse(readFileSync(join(__dirname, '../fixtures/shortfall.json'), 'utf8'))

// Exact zeros come out of sums as about 1e-16.
const near = (found: number, expected: number): void =>
  expect(Math.abs(found - expected), `${found} against ${expected}`).toBeLessThanOrEqual(
    1e-8 * Math.abs(expected) + (expected === 0 ? 1e-13 : 0),
  )

describe('tests of the expected shortfall agree with matrices and linear programmes in Python, far tails included', () => {
  it.each(reference.cases)('$name: Acerbi and Szekely', ({ returns, vars, ess, level, acerbiSzekely: expected }) => {
    const { z1, z2 } = acerbiSzekely(returns, vars, ess, level)
    near(z1!, expected.z1)
    near(z2, expected.z2)
    for (const { shape, ...pValues } of expected.normal) {
      const found = acerbiSzekelyAsymptotic(returns, vars, ess, level, { shape })
      near(found.z1!.pValue, pValues.z1)
      near(found.z2.pValue, pValues.z2)
    }
  })

  it.each(reference.cases)(
    '$name: McNeil and Frey',
    ({ returns, vars, ess, scales, level, mcneilFrey: given, mcneilFreyByVar }) => {
      for (const [scaling, [statistic, pValue]] of [
        [scales, given],
        [undefined, mcneilFreyByVar],
      ] as const) {
        const found = mcneilFrey(returns, vars, ess, scaling, level)
        near(found.statistic, statistic)
        near(found.pValue, pValue)
      }
    },
  )

  it.each(reference.cases)('$name: Nolde and Ziegel', ({ returns, vars, ess, scales, level, noldeZiegel: expected }) => {
    for (const kind of ['simple', 'general'] as const) {
      const [hommel, bonferroni] = [true, false].map(each =>
        noldeZiegel(returns, vars, ess, level, { kind, scales, hommel: each }),
      )
      near(hommel.statistic, expected[kind][0])
      near(hommel.pValue, expected[kind][1])
      const oneSided = kind === 'simple' ? expected.oneSidedSimple : expected.oneSidedGeneral
      near(hommel.oneSided.pValue, oneSided[0])
      near(bonferroni.oneSided.pValue, oneSided[1])
      const { components } = hommel.oneSided
      for (let j = 0; j < components.length; j++) near(components[j], expected.components[j])
    }
  })

  it.each(reference.cases)('$name: ES regression', ({ returns, vars, ess, level, esRegression: expected }) => {
    for (const { kind, statistic, pValue, intercept, slope, oneSided } of expected) {
      const found = esRegression(returns, vars, ess, level, { kind })
      near(found.statistic, statistic)
      near(found.pValue, pValue)
      near(found.intercept, intercept)
      near(found.slope, slope ?? 1)
      if (oneSided === undefined) expect(found.oneSided).toBeNull()
      else {
        near(found.oneSided!.statistic, oneSided[0])
        near(found.oneSided!.pValue, oneSided[1])
      }
    }
  })

  it('has p-values of 1e-25 and less to compare', () => {
    const far = reference.cases.map(each => [each.mcneilFrey[1], each.noldeZiegel.simple[1], each.acerbiSzekely.normal[1].z2])
    for (const column of [0, 1, 2]) expect(Math.min(...far.map(row => row[column]))).toBeLessThan(1e-25)
  })
})

describe('shapes of tails', () => {
  it.each(reference.secondMoments)(
    '$shape at $level: the second moment is that of quadrature',
    ({ shape, level, secondMoment }) => {
      near(tailLaw(shape, level).secondMoment, secondMoment)
    },
  )

  it.each(reference.implied)(
    'ES / VaR of a Student-t with $nu degrees of freedom at $level implies them',
    ({ nu, level, ratio }) => {
      const { shape, words } = impliedShape([1, 2, 3], [ratio, 2 * ratio, 3 * ratio], level)
      expect(shape.kind === 'studentT' && Math.abs(shape.nu / nu - 1)).toBeLessThan(1e-6)
      expect(words).toBe(`a Student-t with ${nu.toFixed(1)} degrees of freedom, implied by ES / VaR`)
    },
  )
})

describe('weighted quantile lines', () => {
  it.each(reference.lines)(
    'reach the optimum of the linear programme, ties included, from any start',
    ({ level, x, y, weights, objective }) => {
      for (const start of [
        { intercept: 0, slope: 0 },
        { intercept: -1, slope: 1 },
        { intercept: -30, slope: 5 },
        { intercept: 40, slope: -9 },
      ]) {
        const [xs, ys, ws] = [x, y, weights].map(each => Float64Array.from(each))
        const line = weightedQuantileLine(ys, xs, ws, level, start)!
        let found = 0
        for (let t = 0; t < x.length; t++) {
          const residual = y[t] - line.intercept - line.slope * x[t]
          found += weights[t] * residual * (level - (residual < 0 ? 1 : 0))
        }
        near(found, objective)
      }
    },
  )
})
