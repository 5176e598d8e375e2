import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openWindow, rankOf, replaceSorted, slide, tailAverage } from '../../src/models/history.js'

fc.configureGlobal({ seed: 20240607 })

const coarse = fc.integer({ min: -4, max: 4 })
const fine = fc.double({ min: -1e3, max: 1e3, noNaN: true })

describe('a sliding window', () => {
  for (const [name, entry] of [
    ['with ties', coarse],
    ['without', fine],
  ] as const) {
    it(`holds the last values, in the order of time and ascending, whatever slides in: ${name}`, () => {
      fc.assert(
        fc.property(fc.array(entry, { minLength: 1, maxLength: 20 }), fc.array(entry, { maxLength: 60 }), (first, later) => {
          const window = openWindow(Float64Array.from(first))
          const all = [...first]
          for (const value of later) {
            slide(window, value)
            all.push(value)
            const last = all.slice(-first.length)
            expect([...window.ascending]).toEqual([...last].sort((a, b) => a - b).map(x => expect.closeTo(x, 15)))
            expect([...window.ring.slice(window.next), ...window.ring.slice(0, window.next)]).toEqual(last)
          }
        }),
      )
    })
  }

  it('replaces one value in an ascending array and keeps it ascending', () => {
    fc.assert(
      fc.property(fc.array(coarse, { minLength: 1, maxLength: 15 }), fc.nat(), coarse, (values, at, value) => {
        const ascending = Float64Array.from(values).sort()
        const old = ascending[at % values.length]
        const expected = [...ascending]
        expected.splice(expected.indexOf(old), 1, value)
        replaceSorted(ascending, old, value)
        expect([...ascending].map(x => x + 0)).toEqual(expected.map(x => x + 0).sort((a, b) => a - b))
      }),
    )
  })

  it('leaves the returns it was opened with alone', () => {
    const returns = Float64Array.of(3, 1, 2)
    slide(openWindow(returns), 9)
    expect([...returns]).toEqual([3, 1, 2])
  })
})

describe('the left quantile and the tail average of equally weighted points', () => {
  it('the rank is the least k with k / n >= p, and rounding of n p does not change it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 1, max: 1999 }), (n, thousandths) => {
        const p = thousandths / 2000
        let k = 1
        // In whole numbers: k / n >= thousandths / 2000.
        while (k * 2000 < thousandths * n) k++
        expect(rankOf(p, n)).toBe(k)
      }),
    )
    expect(rankOf(0.07, 100)).toBe(7)
    expect(rankOf(0.29, 100)).toBe(29)
    expect(rankOf(1e-9, 10)).toBe(1)
    expect(rankOf(1, 10)).toBe(10)
  })

  it('the tail average is minus the integral of the quantile function up to p, over p', () => {
    fc.assert(
      fc.property(fc.array(coarse, { minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 240 }), (values, part) => {
        const p = part / 240
        const ascending = Float64Array.from(values).sort()
        const n = ascending.length
        let integral = 0
        for (let i = 0; i < n; i++) integral += ascending[i] * Math.max(0, Math.min((i + 1) / n, p) - i / n)
        expect(tailAverage(ascending, p)).toBeCloseTo(-integral / p, 10)
        // Never less than the VaR.
        expect(tailAverage(ascending, p)).toBeGreaterThanOrEqual(-ascending[rankOf(p, n) - 1] - 1e-9)
      }),
      { numRuns: 300 },
    )
  })
})
