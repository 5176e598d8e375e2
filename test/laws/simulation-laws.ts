import { expect, it } from 'vitest'
import { childKey, type Key, openStream } from '../../src/base/index.js'
import type { Model, Parameters, Parametric } from '../../src/models/index.js'

/** What a model with simulated paths is held to; `trained` answers a state that is never updated. */
export function pathLaws(model: Model, trained: () => unknown, key: (label: string) => Key): void {
  const simulate = model.simulate?.bind(model)
  if (simulate === undefined) return

  it('simulated paths replay, differ under another key, and leave the state alone', () => {
    const before = structuredClone(trained())
    const paths = simulate(trained(), 5, 40, key('paths'))
    expect(paths).toBeInstanceOf(Float64Array)
    expect(paths).toHaveLength(200)
    expect(paths.every(Number.isFinite)).toBe(true)
    expect(new Set(paths).size).toBeGreaterThan(100)
    expect(simulate(trained(), 5, 40, key('paths'))).toEqual(paths)
    expect(simulate(structuredClone(before), 5, 40, key('paths'))).toEqual(paths)
    expect(simulate(trained(), 5, 40, key('other paths'))).not.toEqual(paths)
    expect(trained()).toEqual(before)
  })

  it('the first day of 4,000 simulated paths is distributed as the forecast says', () => {
    const count = 4000
    const levels = Float64Array.from({ length: 199 }, (_, i) => (i + 1) / 200)
    const { quantiles } = model.forecast(trained(), { levels, riskLevels: new Float64Array(0) })
    for (const days of [1, 3]) {
      const paths = simulate(trained(), days, count, key(`${days} days`))
      const first = Float64Array.from({ length: count }, (_, path) => paths[path * days])
      let distance = 0
      quantiles.forEach((quantile, i) => {
        // Point masses: the level lies between the probabilities of below and of not above.
        const below = first.filter(ret => ret < quantile).length / count
        const notAbove = first.filter(ret => ret <= quantile).length / count
        distance = Math.max(distance, below - levels[i], levels[i] - notAbove)
      })
      // Kolmogorov: 1.95 is exceeded once in a thousand.
      expect(Math.sqrt(count) * distance).toBeLessThan(1.95)
    }
  })
}

/** What a parametric model is held to. */
export function parametricLaws(model: Model, trained: () => unknown, key: (label: string) => Key): void {
  const { parametric, columns = 1 } = model
  if (parametric === undefined) return
  const drawn = (label: string | number): Parameters => parametric.drawPrior(openStream(childKey(key('prior'), label)))

  it('its parameters are named as in the posterior, and its draws of them are sound', () => {
    const { names, draws } = model.posterior(trained())
    // A portfolio's posterior has its own mean and sd beside those of its assets.
    expect(names.filter(name => parametric.names.includes(name))).toEqual([...parametric.names])
    if (model.columns === undefined) expect(names).toHaveLength(parametric.names.length)
    for (let k = 0; k < 10; k++) expect(parametric.problem(at(parametric, k, draws))).toBeNull()
  })

  it('draws from the prior have nothing wrong with them, replay, and differ', () => {
    const some = Array.from({ length: 200 }, (_, i) => drawn(i))
    for (const params of some) {
      expect(Object.keys(params).sort()).toEqual([...parametric.names].sort())
      expect(parametric.problem(params)).toBeNull()
    }
    expect(drawn(7)).toEqual(some[7])
    for (const name of parametric.names) expect(new Set(some.map(params => params[name])).size).toBe(some.length)
  })

  it('says what is wrong with values that are no parameters', () => {
    const good = drawn('good')
    expect(typeof parametric.problem({})).toBe('string')
    for (const name of parametric.names)
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
        expect(typeof parametric.problem({ ...good, [name]: bad }), `${name} ${bad}`).toBe('string')
  })

  it('simulates finite returns that replay, from a variance that is given or its own, of finite log-likelihood', () => {
    const days = 60
    for (let i = 0; i < 20; i++) {
      const params = drawn(i)
      for (const options of [{}, { start: 2 }]) {
        const simulate = (): Float64Array => parametric.simulate(params, days, openStream(key('simulate')), options)
        const returns = simulate()
        expect(returns).toHaveLength(days * columns)
        expect(returns.every(Number.isFinite)).toBe(true)
        expect(simulate()).toEqual(returns)
        const before = Float64Array.from(returns)
        const logLikelihood = parametric.logLikelihood(params, returns, options)
        expect(Number.isFinite(logLikelihood)).toBe(true)
        expect(parametric.logLikelihood(params, returns, options)).toBe(logLikelihood)
        expect(returns).toEqual(before)
      }
    }
  })

  const oneSeries = columns === 1 ? '' : ' (excepted: rows of several assets)'
  const title = 'its likelihood is a density: over all values of the last return it integrates to that of the returns before'
  it.skipIf(columns > 1)(`${title}${oneSeries}`, () => {
    const params = at(parametric, 0, model.posterior(trained()).draws)
    const past = parametric.simulate(params, 30, openStream(key('past')), { start: 1 })
    const given = parametric.logLikelihood(params, past, { start: 1 })
    const returns = new Float64Array(31)
    returns.set(past)
    // The trapezium rule in u, the last return being sinh(u): it converges geometrically, and reaches far into the tails.
    const step = 0.05
    let mass = 0
    for (let u = -13; u <= 13; u += step) {
      returns[30] = Math.sinh(u)
      mass += step * Math.cosh(u) * Math.exp(parametric.logLikelihood(params, returns, { start: 1 }) - given)
    }
    expect(Math.abs(mass - 1)).toBeLessThan(1e-8)
  })
}

const at = ({ names }: Parametric, k: number, draws: { readonly [name: string]: readonly Float64Array[] }): Parameters =>
  Object.fromEntries(names.map(name => [name, draws[name][0][k]]))
