import { beforeAll, describe, expect, it } from 'vitest'
import { childKey, rootKey } from '../../src/base/index.js'
import { type Forecast, parseForecast, pit, riskLevels, studyGrid } from '../../src/forecast/index.js'
import type { Model } from '../../src/models/index.js'
import { parametricLaws, pathLaws } from './simulation-laws.js'

/** What every member of the table of models is held to. A law that a model cannot keep is excepted by name, with the reason. */
export type ModelLaw = 'scale' | 'key'

export interface ModelLawCase {
  readonly model: Model
  /** For a model of several assets: their weights, summing to 1. All returns below are then rows of assets. */
  readonly weights?: Float64Array
  /** At least 300 returns that the model can learn from, and some that come after them. */
  readonly history: Float64Array
  readonly later: Float64Array
  /** Independent normal returns of unit variance, longer than the model's window by 400. */
  readonly normal: Float64Array
  readonly except?: { readonly [law in ModelLaw]?: string }
}

const levels = { levels: studyGrid, riskLevels }
const refusal = (code: string) => expect.objectContaining({ name: 'SwarmvarError', code })
const key = (label: string) => childKey(rootKey('model laws'), label)

export function modelLaws({ model, weights = Float64Array.of(1), history, later, normal, except = {} }: ModelLawCase): void {
  const width = weights.length
  const days = (returns: Float64Array, from: number, to: number): Float64Array => returns.slice(from * width, to * width)
  const portfolio = (row: Float64Array): number => row.reduce((sum, ret, i) => sum + weights[i] * ret, 0)
  const law = (name: ModelLaw, title: string, body: () => void): void => {
    const reason = except[name]
    it.skipIf(reason !== undefined)(reason === undefined ? title : `${title} (excepted: ${reason})`, body)
  }
  const learn = (): unknown => model.init(Float64Array.from(history), key('init'))
  const update = (state: unknown, row: Float64Array, at: ReturnType<typeof key>): unknown =>
    model.columns === undefined ? model.update(state, row[0], at) : model.update(state, portfolio(row), at, row)
  const absorb = (state: unknown, returns: Float64Array): unknown => {
    let held = state
    for (let day = 0; day * width < returns.length; day++)
      held = update(held, days(returns, day, day + 1), childKey(key('update'), day))
    return held
  }
  /** A day on which every asset, and so the portfolio, returns the same. */
  const everywhere = (ret: number): Float64Array => new Float64Array(width).fill(ret)

  describe(`the laws of models hold for ${model.name}`, () => {
    // Never updated, only copied: training is the slow part.
    let trained: unknown
    beforeAll(() => {
      trained = learn()
    })

    it('the same history and key give the same state, forecast and posterior, bit for bit', () => {
      const again = learn()
      expect(again).toEqual(trained)
      expect(model.forecast(again, levels)).toEqual(model.forecast(trained, levels))
      expect(model.posterior(again)).toEqual(model.posterior(trained))
    })

    law('key', 'another key gives another posterior', () => {
      const other = model.init(Float64Array.from(history), key('another'))
      expect(model.posterior(other).draws).not.toEqual(model.posterior(trained).draws)
    })

    it('training leaves the history alone, and reads nothing beyond its end', () => {
      const long = new Float64Array(history.length + 50).fill(1e6)
      long.set(history)
      const before = Float64Array.from(long)
      const state = model.init(long.subarray(0, history.length), key('init'))
      expect(long).toEqual(before)
      long.fill(-7)
      expect(model.forecast(state, levels)).toEqual(model.forecast(trained, levels))
    })

    it('a forecast is pure: it draws nothing, changes nothing, and says the same twice', () => {
      const before = structuredClone(trained)
      const one = model.forecast(trained, levels)
      const other = model.forecast(trained, levels)
      expect(other).toEqual(one)
      model.posterior(trained)
      model.varInterval95?.(trained, 0.01)
      expect(trained).toEqual(before)
    })

    it('a forecast is well formed: finite, ascending, ES of at least VaR, also after updates', () => {
      const state = absorb(model.copy(trained), days(later, 0, 20))
      for (const forecast of [model.forecast(trained, levels), model.forecast(state, levels)]) expectWellFormed(forecast)
    })

    it('a forecast shares no array with what was asked, nor with the next one', () => {
      const arrays = (forecast: Forecast) => [forecast.levels, forecast.quantiles, forecast.riskLevels, forecast.shortfalls]
      const [one, other] = [model.forecast(trained, levels), model.forecast(trained, levels)]
      const buffers = [levels.levels, levels.riskLevels, ...arrays(one), ...arrays(other)].map(({ buffer }) => buffer)
      expect(new Set(buffers).size).toBe(10)
    })

    it('a forecast answers the levels it is asked, few or many, and the same there', () => {
      const all = model.forecast(trained, levels)
      const few = model.forecast(trained, { levels: Float64Array.of(0.01, 0.5), riskLevels: Float64Array.of(0.01) })
      expect([...few.levels]).toEqual([0.01, 0.5])
      for (const level of few.levels) {
        const expected = all.quantiles[studyGrid.indexOf(level)]
        expect(Math.abs(few.quantiles[few.levels.indexOf(level)] - expected)).toBeLessThan(1e-6)
      }
      expect(Math.abs(few.shortfalls[0] - all.shortfalls[0])).toBeLessThan(1e-6)
      expect(model.forecast(trained, { levels: studyGrid, riskLevels: new Float64Array(0) }).shortfalls).toHaveLength(0)
    })

    it('a copy is independent: what happens to one does not reach the other', () => {
      const before = structuredClone(trained)
      const copy = model.copy(trained)
      expect(copy).toEqual(trained)
      absorb(copy, days(later, 0, 10))
      expect(trained).toEqual(before)
      const original = model.copy(trained)
      const kept = model.copy(original)
      absorb(original, days(later, 0, 10))
      expect(kept).toEqual(before)
      expect(model.forecast(kept, levels)).toEqual(model.forecast(trained, levels))
    })

    it('a state is plain data: its structured clone forecasts and updates to the same bits', () => {
      const clone = structuredClone(trained)
      expect(model.forecast(clone, levels)).toEqual(model.forecast(trained, levels))
      const one = absorb(clone, days(later, 0, 5))
      const other = absorb(model.copy(trained), days(later, 0, 5))
      expect(one).toEqual(other)
      expect(model.forecast(structuredClone(one), levels)).toEqual(model.forecast(other, levels))
    })

    it('an update changes the forecast, does not depend on its key’s history, and replays', () => {
      const one = absorb(model.copy(trained), everywhere(-9))
      const forecast = model.forecast(one, levels)
      expectWellFormed(forecast)
      expect(forecast.quantiles).not.toEqual(model.forecast(trained, levels).quantiles)
      expect(model.forecast(absorb(model.copy(trained), everywhere(-9)), levels)).toEqual(forecast)
    })

    it('a large loss never lowers the risk of the next day', () => {
      const calm = model.forecast(absorb(model.copy(trained), everywhere(0)), levels)
      const shaken = model.forecast(absorb(model.copy(trained), everywhere(-25)), levels)
      for (const level of riskLevels) {
        const at = studyGrid.indexOf(level)
        expect(shaken.quantiles[at]).toBeLessThanOrEqual(calm.quantiles[at])
      }
      shaken.shortfalls.forEach((es, i) => {
        expect(es).toBeGreaterThanOrEqual(calm.shortfalls[i])
      })
    })

    it('an update refuses what is no return, and leaves the state as it was', () => {
      const held = model.copy(trained)
      const before = structuredClone(held)
      // A row is an array of doubles: it cannot hold a string.
      const strange = [undefined, ...(model.columns === undefined ? ['1'] : [])] as unknown as number[]
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, -2e8, ...strange])
        expect(() => model.update(held, bad, key('bad'), new Float64Array(width).fill(bad))).toThrow(refusal('BAD_RETURN'))
      expect(held).toEqual(before)
    })

    it('a bad history is refused by code: too short, not finite, too large, constant', () => {
      const train = (returns: Float64Array) => () => model.init(returns, key('bad'))
      expect(train(days(history, 0, 10))).toThrow(refusal('TOO_FEW_RETURNS'))
      expect(train(new Float64Array(0))).toThrow(refusal('TOO_FEW_RETURNS'))
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2e8]) {
        for (const at of [0, history.length >> 1, history.length - 1]) {
          const broken = Float64Array.from(history)
          broken[at] = bad
          expect(train(broken)).toThrow(refusal('BAD_RETURN'))
          expect(train(broken)).toThrow(`history[${at}]`)
        }
      }
      expect(train(new Float64Array(history.length).fill(0.3))).toThrow(refusal('CONSTANT_RETURNS'))
    })

    law('scale', 'returns four times as large have quantiles and shortfalls four times as large, exactly', () => {
      const large = model.init(
        history.map(r => 4 * r),
        key('init'),
      )
      const one = model.forecast(absorb(model.copy(trained), days(later, 0, 5)), levels)
      const other = model.forecast(
        absorb(
          large,
          days(later, 0, 5).map(r => 4 * r),
        ),
        levels,
      )
      expect(other.quantiles).toEqual(one.quantiles.map(q => 4 * q))
      expect(other.shortfalls).toEqual(one.shortfalls.map(s => 4 * s))
    })

    it('the posterior has finite draws of every named parameter, in chains of equal length, and says how they were made', () => {
      const { names, draws, method } = model.posterior(trained)
      expect(Object.keys(draws).sort()).toEqual([...names].sort())
      expect(method).not.toBe('')
      for (const name of names) {
        expect(draws[name].length).toBeGreaterThan(0)
        for (const chain of draws[name]) {
          expect(chain).toHaveLength(draws[names[0]][0].length)
          expect(chain.every(Number.isFinite)).toBe(true)
        }
      }
      expect(model.varInterval95 === undefined).toBe(names.length === 0)
    })

    it('the interval of VaR is in order, deepens with the level, and lies about the predictive VaR', () => {
      if (model.varInterval95 === undefined) return
      let [deeperLow, deeperHigh] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
      for (const level of riskLevels) {
        const [low, high] = model.varInterval95(trained, level)
        expect(low).toBeLessThan(high)
        expect(model.varInterval95(trained, level)).toEqual([low, high])
        const predictive = -model.forecast(trained, levels).quantiles[studyGrid.indexOf(level)]
        expect(predictive).toBeGreaterThan(low - (high - low))
        expect(predictive).toBeLessThan(high + (high - low))
        expect(low).toBeLessThanOrEqual(deeperLow)
        expect(high).toBeLessThanOrEqual(deeperHigh)
        deeperLow = low
        deeperHigh = high
      }
    })

    it('what can pool says what it believes, and takes its own belief for a good one', () => {
      expect(model.assimilate === undefined).toBe(model.belief === undefined)
      expect(model.assimilate === undefined).toBe(model.beliefProblem === undefined)
      if (model.belief === undefined) return
      const belief = model.belief(trained)
      expect(model.posterior(trained).belief).toEqual(belief)
      expect(model.beliefProblem!(trained, belief)).toBeNull()
      expect(model.beliefProblem!(trained, structuredClone(belief))).toBeNull()
      for (const bad of [null, {}, { ...belief, family: 'another' }])
        expect(typeof model.beliefProblem!(trained, bad)).toBe('string')
    })

    pathLaws(model, () => trained, key)
    parametricLaws(model, () => trained, key)

    it('what makes priors of beliefs makes numbers of its own belief, the same twice, and other numbers of less of it', () => {
      if (model.priorFrom === undefined) return
      const belief = model.belief!(trained)
      const [prior, less] = [1, 0.1].map(discount => model.priorFrom!(belief, discount, key('prior')))
      expect(Object.values(prior!).every(Number.isFinite)).toBe(true)
      expect(Object.keys(less!)).toEqual(Object.keys(prior!))
      for (const name of Object.keys(prior!)) expect(less![name]).not.toBe(prior![name])
      expect(model.priorFrom(structuredClone(belief), 1, key('prior'))).toEqual(prior)
    })

    it('forecasts of 400 normal returns are calibrated: their probability integral transforms are roughly uniform', () => {
      const count = 400
      const first = normal.length / width - count
      let state = model.init(days(normal, 0, first), key('calibration'))
      const transforms = new Float64Array(count)
      for (let day = 0; day < count; day++) {
        const row = days(normal, first + day, first + day + 1)
        transforms[day] = pit(model.forecast(state, levels), portfolio(row))
        state = update(state, row, childKey(key('calibration'), day))
      }
      transforms.sort()
      let distance = 0
      transforms.forEach((u, i) => {
        distance = Math.max(distance, Math.abs(u - i / count), Math.abs((i + 1) / count - u))
      })
      // Kolmogorov: 1.63 is exceeded once in a hundred by perfect forecasts; these have estimated parameters.
      expect(Math.sqrt(count) * distance).toBeLessThan(1.63)
    })
  })
}

function expectWellFormed(forecast: Forecast): void {
  const parsed = parseForecast(forecast, levels)
  expect(parsed.ok ? '' : parsed.reason).toBe('')
  expect(forecast.quantiles.every(Number.isFinite)).toBe(true)
  for (let i = 1; i < forecast.quantiles.length; i++)
    expect(forecast.quantiles[i]).toBeGreaterThanOrEqual(forecast.quantiles[i - 1])
  riskLevels.forEach((level, i) => {
    const valueAtRisk = -forecast.quantiles[studyGrid.indexOf(level)]
    expect(forecast.shortfalls[i]).toBeGreaterThanOrEqual(valueAtRisk - 1e-12 * Math.abs(valueAtRisk))
  })
}
