import { type Key, refuse } from '../../base/index.js'
import { type Belief, type Convergence, type Posterior, resampled, sampleDensity, type Target } from '../../inference/index.js'
import { exp, ln, meanOf, medianOfSorted, momentsOf, sorted, varianceOf } from '../../math/index.js'
import { checkHistory } from '../history.js'
import type { Effort } from '../model.js'
import { type GarchFamily, type GarchName, type GarchPrior, garchFamilies, toCoordinates } from './prior.js'
import { filterRows, garchTarget, parametersOf } from './target.js'

/**
 * Draws of a GARCH posterior: those of every chain, and the weighted ones that forecast, each with its volatility.
 * Rows are row-major: a draw after the other.
 */
export interface GarchState {
  readonly family: GarchName
  /** Variance of the window's first return. */
  readonly start: number
  /** The window and every return absorbed since. */
  readonly returns: number[]
  /** The training's draws, [parameter][chain]. */
  readonly chains: readonly (readonly Float64Array[])[]
  /** Theirs, one a parameter. */
  readonly convergence: readonly Convergence[]
  readonly method: string
  readonly paretoK: number | null
  readonly fallback: string | null
  /** The draws that forecast: points in the sampler's coordinates, their parameters, log weights (the weights sum to 1). */
  points: Float64Array
  parameters: Float64Array
  logWeights: Float64Array
  /** Variance of the next return under each. */
  variance: Float64Array
  /** Returns absorbed since the training. */
  absorbed: number
  /** Whether the draws hold a pooled belief, which is no posterior of the returns. */
  isPooled: boolean
  /** What the last update did beyond reweighting. */
  rejuvenated: string | null
}

export const familyOf = ({ family }: { readonly family: GarchName }): GarchFamily => garchFamilies[family]

/** Full posterior of a GARCH(1,1) on a window. `forecastDraws` equally spaced draws of it carry the volatility on. */
export function trainGarch(
  name: GarchName,
  prior: GarchPrior,
  history: Float64Array,
  key: Key,
  effort: Effort,
  forecastDraws: number,
): GarchState {
  checkHistory(history)
  const family = garchFamilies[name]
  const variance = varianceOf(history)
  const start = effort.start ?? variance
  if (!(start > 0 && Number.isFinite(start))) refuse('BAD_START', start, 'a positive variance', 'start')
  const target = garchTarget(family, prior, history, start)
  const guess = bestGuess(family, target, history)
  const sample = sampleDensity(
    target,
    {
      start: guess,
      scales: Float64Array.of(Math.sqrt(variance / history.length), 0.1 * guess[1], 0.05, 0.3, 0.3, 0.3).slice(0, guess.length),
      chains: effort.chains ?? 4,
      draws: effort.draws ?? 800,
      essTarget: 400,
      proposals: PROPOSALS,
      monitor: { columns: points => columnsOfRows(parametersOf(family, points), family.names.length) },
    },
    key,
  )
  const state: GarchState = {
    family: name,
    start,
    returns: [...history],
    chains: sample.monitored,
    convergence: sample.convergence,
    method: sample.method,
    paretoK: sample.paretoK ?? null,
    fallback: sample.fallback ?? null,
    points: new Float64Array(0),
    parameters: new Float64Array(0),
    logWeights: new Float64Array(0),
    variance: new Float64Array(0),
    absorbed: 0,
    isPooled: false,
    rejuvenated: null,
  }
  moveTo(state, spacedRows(sample.draws, forecastDraws))
  return state
}

/** The first has half again as many effective draws as the second, where its tails serve (docs/adr/0001). */
const PROPOSALS = [
  { df: 10, width: 0.85, paretoMax: 0.5 },
  { df: 6, width: 1 },
  { df: 4, width: 1 },
] as const

/** Persistence, and the degrees of freedom that go with it, of the points from which the mode may be sought. */
const GUESSES = [
  { alpha: 0.1, beta: 0.86, nu: 7 },
  { alpha: 0.05, beta: 0.6, nu: 7 },
  { alpha: 0.1, beta: 0.86, nu: 30 },
  { alpha: 0.2, beta: 0.7, nu: 3 },
] as const

/** Farther than this many standard deviations from the mean is an outlier that makes the sample's moments a poor start. */
const OUTLIER_DEVIATIONS = 12

