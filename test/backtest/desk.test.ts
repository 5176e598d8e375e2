import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { deskBacktest, deskFailureProbability, deskPower, profitAndLossAttribution } from '../../src/backtest/index.js'
import { childKey, nextUniform, openStream, rootKey } from '../../src/base/index.js'
import { drawNormal } from '../../src/distributions/index.js'

interface Reference {
  desk: { rate99: number; rate975: number; failure: number }[]
  attribution: { risk: number[]; hypothetical: number[]; spearman: number; kolmogorovSmirnov: number }[]
}
const reference: Reference = JSON.parse(readFileSync(join(__dirname, '../fixtures/whole-forecast.json'), 'utf8'))

const hits = (count: number, days = 250): Uint8Array => Uint8Array.from({ length: days }, (_, t) => (t >= days - count ? 1 : 0))
const refusal = (code: string): unknown => expect.objectContaining({ code })
const near = (found: number, expected: number, relative: number): void =>
  expect(Math.abs(found - expected), `${found} against ${expected}`).toBeLessThanOrEqual(relative * Math.abs(expected))

describe('the desk thresholds', () => {
  it('12 exceptions at 99 % and 30 at 97.5 % pass; one more of either fails', () => {
    expect(deskBacktest(hits(12), hits(30))).toEqual({
      days: 250,
      at99: { exceptions: 12, threshold: 12, pass: true },
      at975: { exceptions: 30, threshold: 30, pass: true },
      pass: true,
    })
    expect(deskBacktest(hits(13), hits(13))).toMatchObject({ at99: { pass: false }, at975: { pass: true }, pass: false })
    expect(deskBacktest(hits(0), hits(31))).toMatchObject({ at99: { pass: true }, at975: { pass: false }, pass: false })
  })

  it('only the last 250 days count, and fewer are refused', () => {
    const long = Uint8Array.from([...new Array(50).fill(1), ...hits(3)])
    expect(deskBacktest(long, long)).toMatchObject({ at99: { exceptions: 3 }, pass: true })
    expect(() => deskBacktest(hits(1, 249), hits(1, 249))).toThrow(refusal('TOO_FEW_DAYS'))
    expect(() => deskBacktest(hits(1, 250), hits(1, 251))).toThrow(refusal('LENGTH_MISMATCH'))
    expect(() => deskBacktest([...hits(1, 249), 2], hits(1))).toThrow(refusal('BAD_HITS'))
  })

  it('the chance of failing is that of the multinomial, summed in full', () => {
    for (const { rate99, rate975, failure } of reference.desk) near(deskFailureProbability(rate99, rate975), failure, 1e-10)
    // As its card says.
    expect(deskFailureProbability()).toBeCloseTo(2e-6, 6)
    expect(deskFailureProbability(0.02, 0.05)).toBeCloseTo(0.002, 3)
    expect(deskPower().map(({ power }) => power)).toEqual([
      deskFailureProbability(0.02, 0.05),
      deskFailureProbability(0.03, 0.075),
      deskFailureProbability(0.05, 0.1),
    ])
    for (const [a, b] of [
      [0.03, 0.02],
      [0, 0.1],
      [0.1, 1],
      [Number.NaN, 0.1],
    ])
      expect(() => deskFailureProbability(a, b)).toThrow(refusal('BAD_LEVEL'))
  })

  it('is what a count of simulated desks gives', () => {
    const stream = openStream(childKey(rootKey('desks'), 'draws'))
    let failures = 0
    for (let i = 0; i < 2000; i++) {
      const draws = Array.from({ length: 250 }, () => nextUniform(stream))
      const desk = deskBacktest(
        draws.map(u => u < 0.05),
        draws.map(u => u < 0.1),
      )
      if (!desk.pass) failures++
    }
    expect(Math.abs(failures / 2000 - deskFailureProbability(0.05, 0.1))).toBeLessThan(0.04)
  })
})

describe('profit and loss attribution', () => {
  it('agrees with scipy, ties included', () => {
    for (const { risk, hypothetical, spearman, kolmogorovSmirnov } of reference.attribution) {
      const found = profitAndLossAttribution(risk, hypothetical)
      near(found.spearman, spearman, 1e-12)
      near(found.kolmogorovSmirnov, kolmogorovSmirnov, 1e-12)
    }
  })

  const normals = (label: string): Float64Array => {
    const stream = openStream(childKey(rootKey('attribution'), label))
    return Float64Array.from({ length: 250 }, () => drawNormal(stream))
  }
  const profits = normals('profits')
  const noise = normals('noise')

  it('a perfect model is green, its opposite red, the worse of the two zones the whole', () => {
    expect(profitAndLossAttribution(profits, profits)).toEqual({
      days: 250,
      spearman: 1,
      kolmogorovSmirnov: 0,
      spearmanZone: 'green',
      kolmogorovSmirnovZone: 'green',
      zone: 'green',
    })
    expect(
      profitAndLossAttribution(
        profits,
        profits.map(each => -each),
      ),
    ).toMatchObject({ spearman: -1, zone: 'red' })
    expect(
      profitAndLossAttribution(
        profits,
        profits.map(each => 3 * each),
      ),
    ).toMatchObject({
      spearman: 1,
      spearmanZone: 'green',
      kolmogorovSmirnovZone: 'red',
      zone: 'red',
    })
    const amber = profitAndLossAttribution(
      profits,
      profits.map((each, t) => 0.76 * each + 0.65 * noise[t]),
    )
    expect(amber).toMatchObject({ spearmanZone: 'amber', zone: 'amber' })
  })

  it('the distance .12 is amber and the next red, .088 green and .092 amber', () => {
    const ranks = Float64Array.from({ length: 250 }, (_, t) => t)
    const zoneAt = (shift: number): string =>
      profitAndLossAttribution(
        ranks,
        ranks.map(each => each + shift),
      ).kolmogorovSmirnovZone
    expect([22, 23, 30, 31].map(zoneAt)).toEqual(['green', 'amber', 'amber', 'red'])
  })

  it('sees order and neither units nor monotone changes in the correlation', () => {
    const { spearman } = profitAndLossAttribution(profits, noise)
    expect(
      profitAndLossAttribution(
        profits.map(each => 1e200 * each),
        noise.map(each => each ** 3),
      ).spearman,
    ).toBe(spearman)
    expect(profitAndLossAttribution(noise, profits).spearman).toBe(spearman)
    const older = Float64Array.from([...normals('older'), ...profits])
    expect(profitAndLossAttribution(older, Float64Array.from([...profits, ...noise])).spearman).toBe(spearman)
  })

  it('refuses by name what it cannot rank', () => {
    expect(() => profitAndLossAttribution(profits, new Float64Array(250))).toThrow(refusal('CONSTANT_PROFITS'))
    expect(() => profitAndLossAttribution(profits.subarray(1), profits)).toThrow(refusal('TOO_FEW_DAYS'))
    expect(() => profitAndLossAttribution(profits, [...profits, 1])).toThrow(refusal('LENGTH_MISMATCH'))
    expect(() =>
      profitAndLossAttribution(
        profits,
        profits.map((each, t) => (t === 9 ? Number.NaN : each)),
      ),
    ).toThrow(refusal('BAD_PROFITS'))
  })
})
