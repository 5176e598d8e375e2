import { describe, expect, it } from 'vitest'
import { rootKey } from '../../src/base/index.js'
import { ewma, historicalSimulation } from '../../src/models/index.js'

const key = rootKey('benchmarks')
const history = Float64Array.from({ length: 60 }, (_, i) => Math.sin(i * i) + 0.3)

describe('ewma', () => {
  it('starts from the sample variance, and weighs the squares of returns, about zero, by powers of lambda', () => {
    const lambda = 0.9
    const model = ewma({ lambda })
    const mean = history.reduce((a, b) => a + b) / 60
    const start = history.reduce((a, b) => a + (b - mean) ** 2, 0) / 59
    let expected = lambda ** 60 * start
    history.forEach((ret, i) => {
      expected += (1 - lambda) * lambda ** (59 - i) * ret * ret
    })
    const state = model.init(history, key)
    expect(state.variance).toBeCloseTo(expected, 13)
    expect(model.update(state, -4, key).variance).toBeCloseTo(lambda * expected + 1.6, 13)
  })

  it('forecasts a normal distribution: VaR and ES are the textbook’s multiples of its standard deviation', () => {
    const model = ewma()
    const state = { variance: 4 }
    const { quantiles, shortfalls } = model.forecast(state, {
      levels: Float64Array.of(0.01, 0.5, 0.975),
      riskLevels: Float64Array.of(0.01, 0.025),
    })
    expect(quantiles[0]).toBeCloseTo(-2 * 2.3263478740408408, 13)
    expect(quantiles[1]).toBeCloseTo(0, 15)
    expect(quantiles[2]).toBeCloseTo(2 * 1.959963984540054, 13)
    expect(shortfalls[0]).toBeCloseTo(2 * 2.665214220345808, 12)
    expect(shortfalls[1]).toBeCloseTo(2 * 2.3378027922014, 12)
  })

  it('forgets at the RiskMetrics rate unless told', () => {
    expect(ewma().update({ variance: 1 }, 0, key).variance).toBe(0.94)
  })
})

describe('a benchmark', () => {
  it('has no posterior, and says so rather than make one up', () => {
    for (const model of [ewma(), historicalSimulation()]) {
      const posterior = model.posterior(
        model.init(
          Float64Array.from({ length: 300 }, (_, i) => Math.cos(i * i)),
          key,
        ) as never,
      )
      expect(posterior).toMatchObject({ names: [], draws: {} })
      expect(posterior.method).toMatch(/without a posterior/)
      expect(model.varInterval95).toBeUndefined()
      expect(model.assimilate).toBeUndefined()
    }
  })
})
