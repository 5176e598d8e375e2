import { refuse } from '../base/index.js'
import { bayesianBootstrap } from './bayesian-bootstrap.js'
import { ewma, historicalSimulation } from './benchmarks.js'
import { filteredHistorical } from './filtered-historical.js'
import { garchNormal, garchT, gjrGarchT } from './garch/garch.js'
import type { Model } from './model.js'
import { normalInverseGamma } from './normal-inverse-gamma.js'
import type { Portfolio, Spec } from './options.js'
import { normalInverseWishart } from './portfolio/normal-inverse-wishart.js'
import { markovSwitching } from './regimes/markov-switching.js'
import { peaksOverThreshold } from './tails/peaks-over-threshold.js'
import { stochasticVolatility } from './volatility/stochastic-volatility.js'

/** Makes a model from a scenario's `prior` and `options`, and its market's portfolio; refuses what it does not know by name. */
export type ModelFactory = (prior?: Spec, options?: Spec, portfolio?: Portfolio) => Model

export type ModelTable = { readonly [name: string]: ModelFactory }

const nothing = (value: Spec | undefined, what: string): void => {
  if (value !== undefined && Object.keys(value).length > 0) refuse('BAD_MODEL', value, `no ${what}: this model has none`, what)
}

const withPrior =
  <S>(make: (prior?: Spec) => Model<S>): ModelFactory =>
  (prior, options) => {
    nothing(options, 'options')
    return make(prior) as Model
  }

const withOptions =
  <S>(make: (options?: Spec) => Model<S>): ModelFactory =>
  (prior, options) => {
    nothing(prior, 'prior')
    return make(options) as Model
  }

/** Every model by the name it has in scenarios and on the command line. */
export const modelTable: ModelTable = {
  bayesianBootstrap: withOptions(bayesianBootstrap),
  ewma: withOptions(ewma),
  filteredHistorical: withPrior(filteredHistorical),
  garchNormal: withPrior(garchNormal),
  garchT: withPrior(garchT),
  gjrGarchT: withPrior(gjrGarchT),
  historicalSimulation: withOptions(historicalSimulation),
  markovSwitching: markovSwitching as ModelFactory,
  normalInverseGamma: normalInverseGamma as ModelFactory,
  normalInverseWishart: normalInverseWishart as ModelFactory,
  peaksOverThreshold: peaksOverThreshold as ModelFactory,
  stochasticVolatility: withPrior(stochasticVolatility),
}

/** The model of a spec from a table; `portfolio` is that of a market of several assets. */
export function makeModel(
  spec: { readonly name: string; readonly prior?: Spec; readonly options?: Spec },
  table: ModelTable = modelTable,
  portfolio?: Portfolio,
): Model {
  if (!Object.hasOwn(table, spec.name))
    refuse('UNKNOWN_MODEL', spec.name, `one of ${Object.keys(table).sort().join(', ')}`, 'model.name')
  return table[spec.name](spec.prior, spec.options, portfolio)
}
