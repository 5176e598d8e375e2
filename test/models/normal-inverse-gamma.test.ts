import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openStream, rootKey } from '../../src/base/index.js'
import { drawNormal } from '../../src/distributions/index.js'
import { parseForecast, riskLevels, studyGrid } from '../../src/forecast/index.js'
import type { Belief, Posterior } from '../../src/inference/index.js'
import { normalInverseGamma } from '../../src/models/index.js'
import type { NormalInverseGammaState } from '../../src/models/normal-inverse-gamma.js'

fc.configureGlobal({ seed: 20240607 })

interface Reference {
  levels: number[]
  riskLevels: number[]
  normalInverseGamma: {
    returns: number[]
    prior: { mean: number; strength: number; shape: number; scale: number }
    posterior: { m: number; kappa: number; a: number; b: number }
    quantiles: number[]
    shortfalls: number[]
  }[]
}
const reference: Reference = JSON.parse(readFileSync(join(__dirname, '../fixtures/models.json'), 'utf8'))

const stream = openStream(rootKey('normal'))
const history = Float64Array.from({ length: 300 }, () => 0.2 + 1.5 * drawNormal(stream))
const key = rootKey('nig')
/** Memory so long that nothing is forgotten. */
const forever = { memory: 1e15 }

const parametersOf = ({ natural: [shift, kappa, twiceA, rest] }: NormalInverseGammaState) => ({
  m: shift / kappa,
  kappa,
  a: twiceA / 2,
  b: (rest - (shift * shift) / kappa) / 2,
})
const peer = (belief: Belief): Posterior => ({ names: [], draws: {}, method: 'told', belief })
const near = (found: number, expected: number, relative: number): void =>
  expect(Math.abs(found - expected), `${found} against ${expected}`).toBeLessThanOrEqual(relative * Math.abs(expected))

describe('normalInverseGamma that forgets nothing', () => {
  for (const [i, { returns, prior, posterior, quantiles, shortfalls }] of reference.normalInverseGamma.entries()) {
    it(`has the textbook’s batch posterior and scipy’s Student-t predictive: case ${i + 1}`, () => {
      const model = normalInverseGamma(prior, forever)
      const state = model.init(Float64Array.from(returns), key)
      const found = parametersOf(state)
      near(found.m, posterior.m, 1e-11)
      near(found.kappa, posterior.kappa, 1e-11)
      near(found.a, posterior.a, 1e-11)
      near(found.b, posterior.b, 1e-11)
      const forecast = model.forecast(state, {
        levels: Float64Array.from(reference.levels),
        riskLevels: Float64Array.from(reference.riskLevels),
      })
      quantiles.forEach((q, k) => {
        near(forecast.quantiles[k], q, 1e-10)
      })
      shortfalls.forEach((s, k) => {
        near(forecast.shortfalls[k], s, 1e-9)
      })
    })
  }

  it('learns day by day what it learns in one go, in any order of the days', () => {
    const model = normalInverseGamma({ mean: 0.1, strength: 2 }, forever)
    const whole = model.init(history, key)
    let state = model.init(history.slice(0, 100), key)
    for (const ret of history.slice(100)) state = model.update(state, ret, key)
    const backwards = model.init(Float64Array.from(history).reverse(), key)
    for (const other of [state, backwards]) {
      other.natural.forEach((v, k) => {
        near(v, whole.natural[k], 1e-12)
      })
    }
  })
})

