import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { childKey, openStream, rootKey } from '../../src/base/index.js'
import { drawNormal, studentTCdf } from '../../src/distributions/index.js'
import { type Forecast, parseForecast, riskLevels, studyGrid } from '../../src/forecast/index.js'
import type { Belief, Posterior } from '../../src/inference/index.js'
import { cholesky, multiply, solveLower, solveUpper } from '../../src/math/index.js'
import { type Model, normalInverseGamma, normalInverseWishart, fit as posteriorOf } from '../../src/models/index.js'
import type { NormalInverseWishartState } from '../../src/models/portfolio/normal-inverse-wishart.js'

fc.configureGlobal({ seed: 20240607 })

interface Case {
  returns: number[][]
  weights: number[]
  prior: { mean: number; strength: number; shape: number; scale: number; correlation: number }
  posterior: { mean: number[]; kappa: number; nu: number; scatter: number[] }
  quantiles: number[]
  shortfalls: number[]
  points: number[]
  densities: number[]
}
interface Reference {
  levels: number[]
  riskLevels: number[]
  predictive: Case[]
  likelihood: { mean: number[]; sd: number[]; correlation: number[]; returns: number[][] | number[]; logLikelihood: number }[]
}
const reference: Reference = JSON.parse(readFileSync(join(__dirname, '../fixtures/portfolio.json'), 'utf8'))

const key = rootKey('niw')
/** Memory so long that nothing is forgotten. */
const forever = 1e15
const levels = { levels: studyGrid, riskLevels }
const near = (found: number, expected: number, relative: number, unit = Math.abs(expected)): void =>
  expect(Math.abs(found - expected), `${found} against ${expected}`).toBeLessThanOrEqual(relative * unit)
const nearForecast = (found: Forecast, expected: Forecast, relative: number): void => {
  const unit = expected.shortfalls[0]
  found.quantiles.forEach((q, i) => {
    near(q, expected.quantiles[i], relative, unit)
  })
  found.shortfalls.forEach((s, i) => {
    near(s, expected.shortfalls[i], relative, unit)
  })
}
const peer = (belief: Belief): Posterior => ({ names: [], draws: {}, method: 'told', belief })

/** Correlated returns of three assets, row-major. */
const d = 3
const weights = [0.5, 0.3, 0.2]
const stream = openStream(rootKey('three assets'))
const history = Float64Array.from(
  Array.from({ length: 250 }, () => {
    const [x, y, z] = [drawNormal(stream), drawNormal(stream), drawNormal(stream)]
    return [0.1 + x, 0.7 * x + 0.5 * y, -0.05 - 0.4 * x + 2 * z]
  }).flat(),
)
const rowOf = (returns: Float64Array, t: number, width = d): Float64Array => returns.subarray(t * width, (t + 1) * width)
const learnDaily = <S>(model: Model<S>, state: S, returns: Float64Array, width = d): S => {
  let held = state
  for (let t = 0; t * width < returns.length; t++) held = model.update(held, 0, key, rowOf(returns, t, width))
  return held
}
/** Every row mapped by a d x d matrix. */
const mapped = (returns: Float64Array, matrix: Float64Array): Float64Array =>
  Float64Array.from(Array.from({ length: returns.length / d }, (_, t) => [...multiply(matrix, rowOf(returns, t))]).flat())

