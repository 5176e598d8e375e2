import { describe, expect, it } from 'vitest'
import { childKey, openStream, rootKey } from '../../src/base/index.js'
import { drawNormal, normalLogPdf } from '../../src/distributions/index.js'
import {
  gaussianProposal,
  importanceSample,
  type LogDensity,
  normalInverseGammaPosterior,
  normalInverseGammaPredictive,
  type Proposal,
  splitTProposal,
  studentTProposal,
  targetOf,
  variational,
} from '../../src/inference/index.js'
import { kernelProposal } from '../../src/inference/kernel-proposal.js'
import { lnGamma } from '../../src/math/index.js'

const key = (label: string) => childKey(rootKey('approximate'), label)
const prior = { mean: 0.2, strength: 2, shape: 3, scale: 2 }
const data = (() => {
  const stream = openStream(key('data'))
  return Float64Array.from({ length: 40 }, () => 0.5 + 1.3 * drawNormal(stream))
})()

/** Prior times likelihood of (m, log s), s the standard deviation; its integral is the evidence. */
const joint: LogDensity = ([m, l]) => {
  const v = Math.exp(2 * l)
  const { mean, strength, shape, scale } = prior
  let value = shape * Math.log(scale) - lnGamma(shape) - (shape + 1) * 2 * l - scale / v + Math.log(2) + 2 * l
  value += normalLogPdf((m - mean) / Math.sqrt(v / strength)) - 0.5 * Math.log(v / strength)
  for (const x of data) value += normalLogPdf((x - m) / Math.sqrt(v)) - l
  return value
}
let belief = prior
let evidence = 0
for (const x of data) {
  evidence += normalInverseGammaPredictive(belief, x)
  belief = normalInverseGammaPosterior(belief, x)
}
/** Exact: the mean of m, its variance, and the mean of the variance. */
const exact = {
  m: belief.mean,
  varianceOfM: belief.scale / (belief.shape - 1) / belief.strength,
  v: belief.scale / (belief.shape - 1),
}

/** Moments of a density in one or two dimensions on a grid. */
function onGrid(f: LogDensity, low: number[], high: number[], n: number): { mean: number[]; sd: number[]; logIntegral: number } {
  const d = low.length
  const sums = { w: 0, x: [0, 0], xx: [0, 0] }
  const at = (i: number, k: number) => low[i] + ((k + 0.5) * (high[i] - low[i])) / n
  let top = Number.NEGATIVE_INFINITY
  for (let k = 0; k < n * (d > 1 ? n : 1); k++) top = Math.max(top, f(point(k)))
  function point(k: number): Float64Array {
    return d === 1 ? Float64Array.of(at(0, k)) : Float64Array.of(at(0, k % n), at(1, Math.floor(k / n)))
  }
  for (let k = 0; k < n * (d > 1 ? n : 1); k++) {
    const x = point(k)
    const w = Math.exp(f(x) - top)
    sums.w += w
    x.forEach((v, i) => {
      sums.x[i] += w * v
      sums.xx[i] += w * v * v
    })
  }
  const mean = low.map((_, i) => sums.x[i] / sums.w)
  const cell = low.reduce((product, l, i) => (product * (high[i] - l)) / n, 1)
  return {
    mean,
    sd: low.map((_, i) => Math.sqrt(sums.xx[i] / sums.w - mean[i] ** 2)),
    logIntegral: top + Math.log(sums.w * cell),
  }
}

const weighted = (logWeights: Float64Array, of: (k: number) => number): { mean: number; error: number } => {
  let mean = 0
  logWeights.forEach((w, k) => {
    mean += Math.exp(w) * of(k)
  })
  let square = 0
  logWeights.forEach((w, k) => {
    square += (Math.exp(w) * (of(k) - mean)) ** 2
  })
  return { mean, error: Math.sqrt(square) }
}

const proposals: Proposal[] = [
  gaussianProposal(Float64Array.of(0.5, 0.2), Float64Array.of(0.25, 0, 0.02, 0.14)),
  studentTProposal(Float64Array.of(0.6, 0.2), Float64Array.of(0.2, 0, 0, 0.12), 5),
  splitTProposal({
    mode: { x: Float64Array.of(0.45, 0.2), logDensity: 0, factor: Float64Array.of(0.2, 0, 0, 0.12) },
    df: 6,
    below: Float64Array.of(0.8, 1.1),
    above: Float64Array.of(1.2, 1.3),
  }),
]

