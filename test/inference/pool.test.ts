import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Belief, beliefProblem, poolBeliefs, trimPeers } from '../../src/inference/index.js'
import { cholesky, inverseFromCholesky, multiply } from '../../src/math/index.js'

fc.configureGlobal({ seed: 20240607 })

const gaussian = (mean: readonly number[], covariance: readonly number[]) =>
  ({ kind: 'gaussian', family: 'g', mean: Float64Array.from(mean), covariance: Float64Array.from(covariance) }) as const
const natural = (...values: number[]) => ({ kind: 'natural', family: 'n', values: Float64Array.from(values) }) as const

/** A Gaussian belief of dimension d with standard deviations and correlations of every kind. */
const gaussianOf = (d: number) =>
  fc
    .record({
      mean: fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: d, maxLength: d }),
      mix: fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: d * d, maxLength: d * d }),
      scales: fc.array(fc.constantFrom(0.01, 0.3, 1, 20), { minLength: d, maxLength: d }),
    })
    .map(({ mean, mix, scales }) => {
      const covariance = Array.from({ length: d * d }, (_, k) => {
        const i = Math.floor(k / d)
        const j = k % d
        let sum = i === j ? 0.1 : 0
        for (let l = 0; l < d; l++) sum += mix[i * d + l] * mix[j * d + l]
        return sum * scales[i] * scales[j]
      })
      return gaussian(mean, covariance)
    })
const weightsOf = (n: number) =>
  fc
    .array(fc.integer({ min: 1, max: 20 }), { minLength: n, maxLength: n })
    .map(w => Float64Array.from(w, x => x / w.reduce((a, b) => a + b)))

const precisionOf = (b: { mean: Float64Array; covariance: Float64Array }): Float64Array =>
  inverseFromCholesky(cholesky(b.covariance, b.mean.length)!, b.mean.length)

