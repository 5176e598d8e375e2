import { childKey, type Key, keyFromWords, keyWords, openStream } from '../base/index.js'
import { drawNormal, normalLogPdf, normalPdf, normalQuantile } from '../distributions/index.js'
import type { Forecast, Levels } from '../forecast/index.js'
import {
  beliefProblem,
  drawNormalInverseGamma,
  type NormalInverseGamma,
  normalInverseGammaFromNatural,
  normalInverseGammaNatural,
  normalInverseGammaNext,
  type Posterior,
  poolBeliefs,
} from '../inference/index.js'
import { ln, quantileOfSorted } from '../math/index.js'
import { checkHistory, checkNextReturn } from './history.js'
import type { Assimilation, Model, Parametric } from './model.js'
import { normalScorePaths } from './normal-score-paths.js'
import { fields, type Spec } from './options.js'
import { studentTForecast } from './student-t-forecast.js'

/** Natural coordinates (kappa m, kappa, 2 a, 2 b + kappa m^2): the prior's and the current ones. */
export interface NormalInverseGammaState {
  readonly natural: Float64Array
  readonly words: Uint32Array
  days: number
}

const FAMILY = 'normalInverseGamma'
const PRIOR = { mean: 0, strength: 1, shape: 2, scale: 1 }
const OPTIONS = { memory: 60 }

/**
 * Normal returns with unknown mean and variance under the conjugate normal-inverse-gamma prior, with exponential
 * forgetting towards the prior: a return k days old counts (1 - 1/memory)^k. The predictive is Student-t (Gelman et al.
 * 2013, section 3.3; forgetting: West & Harrison 1997, section 10.8).
 * Prior fields: mean 0, strength 1 (prior observations of the mean), shape 2, scale 1 (of the inverse gamma variance).
 * Options: memory 60 (days).
 */
export function normalInverseGamma(prior?: Spec, options?: Spec): Model<NormalInverseGammaState> {
  const checked: NormalInverseGamma = fields(prior, PRIOR, 'prior', { mean: 'finite' })
  const { memory } = fields(options, OPTIONS, 'options', { memory: 'count' })
  const origin = normalInverseGammaNatural(checked)
  const keep = 1 - 1 / memory

  function absorb(natural: Float64Array, ret: number): void {
    const seen = [ret, 1, 1, ret * ret]
    for (let k = 0; k < 4; k++) natural[k] = (1 - keep) * origin[k] + keep * natural[k] + seen[k]
  }

  return {
    name: FAMILY,
    init(history, key) {
      checkHistory(history)
      const natural = Float64Array.from(origin)
      for (const ret of history) absorb(natural, ret)
      return { natural, words: keyWords(key), days: 0 }
    },
    update(state, ret) {
      checkNextReturn(ret)
      absorb(state.natural, ret)
      state.days++
      return state
    },
    forecast,
    posterior,
    varInterval95: (state, level) => lossInterval(state, -normalQuantile(level)),
    esInterval95: (state, level) => lossInterval(state, normalPdf(normalQuantile(level)) / level),
    assimilate(state, peers, weights): Assimilation<NormalInverseGammaState> {
      const pooled = poolBeliefs([belief(state), ...peers.map(peer => peer.belief!)], weights)
      if (pooled.kind === 'natural') state.natural.set(pooled.values)
      return { state, method: 'natural parameters averaged' }
    },
    belief,
    beliefProblem(state, given) {
      const problem = beliefProblem(given, belief(state))
      if (problem !== null) return problem
      return parametersProblem(
        normalInverseGammaFromNatural((given as { values: Float64Array }).values),
        normalInverseGammaFromNatural(state.natural),
      )
    },
    priorFrom(given, discount) {
      if (given.kind !== 'natural') return null
      const natural = given.values.map((value, k) => (1 - discount) * origin[k] + discount * value)
      const { mean, strength, shape, scale } = normalInverseGammaFromNatural(natural)
      // What lies in the family exactly may leave it by rounding.
      return Number.isFinite(mean) && strength > 0 && shape > 0 && scale > 0 ? { mean, strength, shape, scale } : null
    },
    copy: state => ({ natural: Float64Array.from(state.natural), words: state.words, days: state.days }),
    simulate: (state, days, paths, key) => simulateGroups(state, days, paths, 1, key),
    simulateGroups,
    scorePaths: ({ natural }, days) => normalScorePaths(normalInverseGammaFromNatural(natural), days),
    parametric: parametricFrom(checked),
  }
}

