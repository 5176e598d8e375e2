import type { Target } from '../../inference/index.js'
import { doublesAt, kernels, put, reserveDoubles, scratch } from '../../kernels/index.js'
import { type GarchFamily, type GarchPrior, garchPrior, priorForKernel } from './prior.js'

// The GARCH family's doors to the kernels. Points and parameters are row-major, one row a draw.

/** The log posterior in the sampler's coordinates, normalised by the prior's constants; h_1 = `start`. */
export function garchTarget(family: GarchFamily, prior: GarchPrior, returns: Float64Array, start: number): Target {
  const doubles = priorForKernel(prior, family)
  return {
    dimension: family.names.length,
    lanes: 8,
    evaluate(points, count, out) {
      scratch(() => {
        const [data, priorAt, rows] = [
          put(returns),
          put(doubles),
          put(points.length === count * family.names.length ? points : points.subarray(0, count * family.names.length)),
        ]
        const values = reserveDoubles(count)
        kernels().garch(family.kind, data, returns.length, start, priorAt, rows, count, values, 0)
        out.set(doublesAt(values, count))
      })
    },
  }
}

/** Parameters of points in the sampler's coordinates. */
export function parametersOf(family: GarchFamily, points: Float64Array): Float64Array {
  return scratch(() => {
    const at = put(points)
    const rows = reserveDoubles(points.length)
    kernels().garchParameters(family.kind, at, points.length / family.names.length, rows)
    return doublesAt(rows, points.length).slice()
  })
}

/** Log-likelihoods of returns under rows of parameters, and the variance of the return that comes next under each. */
export function filterRows(
  family: GarchFamily,
  rows: Float64Array,
  returns: Float64Array,
  start: number,
): { logLikelihoods: Float64Array; variances: Float64Array } {
  const count = rows.length / family.names.length
  return scratch(() => {
    const [data, at] = [put(returns), put(rows)]
    const [values, variances] = [reserveDoubles(count), reserveDoubles(count)]
    kernels().garch(family.kind, data, returns.length, start, 0, at, count, values, variances)
    return { logLikelihoods: doublesAt(values, count).slice(), variances: doublesAt(variances, count).slice() }
  })
}

/** Moves `variances` by one return, in place; returns its log density under each row before that. */
export function absorbRows(family: GarchFamily, rows: Float64Array, ret: number, variances: Float64Array): Float64Array {
  const count = variances.length
  return scratch(() => {
    const [at, moved, logDensities] = [put(rows), put(variances), reserveDoubles(count)]
    kernels().garchAbsorb(family.kind, ret, at, count, moved, logDensities)
    variances.set(doublesAt(moved, count))
    return doublesAt(logDensities, count).slice()
  })
}

/** Which points in the sampler's coordinates lie in the support. */
export function isInside(family: GarchFamily, points: Float64Array): boolean[] {
  const values = new Float64Array(points.length / family.names.length)
  garchTarget(family, garchPrior(undefined, family), new Float64Array(0), 1).evaluate(points, values.length, values)
  return Array.from(values, value => value > Number.NEGATIVE_INFINITY)
}
