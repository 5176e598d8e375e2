import { drawNormal } from '../../distributions/index.js'
import type { NormalInverseWishart } from '../../inference/index.js'
import { cholesky, dot, LN_2PI, ln, solveLower } from '../../math/index.js'
import type { Parameters, Parametric } from '../model.js'
import { openDraws, type WishartDraw } from './wishart-family.js'

/** Names of the parameters of d assets, numbered from 1: mean[1], ..., sd[1], ..., correlation[1,2], correlation[1,3], ... */
export function parameterNames(d: number): string[] {
  const each = Array.from({ length: d }, (_, i) => i + 1)
  return [
    ...each.map(i => `mean[${i}]`),
    ...each.map(i => `sd[${i}]`),
    ...each.flatMap(i => each.slice(i).map(j => `correlation[${i},${j}]`)),
  ]
}

/** A draw's parameters in the order of their names. */
export function parametersOf({ means, root }: WishartDraw): number[] {
  const d = means.length
  const covariance = (i: number, j: number): number => dot(root.subarray(i * d, (i + 1) * d), root.subarray(j * d, (j + 1) * d))
  const sds = Array.from(means, (_, i) => Math.sqrt(covariance(i, i)))
  const values = [...means, ...sds]
  for (let i = 0; i < d; i++)
    for (let j = i + 1; j < d; j++) values.push(Math.max(-1, Math.min(1, covariance(i, j) / (sds[i] * sds[j]))))
  return values
}

/** Independent days of jointly normal returns of several assets, without forgetting; with no volatility to move, `start` is unused. */
export function normalAssets(prior: NormalInverseWishart): Parametric {
  const d = prior.mean.length
  const names = parameterNames(d)
  const expected =
    d === 1 ? 'a finite mean, sd > 0' : 'finite means, each sd > 0, correlations that are positive definite together'

  function openReturns(params: Parameters): { mean: Float64Array; factor: Float64Array | null } {
    const sd = (i: number): number => params[`sd[${i + 1}]`]
    const covariance = new Float64Array(d * d)
    for (let i = 0; i < d; i++) {
      covariance[i * d + i] = sd(i) * sd(i)
      for (let j = 0; j < i; j++)
        covariance[i * d + j] = covariance[j * d + i] = params[`correlation[${j + 1},${i + 1}]`] * sd(i) * sd(j)
    }
    const mean = Float64Array.from({ length: d }, (_, i) => params[`mean[${i + 1}]`])
    return { mean, factor: cholesky(covariance, d) }
  }

  return {
    names,
    problem(params) {
      const areFinite = names.every(name => Number.isFinite(params[name]))
      const isPositive = Array.from({ length: d }, (_, i) => params[`sd[${i + 1}]`]).every(sd => sd > 0)
      return areFinite && isPositive && openReturns(params).factor !== null ? null : expected
    },
    drawPrior(stream) {
      const values = parametersOf(openDraws(prior, stream)())
      return Object.fromEntries(names.map((name, k) => [name, values[k]]))
    },
    simulate(params, days, stream) {
      const { mean, factor } = openReturns(params)
      const returns = new Float64Array(days * d)
      for (let t = 0; t < days; t++) {
        const z = Float64Array.from({ length: d }, () => drawNormal(stream))
        for (let i = 0; i < d; i++) returns[t * d + i] = mean[i] + dot(factor!.subarray(i * d, i * d + i + 1), z)
      }
      return returns
    },
    logLikelihood(params, returns) {
      const { mean, factor } = openReturns(params)
      let logDeterminant = 0
      for (let i = 0; i < d; i++) logDeterminant += 2 * ln(factor![i * d + i])
      let sum = -0.5 * (returns.length / d) * (d * LN_2PI + logDeterminant)
      for (let at = 0; at < returns.length; at += d) {
        const z = solveLower(
          factor!,
          mean.map((m, i) => returns[at + i] - m),
        )
        sum -= 0.5 * dot(z, z)
      }
      return sum
    },
  }
}
