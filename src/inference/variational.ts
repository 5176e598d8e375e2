import { childKey, type Key, openStream, refuse } from '../base/index.js'
import { drawNormal } from '../distributions/index.js'
import { cholesky, ln, momentsOf, solveLower } from '../math/index.js'
import { gradientsOf } from './gradient.js'
import { type ImportanceSample, importanceSample } from './importance.js'
import { minimise } from './lbfgs.js'
import { gaussianProposal } from './proposal.js'
import { asTarget, type LogDensity, type Target } from './target.js'

export interface VariationalPlan {
  readonly start: Float64Array
  /** Lower Cholesky factor of a rough covariance, row-major. */
  readonly factor: Float64Array
  /** Normal draws on which the objective is defined; 40 a coordinate, at least 200, unless given. */
  readonly objectiveDraws?: number
  /** Draws of the result; 4000 unless given. */
  readonly draws?: number
}

/** A Gaussian approximation, and draws from it with the importance weights that correct it. */
export interface Variational extends Pick<ImportanceSample, 'draws' | 'logWeights' | 'paretoK' | 'ess' | 'logEvidence'> {
  readonly mean: Float64Array
  /** Lower Cholesky factor of the covariance, row-major. */
  readonly factor: Float64Array
  /** The objective reached: the evidence lower bound over the objective's own draws. */
  readonly elbo: number
  readonly method: string
  /** Why the approximation is not to be relied on, in words; absent when k-hat is at most .7 and the optimum was found. */
  readonly fallback?: string
}

const PARETO_LIMIT = 0.7

/**
 * Full-rank Gaussian variational Bayes (Kucukelbir et al. 2017, section 2.4): the mean and covariance that maximise the evidence
 * lower bound, by reparametrised gradients over one fixed set of normal draws (Giordano, Ingram & Broderick 2024). These are
 * antithetic and have exact first and second moments, so the objective is smooth, its optimum reproducible, and exact when the
 * target is Gaussian. Pareto k-hat of target over approximation on fresh draws says whether it may be relied on (Yao et al.
 * 2018); it is strict: a target whose tails are heavier than a Gaussian's is warned of however close the moments are.
 * OUTSIDE_SUPPORT: no Gaussian about the start lies in the support.
 */
export function variational(given: Target | LogDensity, plan: VariationalPlan, key: Key): Variational {
  const d = plan.start.length
  const target = asTarget(given, d)
  const half = Math.max(d + 1, Math.ceil((plan.objectiveDraws ?? Math.max(200, 40 * d)) / 2))
  const z = matchedNormals(half, d, childKey(key, 'objective'))
  const objective = negativeBound(target, plan, z, 2 * half)
  const found = minimise(objective, startOf(objective, d), 200)
  const { mean, factor } = place(found.x, plan)
  const sample = importanceSample(target, gaussianProposal(mean, factor), plan.draws ?? 4000, childKey(key, 'draws'))
  const said: string[] = []
  if (!found.hasConverged) said.push('the bound was still rising when the search ended')
  if (sample.paretoK > PARETO_LIMIT)
    said.push(`Pareto k-hat ${sample.paretoK.toFixed(2)} of the approximation exceeds ${PARETO_LIMIT}`)
  return {
    mean,
    factor,
    elbo: -found.value,
    draws: sample.draws,
    logWeights: sample.logWeights,
    paretoK: sample.paretoK,
    ess: sample.ess,
    logEvidence: sample.logEvidence,
    method: 'full-rank Gaussian variational Bayes',
    ...(said.length === 0 ? {} : { fallback: said.join('; ') }),
  }
}

