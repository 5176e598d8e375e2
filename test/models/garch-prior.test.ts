import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gammainc, lnGamma } from '../../src/math/index.js'
import {
  fromParameters,
  type GarchParameters,
  type GarchPrior,
  garchLogPrior,
  garchPrior,
  toParameters,
} from '../../src/models/garch-prior.js'

fc.configureGlobal({ seed: 20240607 })

const empty = (): GarchParameters => ({ mu: 0, omega: 0, alpha: 0, beta: 0, nu: 0 })
const parametersOf = (x: Float64Array): GarchParameters | null => {
  const p = empty()
  return toParameters(x, p) ? p : null
}
const logPriorAt = (prior: GarchPrior, x: Float64Array): number => {
  const p = parametersOf(x)
  return p === null ? Number.NEGATIVE_INFINITY : garchLogPrior(prior)(x, p)
}

/** The prior's log density of the parameters themselves, written from its description. */
function logDensity(prior: GarchPrior, { mu, omega, alpha, beta, nu }: GarchParameters, hasNu: boolean): number {
  const { muMean, muSd, omegaScale, alphaWeight: a, betaWeight: b, restWeight: c, nuShape, nuRate } = prior
  const normal = -0.5 * ((mu - muMean) / muSd) ** 2 - Math.log(muSd * Math.sqrt(2 * Math.PI))
  const halfNormal = Math.log(2) - 0.5 * (omega / omegaScale) ** 2 - Math.log(omegaScale * Math.sqrt(2 * Math.PI))
  const dirichlet =
    lnGamma(a + b + c) -
    lnGamma(a) -
    lnGamma(b) -
    lnGamma(c) +
    (a - 1) * Math.log(alpha) +
    (b - 1) * Math.log(beta) +
    (c - 1) * Math.log(1 - alpha - beta)
  const gamma = nuShape * Math.log(nuRate) - lnGamma(nuShape) + (nuShape - 1) * Math.log(nu) - nuRate * nu
  const above2 = gammainc(2 * nuRate, nuShape, true, true)
  return normal + halfNormal + dirichlet + (hasNu ? gamma - Math.log(above2) : 0)
}

/** log |d parameters / d coordinates| by central differences; the map is triangular but for (u, l). */
function logJacobian(x: Float64Array): number {
  const names = (['mu', 'omega', 'alpha', 'beta', 'nu'] as const).slice(0, x.length)
  const partial = (i: number, name: keyof GarchParameters): number => {
    const step = 1e-5 * Math.max(Math.abs(x[i]), 1e-2)
    const up = parametersOf(x.map((v, k) => (k === i ? v + step : v)))!
    const down = parametersOf(x.map((v, k) => (k === i ? v - step : v)))!
    return (up[name] - down[name]) / (2 * step)
  }
  const matrix = Array.from(x, (_, i) => names.map(name => partial(i, name)))
  return Math.log(Math.abs(determinant(matrix)))
}

function determinant(rows: number[][]): number {
  const a = rows.map(row => [...row])
  let result = 1
  for (let k = 0; k < a.length; k++) {
    const pivot = a.slice(k).reduce((best, row, i) => (Math.abs(row[k]) > Math.abs(a[best][k]) ? i + k : best), k)
    if (pivot !== k) {
      ;[a[k], a[pivot]] = [a[pivot], a[k]]
      result = -result
    }
    result *= a[k][k]
    for (let i = k + 1; i < a.length; i++) for (let j = a.length - 1; j >= k; j--) a[i][j] -= (a[i][k] / a[k][k]) * a[k][j]
  }
  return result
}

const coordinates = fc
  .tuple(
    fc.double({ min: -3, max: 3, noNaN: true }),
    fc.double({ min: 0.02, max: 1.5, noNaN: true }),
    fc.double({ min: 0.02, max: 0.97, noNaN: true }),
    fc.double({ min: -5, max: 4, noNaN: true }),
    fc.double({ min: -2, max: 4, noNaN: true }),
  )
  .map(x => Float64Array.from(x))
const other = {
  muMean: 0.1,
  muSd: 0.4,
  omegaScale: 0.3,
  alphaWeight: 1.7,
  betaWeight: 5,
  restWeight: 0.6,
  nuShape: 3.5,
  nuRate: 0.4,
}
const priors = { 'the default': garchPrior(undefined, true), another: garchPrior(other, true) }