describe('pooling beliefs', () => {
  it('averages natural parameters', () => {
    expect(poolBeliefs([natural(1, 10), natural(3, -2)], Float64Array.of(0.25, 0.75))).toEqual(natural(2.5, 1))
  })

  it('of one dimension is the precision-weighted mean, by hand', () => {
    const pooled = poolBeliefs([gaussian([0], [1]), gaussian([4], [0.25])], Float64Array.of(0.5, 0.5))
    // Precisions 1 and 4: half of each is 2.5; mean (0 + 8) / 2.5.
    expect(pooled).toMatchObject({ kind: 'gaussian', family: 'g' })
    if (pooled.kind !== 'gaussian') throw new Error('unreachable')
    expect(pooled.mean[0]).toBeCloseTo(3.2, 14)
    expect(pooled.covariance[0]).toBeCloseTo(0.4, 14)
  })

  it('of two dimensions is covariance intersection, by hand', () => {
    // Inverse of [[2, 1], [1, 2]] is [[2, -1], [-1, 2]] / 3.
    const pooled = poolBeliefs([gaussian([1, 0], [2, 1, 1, 2]), gaussian([0, 3], [1, 0, 0, 1])], Float64Array.of(0.6, 0.4))
    if (pooled.kind !== 'gaussian') throw new Error('unreachable')
    // Lambda = .6 [[2, -1], [-1, 2]] / 3 + .4 I = [[.8, -.2], [-.2, .8]]; determinant .6.
    const covariance = [0.8 / 0.6, 0.2 / 0.6, 0.2 / 0.6, 0.8 / 0.6]
    pooled.covariance.forEach((v, k) => {
      expect(v).toBeCloseTo(covariance[k], 13)
    })
    // Lambda m = .6 [2, -1] / 3 + .4 [0, 3] = [.4, 1].
    expect(pooled.mean[0]).toBeCloseTo((0.8 * 0.4 + 0.2 * 1) / 0.6, 13)
    expect(pooled.mean[1]).toBeCloseTo((0.2 * 0.4 + 0.8 * 1) / 0.6, 13)
  })

  it('has the density prod p_i^w_i: log densities average, up to a constant', () => {
    fc.assert(
      fc.property(fc.tuple(gaussianOf(3), gaussianOf(3), gaussianOf(3)), weightsOf(3), (beliefs, weights) => {
        const pooled = poolBeliefs(beliefs, weights)
        if (pooled.kind !== 'gaussian') throw new Error('unreachable')
        const logDensity = (b: { mean: Float64Array; covariance: Float64Array }, x: Float64Array): number => {
          const gap = x.map((v, i) => v - b.mean[i])
          const solved = multiply(precisionOf(b), gap)
          return -0.5 * gap.reduce((s, v, i) => s + v * solved[i], 0)
        }
        const difference = (x: Float64Array): number =>
          beliefs.reduce((s, b, i) => s + weights[i] * logDensity(b, x), 0) - logDensity(pooled, x)
        const origin = difference(pooled.mean)
        const sd = pooled.mean.map((_, i) => Math.sqrt(pooled.covariance[i * 4]))
        for (const step of [
          [1, 0, 0],
          [0, -2, 1],
          [0.5, 1, -1],
        ]) {
          const x = pooled.mean.map((m, i) => m + step[i] * sd[i])
          const size = beliefs.reduce((s, b, i) => s + weights[i] * Math.abs(logDensity(b, x)), 1)
          expect(Math.abs(difference(x) - origin)).toBeLessThan(1e-9 * size)
        }
      }),
    )
  })

  it('leaves a belief that all share as it is, to 1e-12: a likelihood that all have seen counts once', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }).chain(d => gaussianOf(d)),
        fc.integer({ min: 1, max: 9 }).chain(n => weightsOf(n)),
        (belief, weights) => {
          const pooled = poolBeliefs(Array(weights.length).fill(belief), weights)
          if (pooled.kind !== 'gaussian') throw new Error('unreachable')
          const d = belief.mean.length
          const sd = (i: number): number => Math.sqrt(belief.covariance[i * d + i])
          pooled.mean.forEach((m, i) => {
            expect(Math.abs(m - belief.mean[i])).toBeLessThan(1e-12 * (sd(i) * 1e2 + Math.abs(belief.mean[i])) * 10)
          })
          pooled.covariance.forEach((v, k) => {
            expect(Math.abs(v - belief.covariance[k])).toBeLessThan(1e-12 * 100 * sd(Math.floor(k / d)) * sd(k % d))
          })
        },
      ),
    )
    fc.assert(
      fc.property(
        fc.array(
          fc.integer({ min: -1e9, max: 1e9 }).map(x => x / 7),
          { minLength: 1, maxLength: 5 },
        ),
        fc.integer({ min: 1, max: 20 }),
        (values, n) => {
          const pooled = poolBeliefs(Array(n).fill(natural(...values)), new Float64Array(n).fill(1 / n))
          if (pooled.kind !== 'natural') throw new Error('unreachable')
          pooled.values.forEach((v, k) => {
            expect(Math.abs(v - values[k])).toBeLessThanOrEqual(1e-14 * Math.abs(values[k]))
          })
        },
      ),
    )
    // Where the weights and the sums have no rounding, exactly.
    expect(poolBeliefs(Array(8).fill(natural(0.375, -1e9)), new Float64Array(8).fill(0.125))).toEqual(natural(0.375, -1e9))
  })

  it('is no wider, in any direction, than the widest belief, and no narrower than the narrowest', () => {
    fc.assert(
      fc.property(
        fc.tuple(gaussianOf(2), gaussianOf(2)),
        weightsOf(2),
        fc.double({ min: 0, max: Math.PI, noNaN: true }),
        (beliefs, weights, angle) => {
          const direction = Float64Array.of(Math.cos(angle), Math.sin(angle))
          const precisionAlong = (b: Belief): number => {
            if (b.kind !== 'gaussian') throw new Error('unreachable')
            const v = multiply(precisionOf(b), direction)
            return v[0] * direction[0] + v[1] * direction[1]
          }
          const own = beliefs.map(precisionAlong)
          const pooled = precisionAlong(poolBeliefs(beliefs, weights))
          expect(pooled).toBeGreaterThanOrEqual(Math.min(...own) * (1 - 1e-9))
          expect(pooled).toBeLessThanOrEqual(Math.max(...own) * (1 + 1e-9))
        },
      ),
    )
  })

  it('gives a weight of zero no say, leaves the beliefs alone, and does not mind the order', () => {
    fc.assert(
      fc.property(fc.tuple(gaussianOf(2), gaussianOf(2), gaussianOf(2)), ([a, b, c]) => {
        const before = structuredClone([a, b, c])
        const two = poolBeliefs([a, b], Float64Array.of(0.5, 0.5))
        expect(poolBeliefs([a, c, b], Float64Array.of(0.5, 0, 0.5))).toEqual(two)
        expect(poolBeliefs([b, a], Float64Array.of(0.5, 0.5))).toEqual(two)
        expect([a, b, c]).toEqual(before)
      }),
    )
  })
})