/** The densest of the guesses about the sample's moments; where there is an outlier also about median and median absolute deviation. */
function bestGuess(family: GarchFamily, target: Target, history: Float64Array): Float64Array {
  const places = [{ mu: meanOf(history), variance: varianceOf(history) }]
  const { mu, variance } = places[0]
  if (history.some(ret => (ret - mu) * (ret - mu) > OUTLIER_DEVIATIONS * OUTLIER_DEVIATIONS * variance)) {
    const median = medianOfSorted(sorted(history))
    const deviation = medianOfSorted(sorted(history.map(ret => Math.abs(ret - median)))) / 0.6744897501960817
    if (deviation > 0) places.push({ mu: median, variance: deviation * deviation })
  }
  const guesses = places.flatMap(place =>
    GUESSES.map(({ alpha, beta, nu }) =>
      toCoordinates({ mu: place.mu, omega: (1 - alpha - beta) * place.variance, alpha, gamma: 0, beta, nu }, family),
    ),
  )
  const values = new Float64Array(guesses.length)
  target.evaluate(Float64Array.from(guesses.flatMap(guess => [...guess])), guesses.length, values)
  return guesses[values.indexOf(Math.max(...values))]
}

/** `count` equally spaced draws of all chains, one after the other, as rows. */
export function spacedRows(draws: readonly (readonly Float64Array[])[], count: number): Float64Array {
  const d = draws.length
  const length = draws[0][0].length
  const total = length * draws[0].length
  const n = Math.min(count, total)
  const rows = new Float64Array(n * d)
  for (let k = 0; k < n; k++) {
    const place = Math.floor((k * total) / n)
    const chain = Math.floor(place / length)
    for (let i = 0; i < d; i++) rows[k * d + i] = draws[i][chain][place - chain * length]
  }
  return rows
}

export function columnsOfRows(rows: Float64Array, d: number): Float64Array[] {
  const n = rows.length / d
  return Array.from({ length: d }, (_, i) => {
    const column = new Float64Array(n)
    for (let k = 0; k < n; k++) column[k] = rows[k * d + i]
    return column
  })
}

// Columns and weights of a state's arrays, which are replaced and never changed: worked out once for all that is asked of a day.
const columnsKnown = new WeakMap<Float64Array, readonly Float64Array[]>()
const weightsKnown = new WeakMap<Float64Array, Float64Array>()

function known<T>(table: WeakMap<Float64Array, T>, of: Float64Array, make: () => T): T {
  let value = table.get(of)
  if (value === undefined) {
    value = make()
    table.set(of, value)
  }
  return value
}

/** One parameter of the draws that forecast. Not to be changed. */
export function parameterOf({ family, parameters }: GarchState, name: string): Float64Array {
  const { names } = garchFamilies[family]
  return known(columnsKnown, parameters, () => columnsOfRows(parameters, names.length))[names.indexOf(name)]
}

/** Makes `points`, equally weighted, the draws that forecast, and filters the volatility of each through all returns seen. */
export function moveTo(state: GarchState, points: Float64Array): void {
  const family = familyOf(state)
  const n = points.length / family.names.length
  state.points = points
  state.parameters = parametersOf(family, points)
  state.logWeights = new Float64Array(n).fill(-ln(n))
  state.variance = filterRows(family, state.parameters, Float64Array.from(state.returns), state.start).variances
}

/** Not to be changed. */
export const weightsOf = ({ logWeights }: GarchState): Float64Array => known(weightsKnown, logWeights, () => logWeights.map(exp))

/** The training's chains; once returns were absorbed or beliefs pooled, the draws that forecast, resampled to equal weights. */
export function garchPosterior(state: GarchState): Posterior {
  const { names } = familyOf(state)
  const { paretoK, fallback, absorbed, isPooled } = state
  const isTrained = absorbed === 0 && !isPooled
  const columns = isTrained ? state.chains : movedChain(state).map(column => [column])
  const since = isPooled ? 'pooled with peers' : `reweighted by ${absorbed} returns since (IBIS), resampled to equal weights`
  return {
    names,
    draws: Object.fromEntries(names.map((name, i) => [name, columns[i].map(chain => chain.slice())])),
    ...(isTrained ? { convergence: Object.fromEntries(names.map((name, i) => [name, state.convergence[i]])) } : {}),
    method: isTrained ? state.method : `${state.method}; ${since}`,
    belief: garchBelief(state),
    ...(paretoK === null ? {} : { paretoK }),
    ...(fallback === null ? {} : { fallback }),
  }
}

function movedChain({ points, logWeights, family }: GarchState): Float64Array[] {
  const set = resampled({ points, logWeights }, 0.5)
  return columnsOfRows(parametersOf(garchFamilies[family], set.points), garchFamilies[family].names.length)
}

/** The draws' weighted mean and covariance in the sampler's coordinates. */
export function garchBelief(state: GarchState): Belief & { kind: 'gaussian' } {
  const columns = columnsOfRows(state.points, familyOf(state).names.length)
  return { kind: 'gaussian', family: state.family, ...momentsOf(columns, weightsOf(state)) }
}