describe('normalInverseWishart that forgets nothing', () => {
  for (const [i, one] of reference.predictive.entries()) {
    const model = normalInverseWishart(one.prior, { memory: forever, weights: one.weights })
    const state = model.init(Float64Array.from(one.returns.flat()), key)

    it(`has the textbook’s batch posterior and scipy’s Student-t predictive of the portfolio: case ${i + 1}`, () => {
      near(state.assets.strength, one.posterior.kappa, 1e-12)
      near(state.assets.df, one.posterior.nu, 1e-12)
      const k = one.weights.length
      const sds = one.weights.map((_, j) => Math.sqrt(one.posterior.scatter[j * k + j] / one.posterior.nu))
      state.assets.mean.forEach((m, j) => {
        near(m, one.posterior.mean[j], 1e-11, sds[j])
      })
      state.assets.scale.forEach((v, at) => {
        near(v, one.posterior.scatter[at], 1e-11, one.posterior.nu * sds[Math.floor(at / k)] * sds[at % k])
      })
      const forecast = model.forecast(state, {
        levels: Float64Array.from(reference.levels),
        riskLevels: Float64Array.from(reference.riskLevels),
      })
      one.quantiles.forEach((q, j) => {
        near(forecast.quantiles[j], q, 1e-10, one.shortfalls[0])
      })
      one.shortfalls.forEach((s, j) => {
        near(forecast.shortfalls[j], s, 1e-9)
      })
    })

    it(`has the density of scipy’s multivariate t along the portfolio: case ${i + 1}`, () => {
      for (const [j, x] of one.points.entries()) {
        // The slope of the distribution function between two close levels is the density.
        const at = [0.01, 0.3, 0.9][j]
        const gap = 1e-5
        const { quantiles } = model.forecast(state, {
          levels: Float64Array.of(at - gap, at, at + gap),
          riskLevels: Float64Array.of(),
        })
        near(quantiles[1], x, 1e-10, one.shortfalls[0])
        near((2 * gap) / (quantiles[2] - quantiles[0]), one.densities[j], 1e-6)
      }
    })
  }

  it('learns day by day what it learns in one go, in any order of the days', () => {
    const model = normalInverseWishart({ mean: 0.1, strength: 2, correlation: 0.3 }, { memory: forever, weights })
    const whole = model.init(history, key)
    const daily = learnDaily(model, model.init(history.slice(0, 100 * d), key), history.slice(100 * d))
    const backwards = model.init(
      Float64Array.from(Array.from({ length: 250 }, (_, t) => [...rowOf(history, 249 - t)]).flat()),
      key,
    )
    for (const other of [daily, backwards]) {
      nearForecast(model.forecast(other, levels), model.forecast(whole, levels), 1e-12)
      other.assets.scale.forEach((v, k) => {
        near(v, whole.assets.scale[k], 1e-12, 1000)
      })
    }
  })

  it('knows nothing of the axes: assets mixed into others, and weights that undo it, leave the forecast where it was', () => {
    // A = L L' of a covariance: any invertible matrix would do.
    const matrix = Float64Array.of(2, 0.3, -0.5, 0.3, 1, 0.4, -0.5, 0.4, 3)
    const factor = cholesky(matrix, d)!
    const undone = solveUpper(factor, solveLower(factor, Float64Array.from(weights)))
    const model = normalInverseWishart({}, { memory: forever, weights })
    const other = normalInverseWishart({}, { memory: forever, weights: [...undone] })
    const state = model.init(history, key)
    // The same belief in the other axes: A m, A Psi A'.
    const turned = ({ assets, ...rest }: NormalInverseWishartState): NormalInverseWishartState => ({
      ...rest,
      assets: { ...assets, mean: multiply(matrix, assets.mean), scale: congruent(assets.scale, matrix) },
    })
    const moved = turned(state)
    nearForecast(other.forecast(moved, levels), model.forecast(state, levels), 1e-12)
    const later = mapped(history, matrix)
    const start = 60
    nearForecast(
      other.forecast(learnDaily(other, moved, later.slice(start * d)), levels),
      model.forecast(learnDaily(model, state, history.slice(start * d)), levels),
      1e-11,
    )
  })
})

/** A S A' for d x d matrices. */
const congruent = (scatter: Float64Array, matrix: Float64Array): Float64Array => {
  const result = new Float64Array(d * d)
  for (let i = 0; i < d; i++)
    for (let j = 0; j < d; j++)
      for (let k = 0; k < d; k++)
        for (let l = 0; l < d; l++) result[i * d + j] += matrix[i * d + k] * scatter[k * d + l] * matrix[j * d + l]
  return result
}