describe('normalInverseGamma', () => {
  it('forgets: a return k days old counts (1 - 1 / memory)^k, and the prior always counts once', () => {
    const memory = 40
    const prior = { mean: 0.5, strength: 3, shape: 4, scale: 2 }
    const { natural } = normalInverseGamma(prior, { memory }).init(history, key)
    const expected = [1.5, 3, 8, 4 + 3 * 0.25]
    history.forEach((ret, i) => {
      const weight = (1 - 1 / memory) ** (history.length - 1 - i)
      for (const [k, seen] of [ret, 1, 1, ret * ret].entries()) expected[k] += weight * seen
    })
    natural.forEach((v, k) => {
      near(v, expected[k], 1e-12)
    })
  })

  it('draws mean and standard deviation from its posterior: their moments are the closed forms', () => {
    const model = normalInverseGamma({}, { memory: 500 })
    const state = model.init(history, key)
    const { m, kappa, a, b } = parametersOf(state)
    const { draws } = model.posterior(state)
    const n = draws.mean[0].length
    const mean = draws.mean[0].reduce((s, x) => s + x) / n
    const precision = draws.sd[0].reduce((s, x) => s + 1 / (x * x)) / n
    expect(Math.abs(mean - m)).toBeLessThan(4 * Math.sqrt(b / ((a - 1) * kappa) / n))
    // 1 / sd^2 is Gamma(a, b): mean a / b, variance a / b^2.
    expect(Math.abs(precision - a / b)).toBeLessThan(4 * Math.sqrt(a / (b * b) / n))
  })

  it('pools exactly: natural parameters average, identical beliefs change nothing, a full weight on the peer is the peer', () => {
    const model = normalInverseGamma({}, { memory: 100 })
    const state = model.init(history, key)
    const other = normalInverseGamma({}, { memory: 100 }).init(history.slice(0, 150), key)
    const own = model.belief!(state)
    const theirs = model.belief!(other)
    const pool = (peers: Belief[], weights: number[]): NormalInverseGammaState => {
      const outcome = model.assimilate!(model.copy(state), peers.map(peer), Float64Array.from(weights), key)
      expect(outcome.paretoK).toBeUndefined()
      expect(outcome.method).toBe('natural parameters averaged')
      return outcome.state
    }
    expect(pool([own, own, own], [0.25, 0.25, 0.25, 0.25])).toEqual(state)
    expect(pool([theirs], [0, 1]).natural).toEqual(other.natural)
    if (theirs.kind !== 'natural') throw new Error('unreachable')
    expect(pool([theirs], [0.75, 0.25]).natural).toEqual(state.natural.map((v, k) => 0.75 * v + 0.25 * theirs.values[k]))
    expect(model.posterior(pool([theirs], [0.5, 0.5])).belief).toMatchObject({ kind: 'natural', family: 'normalInverseGamma' })
  })

  it('moves towards its peers as it pools, and no further', () => {
    const model = normalInverseGamma({}, { memory: 100 })
    const state = model.init(history, key)
    const shifted = model.init(
      history.map(r => 2 * r - 3),
      key,
    )
    const at = (s: NormalInverseGammaState): number =>
      model.forecast(s, { levels: Float64Array.of(0.01), riskLevels: Float64Array.of() }).quantiles[0]
    let last = at(state)
    for (const weight of [0.2, 0.5, 0.8]) {
      const pooled = model.assimilate!(
        model.copy(state),
        [peer(model.belief!(shifted))],
        Float64Array.of(1 - weight, weight),
        key,
      ).state
      expect(at(pooled)).toBeLessThan(last)
      last = at(pooled)
    }
  })

  it('refuses beliefs that are none of its family, or beyond measure; what it accepts never breaks its forecast', () => {
    const model = normalInverseGamma({}, { memory: 100 })
    const state = model.init(history, key)
    const own = model.belief!(state)
    if (own.kind !== 'natural') throw new Error('unreachable')
    const told = (...values: number[]): Belief => ({
      kind: 'natural',
      family: 'normalInverseGamma',
      values: Float64Array.from(values),
    })
    const [shift, kappa, twiceA, rest] = own.values
    for (const bad of [
      told(shift, -1, twiceA, rest),
      told(shift, kappa, 0, rest),
      told(shift, kappa, twiceA, 0),
      told(shift, kappa, twiceA, -rest),
      told(1, 2),
    ]) {
      expect(model.beliefProblem!(state, bad)).not.toBeNull()
    }
    for (const bad of [
      told(0, 1e300, 1e300, 1e300),
      told(shift, kappa, 1e20, rest),
      told(1e9, 1, twiceA, 1e18 + rest),
      told(shift, 1e-9, twiceA, rest),
    ]) {
      expect(model.beliefProblem!(state, bad)).not.toBeNull()
    }
    const exponent = (span: number) => fc.double({ min: -span, max: span, noNaN: true }).map(x => 10 ** x)
    const lie = fc.oneof(
      fc
        .tuple(fc.double({ min: -1, max: 1, noNaN: true }), exponent(300), exponent(300), exponent(300))
        .map(([s, ...v]) => told(s * v[0], ...v)),
      fc
        .tuple(fc.double({ min: -1e3, max: 1e3, noNaN: true }), exponent(8), exponent(8), exponent(14))
        .map(([s, ...v]) => told(s, ...v)),
    )
    let accepted = 0
    fc.assert(
      fc.property(lie, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (belief, weight) => {
        if (model.beliefProblem!(state, belief) !== null) return
        accepted++
        const { state: pooled } = model.assimilate!(model.copy(state), [peer(belief)], Float64Array.of(1 - weight, weight), key)
        const parsed = parseForecast(model.forecast(pooled, { levels: studyGrid, riskLevels }), { levels: studyGrid, riskLevels })
        expect(parsed.ok ? '' : parsed.reason).toBe('')
      }),
      { numRuns: 400 },
    )
    expect(accepted).toBeGreaterThan(30)
  })
})
