import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { essBulk, essTail, mcseMean, rhat } from '../../src/inference/index.js'

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
})
