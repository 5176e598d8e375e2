import { childKey, type Key, nextInteger, nextUniform, openStream, refuse } from '../../base/index.js'
import { drawGeneralisedPareto, generalisedParetoUpperQuantile } from '../../distributions/index.js'
import type { Forecast, Levels } from '../../forecast/index.js'
import type { Posterior } from '../../inference/index.js'
import { systematic } from '../../inference/index.js'
import { exp, systematicIndices, upperBound, weightedQuantiles } from '../../math/index.js'
import { standardise } from '../filtered-historical.js'
import { absorb } from '../garch/move.js'
import { type GarchState, garchPosterior, parameterOf, trainGarch, weightsOf } from '../garch/posterior.js'
import { garchFamilies, garchPrior, garchPriorFields } from '../garch/prior.js'
import { checkNextReturn, rankOf, type SlidingWindow, slide } from '../history.js'
import type { Model } from '../model.js'
import { fields, type Spec } from '../options.js'
import { sampleTail, TAIL_DEFAULTS, type TailPrior, tailPrior } from './generalised-pareto-posterior.js'
import { type TailComponent, tailMixtureForecast } from './tail-mixture.js'

/** What the residuals of one draw of the filter say about losses beyond their threshold. */
interface Tail {
  /** Minus the residuals' quantile at the tail fraction. */
  readonly threshold: number
  readonly shapes: Float64Array
  readonly scales: Float64Array
}

export interface PeaksOverThresholdState {
  readonly filter: GarchState
  /** Standardised residuals of the window under each draw of the filter. */
  residuals: SlidingWindow[]
  /** One a draw of the filter. */
  tails: Tail[]
  /** The tail's draws beside the filter's chains of the last training. */
  readonly chains: { readonly xi: readonly Float64Array[]; readonly sigma: readonly Float64Array[] }
  readonly paretoK: number | null
  readonly fallback: string | null
}

const FILTER_DRAWS = 60
/** Draws of (xi, sigma) for each draw of the filter. */
const TAIL_DRAWS = 8
const TAIL_SIZE = { chains: 4, draws: 300, essTarget: 200 }
const EXCEEDANCES_LEAST = 5

/**
 * Conditional extreme value theory (McNeil & Frey 2000) with a Bayesian tail. Returns are filtered by the posterior of a GARCH(1,1)
 * under the Gaussian quasi-likelihood; under each of its draws the standardised residuals below their quantile at `tailFraction`
 * exceed it by a generalised Pareto excess, with a full posterior of shape and scale (given that draw: a cut posterior, the filter
 * learns nothing from the tail). Below the tail fraction the predictive is the mixture of those tails, above it the residuals' own
 * distribution. Between trainings the filter's draws move as in `filteredHistorical`; a draw's tail stays until it is moved.
 * Prior fields: those of `filteredHistorical`, and of the tail: shapeMean .1, shapeSd .2 (xi normal, truncated to (-1/2, 1)),
 * scaleMedian .5, scaleLogSd 1 (ln sigma normal about ln scaleMedian). Options: tailFraction .1 (from .01 to .5).
 */
export function peaksOverThreshold(prior?: Spec, options?: Spec): Model<PeaksOverThresholdState> {
  const { tailFraction } = fields(options, { tailFraction: 0.1 }, 'options', { tailFraction: 'tail' })
  const { garch, tail } = splitPrior(prior)

  function learnTails(state: Pick<PeaksOverThresholdState, 'filter' | 'residuals'>, key: Key): LearntTails {
    return learn(state.residuals, tailFraction, tail, key)
  }

  return {
    name: 'peaksOverThreshold',
    init(history, key, effort = {}) {
      if (history.length >= 50 && Math.floor(history.length * tailFraction) < EXCEEDANCES_LEAST) {
        const least = Math.ceil(EXCEEDANCES_LEAST / tailFraction)
        refuse(
          'TOO_FEW_RETURNS',
          `${history.length} returns`,
          `at least ${least} for a tail fraction of ${tailFraction}`,
          'history',
        )
      }
      const filter = trainGarch('garchNormal', garch, history, key, effort, FILTER_DRAWS)
      const residuals = standardise(filter, filter.returns.length)
      const { tails, samples, paretoK, fallback } = learnTails({ filter, residuals }, childKey(key, 'tails'))
      const chains = chainsBeside(filter, samples)
      return { filter, residuals, tails, chains, paretoK, fallback: joined(filter.fallback, fallback) }
    },
    update(state, ret, key) {
      checkNextReturn(ret)
      const { filter, residuals } = state
      const mu = parameterOf(filter, 'mu')
      for (let k = 0; k < mu.length; k++) slide(residuals[k], (ret - mu[k]) / Math.sqrt(filter.variance[k]))
      absorb(filter, garch, ret, key)
      if (filter.rejuvenated !== null) {
        // New draws have residuals, and so tails, of their own.
        state.residuals = standardise(filter, residuals[0].ring.length)
        state.tails = learnTails(state, childKey(key, 'tails')).tails
      }
      return state
    },
    forecast: (state, levels) => forecast(state, tailFraction, levels),
    posterior,
    fallback: state => state.fallback ?? undefined,
    rejuvenation: state => state.filter.rejuvenated ?? undefined,
    varInterval95: (state, level) => interval(state, tailFraction, level),
    copy: state => structuredClone(state),
    simulate: (state, days, paths, key) => simulateGroups(state, tailFraction, days, paths, 1, key),
    simulateGroups: (state, days, groups, size, key) => simulateGroups(state, tailFraction, days, groups, size, key),
  }
}

