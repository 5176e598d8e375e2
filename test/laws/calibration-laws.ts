import { childKey, openStream, rootKey } from '../../src/base/index.js'
import { chiSquareSurvival } from '../../src/distributions/index.js'
import { essBulk, type Posterior } from '../../src/inference/index.js'
import type { Effort, Model, Parameters, Parametric } from '../../src/models/index.js'

// Simulation-based calibration (Talts, Betancourt, Simpson, Vehtari & Gelman 2018): parameters from the prior, returns from the
// parameters, a posterior from the returns; the rank of the true parameter among independent posterior draws is uniform when prior,
// simulator, likelihood and sampler agree. The rank of the log-likelihood at the truth among that at the draws is uniform likewise,
// and sees posteriors that ignore the data, to which the parameters' ranks are blind (Modrak et al. 2023).

export interface CalibrationCase {
  readonly model: Model
  /** Simulated sets of returns; at least 200, so that a bin expects at least 10. */
  readonly sets: number
  readonly days: number
  /** Conditional variance of the first return, in the simulator and in the fit. */
  readonly start: number
  readonly effort?: Effort
  /** Why the log-likelihood is no test quantity here. */
  readonly withoutLikelihood?: string
}

export interface CalibrationResult {
  /** One of the parameters, or logLikelihood. */
  readonly quantity: string
  /** How many of the ranks 0 to 99 fell into each of 20 bins. */
  readonly histogram: readonly number[]
  readonly pValue: number
  /** The least bulk ESS, over the sets, of all draws before thinning; 99 of them are kept. */
  readonly essMin: number
}

const DRAWS = 99
const BINS = 20
const LIKELIHOOD = 'logLikelihood'

/** One result a test quantity. The same seed gives the same results. */
export function calibrate(given: CalibrationCase, seed: string): CalibrationResult[] {
  const { model, sets, withoutLikelihood } = given
  const parametric = model.parametric!
  const quantities = [...parametric.names, ...(withoutLikelihood === undefined ? [LIKELIHOOD] : [])]
  const found = quantities.map(quantity => ({
    quantity,
    histogram: new Array<number>(BINS).fill(0),
    essMin: Number.POSITIVE_INFINITY,
  }))
  for (let set = 0; set < sets; set++) {
    const one = calibrateOnce(given, parametric, `${seed}, ${model.name}, set ${set}`)
    found.forEach((result, i) => {
      result.histogram[Math.floor((one.ranks[i] * BINS) / (DRAWS + 1))]++
      if (i < one.ess.length) result.essMin = Math.min(result.essMin, one.ess[i])
    })
  }
  return found.map(result => ({ ...result, pValue: uniformPValue(result.histogram) }))
}

function calibrateOnce(given: CalibrationCase, parametric: Parametric, seed: string): { ranks: number[]; ess: number[] } {
  const { model, days, start, effort, withoutLikelihood } = given
  const key = rootKey(seed)
  const truth = parametric.drawPrior(openStream(childKey(key, 'prior')))
  const returns = parametric.simulate(truth, days, openStream(childKey(key, 'returns')), { start })
  const state = model.init(returns, childKey(key, 'fit'), { ...effort, start })
  const posterior = model.posterior(state)
  const draws = thin(posterior, parametric.names)
  const ranks = parametric.names.map(name =>
    rankOf(
      truth[name],
      draws.map(draw => draw[name]),
    ),
  )
  if (withoutLikelihood === undefined) {
    const logLikelihood = (params: Parameters): number => parametric.logLikelihood(params, returns, { start })
    ranks.push(rankOf(logLikelihood(truth), draws.map(logLikelihood)))
  }
  return { ranks, ess: parametric.names.map(name => essBulk(posterior.draws[name])) }
}

/** 99 draws, equally far from each other through all chains, parameters together. */
function thin({ draws }: Posterior, names: readonly string[]): Parameters[] {
  const columns = names.map(name => draws[name].flatMap(chain => [...chain]))
  const total = columns[0].length
  return Array.from({ length: DRAWS }, (_, k) => {
    const i = Math.floor(((k + 0.5) * total) / DRAWS)
    return Object.fromEntries(names.map((name, column) => [name, columns[column][i]]))
  })
}

const rankOf = (value: number, among: readonly number[]): number => among.filter(other => other < value).length

/** Pearson's chi-square of a histogram against equal probabilities. */
function uniformPValue(histogram: readonly number[]): number {
  const expected = histogram.reduce((sum, count) => sum + count, 0) / histogram.length
  const statistic = histogram.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
  return chiSquareSurvival(statistic, histogram.length - 1)
}

/** Holm's (1979) step-down test: which of the p-values are rejected at a family-wise level. */
export function holm(pValues: readonly number[], level: number): boolean[] {
  const ascending = [...pValues.keys()].sort((i, j) => pValues[i] - pValues[j])
  const rejected = new Array<boolean>(pValues.length).fill(false)
  for (const [k, i] of ascending.entries()) {
    if (!(pValues[i] <= level / (pValues.length - k))) break
    rejected[i] = true
  }
  return rejected
}

/** A line a quantity: its p-value, the least ESS, and how its ranks are spread. */
export const describeCalibration = (name: string, { quantity, pValue, essMin, histogram }: CalibrationResult): string => {
  const ess = Number.isFinite(essMin) ? `, bulk ESS at least ${essMin.toFixed(0)}` : ''
  return `${name} ${quantity}: p ${pValue.toPrecision(3)}${ess}, ranks ${histogram.join(' ')}`
}
