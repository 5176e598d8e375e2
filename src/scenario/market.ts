import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { type Key, refuse } from '../base/index.js'
import { checkReturns } from '../models/index.js'
import { type AssetData, checkCount, openAssets, portfolioReturns } from './assets.js'
import { type PriceSeries, readPrices } from './csv.js'
import { logReturns } from './log-returns.js'
import { simulateReturns } from './simulate.js'
import { isAssetMarket, type Market, type SingleMarket } from './types.js'

/** Returns to learn from and to forecast: log returns in percent, each with the label of its day, oldest first. */
export interface MarketData {
  readonly labels: readonly string[]
  readonly returns: Float64Array
  /** The closes behind them, one more than returns; absent for markets given as returns. */
  readonly prices?: PriceSeries
  /** The assets whose portfolio it is; absent in markets of one series. */
  readonly assets?: AssetData
  /** Hex SHA-256 of labels and returns, and of the assets' returns and weights where there are any. */
  readonly digest: string
}

/** The S&P 500 closes that ship with the package. */
export const SP500_PATH = resolve(__dirname, '..', '..', 'data', 'sp500-2000.csv')

/**
 * The last `count` returns of a market.
 * @param directory relative CSV paths start here
 * @param key where simulated markets draw from
 */
export function openMarket(market: Market, count: number, directory: string, key: Key): MarketData {
  if (isAssetMarket(market)) {
    const { labels, assets } = openAssets(market, count, directory, key)
    const returns = portfolioReturns(assets)
    checkReturns(returns, 'the portfolio of scenario.market')
    return { labels, returns, assets, digest: digestOf(labels, returns, assets.rows, assets.weights) }
  }
  const all = allReturns(market, directory, key)
  const { labels, returns } = all
  checkCount(returns.length, count)
  const used = { labels: labels.slice(labels.length - count), returns: returns.slice(returns.length - count) }
  const prices = all.prices && { dates: all.prices.dates.slice(-count - 1), closes: all.prices.closes.slice(-count - 1) }
  return { ...used, ...(prices === undefined ? {} : { prices }), digest: digestOf(used.labels, used.returns) }
}

function allReturns(market: SingleMarket, directory: string, key: Key): Omit<MarketData, 'digest'> {
  if (market === 'sp500') return fromSeries(readPrices(SP500_PATH, 'date', 'close'))
  if ('csv' in market) return fromSeries(readPrices(resolve(directory, market.csv), market.date, market.close))
  if ('prices' in market) return fromPrices(market.prices)
  // -0 becomes 0, as JSON keeps it.
  const returns = 'returns' in market ? Float64Array.from(market.returns, ret => ret + 0) : simulateReturns(market.simulate, key)
  checkReturns(returns, 'scenario.market.returns')
  return { labels: Array.from(returns, (_, i) => `day ${i + 1}`), returns }
}

const fromSeries = (prices: PriceSeries) => ({ labels: prices.dates.slice(1), returns: logReturns(prices.closes), prices })

function fromPrices(prices: readonly number[]) {
  prices.forEach((price, i) => {
    if (!(price > 0 && Number.isFinite(price)))
      refuse('BAD_PRICE', price, 'a finite price above zero', `scenario.market.prices[${i}]`)
  })
  return { labels: prices.slice(1).map((_, i) => `day ${i + 1}`), returns: logReturns(Float64Array.from(prices)) }
}

function digestOf(labels: readonly string[], ...arrays: readonly Float64Array[]): string {
  const hash = createHash('sha256').update(labels.join('\n'))
  for (const { buffer, byteOffset, byteLength } of arrays) hash.update(Buffer.from(buffer, byteOffset, byteLength))
  return hash.digest('hex')
}
