import { type Key, nextUniform, openStream } from '../../base/index.js'
import { drawNormal } from '../../distributions/index.js'
import type { Forecast, Levels } from '../../forecast/index.js'
import { scratch } from '../../kernels/index.js'
import { exp, upperBound, weightedQuantiles } from '../../math/index.js'
import { placeGrid, predictOn, stationarySd } from './grid.js'
import { addComponent, emptyMixture, mixtureQuantile, mixtureShortfall, type ScaleMixture } from './mixture.js'
import { paramsOf, type VolatilityDraws } from './posterior.js'

/** Shares of a predicted density below this are left out: 1e-12 in all. */
const SHARE_MIN = 1e-15

/** The predictive of the next return under each draw, a scale mixture of normals, and over all of them. */
interface Predictive {
  readonly each: readonly ScaleMixture[]
  readonly all: ScaleMixture
}

// One day's levels and intervals share the predictive: kept until the draws move on.
const latest = new WeakMap<VolatilityDraws, Predictive>()

function predictive(draws: VolatilityDraws): Predictive {
  const known = latest.get(draws)
  if (known !== undefined) return known
  const each = draws.grids.map((_, k) => predictiveOf(draws, k))
  const first = Math.min(...each.map(mixture => mixture.first))
  const last = Math.max(...each.map(mixture => mixture.first + mixture.weights.length))
  const all = { first, weights: new Float64Array(last - first) }
  each.forEach((mixture, k) => {
    const weight = exp(draws.logWeights[k])
    for (let c = 0; c < mixture.weights.length; c++) all.weights[mixture.first - first + c] += weight * mixture.weights[c]
  })
  const made = { each, all }
  latest.set(draws, made)
  return made
}

function predictiveOf(draws: VolatilityDraws, k: number): ScaleMixture {
  const params = paramsOf(draws, k)
  const grid = draws.grids[k]
  const density = scratch(() => predictOn(grid, placeGrid(params, grid), draws.densities[k]))
  const s = stationarySd(params)
  const at = (j: number): number => params.mu + s * (grid.low + j * grid.step)
  let from = 0
  let to = density.length - 1
  while (from < to && density[from] < SHARE_MIN) from++
  while (to > from && density[to] < SHARE_MIN) to--
  let total = 0
  for (let j = from; j <= to; j++) total += density[j]
  const mixture = emptyMixture(at(from), at(to))
  for (let j = from; j <= to; j++) addComponent(mixture, at(j), density[j] / total)
  return mixture
}

/** The posterior predictive of the next return: a mixture over draws and log variances, its quantiles and shortfalls to 1e-8. */
export function forecastVolatility(draws: VolatilityDraws, { levels, riskLevels }: Levels): Forecast {
  const { all } = predictive(draws)
  const quantiles = levels.map(level => mixtureQuantile(all, level)).sort()
  const shortfalls = riskLevels.map(level => mixtureShortfall(all, level, mixtureQuantile(all, level)))
  return { levels: levels.slice(), quantiles, riskLevels: riskLevels.slice(), shortfalls }
}

/** The weighted 2.5 % and 97.5 % quantiles over draws of each draw's own VaR. */
export const volatilityInterval = (draws: VolatilityDraws, level: number): readonly [number, number] =>
  intervalOf(draws, mixture => 0 - mixtureQuantile(mixture, level))

/** The same of each draw's own ES. */
export const volatilityShortfallInterval = (draws: VolatilityDraws, level: number): readonly [number, number] =>
  intervalOf(draws, mixture => mixtureShortfall(mixture, level, mixtureQuantile(mixture, level)))

function intervalOf(
  draws: VolatilityDraws,
  lossOf: (mixture: ReturnType<typeof predictive>['all']) => number,
): readonly [number, number] {
  const losses = Float64Array.from(predictive(draws).each, lossOf)
  const [low, high] = weightedQuantiles(losses, draws.logWeights.map(exp), [0.025, 0.975])
  return [low, high]
}

/**
 * Paths of future returns in groups that share a draw, row-major groups x size x days: a draw by its weight, then for each path a log
 * variance from the draw's filtered density, then the model.
 */
export function simulateVolatility(draws: VolatilityDraws, days: number, groups: number, size: number, key: Key): Float64Array {
  const stream = openStream(key)
  const byWeight = cumulative(draws.logWeights.map(exp))
  const byPoint = new Map<number, Float64Array>()
  const result = new Float64Array(groups * size * days)
  for (let group = 0; group < groups; group++) {
    const k = pick(byWeight, nextUniform(stream))
    const { mu, phi, sigma } = paramsOf(draws, k)
    let points = byPoint.get(k)
    if (points === undefined) {
      points = cumulative(draws.densities[k])
      byPoint.set(k, points)
    }
    const { low, step } = draws.grids[k]
    const s = stationarySd({ mu, phi, sigma })
    for (let i = group * size; i < (group + 1) * size; i++) {
      let x = low + pick(points, nextUniform(stream)) * step
      for (let t = 0; t < days; t++) {
        // The filtered density's grid points stand for it exactly once the transition has smoothed them.
        x = phi * x + (sigma / s) * drawNormal(stream)
        result[i * days + t] = exp(0.5 * (mu + s * x)) * drawNormal(stream)
      }
    }
  }
  return result
}

function cumulative(weights: Float64Array): Float64Array {
  let sum = 0
  return weights.map(w => {
    sum += w
    return sum
  })
}

const pick = (sums: Float64Array, uniform: number): number =>
  Math.min(upperBound(sums, uniform * sums[sums.length - 1]), sums.length - 1)
