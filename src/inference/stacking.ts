import { refuse } from '../base/index.js'
import { doublesAt, kernels, reserveDoubles, scratch } from '../kernels/index.js'
import { exp } from '../math/index.js'
import { mixtureWeights } from './mixture-weights.js'

// Weights of models from their pointwise predictive densities (Yao, Vehtari, Simpson & Gelman 2018).

type Rows = readonly Float64Array[]

/**
 * Stacking weights: they maximise the mean over observations i of ln sum_k w_k exp(elpd_ki) on the simplex. The answer comes with
 * a certificate: that mean is at most 1e-10 below its maximum, since by concavity the shortfall is at most max_k g_k - 1, g being
 * the gradient. Identical models share their weight equally; a model that the optimum leaves out has weight 0.
 * @param elpd one row of pointwise log densities a model; finite, else BAD_ELPD
 * @throws STACKING_NOT_CERTIFIED when rounding keeps the gap above 1e-10
 */
export function stackingWeights(elpd: Rows): Float64Array {
  check(elpd)
  const kinds = distinct(elpd)
  const first = kinds.map(members => elpd[members[0]])
  const weights = new Float64Array(elpd.length)
  const found = mixtureWeights(densities(first))
  kinds.forEach((members, k) => {
    for (const m of members) weights[m] = found[k] / members.length
  })
  return weights
}

/** Pseudo-BMA weights without the Bayesian bootstrap: proportional to exp of the summed elpd (their section 3.4). */
export function pseudoBmaWeights(elpd: Rows): Float64Array {
  check(elpd)
  const totals = Float64Array.from(elpd, row => row.reduce((sum, x) => sum + x, 0))
  const largest = totals.reduce((a, b) => Math.max(a, b))
  const weights = totals.map(total => exp(total - largest))
  const sum = weights.reduce((a, b) => a + b)
  return weights.map(w => w / sum)
}

/** Indices of models with the same row, in order of their first. */
function distinct(elpd: Rows): number[][] {
  const kinds: number[][] = []
  elpd.forEach((row, m) => {
    const same = kinds.find(([first]) => elpd[first].every((x, i) => x === row[i]))
    if (same === undefined) kinds.push([m])
    else same.push(m)
  })
  return kinds
}

/** exp(elpd), each observation's largest scaled to 1. */
function densities(elpd: Rows): Float64Array[] {
  const n = elpd[0].length
  const largest = Float64Array.from({ length: n }, (_, i) =>
    elpd.reduce((a, row) => Math.max(a, row[i]), Number.NEGATIVE_INFINITY),
  )
  return elpd.map(row =>
    scratch(() => {
      const pointer = reserveDoubles(n)
      const values = doublesAt(pointer, n)
      for (let i = 0; i < n; i++) values[i] = row[i] - largest[i]
      kernels().mapElementary(0, pointer, pointer, n)
      return doublesAt(pointer, n).slice()
    }),
  )
}

function check(elpd: Rows): void {
  if (!Array.isArray(elpd) || elpd.length === 0) refuse('BAD_ELPD', elpd, 'at least one model', 'elpd')
  elpd.forEach((row, m) => {
    if (typeof row?.length !== 'number' || row.length === 0)
      refuse('BAD_ELPD', row, 'pointwise log densities of a model', `elpd[${m}]`)
    if (row.length !== elpd[0].length)
      refuse('BAD_ELPD', `rows of ${elpd[0].length} and of ${row.length}`, 'rows of equal length', 'elpd')
    for (let i = 0; i < row.length; i++)
      if (!Number.isFinite(row[i])) refuse('BAD_ELPD', row[i], 'finite log densities', `elpd[${m}][${i}]`)
  })
}