describe('the GARCH coordinates', () => {
  it('go to parameters and back', () => {
    fc.assert(
      fc.property(coordinates, fc.boolean(), (x, hasNu) => {
        const given = hasNu ? x : x.slice(0, 4)
        const p = parametersOf(given)!
        const back = fromParameters(p)
        expect(back).toHaveLength(given.length)
        back.forEach((v, i) => {
          expect(Math.abs(v - given[i])).toBeLessThan(1e-9)
        })
        expect(p.alpha + p.beta).toBeLessThan(1)
        expect(p.nu).toBeGreaterThan(2)
        expect(p.nu === Number.POSITIVE_INFINITY).toBe(!hasNu)
      }),
    )
  })

  it('outside the support have no parameters: omega, alpha, beta or the rest not positive, nu at 2 or beyond measure', () => {
    const inside = Float64Array.of(0, 0.2, 0.1, 0, 1)
    expect(parametersOf(inside)).not.toBeNull()
    const outside: [number, number][] = [
      [1, 0],
      [1, -0.1],
      [2, 0],
      [2, -0.2],
      [2, 1],
      [2, 1.2],
      [3, 800],
      [3, -800],
      [4, -50],
      [4, 20],
      [4, 800],
    ]
    for (const [i, value] of outside) expect(parametersOf(inside.map((v, k) => (k === i ? value : v)))).toBeNull()
    for (let i = 1; i < 5; i++) expect(parametersOf(inside.map((v, k) => (k === i ? Number.NaN : v)))).toBeNull()
  })
})

describe('the GARCH prior', () => {
  for (const [name, prior] of Object.entries(priors)) {
    it(`has in coordinates the density of the parameters times the map’s Jacobian: ${name}`, () => {
      fc.assert(
        fc.property(coordinates, fc.boolean(), (x, hasNu) => {
          const given = hasNu ? x : x.slice(0, 4)
          const expected = logDensity(prior, parametersOf(given)!, hasNu) + logJacobian(given)
          expect(Math.abs(logPriorAt(prior, given) - expected)).toBeLessThan(1e-6 * (1 + Math.abs(expected)))
        }),
        { numRuns: 200 },
      )
    })

    it(`integrates to one over the coordinates: ${name}`, () => {
      // Independent blocks mu, c, (u, l), y: the integral is the product of the blocks' own, each along a base point.
      const base = Float64Array.of(0.1, 0.4, 0.3, -0.5, 1.5)
      const at = (changes: { [i: number]: number }): number =>
        Math.exp(
          logPriorAt(
            prior,
            base.map((v, i) => changes[i] ?? v),
          ) - logPriorAt(prior, base),
        )
      const line = (low: number, high: number, n: number, f: (x: number) => number): number => {
        let total = 0
        for (let k = 0; k < n; k++) total += f(low + ((k + 0.5) * (high - low)) / n)
        return (total * (high - low)) / n
      }
      const mu = line(-9, 9, 2000, v => at({ 0: v }))
      const c = line(0, 3, 3000, v => at({ 1: v }))
      // u = v^4 spreads the pole that weights below one have at u = 0.
      const shares = line(0, 1, 300, v => 4 * v ** 3 * line(-40, 40, 400, l => at({ 2: v ** 4, 3: l })))
      const y = line(-16, 7, 3000, v => at({ 4: v }))
      expect(mu * c * shares * y * Math.exp(logPriorAt(prior, base))).toBeCloseTo(1, 3)
    })
  }

  it('of the normal model is that of the Student-t model without nu', () => {
    const x = Float64Array.of(0.1, 0.2, 0.3, 0.4)
    expect(logPriorAt(garchPrior({ muSd: 2 }, false), x)).toBeCloseTo(
      logDensity(garchPrior({ muSd: 2 }, false), parametersOf(x)!, false) + logJacobian(x),
      6,
    )
  })

  it('has the defaults of the reference posterior, and fields that can be changed one by one', () => {
    expect(garchPrior(undefined, true)).toEqual({
      muMean: 0,
      muSd: 1,
      omegaScale: 1,
      alphaWeight: 1,
      betaWeight: 1,
      restWeight: 1,
      nuShape: 2,
      nuRate: 0.1,
    })
    expect(garchPrior({ nuRate: 0.2 }, true)).toMatchObject({ nuShape: 2, nuRate: 0.2 })
  })
})
