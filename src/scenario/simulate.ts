import { childKey, type Key, openStream, refuse, type Stream } from '../base/index.js'
import { drawNormal, drawStudentT } from '../distributions/index.js'
import type { SimulatedSegment } from './types.js'

type Parameters = { readonly [name: string]: number }

/** How one model makes returns: the names of its parameters, and the draw of `days` returns. */
interface Simulator {
  readonly names: readonly string[]
  check(p: Parameters): string | null
  draw(p: Parameters, days: number, stream: Stream): Float64Array
}

const simulators: { readonly [model: string]: Simulator } = {
  garchT: {
    names: ['mu', 'omega', 'alpha', 'beta', 'nu'],
    check: ({ omega, alpha, beta, nu }) =>
      omega > 0 && alpha >= 0 && beta >= 0 && alpha + beta < 1 && nu > 2
        ? null
        : 'omega > 0, alpha, beta >= 0, alpha + beta < 1, nu > 2',
    draw({ mu, omega, alpha, beta, nu }, days, stream) {
      let h = omega / (1 - alpha - beta)
      const unit = Math.sqrt((nu - 2) / nu)
      return new Float64Array(days).map(() => {
        const shock = Math.sqrt(h) * unit * drawStudentT(stream, nu)
        h = omega + alpha * shock * shock + beta * h
        return mu + shock
      })
    },
  },
  normal: {
    names: ['mean', 'sd'],
    check: ({ sd }) => (sd > 0 ? null : 'sd > 0'),
    draw: ({ mean, sd }, days, stream) => new Float64Array(days).map(() => mean + sd * drawNormal(stream)),
  },
  studentT: {
    names: ['mean', 'sd', 'nu'],
    check: ({ sd, nu }) => (sd > 0 && nu > 2 ? null : 'sd > 0, nu > 2'),
    draw: ({ mean, sd, nu }, days, stream) =>
      new Float64Array(days).map(() => mean + sd * Math.sqrt((nu - 2) / nu) * drawStudentT(stream, nu)),
  },
}

/** Log returns in percent, segment after segment. GARCH segments start at their own stationary variance. */
export function simulateReturns(segments: readonly SimulatedSegment[], key: Key): Float64Array {
  const parts = segments.map(({ model, params, days }, i) => {
    const where = `scenario.market.simulate[${i}]`
    if (!Object.hasOwn(simulators, model))
      refuse('UNKNOWN_MODEL', model, `one of ${Object.keys(simulators).sort().join(', ')}`, `${where}.model`)
    const simulator = simulators[model]
    const names = Object.keys(params).sort()
    if (names.join() !== [...simulator.names].sort().join())
      refuse('BAD_SCENARIO', `parameters ${names.join(', ')}`, simulator.names.join(', '), `${where}.params`)
    const problem = simulator.check(params)
    if (problem !== null) refuse('BAD_SCENARIO', params, problem, `${where}.params`)
    return simulator.draw(params, days, openStream(childKey(key, i)))
  })
  return Float64Array.from(parts.flatMap(part => [...part]))
}
