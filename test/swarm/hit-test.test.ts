import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { childKey, nextUniform, openStream, rootKey, type Stream } from '../../src/base/index.js'
import { type Charge, eValue, eValueOf, type Observation, observe, openHitTest } from '../../src/swarm/hit-test.js'

const CHARGES: readonly Charge[] = ['understates risk', 'overstates risk']
const LEVEL = 0.01
const streamOf = (name: string, i: number): Stream => openStream(childKey(childKey(rootKey(name), 'test'), i))

/** The outcome of an agent whose hits come with probability p, and whose median is right. */
const draw = (stream: Stream, p: number, median = 0.5): Observation => {
  const u = nextUniform(stream)
  // One return: a hit at a low level lies below the median too.
  return { isHit: u < p, isBelowMedian: u < Math.max(p, median) }
}

/** The number of reports until the evidence reaches the threshold; Infinity when it does not. */
function delay(charge: Charge, threshold: number, outcomes: Iterable<Observation>): number {
  const test = openHitTest(charge, LEVEL)
  for (const outcome of outcomes) {
    observe(test, outcome)
    if (eValue(test) >= threshold) return test.reports
  }
  return Number.POSITIVE_INFINITY
}

function* outcomes(stream: Stream, days: number, p: number, before = 0): Generator<Observation> {
  for (let t = 0; t < before; t++) yield draw(stream, LEVEL)
  for (let t = 0; t < days; t++) yield draw(stream, p)
}

describe('the sequential test of hits', () => {
  it('bets fairly: each factor has mean 1 when the agent is honest, and at most 1 on the safe side of the level', () => {
    for (const charge of CHARGES) {
      for (const level of [0.01, 0.025, 0.05, 0.2]) {
        for (const { on, won, lost } of openHitTest(charge, level).bets) {
          const p = on === 'hit' ? level : 0.5
          const mean = (q: number): number => q * won + (1 - q) * lost
          expect(mean(p)).toBeCloseTo(1, 12)
          expect(mean(charge === 'understates risk' ? p / 2 : p * 1.5)).toBeLessThan(1)
        }
      }
    }
  })

  it('so the mean of the evidence after any number of reports is exactly 1: the sum over all outcomes of their probability times it', () => {
    for (const charge of CHARGES) {
      const level = 0.2
      let mean = 0
      for (let bits = 0; bits < 1 << 10; bits++) {
        const test = openHitTest(charge, level)
        let probability = 1
        for (let t = 0; t < 5; t++) {
          const isHit = ((bits >> (2 * t)) & 1) === 1
          const isBelowMedian = ((bits >> (2 * t + 1)) & 1) === 1
          probability *= (isHit ? level : 1 - level) * 0.5
          observe(test, { isHit, isBelowMedian })
        }
        mean += probability * eValue(test)
      }
      expect(mean).toBeCloseTo(1, 12)
    }
  })

  it('falsely accuses a calibrated agent, ever in 1,000 days, with probability at most alpha', () => {
    for (const [alpha, agents] of [
      [0.1, 600],
      [0.01, 600],
    ]) {
      let accused = 0
      for (let i = 0; i < agents; i++) {
        const stream = streamOf(`honest ${alpha}`, i)
        const record = [...outcomes(stream, 1000, LEVEL)]
        // As the coordinator does it: half of alpha goes to each charge.
        if (CHARGES.some(charge => delay(charge, 2 / alpha, record) <= 1000)) accused++
      }
      // Three standard errors of a frequency that may be alpha itself.
      expect(accused / agents).toBeLessThanOrEqual(alpha + 3 * Math.sqrt((alpha * (1 - alpha)) / agents))
    }
  })

  it('does not accuse an overcautious agent of understating, nor one with more hits of overstating', () => {
    for (let i = 0; i < 50; i++) {
      expect(delay('understates risk', 20, outcomes(streamOf('cautious', i), 1000, 0.002))).toBe(Number.POSITIVE_INFINITY)
      expect(delay('overstates risk', 20, outcomes(streamOf('risky', i), 1000, 0.04))).toBe(Number.POSITIVE_INFINITY)
    }
  })

  it('finds a VaR near zero, half of whose days are hits, within some seven reports; after an honest year within twice that', () => {
    const mean = (before: number): number => {
      const delays = Array.from(
        { length: 200 },
        (_, i) => delay('understates risk', 2000, outcomes(streamOf('liar', i), 200, 0.5, before)) - before,
      )
      expect(Math.max(...delays)).toBeLessThan(60)
      return delays.reduce((a, b) => a + b) / delays.length
    }
    // (ln 2000 + ln 8 bets + ln of the start's share) / 1.6, plus the overshoot of the last hit.
    expect(mean(0)).toBeLessThan(9)
    expect(mean(250)).toBeLessThan(18)
    expect(mean(250)).toBeGreaterThan(mean(0))
  })

  it('finds four times the hits that there should be within some months', () => {
    const delays = Array.from({ length: 100 }, (_, i) =>
      delay('understates risk', 2000, outcomes(streamOf('half liar', i), 3000, 0.04)),
    )
    expect(delays.reduce((a, b) => a + b) / delays.length).toBeLessThan(500)
  })

  it('finds a forecast that lies below all returns within weeks, and a VaR never hit within some three years', () => {
    const low = { isHit: false, isBelowMedian: false }
    expect(delay('overstates risk', 2000, new Array(100).fill(low))).toBeLessThan(30)
    const never = Array.from({ length: 3000 }, (_, t) => ({ isHit: false, isBelowMedian: t % 2 === 0 }))
    const found = delay('overstates risk', 2000, never)
    expect(found).toBeGreaterThan(500)
    expect(found).toBeLessThan(1100)
  })

  it('is a number for ever: 100,000 hits, or none', () => {
    for (const charge of CHARGES)
      for (const isHit of [true, false]) {
        const test = openHitTest(charge, LEVEL)
        for (let t = 0; t < 100_000; t++) observe(test, { isHit, isBelowMedian: isHit })
        expect(Number.isFinite(eValue(test))).toBe(true)
        expect(eValue(test)).toBeGreaterThan(0)
      }
  })

  it('of a window is the mean of likelihood ratios', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 60 }), hits => {
        const found = eValueOf(
          'understates risk',
          LEVEL,
          hits.map(isHit => ({ isHit, isBelowMedian: true })),
        )
        const k = hits.filter(Boolean).length
        const alternatives = [0.5, 0.95, 0.02, 0.04, 0.08, 0.16, 0.32]
        const expected = alternatives.map(p => (p / LEVEL) ** k * ((1 - p) / (1 - LEVEL)) ** (hits.length - k))
        const mean = expected.reduce((a, b) => a + b) / alternatives.length
        expect(Math.abs(found / mean - 1)).toBeLessThan(1e-9)
      }),
    )
  })
})
