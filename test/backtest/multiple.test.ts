import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { benjaminiHochberg, holm } from '../../src/backtest/index.js'

const refusal = (code: string) => expect.objectContaining({ name: 'SwarmvarError', code })
const pValues = fc.array(fc.option(fc.double({ min: 0, max: 1, noNaN: true })), { maxLength: 20 })

describe('adjusted p-values', () => {
  it('keep the order of the tests, are never smaller and never above 1, and Holm is never below Benjamini-Hochberg', () => {
    fc.assert(
      fc.property(pValues, p => {
        const [strict, loose] = [holm(p), benjaminiHochberg(p)]
        p.forEach((own, i) => {
          if (own === null) {
            expect([strict[i], loose[i]]).toEqual([null, null])
            return
          }
          expect(strict[i]).toBeGreaterThanOrEqual(loose[i]! * (1 - 1e-12))
          expect(loose[i]).toBeGreaterThanOrEqual(own * (1 - 1e-12))
          expect(strict[i]).toBeLessThanOrEqual(1)
          p.forEach((other, j) => {
            if (other === null || other < own) return
            expect(strict[j]).toBeGreaterThanOrEqual(strict[i]!)
            expect(loose[j]).toBeGreaterThanOrEqual(loose[i]!)
          })
        })
      }),
    )
  })

  it('do not count tests without one', () => {
    expect(holm([null, 0.01, null, 0.03])).toEqual([null, 0.02, null, 0.03])
    expect(benjaminiHochberg([null, 0.01, null, 0.03])).toEqual([null, 0.02, null, 0.03])
    expect([holm([]), benjaminiHochberg([null])]).toEqual([[], [null]])
  })

  it('refuse what is no p-value', () => {
    for (const p of [-0.1, 1.1, Number.NaN, undefined as never, '0.1' as never]) {
      expect(() => holm([0.1, p])).toThrow(refusal('BAD_P_VALUE'))
      expect(() => benjaminiHochberg([0.1, p])).toThrow('pValues[1]')
    }
    expect(() => holm(0.1 as never)).toThrow(refusal('BAD_P_VALUE'))
  })
})
