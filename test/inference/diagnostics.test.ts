import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nextUniform, openStream, rootKey } from '../../src/base/index.js'
import { drawNormal } from '../../src/distributions/index.js'
import { convergence, diagnose, essBulk, essTail, mcseMean, rhat } from '../../src/inference/index.js'

fc.configureGlobal({ seed: 20240607 })

interface Case {
  name: string
  chains: number[][]
  rhat: number | 'Infinity' | null
  essBulk: number | null
  essTail: number | null
  mcseMean: number | null
}
const reference: { diagnostics: Case[] } = JSON.parse(readFileSync(join(__dirname, '../fixtures/diagnostics.json'), 'utf8'))

const functions = { rhat, essBulk, essTail, mcseMean }
type Name = keyof typeof functions
const names = Object.keys(functions) as Name[]

function expectSame(found: number, expected: number | 'Infinity' | null): void {
  if (expected === null) expect(found).toBeNaN()
  else if (expected === 'Infinity') expect(found).toBe(Number.POSITIVE_INFINITY)
  else expect(Math.abs(found / expected - 1), `${found} against ${expected}`).toBeLessThan(1e-10)
}

describe("against R's posterior package", () => {
  for (const { chains, ...expected } of reference.diagnostics) {
    for (const name of names) {
      it(`${name} agrees: ${expected.name}`, () =>
        expectSame(functions[name](chains.map(c => Float64Array.from(c))), expected[name]))
    }
  }
})

const chainsOf = (entry: fc.Arbitrary<number>) =>
  fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 6, max: 30 })).chain(([m, n]) =>
    fc.array(
      fc.array(entry, { minLength: n, maxLength: n }).map(c => Float64Array.from(c)),
      { minLength: m, maxLength: m },
    ),
  )
const plain = chainsOf(fc.integer({ min: -1e6, max: 1e6 }).map(x => x / 1024))
const tied = chainsOf(fc.integer({ min: 0, max: 3 }))

