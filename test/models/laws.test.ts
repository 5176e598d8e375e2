import { describe, expect, it } from 'vitest'
import { openStream, rootKey } from '../../src/base/index.js'
import { drawNormal } from '../../src/distributions/index.js'
import { makeModel, modelTable } from '../../src/models/index.js'
import { type ModelLawCase, modelLaws } from '../laws/model-laws.js'
import { simulateGarch } from './data.js'

const returns = simulateGarch({ mu: 0.05, omega: 0.05, alpha: 0.12, beta: 0.85, nu: 6 }, 700, 'model laws')
const stream = openStream(rootKey('normal returns'))
const normal = Float64Array.from({ length: 900 }, () => drawNormal(stream))

const noPosterior = { key: 'it has no posterior and draws nothing' }
const unscaled = { scale: 'its prior has a unit' }

const cases: { [name: string]: { options?: { [name: string]: number } } & Pick<ModelLawCase, 'except'> } = {
  bayesianBootstrap: { options: { window: 500 } },
  ewma: { except: noPosterior },
  filteredHistorical: { except: unscaled },
  garchNormal: { except: unscaled },
  garchT: { except: unscaled },
  gjrGarchT: { except: unscaled },
  historicalSimulation: { except: noPosterior },
  markovSwitching: { except: unscaled },
  normalInverseGamma: { options: { memory: 200 }, except: unscaled },
  normalInverseWishart: { options: { memory: 200 }, except: unscaled },
  peaksOverThreshold: { except: unscaled },
  stochasticVolatility: { except: unscaled },
}

for (const [name, { options, except }] of Object.entries(cases)) {
  const model = makeModel({ name, ...(options === undefined ? {} : { options }) })
  modelLaws({
    model,
    history: returns.slice(0, 600),
    later: returns.slice(600),
    normal,
    ...(except === undefined ? {} : { except }),
  })
}

// The same laws with three assets, of which the second moves with the first.
const weights = [0.5, 0.3, 0.2]
const threeOf = (one: Float64Array, label: string): Float64Array => {
  const others = openStream(rootKey(label))
  return Float64Array.from([...one].flatMap(ret => [ret, 0.5 * ret + drawNormal(others), 0.1 + 2 * drawNormal(others)]))
}
modelLaws({
  model: {
    ...makeModel({ name: 'normalInverseWishart', options: { memory: 200, weights } }),
    name: 'normalInverseWishart of three',
  },
  weights: Float64Array.from(weights),
  history: threeOf(returns.slice(0, 600), 'three'),
  later: threeOf(returns.slice(600), 'later three'),
  normal: threeOf(normal, 'normal three'),
  except: unscaled,
})

describe('the table of models', () => {
  it('has no member that the laws above are not asked of', () => {
    expect(Object.keys(cases).sort()).toEqual(Object.keys(modelTable).sort())
  })

  it('makes models that bear the name they are asked by', () => {
    for (const name of Object.keys(modelTable)) expect(makeModel({ name }).name).toBe(name)
  })

  it('refuses unknown names, and priors and options that a model has none of, is not given as numbers, or that are out of range', () => {
    const refusal = (code: string) => expect.objectContaining({ code })
    for (const name of ['', 'garch', 'toString', '__proto__']) expect(() => makeModel({ name })).toThrow(refusal('UNKNOWN_MODEL'))
    const bad = [
      { name: 'ewma', prior: { muSd: 1 } },
      { name: 'garchT', options: { window: 500 } },
      { name: 'ewma', options: { lambda: 1 } },
      { name: 'ewma', options: { lambda: 0 } },
      { name: 'ewma', options: { lambda: '0.9' } },
      { name: 'ewma', options: { lamda: 0.9 } },
      { name: 'historicalSimulation', options: { window: 250.5 } },
      { name: 'historicalSimulation', options: { window: 9 } },
      { name: 'garchT', prior: { omegaScale: -1 } },
      { name: 'garchT', prior: { muMean: Number.NaN } },
      { name: 'garchT', prior: { nuShape: Number.POSITIVE_INFINITY } },
      { name: 'filteredHistorical', prior: { nuShape: 2 } },
      { name: 'normalInverseGamma', prior: { strength: 0 } },
      { name: 'normalInverseGamma', options: { memory: 5 } },
      { name: 'normalInverseWishart', options: { weights: [] } },
      { name: 'normalInverseWishart', options: { weights: [0, 0] } },
      { name: 'normalInverseWishart', options: { weights: [0.5, Number.NaN] } },
      { name: 'normalInverseWishart', options: { weights: ['1'] } },
      { name: 'normalInverseWishart', prior: { scale: [1, 2] }, options: { weights: [0.5, 0.2, 0.3] } },
      { name: 'normalInverseWishart', prior: { scale: [1, 0] }, options: { weights: [0.5, 0.5] } },
      { name: 'normalInverseWishart', prior: { correlation: 1 } },
      { name: 'normalInverseWishart', prior: { correlation: -0.5 }, options: { weights: [0.5, 0.2, 0.3] } },
    ]
    for (const spec of bad) expect(() => makeModel(spec as never), JSON.stringify(spec)).toThrow(refusal('BAD_MODEL'))
  })

  it('takes numbers that a prior or an option allows, and leaves the spec alone', () => {
    const prior = Object.freeze({ muMean: -0.5, omegaScale: 2, alphaWeight: 1.5 })
    expect(makeModel({ name: 'garchT', prior }).name).toBe('garchT')
    expect(makeModel({ name: 'ewma', options: {}, prior: {} }).name).toBe('ewma')
  })
})