describe('normalInverseWishart', () => {
  it('of one asset is normalInverseGamma: forecast and belief, while it forgets, updates and pools', () => {
    const returns = Float64Array.from({ length: 200 }, (_, t) => history[t * d + 2])
    for (const prior of [{}, { mean: 0.4, strength: 3, shape: 5, scale: 0.2 }]) {
      const [one, other] = [normalInverseWishart(prior, { memory: 40 }), normalInverseGamma(prior, { memory: 40 })]
      let [a, b] = [one.init(returns, key), other.init(returns, key)]
      const expectSame = (): void => {
        nearForecast(one.forecast(a, levels), other.forecast(b, levels), 1e-12)
        const [x, y] = [one.belief!(a), other.belief!(b)]
        if (x.kind !== 'natural' || y.kind !== 'natural') throw new Error('unreachable')
        x.values.forEach((v, k) => {
          near(v, y.values[k], 1e-12, Math.max(1, Math.abs(y.values[3])))
        })
        const [low, high] = one.varInterval95!(a, 0.01)
        const [lowOther, highOther] = other.varInterval95!(b, 0.01)
        near(low, lowOther, 1e-12)
        near(high, highOther, 1e-12)
      }
      expectSame()
      for (const ret of [1, -7, 0.5]) {
        a = one.update(a, ret, key)
        b = other.update(b, ret, key)
        expectSame()
      }
      const [p, q] = [one.init(returns.slice(0, 80), key), other.init(returns.slice(0, 80), key)]
      a = one.assimilate!(a, [peer(one.belief!(p))], Float64Array.of(0.7, 0.3), key).state
      b = other.assimilate!(b, [peer(other.belief!(q))], Float64Array.of(0.7, 0.3), key).state
      expectSame()
    }
  })

  it('forecasts a portfolio as normalInverseGamma forecasts its returns, under the prior implied for them', () => {
    const prior = { mean: [0.1, 0, -0.2], strength: 2, shape: 3, scale: [1, 0.5, 4], correlation: 0.25 }
    const model = normalInverseWishart(prior, { memory: 50, weights })
    const mean = prior.mean.reduce((sum, m, i) => sum + weights[i] * m, 0)
    let scale = 0
    for (let i = 0; i < d; i++)
      for (let j = 0; j < d; j++)
        scale += weights[i] * weights[j] * (i === j ? 1 : 0.25) * Math.sqrt(prior.scale[i] * prior.scale[j])
    const single = normalInverseGamma({ mean, strength: 2, shape: 3, scale }, { memory: 50 })
    const returns = Float64Array.from({ length: 250 }, (_, t) => rowOf(history, t).reduce((sum, r, i) => sum + weights[i] * r, 0))
    nearForecast(model.forecast(model.init(history, key), levels), single.forecast(single.init(returns, key), levels), 1e-12)
  })

  it('forgets: a day k days old counts (1 - 1 / memory)^k, and the prior always counts once', () => {
    const memory = 40
    const prior = { mean: 0.5, strength: 3, shape: 4, scale: 2 }
    const model = normalInverseWishart(prior, { memory, weights })
    const belief = model.belief!(model.init(history, key))
    if (belief.kind !== 'natural') throw new Error('unreachable')
    const seenOn = (row: ArrayLike<number>): number[] => [
      ...Array.from(row),
      1,
      1,
      ...Array.from(row).flatMap((x, i) =>
        Array.from(row)
          .slice(0, i + 1)
          .map(y => x * y),
      ),
    ]
    // Psi = 4 I, nu = 8 + 2.
    const expected = [1.5, 1.5, 1.5, 3, 10, 4.75, 0.75, 4.75, 0.75, 0.75, 4.75]
    for (let t = 0; t < 250; t++) {
      const weight = (1 - 1 / memory) ** (249 - t)
      seenOn(rowOf(history, t)).forEach((seen, k) => {
        expected[k] += weight * seen
      })
    }
    belief.values.forEach((v, k) => {
      near(v, expected[k], 1e-12, Math.max(10, Math.abs(expected[k])))
    })
  })

  it('does not depend on the order of the assets, when weights and priors are reordered alike', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2], { minLength: 3, maxLength: 3 }), order => {
        const prior = { mean: [0.1, 0.2, 0.3], scale: [1, 0.5, 4], correlation: 0.2 }
        const turned = { ...prior, mean: order.map(i => prior.mean[i]), scale: order.map(i => prior.scale[i]) }
        const one = normalInverseWishart(prior, { memory: 80, weights })
        const other = normalInverseWishart(turned, { memory: 80, weights: order.map(i => weights[i]) })
        const rows = Array.from({ length: 250 }, (_, t) => order.map(i => history[t * d + i]))
        nearForecast(
          other.forecast(other.init(Float64Array.from(rows.flat()), key), levels),
          one.forecast(one.init(history, key), levels),
          1e-13,
        )
      }),
      { numRuns: 6 },
    )
  })

  it('does not depend on the units: one asset in other units, weight and prior alike, is the same asset', () => {
    const units = [4, 0.5, 32]
    const one = normalInverseWishart({ scale: [1, 2, 3] }, { memory: 80, weights })
    const other = normalInverseWishart(
      { scale: units.map((u, i) => u * u * (i + 1)) },
      { memory: 80, weights: weights.map((w, i) => w / units[i]) },
    )
    const scaled = history.map((ret, k) => ret * units[k % d])
    nearForecast(other.forecast(other.init(scaled, key), levels), one.forecast(one.init(history, key), levels), 1e-13)
  })

  it('draws parameters from its posterior: their moments are the closed forms', () => {
    const model = normalInverseWishart({}, { memory: 500, weights })
    const state = model.init(history, key)
    const { draws, names } = model.posterior(state)
    expect(names).toEqual([
      ...['mean', 'sd', 'mean[1]', 'mean[2]', 'mean[3]', 'sd[1]', 'sd[2]', 'sd[3]'],
      ...['correlation[1,2]', 'correlation[1,3]', 'correlation[2,3]'],
    ])
    const of = (name: string): Float64Array => draws[name][0]
    const n = of('mean').length
    const average = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, x) => sum + x, 0) / n
    const expectMean = (values: ArrayLike<number>, expected: number): void => {
      const mean = average(values)
      const error = Math.sqrt(average(Array.from(values, x => (x - mean) ** 2)) / n)
      expect(Math.abs(mean - expected)).toBeLessThan(4 * error)
    }
    // E Sigma = Psi / (nu - d - 1).
    const covariance = (i: number, j: number): number => state.assets.scale[i * d + j] / (state.assets.df - d - 1)
    for (let i = 0; i < d; i++) {
      expectMean(of(`mean[${i + 1}]`), state.assets.mean[i])
      expectMean(
        of(`sd[${i + 1}]`).map(s => s * s),
        covariance(i, i),
      )
      for (let j = i + 1; j < d; j++)
        expectMean(
          of(`correlation[${i + 1},${j + 1}]`).map((c, t) => c * of(`sd[${i + 1}]`)[t] * of(`sd[${j + 1}]`)[t]),
          covariance(i, j),
        )
    }
    // The portfolio's own draws are the assets' combined.
    of('mean').forEach((m, t) => {
      near(
        m,
        weights.reduce((sum, w, i) => sum + w * of(`mean[${i + 1}]`)[t], 0),
        1e-12,
        1,
      )
      let variance = 0
      for (let i = 0; i < d; i++)
        for (let j = 0; j < d; j++) {
          const c = i === j ? 1 : of(`correlation[${Math.min(i, j) + 1},${Math.max(i, j) + 1}]`)[t]
          variance += weights[i] * weights[j] * c * of(`sd[${i + 1}]`)[t] * of(`sd[${j + 1}]`)[t]
        }
      near(of('sd')[t], Math.sqrt(variance), 1e-11)
    })
    // The spread of a covariance: var Sigma_ii = 2 Psi_ii^2 / ((nu - d - 1)^2 (nu - d - 3)).
    const squares = of('sd[1]').map(s => s * s)
    const spread = average(squares.map(v => (v - average(squares)) ** 2))
    near(spread, (2 * state.assets.scale[0] ** 2) / ((state.assets.df - d - 1) ** 2 * (state.assets.df - d - 3)), 0.25)
  })

  it('has a predictive that is the mixture of normals over its draws, and paths that follow it', () => {
    const model = normalInverseWishart({}, { memory: 10, weights })
    const state = model.init(history, key)
    const { draws } = model.posterior(state)
    const n = draws.mean[0].length
    const normals = openStream(childKey(key, 'monte carlo'))
    const mixture = Float64Array.from(
      { length: 40 * n },
      (_, k) => draws.mean[0][k % n] + draws.sd[0][k % n] * drawNormal(normals),
    )
    const paths = model.simulate!(state, 1, 40_000, childKey(key, 'paths'))
    const sorted = [mixture, paths].map(sample => sample.sort())
    const at = Float64Array.of(0.01, 0.05, 0.25, 0.5, 0.9)
    const { quantiles } = model.forecast(state, { levels: at, riskLevels: Float64Array.of() })
    quantiles.forEach((q, i) => {
      for (const [sample, effective] of [
        [sorted[0], n],
        [sorted[1], 40_000],
      ] as const) {
        const below = sample.filter(x => x <= q).length / sample.length
        // The mixture has n draws of the parameters: its error is no larger than that of n returns.
        expect(Math.abs(below - at[i])).toBeLessThan(4 * Math.sqrt((at[i] * (1 - at[i])) / effective))
      }
    })
    // Far fewer degrees of freedom than a normal's: the law would fail without the mixture.
    expect(studentTCdf(-4, state.assets.df - d + 1)).toBeGreaterThan(2e-4)
  })

  it('has paths of several days that keep one draw of the parameters: their spread grows faster than a random walk’s', () => {
    const model = normalInverseWishart({ shape: 5 }, { memory: 10, weights })
    const state = model.init(history, key)
    const days = 30
    const paths = model.simulate!(state, days, 4000, key)
    expect(paths).toHaveLength(days * 4000)
    expect(model.simulate!(state, days, 4000, key)).toEqual(paths)
    const sums = Float64Array.from({ length: 4000 }, (_, p) => paths.slice(p * days, (p + 1) * days).reduce((s, x) => s + x))
    const variance = (x: Float64Array): number => {
      const mean = x.reduce((s, v) => s + v) / x.length
      return x.reduce((s, v) => s + (v - mean) ** 2, 0) / x.length
    }
    // var of the sum = E sigma^2 (days + days^2 / kappa).
    near(variance(sums) / variance(paths), (days + (days * days) / state.assets.strength) / (1 + 1 / state.assets.strength), 0.12)
  })

  it('pools exactly: natural parameters average, own beliefs change nothing, a full weight on the peer is the peer', () => {
    const model = normalInverseWishart({}, { memory: 100, weights })
    const state = model.init(history, key)
    const other = model.init(history.map((r, k) => (k % d === 1 ? -2 * r + 3 : r)).slice(0, 150 * d), key)
    const own = model.belief!(state)
    const theirs = model.belief!(other)
    if (own.kind !== 'natural' || theirs.kind !== 'natural') throw new Error('unreachable')
    const pool = (peers: Belief[], shares: number[]): Float64Array => {
      const outcome = model.assimilate!(model.copy(state), peers.map(peer), Float64Array.from(shares), key)
      expect(outcome.method).toBe('natural parameters averaged')
      const belief = model.belief!(outcome.state)
      return belief.kind === 'natural' ? belief.values : new Float64Array(0)
    }
    const expectValues = (found: Float64Array, expected: Float64Array): void =>
      found.forEach((v, k) => {
        near(v, expected[k], 1e-12, 1000)
      })
    expectValues(pool([own, own], [0.5, 0.25, 0.25]), own.values)
    expectValues(pool([theirs], [0, 1]), theirs.values)
    expectValues(pool([theirs], [1, 0]), own.values)
    expectValues(
      pool([theirs, own, theirs], [0.1, 0.5, 0.15, 0.25]),
      own.values.map((v, k) => 0.25 * v + 0.75 * theirs.values[k]),
    )
  })

  it('refuses beliefs that are none of its family, or beyond measure; what it accepts never breaks its forecast or its draws', () => {
    const model = normalInverseWishart({}, { memory: 100, weights })
    const state = model.init(history, key)
    const own = model.belief!(state)
    if (own.kind !== 'natural') throw new Error('unreachable')
    const told = (change: (values: Float64Array) => void): Belief => {
      const values = Float64Array.from(own.values)
      change(values)
      return { ...own, values }
    }
    const diagonal = [d + 2, d + 4, d + 7]
    const bad = [
      told(v => {
        v[d] = -1
      }),
      told(v => {
        v[d + 1] = d
      }),
      told(v => {
        v[diagonal[1]] = 0
      }),
      told(v => {
        v[diagonal[1]] *= 1e14
      }),
      told(v => {
        v[d] *= 1e8
      }),
      // A correlation beyond 1, and one within rounding of it.
      told(v => {
        v[d + 3] = 1.1 * Math.sqrt(v[diagonal[0]] * v[diagonal[1]])
      }),
      told(v => {
        v[0] = v[1] = v[2] = 0
        v[d + 3] = (1 - 1e-13) * Math.sqrt(v[diagonal[0]] * v[diagonal[1]])
      }),
      { ...own, values: own.values.slice(1) },
      told(v => {
        v[0] = 1e12
      }),
    ]
    bad.forEach((belief, i) => {
      expect(model.beliefProblem!(state, belief), `belief ${i}`).not.toBeNull()
    })
    expect(model.beliefProblem!(state, normalInverseGamma().belief!(normalInverseGamma().init(history, key)))).toBe(
      'another family',
    )
    const exponent = (span: number) => fc.double({ min: -span, max: span, noNaN: true }).map(x => 10 ** x)
    const lie = fc
      .tuple(
        fc.array(fc.tuple(fc.double({ min: -3, max: 3, noNaN: true }), exponent(5)), { minLength: d, maxLength: d }),
        exponent(4),
        exponent(4).map(x => 1 + x),
        fc.array(fc.double({ min: -0.8, max: 0.8, noNaN: true }), { minLength: d, maxLength: d }),
        fc.array(exponent(4), { minLength: d, maxLength: d }),
      )
      .map(([means, kappa, degrees, correlations, sds]) =>
        told(v => {
          const m = means.map(([sign, size]) => sign * size)
          v[d] = kappa
          v[d + 1] = degrees + d - 1
          let at = d + 2
          for (let i = 0; i < d; i++) {
            v[i] = kappa * m[i]
            for (let j = 0; j <= i; j++)
              v[at++] = kappa * m[i] * m[j] + degrees * sds[i] * sds[j] * (i === j ? 1 : correlations[i + j - 1])
          }
        }),
      )
    let accepted = 0
    fc.assert(
      fc.property(lie, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (belief, share) => {
        if (model.beliefProblem!(state, belief) !== null) return
        accepted++
        const pooled = model.assimilate!(model.copy(state), [peer(belief)], Float64Array.of(1 - share, share), key).state
        const parsed = parseForecast(model.forecast(pooled, levels), levels)
        expect(parsed.ok ? '' : parsed.reason).toBe('')
        expect(model.varInterval95!(pooled, 0.01).every(Number.isFinite)).toBe(true)
        // Joint draws take longest, and what breaks them is the scale matrix's shape: a few dozen will do.
        if (accepted > 40) return
        const { draws, names } = model.posterior(pooled)
        for (const name of names) expect(draws[name][0].every(Number.isFinite)).toBe(true)
      }),
      { numRuns: 400 },
    )
    expect(accepted).toBeGreaterThan(30)
  })

  it('bears assets that move as one, hedges of them, and a crash of a hundred million percent', () => {
    const twins = Float64Array.from(
      Array.from({ length: 250 }, (_, t) => [history[t * d], history[t * d], -history[t * d]]).flat(),
    )
    const model = normalInverseWishart({}, { memory: 1000, weights: [1.5, -1, 0.5] })
    let state = model.init(twins, key)
    for (const crash of [-100, -1e8, 1]) {
      state = model.update(state, 0, key, Float64Array.of(crash, crash, -crash))
      const parsed = parseForecast(model.forecast(state, levels), levels)
      expect(parsed.ok ? '' : parsed.reason).toBe('')
      const { draws, names } = model.posterior(state)
      for (const name of names) expect(draws[name][0].every(Number.isFinite)).toBe(true)
    }
  })

  it('refuses rows of another length or content with a code, and says what it expected', () => {
    const model = normalInverseWishart({}, { weights })
    const state = model.init(history, key)
    const refusal = (code: string) => expect.objectContaining({ name: 'SwarmvarError', code })
    expect(model.columns).toBe(3)
    expect(() => model.init(history.slice(0, 200), key)).toThrow(refusal('BAD_HISTORY'))
    expect(() => model.init(history.slice(0, 200), key)).toThrow('found 200 numbers, expected a multiple of 3')
    expect(() => model.init(history.slice(0, 49 * d), key)).toThrow(refusal('TOO_FEW_RETURNS'))
    expect(() => model.update(state, 1, key)).toThrow(refusal('BAD_RETURN'))
    expect(() => model.update(state, 1, key, Float64Array.of(1, 2))).toThrow('found a row of 2, expected the returns of 3 assets')
    expect(() => model.update(state, 1, key, Float64Array.of(1, 2, Number.NaN))).toThrow(refusal('BAD_RETURN'))
  })

  it('takes its weights from the market, and refuses others by name', () => {
    const market = { weights: [0.25, 0.75] }
    expect(normalInverseWishart({}, {}, market).columns).toBe(2)
    expect(normalInverseWishart({}, { weights: [0.25, 0.75] }, market).columns).toBe(2)
    expect(normalInverseWishart().columns).toBe(1)
    for (const other of [[0.75, 0.25], [1], [0.25, 0.25, 0.5]])
      expect(() => normalInverseWishart({}, { weights: other }, market)).toThrow(
        expect.objectContaining({ code: 'BAD_MODEL', message: expect.stringContaining('options.weights') }),
      )
  })

  it('is fitted to a flat row-major history', () => {
    const { summary } = posteriorOf(normalInverseWishart({}, { memory: 250, weights }), history, { seed: 's' })
    const meanOf = (name: string): number => summary.find(row => row.name === name)!.mean
    expect(meanOf('correlation[1,2]')).toBeGreaterThan(0.6)
    expect(meanOf('correlation[1,3]')).toBeLessThan(0)
    expect(meanOf('sd[3]')).toBeGreaterThan(1.7)
    expect(() => posteriorOf(normalInverseWishart({}, { weights }), history.slice(1), { seed: 's' })).toThrow(
      expect.objectContaining({ code: 'BAD_HISTORY' }),
    )
  })
})

