import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { childKey, openStream, rootKey, type Stream } from '../../src/base/index.js'
import { drawNormal, normalLogPdf } from '../../src/distributions/index.js'
import {
  drawNormalInverseGamma,
  equallyWeighted,
  essOf,
  logSumExp,
  type NormalInverseGamma,
  normalInverseGammaPosterior,
  normalInverseGammaPredictive,
  type ParticleSet,
  type Rejuvenation,
  rejuvenate,
  resampled,
  reweighted,
  systematic,
  type Target,
  targetOf,
} from '../../src/inference/index.js'

fc.configureGlobal({ seed: 20240607 })

const key = (label: string) => childKey(rootKey('ibis'), label)
const prior: NormalInverseGamma = { mean: 0, strength: 2, shape: 4, scale: 5 }

/** Draws of (m, log s) from a normal-inverse-gamma. */
function drawsFrom(belief: NormalInverseGamma, n: number, stream: Stream): ParticleSet {
  const points = new Float64Array(2 * n)
  for (let i = 0; i < n; i++) {
    const { mean, sd } = drawNormalInverseGamma(belief, stream)
    points.set([mean, Math.log(sd)], 2 * i)
  }
  return equallyWeighted(points, n)
}

/** The log density of a normal-inverse-gamma in those coordinates, up to a constant. */
const densityOf = ({ mean, strength, shape, scale }: NormalInverseGamma): Target =>
  targetOf(([m, l]) => {
    const v = Math.exp(2 * l)
    return -2 * shape * l - scale / v - (0.5 * strength * (m - mean) ** 2) / v - l
  }, 2)

const moments = ({ points, logWeights }: ParticleSet) => {
  let [m, mm, v] = [0, 0, 0]
  logWeights.forEach((w, i) => {
    m += Math.exp(w) * points[2 * i]
    mm += Math.exp(w) * points[2 * i] ** 2
    v += Math.exp(w) * Math.exp(2 * points[2 * i + 1])
  })
  return { m, varianceOfM: mm - m * m, v }
}

const exactMoments = ({ mean, strength, shape, scale }: NormalInverseGamma) => ({
  m: mean,
  varianceOfM: scale / (shape - 1) / strength,
  v: scale / (shape - 1),
  varianceOfV: scale ** 2 / ((shape - 1) ** 2 * (shape - 2)),
})

