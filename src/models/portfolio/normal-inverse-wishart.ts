import { childKey, type Key, keyFromWords, keyWords, openStream, refuse, type Stream } from '../../base/index.js'
import { drawNormal, normalPdf, normalQuantile } from '../../distributions/index.js'
import {
  beliefProblem,
  drawNormalInverseGamma,
  type NormalInverseWishart,
  normalInverseGammaNext,
  normalInverseWishartPosterior,
  type Posterior,
} from '../../inference/index.js'
import { cholesky, dot, inverseFromCholesky, quantileOfSorted } from '../../math/index.js'
import { checkReturn, checkRows } from '../history.js'
import type { Assimilation, Model } from '../model.js'
import { normalScorePaths } from '../normal-score-paths.js'
import { fields, type Portfolio, type Spec } from '../options.js'
import { studentTForecast } from '../student-t-forecast.js'
import { normalAssets, parameterNames, parametersOf } from './normal-assets.js'
import { fromNatural, mixture, openDraws, portfolioOf, toNatural } from './wishart-family.js'

export interface NormalInverseWishartState {
  readonly assets: NormalInverseWishart
  readonly words: Uint32Array
  readonly days: number
}

const FAMILY = 'normalInverseWishart'
const PRIOR = { mean: [0] as readonly number[], strength: 1, shape: 2, scale: [1] as readonly number[], correlation: 0 }
const OPTIONS = { memory: 60, weights: [1] as readonly number[] }

/**
 * The returns of several assets, jointly normal with unknown means and covariance under the conjugate normal-inverse-Wishart
 * prior, with exponential forgetting towards the prior: a day k days old counts (1 - 1/memory)^k. The forecast is of the portfolio
 * w'r, exactly Student-t with df - d + 1 degrees of freedom (Gelman et al. 2013, section 3.6; forgetting: West & Harrison 1997,
 * section 16.4). A portfolio's log return is taken to be the weighted sum of its assets' log returns, as in scenarios' markets.
 *
 * The forecast is that of normalInverseGamma on the portfolio's own returns under the prior that this one implies for them; beyond
 * it the model holds means, volatilities and correlations, and pools them with peers. (Pooling averages natural parameters, a convex
 * combination that is positive definite again; entry by entry, say a median of covariances, need not be.)
 *
 * Prior fields: those of normalInverseGamma for each asset: mean 0, strength 1, shape 2, scale 1 (percent squared), where mean and
 * scale may be lists, one number an asset; and correlation 0 between all. So df = 2 shape + d - 1, and 2 scale stands on the scale matrix's diagonal.
 * Options: memory 60 (days); weights, one an asset, by default the market's, or [1]: one asset.
 * Histories are row-major, days x assets. Errors: BAD_MODEL; BAD_HISTORY, BAD_RETURN for rows of another length.
 */
