import { describe, expect, it } from 'vitest'
import { openStream, rootKey } from '../../src/base/index.js'
import type { Posterior } from '../../src/inference/index.js'
import type { Model, Parametric } from '../../src/models/index.js'
import { calibrationCases, calibrationFailures, type NamedCase } from '../laws/calibration-cases.js'

describe('simulation-based calibration', () => {
  const cases = calibrationCases('observed')

  it('the ranks of true parameters and of their likelihood are uniform for every parametric model without latent states', () => {
    expect(cases.length).toBeGreaterThan(3)
    expect(calibrationFailures(cases)).toEqual([])
  })

  const planted = (given: NamedCase, changes: Partial<Model>): string[] =>
    calibrationFailures([{ ...given, title: 'planted', model: { ...given.model, ...changes } }])
  const names = (lines: readonly string[]): string[] => lines.map(line => line.split(' ')[1].replace(':', ''))
  const caseOf = (name: string): NamedCase => cases.find(({ model }) => model.name === name)!
  const sound = caseOf('normalInverseGamma')

  it('catches posteriors whose standard deviations are a fifth too small, of independent draws and of sampled ones', () => {
    const found = (name: string): string[] => {
      const given = caseOf(name)
      return names(planted(given, { posterior: state => stretched(given.model, given.model.posterior(state), 0.8) }))
    }
    expect(found('normalInverseGamma')).toEqual(expect.arrayContaining(['sd', 'logLikelihood']))
    expect(found('garchT')).toEqual(expect.arrayContaining(['nu', 'logLikelihood']))
  })

  it('catches a simulator whose returns are a tenth too large, by the parameter that is wrong', () => {
    const honest = sound.model.parametric!
    const parametric: Parametric = { ...honest, simulate: (...given) => honest.simulate(...given).map(ret => 1.1 * ret) }
    expect(names(planted(sound, { parametric }))).toContain('sd')
  })

  it('catches a posterior that never looked at the data, which the ranks of the parameters alone do not', () => {
    const stream = openStream(rootKey('the prior again'))
    const posterior = (): Posterior => {
      const draws = Array.from({ length: 400 }, () => sound.model.parametric!.drawPrior(stream))
      const column = (name: string): Float64Array[] => [Float64Array.from(draws, draw => draw[name])]
      return { names: ['mean', 'sd'], draws: { mean: column('mean'), sd: column('sd') }, method: 'the prior' }
    }
    expect(names(planted(sound, { posterior }))).toEqual(['logLikelihood'])
  })
})

/** Every draw `factor` times as far from the mean of all; draws that would be no parameters stay. */
function stretched({ parametric }: Model, posterior: Posterior, factor: number): Posterior {
  const { names, draws } = posterior
  const means = names.map(name => {
    const all = draws[name].flatMap(chain => [...chain])
    return all.reduce((sum, x) => sum + x, 0) / all.length
  })
  const moved = Object.fromEntries(names.map(name => [name, draws[name].map(chain => Float64Array.from(chain))]))
  for (const [c, { length }] of draws[names[0]].entries()) {
    for (let k = 0; k < length; k++) {
      const values = names.map((name, i) => [name, means[i] + factor * (draws[name][c][k] - means[i])] as const)
      if (parametric!.problem(Object.fromEntries(values)) !== null) continue
      for (const [name, value] of values) moved[name][c][k] = value
    }
  }
  return { ...posterior, draws: moved }
}