describe('iterated batch importance sampling', () => {
  for (const move of ['independence', 'walk'] as const) {
    it(`follows the conjugate posterior from day to day, log evidence included: ${move}`, () => {
      const n = 2500
      const data = openStream(key('data'))
      const stream = openStream(key(move))
      let set = drawsFrom(prior, n, openStream(key('prior')))
      let belief = prior
      let [evidence, exactEvidence, variance, renewals] = [0, 0, 0, 0]
      for (let day = 0; day < 80; day++) {
        const x = 0.4 + 1.6 * drawNormal(data)
        const logLik = Float64Array.from({ length: n }, (_, i) => {
          const l = set.points[2 * i + 1]
          return normalLogPdf((x - set.points[2 * i]) / Math.exp(l)) - l
        })
        const next = reweighted(set, logLik)
        evidence += next.logPredictive
        // Relative variance of that day's predictive density over the weighted draws.
        set.logWeights.forEach((w, i) => {
          variance += (Math.exp(w) * (Math.exp(logLik[i] - next.logPredictive) - 1)) ** 2
        })
        set = next.set
        exactEvidence += normalInverseGammaPredictive(belief, x)
        belief = normalInverseGammaPosterior(belief, x)
        if (essOf(set.logWeights) < n / 2) {
          const renewed = rejuvenate(densityOf(belief), set, stream, { move })
          expect(renewed.moved).toBeGreaterThanOrEqual(0.9)
          expect(renewed.moves).toBeLessThanOrEqual(10)
          set = renewed.set
          renewals++
        }
        const [found, exact] = [moments(set), exactMoments(belief)]
        const ess = essOf(set.logWeights)
        expect(Math.abs(found.m - exact.m), `m, day ${day}`).toBeLessThan(5 * Math.sqrt(exact.varianceOfM / ess))
        expect(Math.abs(found.v - exact.v), `v, day ${day}`).toBeLessThan(5 * Math.sqrt(exact.varianceOfV / ess))
        expect(found.varianceOfM / exact.varianceOfM, `variance of m, day ${day}`).toBeCloseTo(1, 0.6)
        expect(Math.abs(evidence - exactEvidence), `evidence, day ${day}`).toBeLessThan(4 * Math.sqrt(variance))
      }
      expect(renewals).toBeGreaterThan(2)
      expect(renewals).toBeLessThan(20)
      expect(Math.sqrt(variance)).toBeLessThan(0.1)
    })

    it(`moves draws of the target without changing what they are draws of: ${move}`, () => {
      const n = 20_000
      const set = drawsFrom(prior, n, openStream(key('exact')))
      const options: Rejuvenation = { move, movedShare: 1, movesMax: 5 }
      const renewed = rejuvenate(densityOf(prior), set, openStream(key('moves')), options)
      expect(renewed.moves).toBe(5)
      expect(renewed.accepted).toBeGreaterThan(0.2)
      expect(renewed.method).toMatch(move === 'walk' ? /^random-walk/ : /^independence/)
      const [found, exact] = [moments(renewed.set), exactMoments(prior)]
      expect(Math.abs(found.m - exact.m)).toBeLessThan(4 * Math.sqrt(exact.varianceOfM / n))
      expect(Math.abs(found.v - exact.v)).toBeLessThan(4 * Math.sqrt(exact.varianceOfV / n))
      expect(found.varianceOfM / exact.varianceOfM).toBeCloseTo(1, 1)
    })

    it(`brings draws of something else to the target, given passes enough: ${move}`, () => {
      const off = { mean: 0.5, strength: 1.5, shape: 4, scale: 8 }
      const n = 4000
      const set = drawsFrom(off, n, openStream(key('off')))
      const renewed = rejuvenate(densityOf(prior), set, openStream(key('far')), { move, movedShare: 1, movesMax: 60 })
      const [found, exact] = [moments(renewed.set), exactMoments(prior)]
      expect(Math.abs(found.m - exact.m)).toBeLessThan(4 * Math.sqrt(exact.varianceOfM / n))
      expect(Math.abs(found.v - exact.v)).toBeLessThan(4 * Math.sqrt(exact.varianceOfV / n))
    })
  }

  it('asks for all draws of a pass at once, stops when enough have moved, and leaves its input alone', () => {
    const set = drawsFrom(prior, 500, openStream(key('calls')))
    const before = structuredClone(set)
    const counts: number[] = []
    const base = densityOf(prior)
    const target: Target = {
      dimension: 2,
      evaluate(points, count, out) {
        counts.push(count)
        base.evaluate(points, count, out)
      },
    }
    const renewed = rejuvenate(target, set, openStream(key('one')), { movedShare: 0.5 })
    expect(counts).toEqual(Array(1 + renewed.moves).fill(500))
    expect(renewed.moves).toBe(1)
    expect(renewed.moved).toBeGreaterThanOrEqual(0.5)
    expect(set).toEqual(before)
    expect(rejuvenate(target, set, openStream(key('one')), { movedShare: 0.5 })).toEqual(renewed)
    expect(rejuvenate(target, set, openStream(key('two')), { movedShare: 0.5 })).not.toEqual(renewed)
  })

  it('turns to random walks, and says so, where a Student-t does not fit; and says when nothing can move', () => {
    const ring = targetOf(([a, b]) => -200 * (Math.sqrt(a * a + b * b) - 3) ** 2, 2)
    const points = new Float64Array(2000)
    for (let i = 0; i < 1000; i++) points.set([3 * Math.cos(i), 3 * Math.sin(i)], 2 * i)
    const renewed = rejuvenate(ring, equallyWeighted(points, 1000), openStream(key('ring')))
    expect(renewed.method).toBe('independence, then random-walk Metropolis-Hastings moves')
    const flat = rejuvenate(ring, equallyWeighted(new Float64Array(2000).fill(2), 1000), openStream(key('flat')))
    expect(flat).toMatchObject({ moves: 0, moved: 0, method: 'no moves: the draws lie in a plane' })
    const stuck = rejuvenate(
      targetOf(() => Number.NEGATIVE_INFINITY, 2),
      equallyWeighted(points, 1000),
      openStream(key('stuck')),
    )
    expect(stuck).toMatchObject({ moves: 10, moved: 0, accepted: 0 })
  })

  it('weighs by Bayes’ rule: the predictive density is the weighted mean of the densities, and weights sum to one again', () => {
    const set = { points: Float64Array.of(1, 2, 3), logWeights: Float64Array.of(0.2, 0.3, 0.5).map(Math.log) }
    const { set: next, logPredictive } = reweighted(set, Float64Array.of(0.4, 0.1, 0.7).map(Math.log))
    expect(Math.exp(logPredictive)).toBeCloseTo(0.2 * 0.4 + 0.3 * 0.1 + 0.5 * 0.7, 14)
    ;[0.08, 0.03, 0.35].forEach((share, i) => {
      expect(Math.exp(next.logWeights[i])).toBeCloseTo(share / 0.46, 14)
    })
  })

  it('keeps the weights when no draw explains an observation, and says -Infinity', () => {
    const set = drawsFrom(prior, 10, openStream(key('none')))
    const { set: next, logPredictive } = reweighted(set, new Float64Array(10).fill(Number.NEGATIVE_INFINITY))
    expect(logPredictive).toBe(Number.NEGATIVE_INFINITY)
    expect(next).toEqual(set)
  })
})