/** Beyond these ratios a pool with the own parameters would lose its digits, and its forecast no longer ascend. */
const RATIO_MAX = 1e6

function parametersProblem({ mean, strength, shape, scale }: NormalInverseGamma, own: NormalInverseGamma): string | null {
  if (!(strength > 0 && shape > 0 && scale > 0)) return 'natural parameters outside the family'
  const isFar = (one: number, other: number): boolean => !(one <= RATIO_MAX * other && other <= RATIO_MAX * one)
  const sd = Math.sqrt(own.scale / own.shape)
  const isBeyond =
    isFar(strength, own.strength) ||
    isFar(shape, own.shape) ||
    isFar(Math.sqrt(scale / shape), sd) ||
    !(Math.abs(mean - own.mean) <= RATIO_MAX * sd)
  return isBeyond ? 'parameters beyond a million times the own ones' : null
}

const belief = (state: NormalInverseGammaState) =>
  ({ kind: 'natural', family: FAMILY, values: Float64Array.from(state.natural) }) as const

const forecast = (state: NormalInverseGammaState, levels: Levels): Forecast =>
  studentTForecast(normalInverseGammaNext(normalInverseGammaFromNatural(state.natural)), levels)

/** `count` independent draws of (mean, standard deviation); the same state gives the same draws. */
function draw(state: NormalInverseGammaState, purpose: string, count: number): { mean: Float64Array; sd: Float64Array } {
  const belief = normalInverseGammaFromNatural(state.natural)
  const stream = openStream(childKey(childKey(keyFromWords(state.words), purpose), state.days))
  const mean = new Float64Array(count)
  const sd = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    const one = drawNormalInverseGamma(belief, stream)
    mean[i] = one.mean
    sd[i] = one.sd
  }
  return { mean, sd }
}

function simulateGroups(
  { natural }: NormalInverseGammaState,
  days: number,
  groups: number,
  size: number,
  key: Key,
): Float64Array {
  const belief = normalInverseGammaFromNatural(natural)
  const stream = openStream(key)
  const returns = new Float64Array(groups * size * days)
  const length = size * days
  for (let group = 0; group < groups; group++) {
    const { mean, sd } = drawNormalInverseGamma(belief, stream)
    for (let i = group * length; i < (group + 1) * length; i++) returns[i] = mean + sd * drawNormal(stream)
  }
  return returns
}

/** Independent normal returns, without forgetting; having no volatility to move, it has no use for `start`. */
const parametricFrom = (prior: NormalInverseGamma): Parametric => ({
  names: ['mean', 'sd'],
  problem: ({ mean, sd }) => (Number.isFinite(mean) && sd > 0 && Number.isFinite(sd) ? null : 'a finite mean, sd > 0'),
  drawPrior: stream => drawNormalInverseGamma(prior, stream),
  simulate: ({ mean, sd }, days, stream) => new Float64Array(days).map(() => mean + sd * drawNormal(stream)),
  logLikelihood: ({ mean, sd }, returns) =>
    returns.reduce((sum, ret) => sum + normalLogPdf((ret - mean) / sd), -returns.length * ln(sd)),
})

function posterior(state: NormalInverseGammaState): Posterior {
  const { mean, sd } = draw(state, 'posterior', 1000)
  return {
    names: ['mean', 'sd'],
    draws: { mean: [mean], sd: [sd] },
    method: 'conjugate, independent draws',
    belief: belief(state),
  }
}

// The draws behind the intervals serve every level of a day: kept until the belief changes.
const latest = new WeakMap<Float64Array, { natural: Float64Array; draws: ReturnType<typeof draw> }>()

function intervalDraws(state: NormalInverseGammaState): ReturnType<typeof draw> {
  const known = latest.get(state.natural)
  if (known?.natural.every((x, i) => x === state.natural[i])) return known.draws
  const draws = draw(state, 'interval', 400)
  latest.set(state.natural, { natural: Float64Array.from(state.natural), draws })
  return draws
}

/** The central 95 % of a loss of `units` standard deviations beyond the mean. */
function lossInterval(state: NormalInverseGammaState, units: number): readonly [number, number] {
  const { mean, sd } = intervalDraws(state)
  const losses = mean.map((mu, i) => -(mu - units * sd[i])).sort()
  return [quantileOfSorted(losses, 0.025), quantileOfSorted(losses, 0.975)]
}
