import { methodTable } from '../montecarlo/index.js'
import type { LevelSimulation, RiskSimulation } from '../validation/index.js'
import { counted, fixed, percent } from './numbers.js'
import { type Table, tableOf, textTable } from './table.js'
import { wrap } from './terminal.js'

/** Everything that is said about one simulation. */
export interface SimulationReport {
  readonly command: string
  readonly data: { readonly source: string; readonly labels: readonly string[] }
  readonly simulation: RiskSimulation
}

const interval = ([low, high]: readonly [number, number]): string => `${fixed(low, 3)} to ${fixed(high, 3)}`
/** Whatever no error was seen of has no factor that could be named. */
const factor = (value: number): string => fixed(value > 1e9 ? null : value, value < 10 ? 2 : 0)

/** A row a method: VaR, ES, their intervals, the cost and what it bought. */
export function simulationTable({ horizonDays }: RiskSimulation, level: LevelSimulation): Table {
  return tableOf(
    `VaR and ES at ${percent(level.level)} over ${counted(horizonDays, 'day')}, percent`,
    [
      { title: 'method', align: 'left', text: ({ method }) => method },
      { title: 'VaR', text: row => fixed(row.var, 3) },
      { title: '95\u00a0% interval', text: row => interval(row.varInterval95) },
      { title: 'ES', text: row => fixed(row.es, 3) },
      { title: '95\u00a0% interval', text: row => interval(row.esInterval95) },
      { title: 'evaluations', text: row => String(row.evaluations) },
      { title: 'factor VaR', text: row => factor(row.factors.var) },
      { title: 'factor ES', text: row => factor(row.factors.es) },
    ],
    level.estimates,
    [],
  )
}

/** What the root of time would have said, in one sentence. */
export const rootSentence = ({ horizonDays }: RiskSimulation, { oneDay, squareRootOfTime }: LevelSimulation): string =>
  horizonDays === 1
    ? `The model's own closed form: VaR ${fixed(oneDay.var, 3)}, ES ${fixed(oneDay.es, 3)}.`
    : `Square root of time, for comparison: ${fixed(squareRootOfTime.var, 3)} for VaR and ${fixed(squareRootOfTime.es, 3)} for ES, from one day's ` +
      `${fixed(oneDay.var, 3)} and ${fixed(oneDay.es, 3)} times the root of ${horizonDays}.`

export const FACTOR_NOTE =
  'Factor: the variance of plain Monte Carlo over the method’s at the same number of evaluations, pilot runs included, from the run’s own standard errors.'

/** What the methods found by themselves, a sentence each. */
export const remarksOf = ({ estimates }: LevelSimulation): string[] =>
  estimates.flatMap(({ method, remark }) => (remark === undefined ? [] : [`${methodTable[method].title}: ${remark}.`]))

/** What the terminal shows. */
export function simulationText({ data, simulation }: SimulationReport, width = 100): string {
  const { labels, source } = data
  return [
    wrap(
      `${simulation.model} on ${labels.length.toLocaleString('en')} returns of ${source}, ${labels[0]} to ${labels[labels.length - 1]}; seed ${simulation.seed}`,
      width,
    ),
    '',
    ...simulation.levels.flatMap(level => [
      textTable(simulationTable(simulation, level), width),
      wrap(rootSentence(simulation, level), width),
      ...remarksOf(level).map(remark => wrap(remark, width)),
      '',
    ]),
    wrap(FACTOR_NOTE, width),
    ...(simulation.remark === null ? [] : [wrap(`NOTE: ${simulation.remark}.`, width)]),
    '',
  ].join('\n')
}
