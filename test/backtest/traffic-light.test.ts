import { describe, expect, it } from 'vitest'
import { baselPenalty, rollingTrafficLight, trafficLight, trafficLightOf, trafficLightPower } from '../../src/backtest/index.js'

const refusal = (code: string) => expect.objectContaining({ name: 'SwarmvarError', code })
const hitsOf = (count: number, days = 250): number[] => Array.from({ length: days }, (_, t) => (t < count ? 1 : 0))

describe('the Basel traffic light', () => {
  it('has the zones and multipliers of both rules', () => {
    const counts = [0, 4, 5, 6, 7, 8, 9, 10, 250]
    const multipliersOf = (rules: '1996' | 'frtb') => counts.map(count => trafficLightOf(count, { rules }).multiplier)
    expect(counts.map(count => trafficLight(hitsOf(count)).zone)).toEqual([
      'green',
      'green',
      'yellow',
      'yellow',
      'yellow',
      'yellow',
      'yellow',
      'red',
      'red',
    ])
    expect(multipliersOf('frtb')).toEqual([1.5, 1.5, 1.7, 1.76, 1.83, 1.88, 1.92, 2, 2])
    expect(multipliersOf('1996')).toEqual([3, 3, 3.4, 3.5, 3.65, 3.75, 3.85, 4, 4])
    for (const count of counts) expect(trafficLightOf(count, { rules: '1996' }).multiplier).toBe(3 + baselPenalty(count))
    expect(trafficLight(hitsOf(7))).toEqual(trafficLightOf(7, { rules: 'frtb' }))
  })

  it('refuses other samples, counts and rules', () => {
    expect(() => trafficLight(hitsOf(2, 249))).toThrow(refusal('NOT_250_DAYS'))
    expect(() => trafficLight([...hitsOf(2, 249), 2])).toThrow(refusal('BAD_HITS'))
    for (const count of [-1, 251, 1.5, Number.NaN]) expect(() => trafficLightOf(count)).toThrow(refusal('BAD_EXCEPTIONS'))
    expect(() => trafficLightOf(3, { rules: 'basel' as never })).toThrow(refusal('BAD_RULES'))
    expect(() => rollingTrafficLight(hitsOf(2, 249))).toThrow(refusal('TOO_FEW_DAYS'))
    expect(() => trafficLightPower([0])).toThrow(refusal('BAD_LEVEL'))
  })

  it('rolls over every window of 250 days', () => {
    const hits = Array.from({ length: 700 }, (_, t) => (t % 90 < 5 ? 1 : 0))
    const { exceptions, zone } = rollingTrafficLight(hits)
    expect(exceptions.length).toBe(451)
    for (const start of [0, 1, 200, 450]) {
      const alone = trafficLight(hits.slice(start, start + 250))
      expect(exceptions[start]).toBe(alone.exceptions)
      expect(zone[start]).toBe(alone.zone)
    }
  })

  it('has zone probabilities that sum to 1, and move to red with the rate', () => {
    const powers = trafficLightPower([1e-6, 0.005, 0.01, 0.02, 0.05, 0.2, 0.9])
    for (const { green, yellow, red } of powers) {
      expect(green + yellow + red).toBeCloseTo(1, 13)
      expect(Math.min(green, yellow, red)).toBeGreaterThanOrEqual(0)
    }
    expect(powers.every(({ red }, i) => i === 0 || red > powers[i - 1].red)).toBe(true)
    expect(powers[3].alternative).toBe('a true rate of 2 %')
  })
})
