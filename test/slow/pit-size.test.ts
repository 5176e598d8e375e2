import { describe, expect, it } from 'vitest'
import { berkowitz, berkowitzTail, kolmogorovSmirnov, pitIndependence } from '../../src/backtest/index.js'
import { childKey, nextUniform, openStream, rootKey } from '../../src/base/index.js'

const DAYS = 1000
const SAMPLES = 6000

describe(`the size of 5 % tests of PITs at ${DAYS} days, ${SAMPLES} samples`, () => {
  const stream = openStream(childKey(rootKey('pit size'), DAYS))
  const rejections: Record<string, number> = {}
  for (let i = 0; i < SAMPLES; i++) {
    const pits = Float64Array.from({ length: DAYS }, () => nextUniform(stream))
    const whole = berkowitz(pits)
    const { scores, squares } = pitIndependence(pits)
    const pValues = {
      berkowitz: whole.pValue,
      'berkowitz, mean and variance': whole.meanVariance.pValue,
      'berkowitz, independence': whole.independence.pValue,
      'berkowitzTail, 5 %': berkowitzTail(pits).pValue,
      'berkowitzTail, 2.5 %': berkowitzTail(pits, { tail: 0.025 }).pValue,
      kolmogorovSmirnov: kolmogorovSmirnov(pits).pValue,
      'pitIndependence, scores': scores.pValue,
      'pitIndependence, squares': squares.pValue,
    }
    for (const [name, pValue] of Object.entries(pValues)) rejections[name] = (rejections[name] ?? 0) + (pValue <= 0.05 ? 1 : 0)
  }

  // The standard error of a share of 5 % is .28 %.
  for (const [name, count] of Object.entries(rejections))
    it(`${name}: between 3 % and 7 %`, () => {
      const size = count / SAMPLES
      console.log(`${name}: ${(100 * size).toFixed(2)} %`)
      expect(size).toBeGreaterThan(0.03)
      expect(size).toBeLessThan(0.07)
    })
})
