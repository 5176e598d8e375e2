import { describe, expect, it } from 'vitest'
import { fit as fitModel, garchT } from '../../src/models/index.js'
import { sp500Returns } from '../models/data.js'

describe('garchT on a thousand S&P 500 returns, sixty seeds', () => {
  it('has R-hat below 1.01 and 400 effective draws for every parameter it reports, without a fallback', () => {
    const history = sp500Returns().slice(-1000)
    for (let i = 0; i < 60; i++) {
      const { summary, fallback } = fitModel(garchT(), history, { seed: `seed ${i}` })
      expect(fallback).toBeUndefined()
      for (const { name, rhat, essBulk } of summary) {
        expect(rhat, `${name}, seed ${i}`).toBeLessThan(1.01)
        expect(essBulk, `${name}, seed ${i}`).toBeGreaterThan(400)
      }
    }
  })
})
