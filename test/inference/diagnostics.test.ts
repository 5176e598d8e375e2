import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { childKey, openStream, rootKey } from '../../src/base/index.js'
import { drawNormal } from '../../src/distributions/index.js'
import { essBulk, essTail, mcseMean, rhat } from '../../src/inference/index.js'

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