function splitPrior(prior: Spec | undefined): { garch: ReturnType<typeof garchPrior>; tail: TailPrior } {
  const known = garchPriorFields(garchFamilies.garchNormal)
  // Refuses by name what neither knows.
  const all: { readonly [name: string]: number } = { ...known, ...TAIL_DEFAULTS }
  fields(prior, all, 'prior', { muMean: 'finite', shapeMean: 'finite' })
  const part = (names: object): Spec =>
    Object.fromEntries(Object.entries(prior ?? {}).filter(([name]) => Object.hasOwn(names, name)))
  return { garch: garchPrior(part(known), garchFamilies.garchNormal), tail: tailPrior(part(TAIL_DEFAULTS)) }
}

const joined = (one: string | null, other: string | null): string | null =>
  one === null || other === null ? (one ?? other) : `${one}; ${other}`

interface LearntTails {
  readonly tails: Tail[]
  /** [fit][xi or sigma][chain]. */
  readonly samples: readonly (readonly (readonly Float64Array[])[])[]
  readonly paretoK: number | null
  readonly fallback: string | null
}

/** The tail's posterior under every draw of the filter, each from its own residuals. */
function learn(residuals: readonly SlidingWindow[], tailFraction: number, prior: TailPrior, key: Key): LearntTails {
  const samples: (readonly (readonly Float64Array[])[])[] = []
  let paretoK: number | null = null
  let weaker = 0
  let reason = ''
  const tails = residuals.map(({ ascending }, k) => {
    const count = Math.max(1, Math.floor(ascending.length * tailFraction))
    const threshold = -ascending[count]
    const exceedances = ascending.slice(0, count).map(z => -z - threshold)
    const sample = sampleTail(exceedances, prior, childKey(key, k), TAIL_SIZE)
    if (sample.paretoK !== undefined) paretoK = Math.max(paretoK ?? Number.NEGATIVE_INFINITY, sample.paretoK)
    if (sample.fallback !== undefined) {
      weaker++
      reason = sample.fallback
    }
    const draws = [sample.draws[0], sample.draws[1].map(chain => chain.map(exp))]
    samples.push(draws)
    return { threshold, shapes: spaced(draws[0], TAIL_DRAWS), scales: spaced(draws[1], TAIL_DRAWS) }
  })
  const fallback = weaker === 0 ? null : `the tail under ${weaker} of ${residuals.length} draws of the filter: ${reason}`
  return { tails, samples, paretoK, fallback }
}

/** `count` equally spaced draws of all chains. */
function spaced(chains: readonly Float64Array[], count: number): Float64Array {
  const length = chains[0].length
  return Float64Array.from({ length: count }, (_, t) => {
    const place = Math.floor(((t + 0.5) * length * chains.length) / count)
    return chains[Math.floor(place / length)][place % length]
  })
}

/** As many draws of the tail in a chain as the filter has, in each chain a stretch from every fit. */
function chainsBeside({ chains }: GarchState, samples: LearntTails['samples']): PeaksOverThresholdState['chains'] {
  const [xi, sigma] = [0, 1].map(which =>
    chains[0].map((chain, c) =>
      chain.map((_, i) => {
        const place = (i * samples.length) / chain.length
        const fit = Math.floor(place)
        const draws = samples[fit][which]
        const own = draws[c % draws.length]
        return own[Math.floor((place - fit) * own.length)]
      }),
    ),
  )
  return { xi, sigma }
}