describe('importance sampling', () => {
  for (const proposal of proposals) {
    it(`agrees with the conjugate posterior, evidence included: ${proposal.name}`, () => {
      const found = importanceSample(joint, proposal, 8000, key(proposal.name))
      expect(found.paretoK).toBeLessThan(0.7)
      expect(found.ess).toBeGreaterThan(1500)
      const { draws, logWeights } = found
      for (const [of, expected] of [
        [(k: number) => draws[0][k], exact.m],
        [(k: number) => (draws[0][k] - exact.m) ** 2, exact.varianceOfM],
        [(k: number) => Math.exp(2 * draws[1][k]), exact.v],
      ] as const) {
        const { mean, error } = weighted(logWeights, of)
        expect(Math.abs(mean - expected)).toBeLessThan(4 * error)
        expect(error).toBeLessThan(0.05 * Math.abs(expected))
      }
      expect(Math.abs(found.logEvidence - evidence)).toBeLessThan(4 * found.logEvidenceError)
      expect(found.logEvidenceError).toBeLessThan(0.03)
    })
  }

  it('says an honest standard error: over a hundred keys the evidence is off by it, neither much more nor less', () => {
    const scores = Array.from({ length: 100 }, (_, i) => {
      const { logEvidence, logEvidenceError } = importanceSample(joint, proposals[1], 500, childKey(key('errors'), i))
      return (logEvidence - evidence) / logEvidenceError
    })
    const spread = Math.sqrt(scores.reduce((sum, z) => sum + z * z, 0) / 100)
    expect(spread).toBeGreaterThan(0.75)
    expect(spread).toBeLessThan(1.25)
  })

  it('has equal weights and no error where the proposal is the target', () => {
    const own = proposals[0]
    const found = importanceSample(x => own.logDensity(x) + 3, own, 400, key('own'))
    expect(found.ess).toBeCloseTo(400, 6)
    expect(found.paretoK).toBe(0)
    expect(found.logEvidence).toBeCloseTo(3, 10)
    expect(found.logEvidenceError).toBeLessThan(1e-10)
  })

  it('warns by k-hat when the proposal is too narrow, and refuses one that misses the target altogether', () => {
    const narrow = gaussianProposal(new Float64Array(2), Float64Array.of(0.3, 0, 0, 0.3))
    const wide: LogDensity = x => -0.5 * (x[0] * x[0] + x[1] * x[1])
    expect(importanceSample(wide, narrow, 2000, key('narrow')).paretoK).toBeGreaterThan(0.7)
    const nowhere = () => importanceSample(() => Number.NEGATIVE_INFINITY, narrow, 100, key('nowhere'))
    expect(nowhere).toThrow(expect.objectContaining({ code: 'OUTSIDE_SUPPORT' }))
    for (const count of [0, 1, 1.5, Number.NaN])
      expect(() => importanceSample(wide, narrow, count, key('count'))).toThrow(expect.objectContaining({ code: 'BAD_COUNT' }))
  })
})

describe('a proposal', () => {
  const refined = kernelProposal(targetOf(joint, 2), proposals[2], 500, key('refined'))!
  for (const proposal of [...proposals, refined]) {
    it(`says the same density when it draws as when it is asked, and it integrates to one: ${proposal.name}`, () => {
      const stream = openStream(key('draws'))
      const x = new Float64Array(2)
      for (let i = 0; i < 500; i++) {
        const said = proposal.draw(stream, x)
        expect(Math.abs(said - proposal.logDensity(x))).toBeLessThan(1e-9 * (1 + Math.abs(said)))
      }
      expect(onGrid(x => proposal.logDensity(x), [-5, -3], [6, 3.5], 400).logIntegral).toBeCloseTo(0, 2)
    })
  }
})

const plan = { start: Float64Array.of(0, 0), factor: Float64Array.of(0.5, 0, 0, 0.5) }

