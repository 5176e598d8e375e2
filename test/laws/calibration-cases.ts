import { makeModel, modelTable } from '../../src/models/index.js'
import { type CalibrationCase, calibrate, describeCalibration, holm } from './calibration-laws.js'

type Spec = { readonly [name: string]: number | readonly number[] }
type Setting = Partial<Omit<CalibrationCase, 'model'>> & {
  readonly prior?: Spec
  readonly options?: Spec
  readonly variant?: string
}

export interface NamedCase extends CalibrationCase {
  readonly title: string
}

/** What every parametric model gets unless it is named below: its default prior, and sets of moderate length. */
const standard = { sets: 200, days: 250, start: 1 }

/** So long a memory that nothing is forgotten. */
const memory = 1e12

/** Models that need something else: one entry a variant. */
const settings: { readonly [name: string]: readonly Setting[] } = {
  markovSwitching: [2, 3].map(regimes => ({ options: { regimes }, variant: `of ${regimes}` })),
  normalInverseGamma: [{ options: { memory }, sets: 400 }],
  normalInverseWishart: [{ options: { memory, weights: [0.5, 0.3, 0.2] } }],
  // A narrower prior than the default, which now and then draws volatilities of any size, to be fitted in seconds each.
  stochasticVolatility: [{ prior: { muSd: 1, phiShape2: 3, sigmaScale: 0.5 }, days: 200 }],
}

/** Parametric models that are not asked, and why. */
const excepted: { readonly [name: string]: string } = {}

/** Slow to fit: in a file of their own, so that two workers share the time. */
const latent: readonly string[] = ['markovSwitching', 'stochasticVolatility']

/** Every parametric model of the table is in one of the two groups. */
export const calibrationCases = (group: 'latent' | 'observed'): NamedCase[] =>
  Object.keys(modelTable)
    .filter(name => latent.includes(name) === (group === 'latent'))
    .flatMap(name =>
      (settings[name] ?? [{}]).flatMap(({ prior, options, variant, ...rest }): NamedCase[] => {
        const model = makeModel({ name, ...(prior && { prior }), ...(options && { options }) })
        if (model.parametric === undefined) return []
        if (Object.hasOwn(excepted, name)) {
          console.log(`${name} is excepted: ${excepted[name]}`)
          return []
        }
        return [{ ...standard, ...rest, model, title: variant === undefined ? name : `${name} ${variant}` }]
      }),
    )

/** A family-wise level of .01 over both groups. */
const LEVEL = 0.01 / 2

/** The lines of those quantities of these cases that Holm's test rejects; all lines are printed. */
export function calibrationFailures(cases: readonly NamedCase[]): string[] {
  const results = cases.flatMap(given => {
    const found = calibrate(given, 'calibration')
    const lines = found.map(result => describeCalibration(given.title, result))
    if (given.withoutLikelihood !== undefined) lines.push(`${given.title} logLikelihood: not asked, ${given.withoutLikelihood}`)
    console.log(lines.join('\n'))
    return found.map((result, i) => ({ line: lines[i], pValue: result.pValue }))
  })
  const rejected = holm(
    results.map(({ pValue }) => pValue),
    LEVEL,
  )
  return results.flatMap(({ line }, i) => (rejected[i] ? [line] : []))
}
