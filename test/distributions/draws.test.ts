import { describe, expect, it } from 'vitest'
import { childKey, openStream, rootKey, type Stream } from '../../src/base/index.js'
import {
  drawChiSquare,
  drawExponential,
  drawFlatDirichlet,
  drawGamma,
  drawInverseGamma,
  drawNormal,
  drawStudentT,
  normalCdf,
  studentTCdf,
} from '../../src/distributions/index.js'
import { betainc, expm1, gammainc } from '../../src/math/index.js'

const streamOf = (name: string): Stream => openStream(childKey(rootKey('golden'), name))
const gammaCdf = (x: number, shape: number): number => gammainc(x, shape, true, false)

interface Law {
  name: string
  draw: (stream: Stream) => number
  cdf: (x: number) => number
  mean: number
  variance: number
}

const laws: Law[] = [
  { name: 'normal', draw: drawNormal, cdf: normalCdf, mean: 0, variance: 1 },
  { name: 'exponential', draw: drawExponential, cdf: x => -expm1(-x), mean: 1, variance: 1 },
  ...[0.05, 0.3, 1, 2.5, 40].map(shape => ({
    name: `gamma of shape ${shape}`,
    draw: (stream: Stream) => drawGamma(stream, shape),
    cdf: (x: number) => gammaCdf(x, shape),
    mean: shape,
    variance: shape,
  })),
  { name: 'chi-square of 5', draw: s => drawChiSquare(s, 5), cdf: x => gammaCdf(x / 2, 2.5), mean: 5, variance: 10 },
  { name: 'Student-t of 6.5', draw: s => drawStudentT(s, 6.5), cdf: x => studentTCdf(x, 6.5), mean: 0, variance: 6.5 / 4.5 },
  { name: 'Student-t of 200', draw: s => drawStudentT(s, 200), cdf: x => studentTCdf(x, 200), mean: 0, variance: 200 / 198 },
  {
    name: 'inverse gamma of 6 and 2',
    draw: s => drawInverseGamma(s, 6, 2),
    cdf: x => gammainc(2 / x, 6, true, true),
    mean: 2 / 5,
    variance: 4 / 25 / 4,
  },
  {
    name: 'a weight of seven, flat Dirichlet',
    draw: s => drawFlatDirichlet(s, 7)[3],
    cdf: x => betainc(x, 1, 6),
    mean: 1 / 7,
    variance: 6 / 49 / 8,
  },
]

describe('draws', () => {
  const n = 20_000
  for (const { name, draw, cdf, mean, variance } of laws) {
    it(`follow their distribution function: ${name}`, () => {
      const stream = streamOf(`law of ${name}`)
      const draws = Float64Array.from({ length: n }, () => draw(stream)).sort()
      let distance = 0
      draws.forEach((x, i) => {
        const p = cdf(x)
        distance = Math.max(distance, Math.abs(p - i / n), Math.abs((i + 1) / n - p))
      })
      // Kolmogorov's distribution: 1.95 is exceeded once in a thousand.
      expect(Math.sqrt(n) * distance).toBeLessThan(1.95)
    })

    it(`have the mean and the variance of their law: ${name}`, () => {
      const stream = streamOf(`moments of ${name}`)
      const draws = Float64Array.from({ length: n }, () => draw(stream))
      const sampleMean = draws.reduce((a, b) => a + b) / n
      const squares = draws.map(x => (x - mean) ** 2)
      const sampleVariance = squares.reduce((a, b) => a + b) / n
      const spread = Math.sqrt(squares.reduce((a, b) => a + (b - sampleVariance) ** 2, 0) / n)
      expect(Math.abs(sampleMean - mean)).toBeLessThan(4 * Math.sqrt(variance / n))
      expect(Math.abs(sampleVariance - variance)).toBeLessThan((4.5 * spread) / Math.sqrt(n))
    })
  }

  it('of the flat Dirichlet sum to one and are all positive', () => {
    const stream = streamOf('sums')
    for (const count of [1, 2, 500]) {
      const weights = drawFlatDirichlet(stream, count)
      expect(weights).toHaveLength(count)
      expect(weights.reduce((a, b) => a + b)).toBeCloseTo(1, 13)
      expect(weights.every(w => w > 0)).toBe(true)
    }
  })

  // Recorded from this implementation, whose stream is checked elsewhere against another program: any change of bits shows here.
  it('begin as they always have, bit for bit', () => {
    const three = (name: string, draw: (stream: Stream) => number): number[] => {
      const stream = streamOf(name)
      return [draw(stream), draw(stream), draw(stream)]
    }
    expect(three('normal', drawNormal)).toEqual([-0.021350332241147296, 0.11554563560135106, -2.80386686816267])
    expect(three('gamma', s => drawGamma(s, 2.5))).toEqual([1.1989043942367903, 1.0724482382572413, 4.376792983994471])
    expect(three('small gamma', s => drawGamma(s, 0.3))).toEqual([0.012911037127389802, 0.7350423842727061, 0.9479936100237982])
    expect(three('chi-square', s => drawChiSquare(s, 5))).toEqual([5.257905120460547, 2.4478047403170415, 1.433164189447266])
    expect(three('student', s => drawStudentT(s, 4.6))).toEqual([0.6247032385055551, -0.2800211934333448, 0.7809093799007947])
    expect(three('exponential', drawExponential)).toEqual([0.221437688239386, 2.3227451920326017, 0.18009079012392742])
    expect(three('inverse gamma', s => drawInverseGamma(s, 3, 2))).toEqual([
      0.512312208457304, 0.32187923238436134, 0.6803265884606767,
    ])
    expect([...drawFlatDirichlet(streamOf('dirichlet'), 3)]).toEqual([
      0.004288149990237117, 0.17770908073893266, 0.8180027692708303,
    ])
  })
})
