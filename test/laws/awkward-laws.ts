import { describe, expect, it } from 'vitest'
import { childKey, openStream, rootKey } from '../../src/base/index.js'
import { drawNormal, drawStudentT } from '../../src/distributions/index.js'
import { riskLevels, studyGrid } from '../../src/forecast/index.js'
import { rhat } from '../../src/inference/index.js'
import type { Model } from '../../src/models/index.js'

const stream = openStream(rootKey('awkward series'))
const normal = (count: number): Float64Array => new Float64Array(count).map(() => drawNormal(stream))

function garch(alpha: number, beta: number, nu: number, count: number): Float64Array {
  let h = 1
  return new Float64Array(count).map(() => {
    const ret = Math.sqrt((h * (nu - 2)) / nu) * drawStudentT(stream, nu)
    h = 0.02 + alpha * ret * ret + beta * h
    return ret
  })
}

const withOne = (at: number, value: number): Float64Array => normal(500).map((ret, i) => (i === at ? value : ret))

/** Histories that no refusal keeps out, and that break samplers and filters. */
export const awkwardSeries: { readonly [name: string]: Float64Array } = {
  'one giant loss in the middle': withOne(250, -1e6),
  'one giant gain on the first day': withOne(0, 1e6),
  'one giant loss on the last day': withOne(499, -1e6),
  'one loss of fifty standard deviations': withOne(250, -50),
  'alpha + beta = 1': garch(0.1, 0.9, 6, 500),
  'errors that hardly have a variance': garch(0.1, 0.85, 2.1, 500),
  'normal returns without any clustering': normal(500),
  'returns in a tiny unit': normal(500).map(ret => 1e-8 * ret),
  'returns in a huge unit': normal(500).map(ret => 1e6 * ret),
  'all but one return 0': new Float64Array(500).map((_, i) => (i === 250 ? 0.1 : 0)),
  'every other return 0': normal(500).map((ret, i) => (i % 2 === 0 ? 0 : ret)),
  'plus and minus one in turn': new Float64Array(500).map((_, i) => (i % 2 === 0 ? 1 : -1)),
  'a trend without noise': new Float64Array(500).map((_, i) => 0.01 * i),
}

/** A fit of an awkward history ends, holds no NaN, and names a fallback where its chains did not converge. */
export function awkwardLaws(model: Model, names: readonly string[] = Object.keys(awkwardSeries)): void {
  describe(`awkward histories do not break ${model.name}`, () => {
    for (const name of names) {
      it(name, () => {
        const key = childKey(rootKey('awkward'), name)
        const state = model.init(awkwardSeries[name].slice(), key)
        expectSound(model, state)
        expectSound(model, model.update(state, 0.1, childKey(key, 'update')))
        expectSound(model, model.update(state, -9, childKey(key, 'loss')))
      })
    }
  })
}

function expectSound(model: Model, state: unknown): void {
  const { quantiles, shortfalls } = model.forecast(state, { levels: studyGrid, riskLevels })
  expect(quantiles.every(Number.isFinite)).toBe(true)
  expect(shortfalls.every(Number.isFinite)).toBe(true)
  for (let i = 1; i < quantiles.length; i++) expect(quantiles[i]).toBeGreaterThanOrEqual(quantiles[i - 1])
  for (const level of riskLevels) expect((model.varInterval95?.(state, level) ?? [0]).every(Number.isFinite)).toBe(true)
  const { names, draws, fallback } = model.posterior(state)
  let worst = 0
  for (const name of names) {
    expect(draws[name].every(chain => chain.every(Number.isFinite))).toBe(true)
    if (draws[name].length > 1) worst = Math.max(worst, rhat(draws[name]))
  }
  if (!(worst < 1.01)) expect(fallback).toMatch(/R-hat|k-hat|mode/)
}
