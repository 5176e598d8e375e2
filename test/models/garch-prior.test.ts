import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openStream, rootKey } from '../../src/base/index.js'
import { gammainc, lnGamma } from '../../src/math/index.js'
import {
  drawGarchPrior,
  type GarchFamily,
  type GarchPrior,
  garchFamilies,
  garchPrior,
  garchProblem,
  toCoordinates,
} from '../../src/models/garch/prior.js'
import { garchTarget, parametersOf } from '../../src/models/garch/target.js'

fc.configureGlobal({ seed: 20240607 })

type Parameters = { [name: string]: number }
const named = (family: GarchFamily, x: Float64Array): Parameters => {
  const row = parametersOf(family, x)
  return Object.fromEntries(family.names.map((name, i) => [name, row[i]]))
}
/** Without returns the log posterior is the log prior. */
const logPriorAt = (prior: GarchPrior, family: GarchFamily, x: Float64Array): number => {
  const out = new Float64Array(1)
  garchTarget(family, prior, new Float64Array(0), 1).evaluate(x, 1, out)
  return out[0]
}

/** The prior's log density of the parts of the persistence and the other parameters, written from its description. */
function logDensity(prior: GarchPrior, p: Parameters, { hasNu, hasLeverage }: GarchFamily): number {
  const { muMean, muSd, omegaScale, alphaWeight, negativeWeight, betaWeight, restWeight, nuShape, nuRate } = prior
  const { mu, omega, alpha, gamma = 0, beta, nu } = p
  const normal = -0.5 * ((mu - muMean) / muSd) ** 2 - Math.log(muSd * Math.sqrt(2 * Math.PI))
  const halfNormal = Math.log(2) - 0.5 * (omega / omegaScale) ** 2 - Math.log(omegaScale * Math.sqrt(2 * Math.PI))
  const parts = hasLeverage ? [alpha / 2, (alpha + gamma) / 2, beta] : [alpha, beta]
  const weights = hasLeverage ? [alphaWeight, negativeWeight, betaWeight, restWeight] : [alphaWeight, betaWeight, restWeight]
  const all = [...parts, 1 - parts.reduce((a, b) => a + b)]
  const dirichlet =
    lnGamma(weights.reduce((a, b) => a + b)) + weights.reduce((sum, w, i) => sum + (w - 1) * Math.log(all[i]) - lnGamma(w), 0)
  const gammaDensity = nuShape * Math.log(nuRate) - lnGamma(nuShape) + (nuShape - 1) * Math.log(nu) - nuRate * nu
  const above2 = gammainc(2 * nuRate, nuShape, true, true)
  return normal + halfNormal + dirichlet + (hasNu ? gammaDensity - Math.log(above2) : 0)
}

