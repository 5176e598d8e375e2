import type { ParameterSummary } from '../inference/index.js'
import type { Backcast, Fit, Prediction } from '../models/index.js'
import { counted, fixed, NONE, percent } from './numbers.js'
import { type Field, type Table, tableOf, textTable } from './table.js'
import { wrap } from './terminal.js'

/** Everything that is said about one trained model: the posterior, the risk that follows from it, and where both came from. */
export interface FitReport {
  readonly model: { readonly name: string; readonly prior?: object; readonly options?: object }
  readonly seed: string
  /** The command line that makes this report. */
  readonly command: string
  readonly data: {
    /** In words: the file and its column. */
    readonly source: string
    /** The day of each return, and the returns in percent, oldest first. */
    readonly labels: readonly string[]
    readonly returns: Float64Array
  }
  readonly fit: Fit
  readonly predictions: readonly Prediction[]
  /** One-day VaR of the last days, where it was computed. */
  readonly backcast?: Backcast
}

export const RHAT_MAX = 1.01
export const PARETO_MAX = 0.7

/** What a reader must know before using the numbers, a sentence each. */
export function fitWarnings({ fit: { summary, method, paretoK, fallback }, data }: Pick<FitReport, 'fit' | 'data'>): string[] {
  const warnings: string[] = []
  if (fallback !== undefined) warnings.push(`A weaker method had to take over: ${fallback}.`)
  for (const { name, rhat } of summary) {
    // R-hat of independent draws passes its limit by chance alone.
    if (!(rhat <= RHAT_MAX) && !method.includes('independent draws'))
      warnings.push(`R-hat of ${name} is ${fixed(rhat, 3)}, above ${RHAT_MAX}: the chains do not agree yet. More draws may help.`)
  }
  if (paretoK !== undefined && paretoK > PARETO_MAX)
    warnings.push(
      `Pareto k-hat is ${fixed(paretoK, 2)}, above ${PARETO_MAX}: the sampler’s proposal misses part of the posterior.`,
    )
  const sd = standardDeviation(data.returns)
  if (sd < 0.1)
    warnings.push(`The returns have a standard deviation of ${fixed(sd, 4)}: are they fractions? They are read as percent.`)
  return warnings
}

function standardDeviation(values: Float64Array): number {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length
  return Math.sqrt(values.reduce((sum, x) => sum + (x - mean) * (x - mean), 0) / (values.length - 1))
}

/** How the draws were made, with their number and k-hat. */
export function methodSentence({ fit: { draws, names, method, paretoK } }: Pick<FitReport, 'fit'>): string {
  if (names.length === 0) return `Posterior: ${method}.`
  const chains = draws[names[0]]
  const shape = chains.length === 1 ? counted(chains[0].length, 'draw') : `${chains.length} chains of ${chains[0].length} draws`
  const k = paretoK === undefined ? '' : ` Pareto k-hat of the proposal: ${fixed(paretoK, 2)}.`
  return `Method: ${method}; ${shape}.${k}`
}

/** Decimals that show three digits of a spread. */
const decimalsFor = (spread: number): number =>
  spread > 0 && Number.isFinite(spread) ? Math.min(8, Math.max(0, 2 - Math.floor(Math.log10(spread)))) : 4

export function posteriorTable({ fit: { summary } }: Pick<FitReport, 'fit'>): Table {
  const value = (title: string, of: (row: ParameterSummary) => number): Field<ParameterSummary> => ({
    title,
    text: row => (Number.isFinite(of(row)) ? of(row).toFixed(decimalsFor(row.sd)) : NONE),
  })
  const size = (title: string, of: (row: ParameterSummary) => number): Field<ParameterSummary> => ({
    title,
    text: row => fixed(of(row), 0),
  })
  return tableOf(
    'Posterior',
    [
      { title: 'parameter', align: 'left', text: ({ name }) => name },
      value('mean', ({ mean }) => mean),
      value('sd', ({ sd }) => sd),
      value('2.5\u00a0%', ({ q025 }) => q025),
      value('50\u00a0%', ({ q50 }) => q50),
      value('97.5\u00a0%', ({ q975 }) => q975),
      {
        title: 'MCSE',
        text: ({ mcse }) => (Number.isFinite(mcse) ? mcse.toFixed(Math.min(8, decimalsFor(mcse) - 1)) : NONE),
      },
      { title: 'R-hat', text: ({ rhat }) => fixed(rhat, 3), striking: ({ rhat }) => rhat > RHAT_MAX },
      size('bulk ESS', ({ essBulk }) => essBulk),
      size('tail ESS', ({ essTail }) => essTail),
    ],
    summary,
  )
}

/** VaR and ES at every level, with intervals where there is a posterior, and Monte Carlo errors where they were simulated. */
export function riskTable({ predictions }: Pick<FitReport, 'predictions'>): Table {
  const { horizonDays, simulation } = predictions[0]
  const end = (title: string, of: (row: Prediction) => readonly [number, number] | null, i: 0 | 1): Field<Prediction> => ({
    title,
    text: row => fixed(of(row)?.[i] ?? null, 3),
  })
  const hasVar = predictions.some(({ varInterval95 }) => varInterval95 !== null)
  const hasEs = predictions.some(({ esInterval95 }) => esInterval95 !== null)
  const varOf = (row: Prediction) => row.varInterval95
  const esOf = (row: Prediction) => row.esInterval95
  const notes = [
    ...(hasVar ? [] : ['No interval: this model has no posterior to take one from.']),
    ...(simulation === undefined
      ? []
      : [`From ${simulation.paths.toLocaleString('en')} simulated paths; MCSE: Monte Carlo standard error.`]),
  ]
  return tableOf(
    horizonDays === 1 ? 'VaR and ES of the next day, percent' : `VaR and ES of the next ${horizonDays} days together, percent`,
    [
      { title: 'level', text: ({ level }) => percent(level) },
      { title: 'VaR', text: row => fixed(row.var, 3) },
      ...(hasVar ? [end('VaR 2.5\u00a0%', varOf, 0), end('VaR 97.5\u00a0%', varOf, 1)] : []),
      ...(simulation === undefined
        ? []
        : [{ title: 'VaR MCSE', text: (row: Prediction) => fixed(row.simulation?.mcseVar ?? null, 4) }]),
      { title: 'ES', text: row => fixed(row.es, 3) },
      ...(hasEs ? [end('ES 2.5\u00a0%', esOf, 0), end('ES 97.5\u00a0%', esOf, 1)] : []),
      ...(simulation === undefined
        ? []
        : [{ title: 'ES MCSE', text: (row: Prediction) => fixed(row.simulation?.mcseEs ?? null, 4) }]),
    ],
    predictions,
    notes,
  )
}

/** What the model learnt from, in one sentence. */
function dataSentence({ data: { source, labels } }: Pick<FitReport, 'data'>): string {
  return `${labels.length.toLocaleString('en')} returns of ${source}, ${labels[0]} to ${labels[labels.length - 1]}`
}

/** What the terminal shows. */
export function fitText(report: FitReport, width = 100): string {
  const { fit, model, seed } = report
  return [
    wrap(`${model.name} on ${dataSentence(report)}; seed ${seed}`, width),
    '',
    ...(fit.names.length === 0 ? [] : [textTable(posteriorTable(report), width)]),
    wrap(methodSentence(report), width),
    '',
    textTable(riskTable(report), width),
    ...fitWarnings(report).map(warning => wrap(`WARNING: ${warning}`, width)),
    '',
  ].join('\n')
}
