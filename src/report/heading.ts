import { basename } from 'node:path'
import type { Market, Scenario } from '../scenario/index.js'
import { counted, listed } from './numbers.js'

/** The line above a run's tables: the scenario, its market, and the first and the last day that was forecast. */
export function runHeading({ name, market }: Scenario, seed: string, { days, firstDay, lastDay }: Span): string {
  const span = days === 1 ? firstDay : `${firstDay} to ${lastDay}`
  const words = `${name}: ${marketWords(market)}, ${counted(days, 'forecast day')} (${span}), seed '${seed}'`
  return words.replace(/\p{C}/gu, '?')
}

interface Span {
  readonly days: number
  readonly firstDay: string
  readonly lastDay: string
}

function marketWords(market: Market): string {
  if (market === 'sp500') return 'S&P 500 closes'
  if ('assets' in market)
    return `${counted(market.assets.length, 'asset')} of ${listed(market.assets.map(({ csv }) => basename(csv)))}`
  if ('columns' in market) return `columns ${listed(market.columns)} of ${basename(market.csv)}`
  if ('csv' in market) return `column ${market.close} of ${basename(market.csv)}`
  if ('simulate' in market) return `a market simulated by ${listed([...new Set(market.simulate.map(({ model }) => model))])}`
  if ('prices' in market) return 'given prices'
  return 'weights' in market ? `given returns of ${counted(market.weights.length, 'asset')}` : 'given returns'
}
