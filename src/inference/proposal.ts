import type { Stream } from '../base/index.js'
import { drawChiSquare, drawNormal } from '../distributions/index.js'
import { doublesAt, integersAt, kernels, put, putRandomWords, reserveDoubles, scratch } from '../kernels/index.js'
import { LN_2PI, LN_PI, ln, lnGamma, log1p, solveLower } from '../math/index.js'
import { drawSplitT, type SplitT, splitTLogConstant, splitTLogDensity } from './split-t.js'

/** A distribution that can be drawn from and whose density is known: what importance sampling and independence chains propose from. */
export interface Proposal {
  readonly dimension: number
  /** In words a methods section could use: "a split-t proposal (6 degrees of freedom)". */
  readonly name: string
  /** A draw into `x`; returns the log density there, which integrates to one. */
  draw(stream: Stream, x: Float64Array): number
  logDensity(x: Float64Array): number
  /**
   * `count` draws at once from a kernel's random state, which is moved on: row-major points and their log densities. Any split
   * into counts gives the same draws. Absent: `draw` one by one serves.
   */
  drawMany?(random: Int32Array, count: number, points: Float64Array, logDensities: Float64Array): void
  /** The same from the stream that `draw` takes, for what has its densities cheaper all at once. */
  drawBlock?(stream: Stream, count: number, points: Float64Array, logDensities: Float64Array): void
}

export function splitTProposal(proposal: SplitT): Proposal {
  const constant = splitTLogConstant(proposal)
  return {
    dimension: proposal.mode.x.length,
    name: `a split-t proposal (${proposal.df} degrees of freedom)`,
    draw: (stream, x) => drawSplitT(proposal, stream, x) + constant,
    logDensity: x => splitTLogDensity(proposal, x) + constant,
    ...inKernel(proposal, constant),
  }
}

/** Draws by the kernel; its chi-square draws need an even number of degrees of freedom. */
function inKernel({ mode, df, below, above }: SplitT, constant: number): Pick<Proposal, 'drawMany'> {
  if (df % 2 !== 0 || df > 20) return {}
  const d = mode.x.length
  return {
    drawMany(random, count, points, logDensities) {
      scratch(() => {
        const state = putRandomWords(random)
        const [centre, factor, low, high] = [mode.x, mode.factor, below, above].map(put)
        const [out, values] = [reserveDoubles(count * d), reserveDoubles(count)]
        kernels().proposeSplitT(state, d, df, centre, factor, low, high, count, out, values)
        random.set(integersAt(state, 8))
        points.set(doublesAt(out, count * d))
        logDensities.set(doublesAt(values, count))
      })
      for (let i = 0; i < count; i++) logDensities[i] += constant
    },
  }
}

/** A Gaussian. `factor` is the lower Cholesky factor of its covariance, row-major. */
export function gaussianProposal(mean: Float64Array, factor: Float64Array): Proposal {
  const d = mean.length
  const constant = -0.5 * d * LN_2PI - logDeterminant(factor, d)
  return {
    dimension: d,
    name: 'a Gaussian proposal',
    draw(stream, x) {
      return constant - 0.5 * drawAround(mean, factor, 1, stream, x)
    },
    logDensity: x => constant - 0.5 * squaredDistance(x, mean, factor),
  }
}

/** A multivariate Student-t. `factor` is the lower Cholesky factor of its scale matrix, row-major (not of its covariance). */
export function studentTProposal(centre: Float64Array, factor: Float64Array, df: number): Proposal {
  const d = centre.length
  const constant = lnGamma((df + d) / 2) - lnGamma(df / 2) - 0.5 * d * (ln(df) + LN_PI) - logDeterminant(factor, d)
  const ones = new Float64Array(d).fill(1)
  return {
    dimension: d,
    name: `a Student-t proposal (${df} degrees of freedom)`,
    draw(stream, x) {
      const radius = Math.sqrt(df / drawChiSquare(stream, df))
      const square = drawAround(centre, factor, radius, stream, x)
      return constant - 0.5 * (df + d) * log1p(square / df)
    },
    logDensity: x => constant - 0.5 * (df + d) * log1p(squaredDistance(x, centre, factor) / df),
    ...inKernel({ mode: { x: centre, logDensity: 0, factor }, df, below: ones, above: ones }, constant),
  }
}

/** centre + radius L z into `x`, z standard normal; returns the squared length of radius z. */
function drawAround(centre: Float64Array, factor: Float64Array, radius: number, stream: Stream, x: Float64Array): number {
  const d = centre.length
  let square = 0
  x.set(centre)
  for (let i = 0; i < d; i++) {
    const z = radius * drawNormal(stream)
    square += z * z
    for (let k = i; k < d; k++) x[k] += z * factor[k * d + i]
  }
  return square
}

/** (x - mean)' (L L')^-1 (x - mean). */
export function squaredDistance(x: Float64Array, mean: Float64Array, factor: Float64Array): number {
  const z = solveLower(
    factor,
    x.map((v, i) => v - mean[i]),
  )
  let sum = 0
  for (const v of z) sum += v * v
  return sum
}

function logDeterminant(factor: Float64Array, d: number): number {
  let sum = 0
  for (let i = 0; i < d; i++) sum += ln(factor[i * d + i])
  return sum
}
