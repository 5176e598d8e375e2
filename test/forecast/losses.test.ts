import { describe, expect, it } from 'vitest'
import { normalPdf, normalQuantile } from '../../src/distributions/index.js'
import { fz0Loss, pinballLoss } from '../../src/forecast/index.js'

const refusal = (code: string) => expect.objectContaining({ name: 'SwarmvarError', code })
const returns = Float64Array.from({ length: 20_000 }, (_, i) => normalQuantile((i + 0.5) / 20_000))
const average = (loss: (ret: number) => number): number => returns.reduce((sum, ret) => sum + loss(ret), 0) / returns.length

describe('losses', () => {
  it('pinball is level times the distance above the quantile, 1 - level times that below, and 0 on it', () => {
    expect(pinballLoss(1, 2, 0.05)).toBeCloseTo(0.15, 15)
    expect(pinballLoss(-4, 2, 0.05)).toBeCloseTo(1.9, 15)
    expect(pinballLoss(-2, 2, 0.05)).toBe(0)
  })

  it('the mean pinball loss is least at the true VaR', () => {
    const truth = -normalQuantile(0.05)
    const best = average(ret => pinballLoss(ret, truth, 0.05))
    for (const other of [truth - 0.1, truth + 0.1]) expect(average(ret => pinballLoss(ret, other, 0.05))).toBeGreaterThan(best)
  })

  it('the mean FZ0 loss is least at the true VaR and ES together', () => {
    const risk = -normalQuantile(0.05)
    const shortfall = normalPdf(risk) / 0.05
    const best = average(ret => fz0Loss(ret, risk, shortfall, 0.05))
    const others = [
      [risk - 0.1, shortfall],
      [risk + 0.1, shortfall],
      [risk, shortfall - 0.1],
      [risk, shortfall + 0.1],
    ]
    for (const [v, e] of others) expect(average(ret => fz0Loss(ret, v, e, 0.05))).toBeGreaterThan(best)
  })

  it('refuse what is not finite, an ES of 0 or less, and what is no level', () => {
    expect(() => pinballLoss(Number.NaN, 1, 0.01)).toThrow(refusal('BAD_RETURN'))
    expect(() => pinballLoss(0, Number.POSITIVE_INFINITY, 0.01)).toThrow(refusal('BAD_VAR'))
    expect(() => pinballLoss(0, 1, 1)).toThrow(refusal('BAD_LEVEL'))
    for (const shortfall of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => fz0Loss(0, 1, shortfall, 0.01)).toThrow(refusal('BAD_ES'))
    }
    expect(() => fz0Loss(Number.NaN, 1, 2, 0.01)).toThrow(refusal('BAD_RETURN'))
    expect(() => fz0Loss(0, Number.NaN, 2, 0.01)).toThrow(refusal('BAD_VAR'))
    expect(() => fz0Loss(0, 1, 2, 0)).toThrow(refusal('BAD_LEVEL'))
  })
})
