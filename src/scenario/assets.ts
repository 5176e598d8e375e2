import { basename, extname, resolve } from 'node:path'
import { childKey, type Key, openStream, refuse } from '../base/index.js'
import { makeModel, modelTable, type Portfolio } from '../models/index.js'
import { type PriceTable, readPrices, readPriceTable } from './csv.js'
import { logReturns } from './log-returns.js'
import type { AssetMarket, PriceFile, SimulatedSegment } from './types.js'

/** Several assets: what multivariate models learn from. */
export interface AssetData {
  readonly names: readonly string[]
  readonly weights: Float64Array
  /** Log returns in percent, row-major: days x assets, oldest first. */
  readonly rows: Float64Array
  /** The closes behind them, one day more, row-major; absent for markets given as returns. */
  readonly prices?: { readonly dates: readonly string[]; readonly closes: Float64Array }
}

/** The last `count` days of a market of several assets, and their labels. */
export function openAssets(
  market: AssetMarket,
  count: number,
  directory: string,
  key: Key,
): { readonly labels: readonly string[]; readonly assets: AssetData } {
  const weights = Float64Array.from(market.weights)
  if ('assets' in market)
    return fromTable(alignedFiles(market.assets, count, directory), fileNames(market.assets), weights, count)
  if ('columns' in market) {
    const table = readPriceTable(resolve(directory, market.csv), market.date, market.columns)
    checkCount(table.dates.length - 1, count)
    return fromTable(table, market.columns, weights, count)
  }
  const all = 'returns' in market ? rowsOf(market.returns, weights.length) : simulateAssets(market.simulate, market, key)
  const days = all.length / weights.length
  checkCount(days, count)
  const names = Array.from(weights, (_, i) => `asset${i + 1}`)
  const labels = Array.from({ length: count }, (_, i) => `day ${days - count + i + 1}`)
  return { labels, assets: { names, weights, rows: all.slice(all.length - count * weights.length) } }
}

/** The portfolio's returns: each day the weighted sum of its assets'. */
export function portfolioReturns({ rows, weights }: AssetData): Float64Array {
  return Float64Array.from({ length: rows.length / weights.length }, (_, t) =>
    weights.reduce((sum, weight, i) => sum + weight * rows[t * weights.length + i], 0),
  )
}

export function checkCount(days: number, count: number): void {
  if (days < count) refuse('TOO_FEW_RETURNS', `${days} returns`, `at least window + days = ${count}`, 'scenario.market')
}

function fromTable({ dates, closes }: PriceTable, names: readonly string[], weights: Float64Array, count: number) {
  const returns = closes.map(column => logReturns(column.slice(-count - 1)))
  const used = dates.slice(-count - 1)
  const first = dates.length - used.length
  const rows = Float64Array.from(
    { length: count * names.length },
    (_, k) => returns[k % names.length][Math.floor(k / names.length)],
  )
  const prices = {
    dates: used,
    closes: Float64Array.from(
      { length: used.length * names.length },
      (_, k) => closes[k % names.length][first + Math.floor(k / names.length)],
    ),
  }
  return { labels: used.slice(1), assets: { names, weights, rows, prices } }
}

/** The days that are used, from several files. They have to be the same days: a gap is refused, with the first date and its file. */
function alignedFiles(files: readonly PriceFile[], count: number, directory: string): PriceTable {
  const series = files.map(({ csv, date, close }) => readPrices(resolve(directory, csv), date, close))
  checkCount(Math.min(...series.map(({ dates }) => dates.length)) - 1, count)
  const dates = series[0].dates.slice(-count - 1)
  const closes = series.map(one => {
    const from = one.dates.findIndex(date => date >= dates[0])
    const theirs = from < 0 ? [] : one.dates.slice(from)
    for (let i = 0; i < Math.max(dates.length, theirs.length); i++) {
      if (dates[i] === theirs[i]) continue
      const isMissing = theirs[i] === undefined || dates[i] < theirs[i]
      const [has, lacks] = isMissing ? [files[0], files[series.indexOf(one)]] : [files[series.indexOf(one)], files[0]]
      refuse(
        'DATES_DIFFER',
        `no ${isMissing ? dates[i] : theirs[i]} in ${lacks.csv}, though ${has.csv} has it`,
        'files with the same dates from the first day that is used to the last',
        `scenario.market.assets[${series.indexOf(one)}]`,
      )
    }
    return one.closes.slice(-count - 1)
  })
  return { dates, closes }
}

const fileNames = (files: readonly PriceFile[]): string[] =>
  files.map(({ csv, close }) => (close === 'close' ? basename(csv, extname(csv)) : `${basename(csv, extname(csv))} ${close}`))

/** Row-major. -0 becomes 0, as JSON keeps it. */
const RETURN_MAX = 1e8

function rowsOf(returns: readonly (readonly number[])[], width: number): Float64Array {
  returns.forEach((row, t) => {
    const where = `scenario.market.returns[${t}]`
    if (row.length !== width) refuse('BAD_RETURN', `a row of ${row.length}`, `the returns of ${width} assets`, where)
    row.forEach((ret, i) => {
      if (!(Math.abs(ret) <= RETURN_MAX))
        refuse('BAD_RETURN', ret, `a return in percent of at most ${RETURN_MAX} in absolute value`, `${where}[${i}]`)
    })
  })
  return Float64Array.from(returns.flat(), ret => ret + 0)
}

/** Rows of simulated returns, segment after segment, from a model of the table that has as many assets as the market. */
function simulateAssets(segments: readonly SimulatedSegment[], portfolio: Portfolio, key: Key): Float64Array {
  const names = Object.keys(modelTable).filter(name => simulatorOf(name, portfolio) !== undefined)
  const parts = segments.map(({ model, params, days }, i) => {
    const where = `scenario.market.simulate[${i}]`
    const simulator = names.includes(model) ? simulatorOf(model, portfolio) : undefined
    if (simulator === undefined) return refuse('UNKNOWN_MODEL', model, `one of ${names.join(', ')}`, `${where}.model`)
    const given = Object.keys(params).sort()
    if (given.join() !== [...simulator.names].sort().join())
      refuse('BAD_SCENARIO', `parameters ${given.join(', ')}`, simulator.names.join(', '), `${where}.params`)
    const problem = simulator.problem(params)
    if (problem !== null) refuse('BAD_SCENARIO', params, problem, `${where}.params`)
    return simulator.simulate(params, days, openStream(childKey(key, i)))
  })
  return Float64Array.from(parts.flatMap(part => [...part]))
}

function simulatorOf(name: string, portfolio: Portfolio) {
  const { columns, parametric } = makeModel({ name }, modelTable, portfolio)
  return columns === portfolio.weights.length ? parametric : undefined
}