/** log |d (mu, omega, parts, nu) / d coordinates| by central differences. */
function logJacobian(x: Float64Array, family: GarchFamily): number {
  const values = (at: Float64Array): number[] => {
    const { mu, omega, alpha, gamma = 0, beta, nu } = named(family, at)
    return [mu, omega, ...(family.hasLeverage ? [alpha / 2, (alpha + gamma) / 2] : [alpha]), beta, ...(family.hasNu ? [nu] : [])]
  }
  const matrix = Array.from(x, (_, i) => {
    const step = 1e-5 * Math.max(Math.abs(x[i]), 1e-2)
    const up = values(x.map((v, k) => (k === i ? v + step : v)))
    const down = values(x.map((v, k) => (k === i ? v - step : v)))
    return up.map((v, j) => (v - down[j]) / (2 * step))
  })
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

const coordinatesOf = (family: GarchFamily) =>
  fc
    .tuple(
      fc.double({ min: -3, max: 3, noNaN: true }),
      fc.double({ min: 0.02, max: 1.5, noNaN: true }),
      fc.double({ min: 0.02, max: 0.97, noNaN: true }),
      fc.double({ min: -5, max: 4, noNaN: true }),
      ...(family.hasLeverage ? [fc.double({ min: -4, max: 4, noNaN: true })] : []),
      ...(family.hasNu ? [fc.double({ min: -2, max: 4, noNaN: true })] : []),
    )
    .map(x => Float64Array.from(x))
const families = Object.values(garchFamilies)
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
const priorsOf = (family: GarchFamily): { [name: string]: GarchPrior } => {
  const { nuShape, nuRate, ...rest } = other
  const given = { ...rest, ...(family.hasNu ? { nuShape, nuRate } : {}), ...(family.hasLeverage ? { negativeWeight: 2.2 } : {}) }
  return { 'the default': garchPrior(undefined, family), another: garchPrior(given, family) }
}

for (const family of families) {
  describe(`the coordinates of ${family.name}`, () => {
    it('go to parameters and back', () => {
      fc.assert(
        fc.property(coordinatesOf(family), x => {
          const p = named(family, x)
          expect(garchProblem(p)).toBeNull()
          toCoordinates(p, family).forEach((v, i) => {
            expect(Math.abs(v - x[i])).toBeLessThan(1e-9)
          })
        }),
      )
    })

    it('outside the support have density 0: omega, a part or the rest not positive, nu at 2 or beyond measure, NaN', () => {
      const inside = Float64Array.of(0, 0.2, 0.1, 0, ...(family.hasLeverage ? [0.3] : []), ...(family.hasNu ? [1] : []))
      const prior = garchPrior(undefined, family)
      expect(logPriorAt(prior, family, inside)).toBeGreaterThan(Number.NEGATIVE_INFINITY)
      const last = inside.length - 1
      const outside: [number, number][] = [
        ...[0, -0.1].map((v): [number, number] => [1, v]),
        ...[0, -0.2, 1, 1.2].map((v): [number, number] => [2, v]),
        ...[800, -800].map((v): [number, number] => [3, v]),
        ...(family.hasLeverage ? [800, -800].map((v): [number, number] => [4, v]) : []),
        ...(family.hasNu ? [-50, 20, 800].map((v): [number, number] => [last, v]) : []),
        ...Array.from(inside, (_, i): [number, number] => [i, Number.NaN]),
      ]
      for (const [i, value] of outside)
        expect(
          logPriorAt(
            prior,
            family,
            inside.map((v, k) => (k === i ? value : v)),
          ),
          `${i}: ${value}`,
        ).toBe(Number.NEGATIVE_INFINITY)
    })
  })

  describe(`the prior of ${family.name}`, () => {
    for (const [name, prior] of Object.entries(priorsOf(family))) {
      it(`has in coordinates the density of the parameters times the map’s Jacobian: ${name}`, () => {
        fc.assert(
          fc.property(coordinatesOf(family), x => {
            const expected = logDensity(prior, named(family, x), family) + logJacobian(x, family)
            expect(Math.abs(logPriorAt(prior, family, x) - expected)).toBeLessThan(1e-6 * (1 + Math.abs(expected)))
          }),
          { numRuns: 200 },
        )
      })

      it(`draws what its density says: means and variances of the parameters agree with importance sampling: ${name}`, () => {
        const stream = openStream(rootKey('prior draws'))
        const count = 20_000
        const draws = Array.from({ length: count }, () => drawGarchPrior(prior, family, stream))
        for (const p of draws.slice(0, 200)) expect(garchProblem(p)).toBeNull()
        const weights = [
          prior.alphaWeight,
          ...(family.hasLeverage ? [prior.negativeWeight] : []),
          prior.betaWeight,
          prior.restWeight,
        ]
        const total = weights.reduce((a, b) => a + b)
        const beta = draws.map(p => p.beta)
        const arch = draws.map(p => p.alpha + (p.gamma ?? 0) / 2)
        const expectMean = (values: number[], mean: number): void => {
          const found = values.reduce((a, b) => a + b) / count
          const sd = Math.sqrt(values.reduce((a, b) => a + (b - found) ** 2, 0) / count)
          expect(Math.abs(found - mean)).toBeLessThan((4.5 * sd) / Math.sqrt(count))
        }
        expectMean(beta, prior.betaWeight / total)
        expectMean(arch, (total - prior.betaWeight - prior.restWeight) / total)
        expectMean(
          draws.map(p => p.mu),
          prior.muMean,
        )
        expectMean(
          draws.map(p => p.omega),
          prior.omegaScale * Math.sqrt(2 / Math.PI),
        )
        if (!family.hasNu) return
        const above = (shape: number): number => gammainc(2 * prior.nuRate, shape, true, true)
        const mean = ((prior.nuShape / prior.nuRate) * above(prior.nuShape + 1)) / above(prior.nuShape)
        expectMean(
          draws.map(p => p.nu),
          mean,
        )
      })
    }
  })
}

describe('the prior of garchT', () => {
  it('integrates to one over the coordinates', () => {
    const family = garchFamilies.garchT
    for (const prior of Object.values(priorsOf(family))) {
      // Independent blocks mu, c, (u, l), y: the integral is the product of the blocks' own, each along a base point.
      const base = Float64Array.of(0.1, 0.4, 0.3, -0.5, 1.5)
      const peak = logPriorAt(prior, family, base)
      const at = (changes: { [i: number]: number }): number =>
        Math.exp(
          logPriorAt(
            prior,
            family,
            base.map((v, i) => changes[i] ?? v),
          ) - peak,
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
      expect(mu * c * shares * y * Math.exp(peak)).toBeCloseTo(1, 3)
    }
  })

  it('has the defaults of the reference posterior, and fields that can be changed one by one', () => {
    expect(garchPrior(undefined, garchFamilies.garchT)).toEqual({
      muMean: 0,
      muSd: 1,
      omegaScale: 1,
      alphaWeight: 1,
      negativeWeight: 1,
      betaWeight: 1,
      restWeight: 1,
      nuShape: 2,
      nuRate: 0.1,
    })
    expect(garchPrior({ nuRate: 0.2 }, garchFamilies.garchT)).toMatchObject({ nuShape: 2, nuRate: 0.2 })
    expect(() => garchPrior({ negativeWeight: 1 }, garchFamilies.garchT)).toThrow(expect.objectContaining({ code: 'BAD_MODEL' }))
  })
})