export function normalInverseWishart(prior?: Spec, options?: Spec, portfolio?: Portfolio): Model<NormalInverseWishartState> {
  const { memory, weights: given } = fields(options, OPTIONS, 'options', { memory: 'count', weights: 'finite' })
  const weights = weightsFrom(given, options?.weights !== undefined, portfolio)
  const d = weights.length
  const origin = priorFrom(prior, d)

  const absorb = (assets: NormalInverseWishart, row: Float64Array): NormalInverseWishart =>
    normalInverseWishartPosterior(mixture(assets, origin, 1 / memory), row)

  return {
    name: FAMILY,
    columns: d,
    init(history, key) {
      checkRows(history, d)
      let assets = origin
      for (let at = 0; at < history.length; at += d) assets = absorb(assets, history.subarray(at, at + d))
      return { assets, words: keyWords(key), days: 0 }
    },
    update({ assets, words, days }, ret, _key, row) {
      const seen = checkedRow(row ?? (d === 1 ? Float64Array.of(ret / weights[0]) : undefined), d)
      return { assets: absorb(assets, seen), words, days: days + 1 }
    },
    forecast: ({ assets }, levels) => studentTForecast(normalInverseGammaNext(portfolioOf(assets, weights)), levels),
    posterior: state => posterior(state, weights),
    varInterval95: (state, level) => lossInterval(state, weights, -normalQuantile(level)),
    esInterval95: (state, level) => lossInterval(state, weights, normalPdf(normalQuantile(level)) / level),
    assimilate({ assets, words, days }, peers, shares): Assimilation<NormalInverseWishartState> {
      let pooled = assets
      let total = shares[0]
      peers.forEach(({ belief: told }, i) => {
        if (shares[i + 1] === 0 || told?.kind !== 'natural') return
        total += shares[i + 1]
        pooled = mixture(pooled, fromNatural(told.values, d), shares[i + 1] / total)
      })
      return { state: { assets: pooled, words, days }, method: 'natural parameters averaged' }
    },
    belief,
    beliefProblem(state, told) {
      const problem = beliefProblem(told, belief(state))
      return problem ?? familyProblem(fromNatural((told as { values: Float64Array }).values, d), state.assets)
    },
    copy: state => structuredClone(state),
    simulate: (state, days, paths, key) => simulateGroups(state, weights, days, paths, 1, key),
    simulateGroups: (state, days, groups, size, key) => simulateGroups(state, weights, days, groups, size, key),
    scorePaths: ({ assets }, days) => normalScorePaths(portfolioOf(assets, weights), days),
    parametric: normalAssets(origin),
  }
}

/** The central 95 % of a loss of `units` standard deviations of the portfolio beyond its mean. */
function lossInterval(state: NormalInverseWishartState, weights: Float64Array, units: number): readonly [number, number] {
  const stream = streamFor(state, 'interval')
  const portfolio = portfolioOf(state.assets, weights)
  const losses = Float64Array.from({ length: INTERVAL_DRAWS }, () => {
    const { mean, sd } = drawNormalInverseGamma(portfolio, stream)
    return units * sd - mean
  }).sort()
  return [quantileOfSorted(losses, 0.025), quantileOfSorted(losses, 0.975)]
}

function simulateGroups(
  { assets }: NormalInverseWishartState,
  weights: Float64Array,
  days: number,
  groups: number,
  size: number,
  key: Key,
): Float64Array {
  const stream = openStream(key)
  const portfolio = portfolioOf(assets, weights)
  const length = size * days
  const returns = new Float64Array(groups * length)
  for (let group = 0; group < groups; group++) {
    const { mean, sd } = drawNormalInverseGamma(portfolio, stream)
    for (let i = group * length; i < (group + 1) * length; i++) returns[i] = mean + sd * drawNormal(stream)
  }
  return returns
}

/** The options' weights and the market's are the same where both are given. */
function weightsFrom(given: readonly number[], isGiven: boolean, portfolio: Portfolio | undefined): Float64Array {
  const weights = isGiven || portfolio === undefined ? given : portfolio.weights
  const market = portfolio?.weights ?? weights
  if (market.length !== weights.length || weights.some((w, i) => Math.abs(w - market[i]) > 1e-9))
    refuse('BAD_MODEL', weights, `the market's weights ${JSON.stringify(market)}, or none`, 'options.weights')
  if (weights.every(w => w === 0)) refuse('BAD_MODEL', weights, 'a weight that is not 0', 'options.weights')
  return Float64Array.from(market)
}

function priorFrom(spec: Spec | undefined, d: number): NormalInverseWishart {
  const { mean, strength, shape, scale, correlation } = fields(spec, PRIOR, 'prior', { mean: 'finite', correlation: 'finite' })
  const each = (list: readonly number[], name: string): Float64Array => {
    if (list.length !== 1 && list.length !== d)
      refuse('BAD_MODEL', `${list.length} numbers`, `one number, or one for each of the ${d} assets`, `prior.${name}`)
    return Float64Array.from({ length: d }, (_, i) => list[list.length === 1 ? 0 : i])
  }
  if (!(correlation < 1 && 1 + (d - 1) * correlation > 0))
    refuse('BAD_MODEL', correlation, `a common correlation that ${d} assets can have`, 'prior.correlation')
  const scales = each(scale, 'scale')
  const matrix = new Float64Array(d * d)
  for (let i = 0; i < d; i++)
    for (let j = 0; j < d; j++) matrix[i * d + j] = i === j ? 2 * scales[i] : 2 * correlation * Math.sqrt(scales[i] * scales[j])
  return { mean: each(mean, 'mean'), strength, df: 2 * shape + d - 1, scale: matrix }
}