describe('the parametric model behind normalInverseWishart', () => {
  const named = ({ mean, sd, correlation }: { mean: number[]; sd: number[]; correlation: number[] }) =>
    Object.fromEntries(
      normalInverseWishart({}, { weights: mean.map(() => 1 / mean.length) }).parametric!.names.map((name, k) => [
        name,
        [...mean, ...sd, ...correlation][k],
      ]),
    )

  it('has scipy’s multivariate normal likelihood', () => {
    for (const one of reference.likelihood) {
      const model = normalInverseWishart({}, { weights: one.mean.map(() => 1 / one.mean.length) })
      near(model.parametric!.logLikelihood(named(one), Float64Array.from(one.returns.flat())), one.logLikelihood, 1e-12)
    }
  })

  it('simulates rows with the moments it is given, and refuses correlations that no assets have', () => {
    const { parametric } = normalInverseWishart({}, { weights })
    const params = named({ mean: [1, 0, -1], sd: [1, 2, 0.5], correlation: [0.8, -0.3, 0.1] })
    expect(parametric!.problem(params)).toBeNull()
    const n = 20_000
    const rows = parametric!.simulate(params, n, openStream(key))
    expect(rows).toHaveLength(n * d)
    const column = (i: number): Float64Array => Float64Array.from({ length: n }, (_, t) => rows[t * d + i])
    const mean = (x: Float64Array): number => x.reduce((s, v) => s + v) / n
    const covariance = (x: Float64Array, y: Float64Array): number => mean(x.map((v, t) => v * y[t])) - mean(x) * mean(y)
    expect(Math.abs(mean(column(2)) + 1)).toBeLessThan(4 * (0.5 / Math.sqrt(n)))
    near(covariance(column(0), column(1)), 1.6, 0.05)
    near(covariance(column(0), column(2)), -0.15, 0.2)
    for (const wrong of [
      { ...params, 'sd[2]': 0 },
      { ...params, 'mean[1]': Number.NaN },
      { ...params, 'correlation[1,3]': -0.9, 'correlation[2,3]': 0.9 },
    ])
      expect(parametric!.problem(wrong)).toMatch(/positive definite together/)
  })

  it('draws from its prior what it would learn from nothing: posterior ranks of prior draws are uniform', () => {
    const model = normalInverseWishart({ shape: 4, correlation: 0.2 }, { memory: forever, weights })
    const { parametric } = model
    const names = ['sd[1]', 'correlation[1,2]', 'mean[3]']
    const ranks: { [name: string]: number[] } = { 'sd[1]': [], 'correlation[1,2]': [], 'mean[3]': [] }
    for (let run = 0; run < 100; run++) {
      const at = childKey(childKey(key, 'sbc'), run)
      const stream = openStream(at)
      const truth = parametric!.drawPrior(stream)
      expect(parametric!.problem(truth)).toBeNull()
      const { draws } = model.posterior(model.init(parametric!.simulate(truth, 60, stream), at) as NormalInverseWishartState)
      for (const name of names) ranks[name].push(draws[name][0].filter(x => x < truth[name]).length / draws[name][0].length)
    }
    for (const name of names) {
      const sorted = ranks[name].sort((a, b) => a - b)
      const distance = Math.max(...sorted.map((u, i) => Math.max(Math.abs(u - i / 100), Math.abs((i + 1) / 100 - u))))
      // Kolmogorov: exceeded once in a thousand.
      expect(Math.sqrt(100) * distance, name).toBeLessThan(1.95)
    }
  })
})