const logWeights = fc.array(fc.double({ min: -30, max: 5, noNaN: true }), { minLength: 1, maxLength: 60 })
const uniform = fc.double({ min: 0, max: 1, minExcluded: true, maxExcluded: true, noNaN: true })

describe('rejuvenation of a set that has all but collapsed', () => {
  it('finds the target’s own place and width again from a few draws in its tail', () => {
    const d = 5
    const n = 400
    const target = targetOf(x => x.reduce((sum, v) => sum + normalLogPdf(v), 0), d)
    for (const seed of ['a', 'b', 'c']) {
      const stream = openStream(rootKey(`collapsed ${seed}`))
      // Draws about (2, 2, 2, 2, 2), weighted towards 0: some three of four hundred carry the weight.
      const points = Float64Array.from({ length: n * d }, () => 2 + drawNormal(stream))
      const raw = Float64Array.from({ length: n }, (_, k) => {
        let sum = 0
        for (let i = 0; i < d; i++) sum += 2 - 2 * points[k * d + i]
        return sum
      })
      const total = logSumExp(raw)
      const set = { points, logWeights: raw.map(w => w - total) }
      expect(essOf(set.logWeights)).toBeLessThan(20)
      const { set: moved, moves } = rejuvenate(target, set, stream)
      expect(moves).toBeGreaterThan(10)
      let [mean, square] = [0, 0]
      for (const v of moved.points) {
        mean += v / (n * d)
        square += (v * v) / (n * d)
      }
      expect(Math.abs(mean)).toBeLessThan(0.08)
      expect(Math.abs(square - 1)).toBeLessThan(0.12)
    }
  })
})

describe('systematic resampling', () => {
  it('takes every draw floor or ceil of n times its weight, in order', () => {
    fc.assert(
      fc.property(logWeights, uniform, (given, u) => {
        const chosen = systematic(given, u)
        const n = given.length
        expect(chosen).toHaveLength(n)
        const counts = new Float64Array(n)
        chosen.forEach((k, i) => {
          counts[k]++
          if (i > 0) expect(k).toBeGreaterThanOrEqual(chosen[i - 1])
        })
        const total = logSumExp(given)
        given.forEach((w, k) => {
          const share = n * Math.exp(w - total)
          expect(counts[k]).toBeGreaterThanOrEqual(Math.floor(share - 2e-6))
          expect(counts[k]).toBeLessThanOrEqual(Math.ceil(share + 2e-6))
        })
      }),
    )
  })

  it('takes each once when weights are equal, whatever the uniform', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.double({ min: -50, max: 50, noNaN: true }), uniform, (n, w, u) => {
        expect(systematic(new Float64Array(n).fill(w), u)).toEqual(Uint32Array.from({ length: n }, (_, i) => i))
      }),
    )
  })

  it('is unbiased: over the uniforms each draw is taken n times its weight on average', () => {
    const given = Float64Array.of(-0.3, -2.2, 0.4, -5, -1)
    const total = logSumExp(given)
    const counts = new Float64Array(5)
    const grid = 20_000
    for (let i = 0; i < grid; i++) for (const k of systematic(given, (i + 0.5) / grid)) counts[k]++
    counts.forEach((count, k) => {
      expect(count / grid).toBeCloseTo(5 * Math.exp(given[k] - total), 3)
    })
  })

  it('of a set makes weights equal; the effective size is that of the weights', () => {
    const set = { points: Float64Array.of(1, 2, 3, 4, 5, 6), logWeights: Float64Array.of(-9, 0, -9) }
    const next = resampled(set, 0.4)
    expect([...next.points]).toEqual([3, 4, 3, 4, 3, 4])
    expect([...next.logWeights]).toEqual(Array(3).fill(-Math.log(3)))
    expect(essOf(next.logWeights)).toBeCloseTo(3, 12)
    expect(essOf([0, Number.NEGATIVE_INFINITY, 0])).toBeCloseTo(2, 12)
    expect(essOf([700, -700])).toBeCloseTo(1, 12)
  })
})