describe('convergence diagnostics', () => {
  it('rank-based ones do not change under a growing map of the draws', () => {
    fc.assert(
      fc.property(tied, chains => {
        const mapped = chains.map(chain => chain.map(x => 3 * x * x * x + x - 5))
        expect(essBulk(mapped)).toEqual(essBulk(chains))
        expect(essTail(chains.map(chain => chain.map(x => -2 + 8 * x)))).toEqual(essTail(chains))
      }),
    )
  })

  it('do not depend on the order of the chains, and the standard error of the mean moves with the scale alone', () => {
    fc.assert(
      fc.property(plain, chains => {
        const reversed = [...chains].reverse()
        for (const name of names) {
          const one = functions[name](chains)
          const other = functions[name](reversed)
          if (Number.isNaN(one)) expect(other).toBeNaN()
          else expect(Math.abs(other / one - 1)).toBeLessThan(1e-9)
        }
        expect(mcseMean(chains.map(chain => chain.map(x => 4 * x)))).toEqual(4 * mcseMean(chains))
      }),
    )
  })

  it('are NaN when a draw is not finite or all draws are the same, at any place and in any chain', () => {
    fc.assert(
      fc.property(
        plain,
        fc.nat(),
        fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
        (chains, at, bad) => {
          const broken = chains.map(chain => Float64Array.from(chain))
          broken[at % chains.length][at % chains[0].length] = bad
          for (const name of names) expect(functions[name](broken), name).toBeNaN()
          for (const name of names) expect(functions[name](chains.map(chain => chain.map(() => 0.1))), name).toBeNaN()
        },
      ),
    )
  })

  it('leave the chains alone, and never say more draws than the cap S log10 S', () => {
    fc.assert(
      fc.property(plain, chains => {
        const before = structuredClone(chains)
        for (const name of names) functions[name](chains)
        expect(chains).toEqual(before)
        const size = chains.length * 2 * (chains[0].length >> 1)
        for (const ess of [essBulk(chains), essTail(chains)]) {
          if (!Number.isNaN(ess)) expect(ess).toBeLessThanOrEqual(size * Math.log10(size) * (1 + 1e-12))
        }
      }),
    )
  })

  it('refuse what is no set of chains: none, ragged, short, not arrays', () => {
    const bad = [[], [new Float64Array(3)], [new Float64Array(5), new Float64Array(6)], [null], null, 'chains', [3]]
    for (const chains of bad) {
      for (const name of names)
        expect(() => functions[name](chains as never), name).toThrow(expect.objectContaining({ code: 'BAD_CHAINS' }))
    }
  })

  it('serve forty thousand draws of two values in far less than a second a function', () => {
    const chains = [0, 1, 2, 3].map(c => Float64Array.from({ length: 10_000 }, (_, i) => ((i * 7 + c * 3) % 5 < 2 ? 1 : 0)))
    const start = performance.now()
    expect(rhat(chains)).toBeLessThan(1.01)
    // Ranks by search take some 20 ms; walking along the ties took 5,600.
    expect(performance.now() - start).toBeLessThan(1500)
  })

  it('are the same, worked out one by one, two at once or all at once', () => {
    fc.assert(
      fc.property(fc.oneof(plain, tied), chains => {
        const all = diagnose(chains)
        for (const name of names) expect(all[name], name).toBe(functions[name](chains))
        expect(convergence(chains)).toEqual({ rhat: all.rhat, essBulk: all.essBulk })
        const pooled = chains.flatMap(chain => [...chain])
        const ascending = [...pooled].sort((a, b) => a - b)
        expect(all.quantile(0)).toBe(ascending[0] + 0)
        expect(all.quantile(1)).toBe(ascending[ascending.length - 1] + 0)
        expect(all.quantile(0.5)).toBe((ascending[(ascending.length - 1) >> 1] + ascending[ascending.length >> 1]) / 2)
        expect(all.mean).toBeCloseTo(pooled.reduce((a, b) => a + b) / pooled.length, 6)
      }),
    )
  })

  it('still give location and spread of draws that are constant', () => {
    const { mean, sd, quantile, rhat: none } = diagnose([new Float64Array(9).fill(2.5), new Float64Array(9).fill(2.5)])
    expect([mean, sd, quantile(0.3)]).toEqual([2.5, 0, 2.5])
    expect(none).toBeNaN()
  })

  it('do not see an odd length’s middle draw in the ranks, only in the quantiles and in the median', () => {
    fc.assert(
      fc.property(plain, chains => {
        const odd = chains.map(chain => chain.subarray(0, chain.length - 1 + (chain.length % 2)))
        const half = odd[0].length >> 1
        const even = odd.map(chain => Float64Array.of(...chain.subarray(0, half), ...chain.subarray(half + 1)))
        expect(essBulk(odd)).toEqual(essBulk(even))
      }),
    )
  })

  it('turn with the sign: the same R-hat and bulk size for the draws mirrored', () => {
    fc.assert(
      fc.property(fc.oneof(plain, tied), chains => {
        const mirrored = chains.map(chain => chain.map(x => -x))
        for (const f of [rhat, essBulk]) {
          const one = f(chains)
          const other = f(mirrored)
          if (Number.isNaN(one)) expect(other).toBeNaN()
          else expect(other === one || Math.abs(other / one - 1) < 1e-9).toBe(true)
        }
      }),
    )
  })

  it('serve a hundred thousand draws, most of them tied, and find the size that theory gives', () => {
    const stream = openStream(rootKey('ties'))
    const held = Array.from({ length: 4 }, () => {
      let x = drawNormal(stream)
      return Float64Array.from({ length: 25_000 }, () => {
        if (nextUniform(stream) < 0.3) x = drawNormal(stream)
        return x
      })
    })
    // A chain that stays with probability .7 holds a draw for 1 / .3 steps: its autocorrelation time is 1.7 / .3.
    const { rhat: found, essBulk: size, essTail: tail } = diagnose(held)
    expect(found).toBeLessThan(1.002)
    for (const ess of [size, tail]) expect(Math.abs(ess / ((100_000 * 0.3) / 1.7) - 1)).toBeLessThan(0.12)
    // Values that keep the order but are spread otherwise have the same ranks.
    expect(essBulk(held.map(chain => chain.map(x => x * x * x)))).toBe(size)
  })
})
