import { childKey, type Key, openStream, refuse } from '../base/index.js'
import { drawStudentT } from '../distributions/index.js'
import { makeModel, modelTable, normalInverseGamma, type Parametric } from '../models/index.js'
import type { SimulatedSegment } from './types.js'

/** What makes returns: part of a parametric model. */
type Simulator = Pick<Parametric, 'names' | 'problem' | 'simulate'>

/** What the table of models does not make, or not under this name. */
const own: { readonly [name: string]: Simulator } = {
  normal: normalInverseGamma().parametric!,
  studentT: {
    names: ['mean', 'sd', 'nu'],
    problem: ({ sd, nu }) => (sd > 0 && nu > 2 ? null : 'sd > 0, nu > 2'),
    simulate: ({ mean, sd, nu }, days, stream) =>
      new Float64Array(days).map(() => mean + sd * Math.sqrt((nu - 2) / nu) * drawStudentT(stream, nu)),
  },
}

/** By name: every parametric model of the table as it is made by default, and the ones above. */
function allSimulators(): { readonly [name: string]: Simulator } {
  const parametric = Object.keys(modelTable).flatMap(name => {
    const simulator = makeModel({ name }).parametric
    return simulator === undefined ? [] : [[name, simulator] as const]
  })
  return { ...own, ...Object.fromEntries(parametric) }
}

/** Log returns in percent, segment after segment. Each starts at its own stationary variance, where it has one. */
export function simulateReturns(segments: readonly SimulatedSegment[], key: Key): Float64Array {
  const simulators = allSimulators()
  const parts = segments.map(({ model, params, days }, i) => {
    const where = `scenario.market.simulate[${i}]`
    if (!Object.hasOwn(simulators, model))
      refuse('UNKNOWN_MODEL', model, `one of ${Object.keys(simulators).sort().join(', ')}`, `${where}.model`)
    const simulator = simulators[model]
    const names = Object.keys(params).sort()
    if (names.join() !== [...simulator.names].sort().join())
      refuse('BAD_SCENARIO', `parameters ${names.join(', ')}`, simulator.names.join(', '), `${where}.params`)
    const problem = simulator.problem(params)
    if (problem !== null) refuse('BAD_SCENARIO', params, problem, `${where}.params`)
    return simulator.simulate(params, days, openStream(childKey(key, i)))
  })
  return Float64Array.from(parts.flatMap(part => [...part]))
}