/**
 * The filter's draws and the tail's. A row's tail is given a draw of the filter of its own, not the one in the row: the margins are
 * those of the cut posterior, their dependence is not shown.
 */
function posterior(state: PeaksOverThresholdState): Posterior {
  const { filter, chains, tails } = state
  const { belief: _, ...own } = garchPosterior(filter)
  const chosen = filter.absorbed === 0 ? null : systematic(filter.logWeights, 0.5)
  const column = (values: (tail: Tail) => Float64Array): Float64Array =>
    Float64Array.from(chosen!, (k, i) => values(tails[k])[i % TAIL_DRAWS])
  const paretoK = Math.max(filter.paretoK ?? Number.NEGATIVE_INFINITY, state.paretoK ?? Number.NEGATIVE_INFINITY)
  return {
    ...own,
    names: [...own.names, 'xi', 'sigma'],
    draws: {
      ...own.draws,
      xi: chosen === null ? chains.xi : [column(tail => tail.shapes)],
      sigma: chosen === null ? chains.sigma : [column(tail => tail.scales)],
    },
    method: `${own.method}; given each of ${tails.length} draws, the tail likewise (a cut posterior)`,
    ...(paretoK === Number.NEGATIVE_INFINITY ? {} : { paretoK }),
    ...(state.fallback === null ? {} : { fallback: state.fallback }),
  }
}

function componentsOf({ filter, residuals, tails }: PeaksOverThresholdState, fraction: number): TailComponent[] {
  const mu = parameterOf(filter, 'mu')
  const weights = weightsOf(filter)
  return tails.map(({ threshold, shapes, scales }, k) => {
    const { ascending } = residuals[k]
    return {
      weight: weights[k],
      location: mu[k],
      scale: Math.sqrt(filter.variance[k]),
      threshold,
      fraction,
      shapes,
      scales,
      body: ascending.subarray(upperBound(ascending, -threshold)),
    }
  })
}

function forecast(state: PeaksOverThresholdState, fraction: number, { levels, riskLevels }: Levels): Forecast {
  return {
    levels: levels.slice(),
    riskLevels: riskLevels.slice(),
    ...tailMixtureForecast(componentsOf(state, fraction), levels, riskLevels),
  }
}

function interval(state: PeaksOverThresholdState, fraction: number, level: number): readonly [number, number] {
  const components = componentsOf(state, fraction)
  const losses = new Float64Array(components.length * TAIL_DRAWS)
  const weights = new Float64Array(losses.length)
  components.forEach(({ weight, location, scale, threshold, shapes, scales, body }, k) => {
    for (let t = 0; t < TAIL_DRAWS; t++) {
      const loss =
        level < fraction
          ? threshold + generalisedParetoUpperQuantile(level / fraction, shapes[t], scales[t])
          : -(body[rankOf((level - fraction) / (1 - fraction), body.length) - 1] ?? -threshold)
      losses[k * TAIL_DRAWS + t] = scale * loss - location
      weights[k * TAIL_DRAWS + t] = weight / TAIL_DRAWS
    }
  })
  const [low, high] = weightedQuantiles(losses, weights, [0.025, 0.975])
  return [low, high]
}

/**
 * Future paths in groups: a draw of the filter for each group in proportion to its weight, with one of its tails; shocks from that tail
 * or its own residuals.
 */
function simulateGroups(
  state: PeaksOverThresholdState,
  fraction: number,
  days: number,
  groups: number,
  size: number,
  key: Key,
): Float64Array {
  const { filter } = state
  const components = componentsOf(state, fraction)
  const [omega, alpha, beta] = ['omega', 'alpha', 'beta'].map(name => parameterOf(filter, name))
  const stream = openStream(childKey(key, 'paths'))
  const chosen = systematicIndices(weightsOf(filter), groups, nextUniform(stream))
  const out = new Float64Array(groups * size * days)
  let t = 0
  for (let p = 0; p < groups * size; p++) {
    const k = chosen[Math.floor(p / size)]
    const { location, threshold, shapes, scales, body } = components[k]
    if (p % size === 0) t = nextInteger(stream, TAIL_DRAWS)
    let h = filter.variance[k]
    for (let day = 0; day < days; day++) {
      const isTail = nextUniform(stream) < fraction
      const z = isTail
        ? -threshold - drawGeneralisedPareto(stream, shapes[t], scales[t])
        : body.length === 0
          ? -threshold
          : body[nextInteger(stream, body.length)]
      const shock = Math.sqrt(h) * z
      out[p * days + day] = location + shock
      h = omega[k] + alpha[k] * shock * shock + beta[k] * h
    }
  }
  return out
}