const honest = fc.record({
  mean: fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }),
  sd: fc.array(fc.double({ min: 0.5, max: 2, noNaN: true }), { minLength: 3, maxLength: 3 }),
})
const diagonal = ({ mean, sd }: { mean: readonly number[]; sd: readonly number[] }) =>
  gaussian(
    mean,
    sd.flatMap((s, i) => sd.map((_, j) => (i === j ? s * s : 0))),
  )

describe('trimming peers', () => {
  const crowd = fc
    .integer({ min: 1, max: 4 })
    .chain(f =>
      fc.record({ f: fc.constant(f), honest: fc.array(honest, { minLength: f + 1, maxLength: f + 4 }), shuffle: fc.nat() }),
    )

  it('drops every liar that stands far away in a mean or in a standard deviation, wherever it sits among the peers', () => {
    fc.assert(
      fc.property(
        crowd,
        fc.array(fc.record({ k: fc.integer({ min: 0, max: 2 }), inSd: fc.boolean(), up: fc.boolean() }), {
          minLength: 4,
          maxLength: 4,
        }),
        ({ f, honest: good, shuffle }, lies) => {
          const liars = lies.slice(0, f).map(({ k, inSd, up }) => {
            // Each copies an honest peer and lies in one coordinate alone.
            const copy = structuredClone(good[good.length - 1]) as { mean: number[]; sd: number[] }
            if (inSd) copy.sd[k] *= 200
            else copy.mean[k] += up ? 100 : -100
            return copy
          })
          const peers = [...good.slice(1).map(g => ({ g, lies: false })), ...liars.map(g => ({ g, lies: true }))]
          const turned = [...peers.slice(shuffle % peers.length), ...peers.slice(0, shuffle % peers.length)]
          const kept = trimPeers(
            diagonal(good[0]),
            turned.map(p => diagonal(p.g)),
            f,
          )
          expect(kept).toHaveLength(peers.length - f)
          expect(kept.filter(i => turned[i].lies)).toEqual([])
        },
      ),
      { numRuns: 300 },
    )
  })

  it('keeps a liar only if it lies no farther away than honest peers do, whatever the liars say together', () => {
    const lie = fc.record({
      from: fc.nat(),
      mean: fc.array(fc.option(fc.double({ min: -1e5, max: 1e5, noNaN: true })), { minLength: 3, maxLength: 3 }),
    })
    fc.assert(
      fc.property(crowd, fc.array(lie, { minLength: 4, maxLength: 4 }), ({ f, honest: good }, lies) => {
        const liars = lies.slice(0, f).map(({ from, mean }) => {
          const base = good[from % good.length]
          return { sd: base.sd, mean: base.mean.map((m, k) => mean[k] ?? m) }
        })
        const peers = [...good.slice(1), ...liars]
        const kept = trimPeers(diagonal(good[0]), peers.map(diagonal), f)
        // The median and the unit of every coordinate lie in the honest range: so an honest belief is at most this far away.
        const range = (values: number[]): number => Math.max(...values) - Math.min(...values)
        let farthest = 0
        for (let k = 0; k < 3; k++) {
          const least = Math.min(...good.map(g => g.sd[k]))
          farthest += (range(good.map(g => g.mean[k])) / least) ** 2 + (range(good.map(g => g.sd[k])) / least) ** 2
        }
        for (const i of kept) {
          if (i < good.length - 1) continue
          for (let k = 0; k < 3; k++) {
            const low = Math.min(...good.map(g => g.mean[k]))
            const high = Math.max(...good.map(g => g.mean[k]))
            const beyond = Math.max(low - peers[i].mean[k], peers[i].mean[k] - high, 0)
            expect(beyond).toBeLessThanOrEqual(Math.sqrt(farthest) * Math.max(...good.map(g => g.sd[k])) * (1 + 1e-9))
          }
        }
      }),
      { numRuns: 300 },
    )
  })

  it('drops liars among natural parameters, also when they share all but one coordinate with an honest peer', () => {
    const own = natural(1, 60, 64, 80)
    const peers = [natural(2, 58, 62, 70), natural(2, 58, 1e9, 70), natural(-1, 61, 65, 90), natural(2, 58, 62, 1e9)]
    expect(trimPeers(own, peers, 2)).toEqual([0, 2])
  })

  it('with nothing to trim keeps all, with too much to trim none, and always answers in ascending order', () => {
    const own = natural(0)
    const peers = [natural(3), natural(0.1), natural(-2), natural(0.2)]
    expect(trimPeers(own, peers, 0)).toEqual([0, 1, 2, 3])
    expect(trimPeers(own, peers, 1)).toEqual([1, 2, 3])
    expect(trimPeers(own, peers, 2)).toEqual([1, 3])
    expect(trimPeers(own, peers, 9)).toEqual([])
    expect(trimPeers(own, [], 1)).toEqual([])
  })
})