function checkedRow(row: Float64Array | undefined, d: number): Float64Array {
  if (row === undefined || row.length !== d)
    refuse('BAD_RETURN', row === undefined ? 'no row' : `a row of ${row.length}`, `the returns of ${d} assets`, 'row')
  row.forEach((ret, i) => {
    checkReturn(ret, 'row', i)
  })
  return row
}

const belief = ({ assets }: NormalInverseWishartState) =>
  ({ kind: 'natural', family: FAMILY, values: toNatural(assets) }) as const

/** Beyond these a pool with the own parameters would lose its digits. */
const RATIO_MAX = 1e6
const CONDITION_MAX = 1e8

function familyProblem({ mean, strength, df, scale }: NormalInverseWishart, own: NormalInverseWishart): string | null {
  const d = mean.length
  const degrees = df - d + 1
  const ownDegrees = own.df - d + 1
  const sds = mean.map((_, i) => Math.sqrt(scale[i * d + i] / degrees))
  // One degree of freedom or less has no expected shortfall.
  if (!(strength > 0 && degrees > 1 && sds.every(sd => sd > 0))) return 'natural parameters outside the family'
  const ownSds = mean.map((_, i) => Math.sqrt(own.scale[i * d + i] / ownDegrees))
  const isFar = (one: number, other: number): boolean => !(one <= RATIO_MAX * other && other <= RATIO_MAX * one)
  const isBeyond =
    isFar(strength, own.strength) ||
    isFar(degrees, ownDegrees) ||
    sds.some((sd, i) => isFar(sd, ownSds[i]) || !(Math.abs(mean[i] - own.mean[i]) <= RATIO_MAX * ownSds[i]))
  if (isBeyond) return 'parameters beyond a million times the own ones'
  const correlations = scale.map((v, at) => v / (degrees * sds[Math.floor(at / d)] * sds[at % d]))
  const factor = cholesky(correlations, d)
  if (factor === null) return 'natural parameters outside the family'
  const inverse = inverseFromCholesky(factor, d)
  let trace = 0
  for (let i = 0; i < d; i++) trace += inverse[i * d + i]
  return trace <= CONDITION_MAX ? null : 'scale matrix close to singular'
}

/** The same state gives the same draws; each purpose has its own. */
const streamFor = ({ words, days }: NormalInverseWishartState, purpose: string): Stream =>
  openStream(childKey(childKey(keyFromWords(words), purpose), days))

const DRAWS = 1000
const INTERVAL_DRAWS = 400

function posterior(state: NormalInverseWishartState, weights: Float64Array): Posterior {
  const d = weights.length
  const names = ['mean', 'sd', ...parameterNames(d)]
  const columns = names.map(() => new Float64Array(DRAWS))
  const next = openDraws(state.assets, streamFor(state, 'posterior'))
  for (let t = 0; t < DRAWS; t++) {
    const drawn = next()
    const combined = Float64Array.from({ length: d }, (_, j) => weights.reduce((sum, w, i) => sum + w * drawn.root[i * d + j], 0))
    const values = [dot(weights, drawn.means), Math.sqrt(dot(combined, combined)), ...parametersOf(drawn)]
    values.forEach((value, i) => {
      columns[i][t] = value
    })
  }
  return {
    names,
    draws: Object.fromEntries(names.map((name, i) => [name, [columns[i]]])),
    method: 'conjugate, independent draws',
    belief: belief(state),
  }
}
