import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { type Key, refuse } from '../base/index.js'
import { ln } from '../math/index.js'
import { type PriceSeries, readPrices } from './csv.js'
import { simulateReturns } from './simulate.js'
import type { Market } from './types.js'

/** Returns to learn from and to forecast: log returns in percent, each with the label of its day, oldest first. */
export interface MarketData {
  readonly labels: readonly string[]
  readonly returns: Float64Array
  /** The closes behind them, one more than returns; absent for markets given as returns. */
  readonly prices?: PriceSeries
  /** Hex SHA-256 of labels and returns. */
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
  const all = allReturns(market, directory, key)
  const { labels, returns } = all
  if (returns.length < count) {
    refuse('TOO_FEW_RETURNS', `${returns.length} returns`, `at least window + days = ${count}`, 'scenario.market')
  }
  const used = { labels: labels.slice(labels.length - count), returns: returns.slice(returns.length - count) }
  const prices = all.prices && { dates: all.prices.dates.slice(-count - 1), closes: all.prices.closes.slice(-count - 1) }
  return { ...used, ...(prices === undefined ? {} : { prices }), digest: digestOf(used.labels, used.returns) }
}

function allReturns(market: Market, directory: string, key: Key): Omit<MarketData, 'digest'> {
  if (market === 'sp500') return fromSeries(readPrices(SP500_PATH, 'date', 'close'))
  if ('csv' in market) return fromSeries(readPrices(resolve(directory, market.csv), market.date, market.close))
  if ('prices' in market) return fromPrices(market.prices)
  // -0 becomes 0, as JSON keeps it.
  const returns = 'returns' in market ? Float64Array.from(market.returns, ret => ret + 0) : simulateReturns(market.simulate, key)
  returns.forEach((ret, i) => {
    if (!Number.isFinite(ret)) refuse('BAD_RETURN', ret, 'a finite return in percent', `scenario.market.returns[${i}]`)
  })
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

/** 100 ln(p_t / p_(t-1)). */
export const logReturns = (closes: Float64Array): Float64Array =>
  Float64Array.from({ length: Math.max(0, closes.length - 1) }, (_, i) => 100 * ln(closes[i + 1] / closes[i]))

function digestOf(labels: readonly string[], returns: Float64Array): string {
  return createHash('sha256')
    .update(labels.join('\n'))
    .update(Buffer.from(returns.buffer, returns.byteOffset, returns.byteLength))
    .digest('hex')
}