describe('checking a peer’s belief', () => {
  const own = gaussian([0, 0], [1, 0.5, 0.5, 1])

  it('accepts what can be pooled, the own belief included', () => {
    expect(beliefProblem(own, own)).toBeNull()
    expect(beliefProblem(gaussian([3, -40], [2, 0.1, 0.1, 0.3]), own)).toBeNull()
    expect(beliefProblem(natural(1, 2), natural(3, 4))).toBeNull()
  })

  it('says why it refuses: nothing, another family, wrong lengths, wrong types, not finite, not positive definite', () => {
    for (const nothing of [null, undefined, 3, 'belief']) expect(beliefProblem(nothing, own)).toBe('no belief')
    expect(beliefProblem({ ...own, family: 'h' }, own)).toBe('another family')
    expect(beliefProblem(natural(1), own)).toBe('another family')
    expect(beliefProblem({}, own)).toBe('another family')
    const bad = [
      gaussian([0], [1]),
      gaussian([0, Number.NaN], [1, 0, 0, 1]),
      gaussian([0, 0], [1, 0, 0, Number.POSITIVE_INFINITY]),
      { ...own, mean: [0, 0] },
      { ...own, covariance: undefined },
    ]
    for (const belief of bad) expect(beliefProblem(belief, own)).toMatch(/not finite or of another length/)
    for (const covariance of [
      [1, 2, 2, 1],
      [-1, 0, 0, 1],
      [0, 0, 0, 1],
      [1, 1, 1, 1],
    ]) {
      expect(beliefProblem(gaussian([0, 0], covariance), own)).toMatch(/not positive definite/)
    }
    expect(beliefProblem(natural(1, Number.NaN), natural(1, 2))).toMatch(/not finite/)
    expect(beliefProblem(natural(1), natural(1, 2))).toMatch(/another length/)
  })

  it('lets nothing pass that would break the pool: whatever passes pools to a finite, positive definite belief', () => {
    const wild = fc.double({ noNaN: true, noDefaultInfinity: true })
    const nearlySingular = fc.double({ min: 0.9, max: 1, noNaN: true }).map(r => 1 - (1 - r) ** 4)
    const anything = fc.oneof(
      fc.tuple(wild, wild, wild, wild, wild).map(([a, b, c, d, e]) => gaussian([a, b], [Math.abs(c), d, d, Math.abs(e)])),
      fc
        .tuple(
          nearlySingular,
          fc.integer({ min: -320, max: 300 }),
          fc.integer({ min: -12, max: 12 }),
          fc.integer({ min: -20, max: 300 }),
        )
        .map(([r, p, q, m]) =>
          gaussian([10 ** m, 1], [10 ** p, r * 10 ** (p / 2) * 10 ** (q / 2), r * 10 ** (p / 2) * 10 ** (q / 2), 10 ** q]),
        ),
      fc
        .tuple(nearlySingular, fc.integer({ min: -11, max: 11 }))
        .map(([r, q]) => gaussian([0.1, -1], [10 ** q, r * 10 ** q, r * 10 ** q, 10 ** q])),
    )
    let passed = 0
    fc.assert(
      fc.property(fc.array(anything, { minLength: 1, maxLength: 4 }), peers => {
        const kept = peers.filter(peer => beliefProblem(peer, own) === null)
        passed += kept.length
        const pooled = poolBeliefs([own, ...kept], new Float64Array(kept.length + 1).fill(1 / (kept.length + 1)))
        if (pooled.kind !== 'gaussian') throw new Error('unreachable')
        expect(pooled.mean.every(Number.isFinite)).toBe(true)
        expect(cholesky(pooled.covariance, 2)).not.toBeNull()
      }),
      { numRuns: 500 },
    )
    expect(passed).toBeGreaterThan(100)
    expect(beliefProblem(gaussian([0, 0], [1e-320, 0, 0, 1]), own)).toMatch(/beyond a million times/)
    expect(beliefProblem(gaussian([1e300, 0], [1, 0, 0, 1]), own)).toMatch(/beyond a million times/)
    expect(beliefProblem(gaussian([0, 0], [1, 1 - 1e-15, 1 - 1e-15, 1]), own)).toMatch(/close to singular/)
  })
})
