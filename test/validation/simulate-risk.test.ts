import { describe, expect, it } from 'vitest'
import { childKey, openStream, rootKey } from '../../src/base/index.js'
import { drawNormal } from '../../src/distributions/index.js'
import {
  ewma,
  filteredHistorical,
  garchNormal,
  garchT,
  gjrGarchT,
  type Model,
  normalInverseGamma,
  normalInverseWishart,
  predictFrom,
  train,
} from '../../src/models/index.js'
import { simulateRisk, simulateRiskFrom } from '../../src/validation/index.js'
import { simulateGarch } from '../models/data.js'

const history = simulateGarch({ mu: 0.05, omega: 0.05, alpha: 0.1, beta: 0.85, nu: 6 }, 400, 'simulate-risk')
const seed = '1'
const models: readonly Model[] = [garchT(), gjrGarchT(), garchNormal(), normalInverseGamma(), normalInverseWishart()] as Model[]

describe.each(models.map(model => ({ name: model.name, model })))('$name', ({ model }) => {
  const state = train(model, history, { seed, draws: 200, chains: 2 })

  it('over one day every method agrees with the closed form of the forecast', () => {
    const { levels, remark } = simulateRiskFrom(model, state, { seed, horizonDays: 1, levels: [0.01, 0.05], paths: 40_000 })
    expect(remark).toBeNull()
    for (const { level, estimates, oneDay, squareRootOfTime } of levels) {
      const [known] = predictFrom(model, state, [level], { seed })
      expect([oneDay.var, oneDay.es]).toEqual([known.var, known.es])
      expect(squareRootOfTime).toEqual(oneDay)
      expect(estimates).toHaveLength(8)
      for (const { method, var: value, es, standardErrors } of estimates) {
        expect(Math.abs(value - known.var), `VaR by ${method} at ${level}`).toBeLessThan(4 * standardErrors.var)
        expect(Math.abs(es - known.es), `ES by ${method} at ${level}`).toBeLessThan(4.5 * standardErrors.es)
      }
    }
  })

  it('over ten days it agrees with predict, within the Monte Carlo errors of both, and shows the root of time beside', () => {
    const horizonDays = 10
    const [known] = predictFrom(model, state, [0.025], { seed, horizonDays, paths: 200_000 })
    const { levels } = simulateRiskFrom(model, state, {
      seed,
      horizonDays,
      levels: [0.025],
      methods: ['plain', 'importance', 'sobol'],
      paths: 60_000,
    })
    const [{ estimates, oneDay, squareRootOfTime }] = levels
    expect(squareRootOfTime.var).toBe(Math.sqrt(10) * oneDay.var)
    for (const { method, var: value, es, standardErrors } of estimates) {
      const { mcseVar, mcseEs } = known.simulation!
      expect(Math.abs(value - known.var), method).toBeLessThan(4 * Math.hypot(standardErrors.var, mcseVar))
      expect(Math.abs(es - known.es), method).toBeLessThan(4.5 * Math.hypot(standardErrors.es, mcseEs))
    }
  })

  it('returns driven by scores replay and leave scores and state alone', () => {
    const paths = model.scorePaths!(state, 3)
    const stream = openStream(childKey(rootKey(seed), 'scores'))
    const scores = new Float64Array(50 * paths.dimension).map(() => drawNormal(stream))
    const [given, before] = [scores.slice(), structuredClone(state)]
    const returns = paths.returns(scores, 50)
    expect(returns.every(Number.isFinite)).toBe(true)
    expect(new Set(returns).size).toBe(50)
    expect(model.scorePaths!(state, 3).returns(scores, 50)).toEqual(returns)
    expect(scores).toEqual(given)
    expect(state).toEqual(before)
  })
})

describe('simulateRisk', () => {
  it('of a model without scores answers with plain Monte Carlo, agrees with its forecast, and says so', () => {
    for (const model of [ewma(), filteredHistorical()] as Model[]) {
      const options = { seed, horizonDays: 1, levels: [0.05], paths: 40_000 }
      const { levels, remark } = simulateRisk(model, history, { ...options, convergenceSteps: 3 })
      expect(remark).toContain('plain Monte Carlo only')
      expect(levels[0].estimates.map(({ method }) => method)).toEqual(['plain'])
      const { var: value, standardErrors } = levels[0].estimates[0]
      expect(Math.abs(value - levels[0].oneDay.var)).toBeLessThan(4 * standardErrors.var)
      expect(levels[0].convergence[0].map(({ evaluations }) => evaluations)).toEqual([5000, 10_000, 20_000])
      expect(simulateRisk(model, history, { ...options, methods: ['plain'] }).remark).toBeNull()
    }
  })

  it('replays, and the training of predict is its training', () => {
    const model = garchNormal()
    const options = { seed: 'replay', draws: 200, chains: 2, paths: 5000, levels: [0.05], convergenceSteps: 2 }
    const one = simulateRisk(model, history, options)
    expect(simulateRisk(model, history, options)).toEqual(one)
    const state = train(model, history, { seed: 'replay', draws: 200, chains: 2 })
    expect(one.levels[0].oneDay.var).toBe(predictFrom(model, state, [0.05], { seed: 'x' })[0].var)
  })

  it.each<[string, object, string]>([
    ['no seed', { seed: undefined }, 'BAD_SEED'],
    ['no levels', { levels: [] }, 'BAD_LEVEL'],
    ['a level of a half', { levels: [0.5] }, 'BAD_LEVEL'],
    ['no days', { horizonDays: 0 }, 'BAD_HORIZON'],
    ['too many days for Sobol points', { horizonDays: 100, methods: ['sobol'], levels: [0.05] }, 'TOO_MANY_DIMENSIONS'],
    ['an unknown method', { methods: ['magic'] }, 'UNKNOWN_METHOD'],
    ['half a path', { paths: 5000.5 }, 'BAD_PATHS'],
    ['too few paths', { paths: 4000, levels: [0.001] }, 'TOO_FEW_PATHS'],
    ['too many steps', { convergenceSteps: 31 }, 'BAD_STEPS'],
  ])('refuses %s', (_, change, code) => {
    expect(() => simulateRisk(normalInverseGamma(), history, { seed, ...change })).toThrow(expect.objectContaining({ code }))
  })
})
