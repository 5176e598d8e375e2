import { describe, expect, it } from 'vitest'
import { childKey, rootKey } from '../../src/base/index.js'
import { pinballLoss } from '../../src/forecast/index.js'
import { makeModel } from '../../src/models/index.js'
import { sp500Returns } from './data.js'

const DAYS = 1000
const WINDOW = 1000
const LEVEL = 0.01

/** Mean 99 % pinball loss over the last thousand days, window 1000, trained anew every 20 days. */
function pinball(name: string, options?: { [name: string]: number }): number {
  const returns = sp500Returns()
  const first = returns.length - DAYS
  const model = makeModel({ name, ...(options === undefined ? {} : { options }) })
  const levels = { levels: Float64Array.of(LEVEL), riskLevels: Float64Array.of() }
  let total = 0
  let state: unknown
  for (let t = first; t < returns.length; t++) {
    const key = childKey(rootKey('pinball'), t)
    state = (t - first) % 20 === 0 ? model.init(returns.slice(t - WINDOW, t), key) : model.update(state, returns[t - 1], key)
    total += pinballLoss(returns[t], -model.forecast(state, levels).quantiles[0], LEVEL)
  }
  return total / DAYS
}

// Figures of reference/risk.md: six models, S&P 500, 1,000 days to April 2020, 99 % VaR.
describe('the 99 % pinball loss over a thousand days of the S&P 500 to April 2020', () => {
  it('of ewma is .0502', () => expect(pinball('ewma')).toBeCloseTo(0.0502, 4))
  it('of historicalSimulation is .0573 over 250 days and .0644 over 1000', () => {
    expect(pinball('historicalSimulation', { window: 250 })).toBeCloseTo(0.0573, 4)
    expect(pinball('historicalSimulation', { window: 1000 })).toBeCloseTo(0.0644, 4)
  })
  it('of garchT is .0357, give or take .0006', () => {
    expect(Math.abs(pinball('garchT') - 0.0357)).toBeLessThan(0.0006)
  })
})
