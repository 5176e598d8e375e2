import { describe, expect, it } from 'vitest'
import {
  convergence,
  estimateRisk,
  methodTable,
  type Position,
  portfolioPosition,
  positionOfUniforms,
  returnPosition,
  varianceReduction,
} from '../../src/montecarlo/index.js'
import fixture from '../fixtures/montecarlo.json'
import { estimatorLaws } from '../laws/estimator-laws.js'

const single = returnPosition({ innovations: { studentT: 5 }, location: 0.1, scale: 2 })
const { portfolio: given } = fixture
const normal = portfolioPosition({ ...given, innovations: 'normal' })
const heavy = portfolioPosition({ ...given, innovations: { studentT: 5 } })
for (const method of Object.keys(methodTable)) {
  estimatorLaws(method, single, single.exact)
  estimatorLaws(method, normal, normal.exact!)
  estimatorLaws(method, heavy, heavy.exact!)
}

describe('methods compared', () => {
  it('agree on a delta-gamma portfolio whose losses come from both sides', () => {
    const gamma = [0, 0, 0, 0, -2, 0, 0, 0, 0]
    const position = portfolioPosition({ ...given, delta: [0.1, 0, 0.1], gamma, innovations: 'normal' })
    const options = { level: 0.01, paths: 40_000, seed: 'gamma' }
    const all = Object.keys(methodTable).map(method => estimateRisk(position, method, options))
    for (const one of all)
      for (const other of all) {
        const error = Math.hypot(one.standardErrors.var, other.standardErrors.var)
        expect(Math.abs(one.var - other.var), `${one.method} ${other.method}`).toBeLessThan(4 * error)
      }
    expect(all.find(({ method }) => method === 'importance')!.factors.var).toBeGreaterThan(3)
  })

  it('a measured factor has an interval about it, near what a run says of itself', () => {
    const options = { level: 0.01, paths: 8000, seed: 'factor' }
    const measured = varianceReduction(single, 'importance', { ...options, replications: 60 })
    expect(measured.var.interval95[0]).toBeGreaterThan(10)
    const own = estimateRisk(single, 'importance', options).factors.var
    expect(own).toBeGreaterThan(measured.var.interval95[0] / 1.5)
    expect(own).toBeLessThan(measured.var.interval95[1] * 1.5)
  })

  it('intervals shrink as budgets grow, each budget a run of its own', () => {
    const rows = convergence(single, 'importance', { level: 0.01, paths: 80_000, seed: 's', steps: 4 })
    expect(rows.map(({ evaluations }) => evaluations)).toEqual([10_000, 20_000, 40_000, 80_000])
    const widths = rows.map(({ varInterval95: [low, high] }) => high - low)
    expect(widths[3] / widths[0]).toBeGreaterThan(0.25)
    expect(widths[3] / widths[0]).toBeLessThan(0.5)
  })

  it('a function of uniforms is a position too', () => {
    const position = positionOfUniforms('triangle', 2, ([u, v]) => u + v)
    for (const method of ['plain', 'sobol', 'importance']) {
      const {
        varInterval95,
        standardErrors,
        var: value,
      } = estimateRisk(position, method, { level: 0.02, paths: 20_000, seed: 'u' })
      // P(U + V > 2 - x) = x^2 / 2.
      expect(Math.abs(value - 1.8)).toBeLessThan(4 * standardErrors.var)
      expect(varInterval95[1]).toBeLessThan(2)
    }
  })
})

describe('bad input', () => {
  const good = { level: 0.01, paths: 10_000, seed: 's' }
  const broken = (change: object): Position => ({ ...single, ...change }) as Position
  it.each<[string, () => unknown, string]>([
    ['no position', () => estimateRisk(null as never, 'plain', good), 'BAD_POSITION'],
    ['half a dimension', () => estimateRisk(broken({ dimension: 0.5 }), 'plain', good), 'BAD_POSITION'],
    ['a direction to nowhere', () => estimateRisk(broken({ direction: Float64Array.of(0) }), 'plain', good), 'BAD_POSITION'],
    ['a loss that is none', () => estimateRisk(broken({ losses: () => new Float64Array(1) }), 'plain', good), 'BAD_LOSS'],
    [
      'infinite losses',
      () => estimateRisk(broken({ losses: (_: unknown, n: number) => new Float64Array(n).fill(1 / 0) }), 'sobol', good),
      'BAD_LOSS',
    ],
    ['an unknown method', () => estimateRisk(single, 'constructor', good), 'UNKNOWN_METHOD'],
    ['a level of a half', () => estimateRisk(single, 'plain', { ...good, level: 0.5 }), 'BAD_LEVEL'],
    ['no seed', () => estimateRisk(single, 'plain', { ...good, seed: undefined as never }), 'BAD_SEED'],
    ['half a path', () => estimateRisk(single, 'plain', { ...good, paths: 5000.5 }), 'BAD_PATHS'],
    ['a tail out of reach', () => estimateRisk(single, 'plain', { ...good, level: 1e-5 }), 'TOO_FEW_PATHS'],
    ['too few replications', () => varianceReduction(single, 'sobol', { ...good, replications: 1 }), 'BAD_REPLICATIONS'],
    ['no steps', () => convergence(single, 'plain', { ...good, steps: 0 }), 'BAD_STEPS'],
    ['two degrees of freedom', () => returnPosition({ innovations: { studentT: 2 } }), 'BAD_POSITION'],
    [
      'a singular scale matrix',
      () => portfolioPosition({ ...given, innovations: 'normal', scaleMatrix: new Float64Array(9) }),
      'BAD_POSITION',
    ],
    [
      'too many dimensions for Sobol points',
      () =>
        estimateRisk(
          positionOfUniforms('wide', 65, ([u]) => u),
          'sobol',
          good,
        ),
      'TOO_MANY_DIMENSIONS',
    ],
  ])('%s', (_, call, code) => {
    expect(call).toThrow(expect.objectContaining({ code }))
  })

  it('losses that are all the same have a VaR, and intervals that hold it', () => {
    const constant: Position = { name: 'constant', dimension: 2, losses: (_, count) => new Float64Array(count).fill(3) }
    for (const method of Object.keys(methodTable)) {
      const { var: value, es, varInterval95, esInterval95 } = estimateRisk(constant, method, good)
      expect([value, es, ...varInterval95, ...esInterval95], method).toEqual([3, 3, 3, 3, 3, 3])
    }
  })
})
