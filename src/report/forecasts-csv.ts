import type { Trace } from '../scenario/trace.js'

/** One row a day: date, return, then var and es at each level for every rule and every agent. */
interface ForecastColumns {
  readonly rules: readonly string[]
  readonly agents: readonly string[]
  readonly riskLevels: readonly number[]
}

/** The header line, without its end. */
export function forecastsHeader({ rules, agents, riskLevels }: ForecastColumns): string {
  const titles = [...rules, ...agents].flatMap(name =>
    riskLevels.flatMap(level => [`var_${level}_${name}`, `es_${level}_${name}`]),
  )
  return ['date', 'return', ...titles].join(',')
}

/** One day's line, without its end; a cell is empty where there is no forecast (NaN). */
export function forecastsRow(day: string, ret: number, cells: Float64Array): string {
  let row = `${day},${ret}`
  for (const cell of cells) row += Number.isNaN(cell) ? ',' : `,${cell}`
  return row
}

/** The whole file. */
export function forecastsCsv({ days, returns, ensemble, agents, scenario }: Trace): string {
  const { riskLevels } = scenario
  const series = [...Object.values(ensemble), ...Object.values(agents)].flatMap(levels =>
    riskLevels.flatMap(level => [levels[String(level)].var, levels[String(level)].es]),
  )
  const header = forecastsHeader({ rules: Object.keys(ensemble), agents: Object.keys(agents), riskLevels })
  const cells = new Float64Array(series.length)
  const rows = days.map((day, t) => {
    series.forEach((values, i) => {
      cells[i] = values[t]
    })
    return forecastsRow(day, returns[t], cells)
  })
  return [header, ...rows, ''].join('\n')
}