describe('variational Bayes', () => {
  it('is exact on a Gaussian: mean, covariance and evidence, to rounding and the error of differences', () => {
    const f: LogDensity = ([a, b]) => {
      const [u, v] = [(a - 1) / 2, (b + 2) / 0.5]
      return -(u * u - 1.8 * u * v + v * v) / (2 * 0.19) + 1.5
    }
    const { mean, factor, elbo, paretoK, ess, fallback } = variational(f, { ...plan, draws: 1000 }, key('gaussian'))
    expect(mean[0]).toBeCloseTo(1, 4)
    expect(mean[1]).toBeCloseTo(-2, 4)
    expect(factor[0]).toBeCloseTo(2, 4)
    expect(factor[2]).toBeCloseTo(0.45, 4)
    expect(factor[3]).toBeCloseTo(0.5 * Math.sqrt(0.19), 4)
    expect(elbo).toBeCloseTo(1.5 + Math.log(2 * Math.PI * 2 * 0.5 * Math.sqrt(0.19)), 6)
    expect(paretoK).toBeLessThan(0.7)
    expect(ess).toBeGreaterThan(999.9)
    expect(fallback).toBeUndefined()
  })

  it('agrees with the conjugate posterior, and exactly so once its draws are weighted', () => {
    const found = variational(joint, { ...plan, draws: 8000 }, key('conjugate'))
    // The posterior of m has a Student-t's tails, no Gaussian's: the weights have no variance, and k-hat says so.
    expect(found.fallback).toMatch(/Pareto k-hat/)
    expect(Math.abs(found.mean[0] - exact.m)).toBeLessThan(0.02 * Math.sqrt(exact.varianceOfM))
    expect(found.factor[0] / Math.sqrt(exact.varianceOfM)).toBeCloseTo(1, 1)
    // A bound: below the evidence, by little.
    expect(found.elbo).toBeLessThan(evidence)
    expect(found.elbo).toBeGreaterThan(evidence - 0.05)
    const { mean, error } = weighted(found.logWeights, k => Math.exp(2 * found.draws[1][k]))
    expect(Math.abs(mean - exact.v)).toBeLessThan(4 * error)
    expect(Math.abs(found.logEvidence - evidence)).toBeLessThan(0.01)
  })

  it.each<[string, LogDensity, number[], number[]]>([
    ['a slope on a quartic', ([x]) => x - 0.5 * x * x - 0.1 * x ** 4, [-6], [6]],
    ['a pair, one quartic', ([a, b]) => a - 0.5 * a * a - 0.1 * a ** 4 - 0.5 * (b - 0.5 * a) ** 2, [-5, -6], [5, 7]],
  ])('agrees with quadrature on a grid, weights applied: %s', (label, f, low, high) => {
    const grid = onGrid(f, low, high, low.length === 1 ? 4000 : 500)
    const d = low.length
    const factor = new Float64Array(d * d)
    for (let i = 0; i < d; i++) factor[i * d + i] = 0.7
    const found = variational(f, { start: new Float64Array(d).fill(1), factor, draws: 8000 }, key(label))
    expect(found.fallback === undefined).toBe(found.paretoK <= 0.7)
    expect(found.ess).toBeGreaterThan(6000)
    for (let i = 0; i < d; i++) {
      const one = weighted(found.logWeights, k => found.draws[i][k])
      expect(Math.abs(one.mean - grid.mean[i])).toBeLessThan(4 * one.error)
      const two = weighted(found.logWeights, k => (found.draws[i][k] - grid.mean[i]) ** 2)
      expect(Math.abs(two.mean - grid.sd[i] ** 2)).toBeLessThan(4 * two.error)
      // Unweighted it is an approximation, good to a few hundredths of a standard deviation here.
      expect(Math.abs(found.mean[i] - grid.mean[i])).toBeLessThan(0.08 * grid.sd[i])
    }
    expect(Math.abs(found.logEvidence - grid.logIntegral)).toBeLessThan(0.02)
    expect(found.elbo).toBeLessThan(grid.logIntegral)
  })

  it('uses a gradient that it is given, and finds the same optimum', () => {
    const target = {
      dimension: 1,
      evaluate(points: Float64Array, count: number, out: Float64Array) {
        for (let i = 0; i < count; i++) out[i] = 5 * points[i] - Math.exp(points[i])
      },
      gradient(x: Float64Array, out: Float64Array) {
        asked++
        out[0] = 5 - Math.exp(x[0])
        return 5 * x[0] - Math.exp(x[0])
      },
    }
    let asked = 0
    const own = { start: Float64Array.of(1), factor: Float64Array.of(0.7) }
    const one = variational(target, own, key('gradient'))
    expect(asked).toBeGreaterThan(100)
    const other = variational(([x]) => 5 * x - Math.exp(x), own, key('gradient'))
    expect(one.mean[0]).toBeCloseTo(other.mean[0], 5)
    expect(one.factor[0]).toBeCloseTo(other.factor[0], 5)
  })

  it('says in words when a Gaussian does not serve: its tails are lighter', () => {
    const cauchy: LogDensity = ([x]) => -Math.log1p(x * x)
    const found = variational(cauchy, { start: Float64Array.of(0), factor: Float64Array.of(1) }, key('cauchy'))
    expect(found.paretoK).toBeGreaterThan(0.7)
    expect(found.fallback).toMatch(/Pareto k-hat \d\.\d\d of the approximation exceeds 0.7/)
    // A tail like exp(5 x) is heavier than any Gaussian's, however good the mean (digamma of 5).
    const skewed = variational(
      ([x]) => 5 * x - Math.exp(x),
      { start: Float64Array.of(1), factor: Float64Array.of(0.7) },
      key('log'),
    )
    expect(skewed.fallback).toMatch(/Pareto k-hat/)
    expect(skewed.mean[0]).toBeCloseTo(1.5061, 1)
  })

  it('is a pure function of the key, leaves the plan alone, and refuses a start outside the support', () => {
    const before = structuredClone(plan)
    expect(variational(joint, plan, key('same'))).toEqual(variational(joint, plan, key('same')))
    expect(variational(joint, plan, key('same')).draws).not.toEqual(variational(joint, plan, key('other')).draws)
    expect(plan).toEqual(before)
    const nowhere = () => variational(() => Number.NEGATIVE_INFINITY, plan, key('nowhere'))
    expect(nowhere).toThrow(expect.objectContaining({ code: 'OUTSIDE_SUPPORT' }))
  })

  it('stays inside a support with edges, and is warned by k-hat or by its own search if that costs it the tails', () => {
    const f: LogDensity = ([x]) => (x > 0 ? 2 * Math.log(x) - x : Number.NEGATIVE_INFINITY)
    const found = variational(f, { start: Float64Array.of(2), factor: Float64Array.of(1.5) }, key('edge'))
    expect(Number.isFinite(found.elbo)).toBe(true)
    expect(Math.abs(found.logEvidence - Math.log(2))).toBeLessThan(0.3)
    expect(found.fallback).toMatch(/./)
  })
})
