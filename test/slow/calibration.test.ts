import { describe, expect, it } from 'vitest'
import { openStream, rootKey } from '../../src/base/index.js'
import type { Posterior } from '../../src/inference/index.js'
import { type Model, makeModel, modelTable, type Parametric } from '../../src/models/index.js'
import { type CalibrationCase, calibrate, describeCalibration, holm } from '../laws/calibration-laws.js'

const LEVEL = 0.01

type Spec = { readonly [name: string]: number }
type Setting = Partial<Omit<CalibrationCase, 'model'>> & { readonly prior?: Spec; readonly options?: Spec }

/** What every parametric model gets unless it is named below: its default prior, and sets of moderate length. */
const standard = { sets: 200, days: 250, start: 1 }

/** Models that need something else: one entry a variant. */
const settings: { readonly [name: string]: readonly Setting[] } = {
  // So long a memory that nothing is forgotten.
  normalInverseGamma: [{ options: { memory: 1e12 }, sets: 400 }],
}

/** Parametric models that are not asked, and why. */
const excepted: { readonly [name: string]: string } = {}

interface Named extends CalibrationCase {
  readonly title: string
}

const cases: readonly Named[] = Object.keys(modelTable).flatMap(name =>
  (settings[name] ?? [{}]).flatMap(({ prior, options, ...rest }): readonly Named[] => {
    const model = makeModel({ name, ...(prior && { prior }), ...(options && { options }) })
    if (model.parametric === undefined || Object.hasOwn(excepted, name)) return []
    return [{ ...standard, ...rest, model, title: options === undefined ? name : `${name} ${JSON.stringify(options)}` }]
  }),
)

/** Every line that Holm's test over all results rejects. */
function failures(results: readonly (readonly [line: string, pValue: number])[]): string[] {
  const rejected = holm(
    results.map(([, pValue]) => pValue),
    LEVEL,
  )
  return results.flatMap(([line], i) => (rejected[i] ? [line] : []))
}

const resultsOf = (given: Named): (readonly [string, number])[] =>
  calibrate(given, 'calibration').map(result => [describeCalibration(given.title, result), result.pValue] as const)

describe('simulation-based calibration', () => {
  it('the ranks of true parameters and of their likelihood are uniform for every parametric model of the table', () => {
    expect(cases.map(({ model }) => model.name)).toContain('normalInverseGamma')
    for (const [name, reason] of Object.entries(excepted)) console.log(`${name} is excepted: ${reason}`)
    const results = cases.flatMap(given => {
      const found = resultsOf(given)
      console.log([...found.map(([line]) => line), ...whyNot(given)].join('\n'))
      return found
    })
    expect(failures(results)).toEqual([])
  })

  const planted = (given: Named, changes: Partial<Model>): string[] =>
    failures(resultsOf({ ...given, title: 'planted', model: { ...given.model, ...changes } }))
  const names = (lines: readonly string[]): string[] => lines.map(line => line.split(' ')[1].replace(':', ''))
  const caseOf = (name: string): Named => cases.find(({ model }) => model.name === name)!
  const sound = caseOf('normalInverseGamma')

  it('catches posteriors whose standard deviations are a fifth too small, of independent draws and of sampled ones', () => {
    const found = (name: string): string[] => {
      const given = caseOf(name)
      return names(planted(given, { posterior: state => stretched(given.model, given.model.posterior(state), 0.8) }))
    }
    expect(found('normalInverseGamma')).toEqual(['mean', 'sd', 'logLikelihood'])
    expect(found('garchT')).toEqual(expect.arrayContaining(['omega', 'nu', 'logLikelihood']))
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

const whyNot = ({ title, withoutLikelihood }: Named): string[] =>
  withoutLikelihood === undefined ? [] : [`${title} logLikelihood: not asked, ${withoutLikelihood}`]

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
