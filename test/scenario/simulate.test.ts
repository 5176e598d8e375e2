import { describe, expect, it } from 'vitest'
import { childKey, openStream, rootKey } from '../../src/base/index.js'
import { makeModel, modelTable } from '../../src/models/index.js'
import { openMarket } from '../../src/scenario/index.js'

const key = rootKey('simulated markets')
interface Segment {
  readonly model: string
  readonly params: { readonly [name: string]: number }
  readonly days: number
}
const returnsOf = (...simulate: Segment[]): Float64Array => {
  const days = simulate.reduce((sum, segment) => sum + segment.days, 0)
  return openMarket({ simulate }, days, '.', key).returns
}

const parametric = Object.keys(modelTable).flatMap(name => makeModel({ name }).parametric ?? [])
const refusal = (code: string, words: string) => expect.objectContaining({ code, message: expect.stringContaining(words) })

describe('a simulated market', () => {
  it('is made by every parametric model of the table, under its name, in its parametric model’s own bits', () => {
    expect(parametric.length).toBeGreaterThan(0)
    for (const name of Object.keys(modelTable)) {
      const made = makeModel({ name }).parametric
      if (made === undefined) continue
      const params = { ...made.drawPrior(openStream(childKey(key, name))) }
      const whole = returnsOf({ model: name, params, days: 50 })
      expect(whole).toEqual(made.simulate(params, 50, openStream(childKey(key, 0))))
      const { [made.names[0]]: _, ...fewer } = params
      expect(() => returnsOf({ model: name, params: fewer, days: 50 })).toThrow(refusal('BAD_SCENARIO', 'simulate[0].params'))
      expect(() => returnsOf({ model: name, params: { ...params, extra: 1 }, days: 50 })).toThrow(
        refusal('BAD_SCENARIO', 'simulate[0].params'),
      )
    }
  })

  it('knows independent returns as normal and studentT, and refuses what it does not know, or cannot be', () => {
    const params = { mean: 0.1, sd: 2 }
    const days = 100
    expect(returnsOf({ model: 'normal', params, days })).toEqual(returnsOf({ model: 'normalInverseGamma', params, days }))
    expect(returnsOf({ model: 'studentT', params: { ...params, nu: 4 }, days }).every(Number.isFinite)).toBe(true)
    expect(() => returnsOf({ model: 'oracle', params, days })).toThrow(refusal('UNKNOWN_MODEL', 'normal, normalInverseGamma'))
    expect(() => returnsOf({ model: 'ewma', params, days })).toThrow(refusal('UNKNOWN_MODEL', 'ewma'))
    expect(() => returnsOf({ model: 'toString', params, days })).toThrow(refusal('UNKNOWN_MODEL', 'toString'))
    expect(() => returnsOf({ model: 'normal', params: { mean: 0, sd: 0 }, days })).toThrow(refusal('BAD_SCENARIO', 'sd > 0'))
    expect(() => returnsOf({ model: 'studentT', params: { ...params, nu: 2 }, days })).toThrow(refusal('BAD_SCENARIO', 'nu > 2'))
  })

  it('runs through its segments in turn, each with draws of its own', () => {
    const calm = { model: 'normal', params: { mean: 0, sd: 1 }, days: 30 }
    const wild = { model: 'normal', params: { mean: 0, sd: 8 }, days: 20 }
    const all = returnsOf(calm, wild)
    expect(all.slice(0, 30)).toEqual(returnsOf(calm))
    expect(all.slice(30)).not.toEqual(returnsOf(wild))
    const square = (part: Float64Array): number => part.reduce((sum, ret) => sum + ret * ret, 0) / part.length
    expect(square(all.slice(30))).toBeGreaterThan(10 * square(all.slice(0, 30)))
  })
})