/** `half` normal vectors and their negatives (row-major), turned so that their covariance is the identity. */
function matchedNormals(half: number, d: number, key: Key): Float64Array {
  const stream = openStream(key)
  const columns = Array.from({ length: d }, () => new Float64Array(half))
  for (let k = 0; k < half; k++) for (let i = 0; i < d; i++) columns[i][k] = drawNormal(stream)
  // With the negatives the mean is zero: moments about zero, not about the half's own mean.
  const doubled = columns.map(column => Float64Array.from([...column, ...column.map(v => -v)]))
  const { covariance } = momentsOf(doubled, new Float64Array(2 * half).fill(0.5 / half))
  const root = cholesky(covariance, d)
  if (root === null) refuse('BAD_COUNT', 2 * half, 'more draws than coordinates', 'objectiveDraws')
  const z = new Float64Array(2 * half * d)
  for (let k = 0; k < 2 * half; k++)
    z.set(
      solveLower(
        root,
        Float64Array.from(doubled, column => column[k]),
      ),
      k * d,
    )
  return z
}

// The search's coordinates: a and the lower triangle of B, row by row; mean = start + F a, factor = F B, with F the plan's factor.

function place(x: Float64Array, { start, factor: f }: VariationalPlan): { mean: Float64Array; factor: Float64Array } {
  const d = start.length
  const mean = Float64Array.from(start)
  const factor = new Float64Array(d * d)
  for (let i = 0; i < d; i++) {
    for (let k = 0; k <= i; k++) {
      mean[i] += f[i * d + k] * x[k]
      for (let j = 0; j <= k; j++) factor[i * d + j] += f[i * d + k] * x[d + triangle(k) + j]
    }
  }
  return { mean, factor }
}

const triangle = (row: number): number => (row * (row + 1)) / 2

/** The first of B = I, I / 2, I / 4 ... whose bound is finite. */
function startOf(objective: (x: Float64Array, gradient: Float64Array) => number, d: number): Float64Array {
  const x = new Float64Array(d + triangle(d))
  const gradient = new Float64Array(x.length)
  for (let scale = 1; scale > 1e-4; scale /= 2) {
    for (let i = 0; i < d; i++) x[d + triangle(i) + i] = scale
    if (Number.isFinite(objective(x, gradient))) return x
  }
  return refuse('OUTSIDE_SUPPORT', 'a density of zero around the start', 'a start inside the support', 'start')
}

/** Minus the bound over the given normal draws, and its gradient in the search's coordinates. Infinity where a draw leaves the support. */
function negativeBound(
  target: Target,
  plan: VariationalPlan,
  z: Float64Array,
  count: number,
): (x: Float64Array, gradient: Float64Array) => number {
  const d = plan.start.length
  const f = plan.factor
  const scales = Float64Array.from({ length: d }, (_, i) =>
    Math.sqrt(f.subarray(i * d, (i + 1) * d).reduce((sum, v) => sum + v * v, 0)),
  )
  const slopesAt = gradientsOf(target, scales)
  const points = new Float64Array(count * d)
  const slopes = new Float64Array(count * d)
  const values = new Float64Array(count)
  return (x, gradient) => {
    for (let i = 0; i < d; i++) if (!(x[d + triangle(i) + i] > 0)) return Number.POSITIVE_INFINITY
    const { mean, factor } = place(x, plan)
    for (let k = 0; k < count; k++) {
      for (let i = 0; i < d; i++) {
        let v = mean[i]
        for (let j = 0; j <= i; j++) v += factor[i * d + j] * z[k * d + j]
        points[k * d + i] = v
      }
    }
    slopesAt(points, count, values, slopes)
    let bound = 0.5 * d * LN_2PI_E
    for (let i = 0; i < d; i++) bound += ln(factor[i * d + i])
    for (let k = 0; k < count; k++) bound += values[k] / count
    gradient.fill(0)
    for (let k = 0; k < count; k++) {
      for (let i = 0; i < d; i++) {
        // Coordinate i of F' slope.
        let slope = 0
        for (let j = i; j < d; j++) slope += f[j * d + i] * slopes[k * d + j]
        slope /= count
        gradient[i] -= slope
        for (let j = 0; j <= i; j++) gradient[d + triangle(i) + j] -= slope * z[k * d + j]
      }
    }
    for (let i = 0; i < d; i++) gradient[d + triangle(i) + i] -= 1 / x[d + triangle(i) + i]
    return Number.isFinite(bound) ? -bound : Number.POSITIVE_INFINITY
  }
}

const LN_2PI_E = 2.8378770664093453
