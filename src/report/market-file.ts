import type { AssetData, Market, TraceData } from '../scenario/index.js'

// The market as it stands in a saved run: prices.csv or returns.csv, and what its scenario.json says of it.

export function portableMarket(market: Market, { prices, assets }: TraceData): Market {
  if (prices !== undefined) return { csv: 'prices.csv', date: 'date', close: 'close' }
  if (assets?.prices === undefined) return market
  return { csv: 'prices.csv', date: 'date', columns: columnNames(assets), weights: Array.from(assets.weights) }
}

/** The assets' names where a file can have them as columns, else numbers. */
function columnNames({ names }: AssetData): readonly string[] {
  const isPlain = names.every(name => /^[A-Za-z0-9]([A-Za-z0-9._ -]*[A-Za-z0-9])?$/.test(name) && name.toLowerCase() !== 'date')
  return isPlain && new Set(names).size === names.length ? names : names.map((_, i) => `asset${i + 1}`)
}

/** The file's name and its text. */
export function marketFile({ prices, assets, labels, returns }: TraceData): [string, string] {
  if (assets !== undefined) return assetFile(assets, labels, returns)
  if (prices !== undefined)
    return ['prices.csv', `date,close\n${prices.dates.map((date, i) => `${date},${prices.closes[i]}\n`).join('')}`]
  return ['returns.csv', `day,return\n${labels.map((label, i) => `${label},${returns[i]}\n`).join('')}`]
}

function assetFile(assets: AssetData, labels: readonly string[], returns: Float64Array): [string, string] {
  const { names, rows, prices } = assets
  const columns = columnNames(assets)
  const row = (table: Float64Array, t: number): string => table.slice(t * names.length, (t + 1) * names.length).join(',')
  if (prices !== undefined)
    return ['prices.csv', `date,${columns}\n${prices.dates.map((date, t) => `${date},${row(prices.closes, t)}\n`).join('')}`]
  return [
    'returns.csv',
    `day,return,${columns}\n${labels.map((label, t) => `${label},${returns[t]},${row(rows, t)}\n`).join('')}`,
  ]
}
