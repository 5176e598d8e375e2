import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { automaticBlockLength, type Losses, modelConfidenceSet, modelConfidenceSets } from '../../src/backtest/index.js'
import { openStream, rootKey } from '../../src/base/index.js'
import { drawNormal } from '../../src/distributions/index.js'

const refusal = (code: string) => expect.objectContaining({ name: 'SwarmvarError', code })
const stream = openStream(rootKey('losses'))
const normals = (days: number): Float64Array => Float64Array.from({ length: days }, () => drawNormal(stream))
const market = normals(300).map(z => 2 + z)
const around = (gap: number): Float64Array => market.map(loss => loss + gap + 0.3 * drawNormal(stream))
const losses = { zeta: around(0), alpha: around(0.02), mid: around(0.06), worst: around(0.5) }
const options = { seed: '1', replications: 2000 }
const both = ['R', 'max'] as const
const mapped = (change: (loss: number) => number): Losses =>
  Object.fromEntries(Object.entries(losses).map(([name, values]) => [name, values.map(change)]))

describe('the model confidence set', () => {
  it('throws out a clearly worse model first, keeps the best to the end, and replays', () => {
    for (const statistic of both) {
      const found = modelConfidenceSet(losses, { ...options, statistic })
      expect(found.steps[0]).toMatchObject({ eliminated: ['worst'], pValue: 0 })
      expect(found.pValues.worst).toBe(0)
      expect(found.included).toEqual(['zeta', 'alpha', 'mid'].filter(name => found.pValues[name] >= 0.1))
      expect(Object.keys(found.pValues)).toEqual(Object.keys(losses))
      expect(Math.max(...Object.values(found.pValues))).toBe(1)
      expect(modelConfidenceSet(losses, { ...options, statistic })).toEqual(found)
      expect(modelConfidenceSet(losses, { ...options, statistic, seed: '2' })).not.toEqual(found)
    }
  })

  it('gives both statistics from one bootstrap, the same as one at a time; R is the default', () => {
    const sets = modelConfidenceSets(losses, options)
    for (const statistic of both) expect(modelConfidenceSet(losses, { ...options, statistic })).toEqual(sets[statistic])
    expect(modelConfidenceSet(losses, options)).toEqual(sets.R)
  })

  it('has p-values that never fall along the elimination, and sets that are nested in the level', () => {
    for (const statistic of both) {
      const at = (level: number) => modelConfidenceSet(losses, { ...options, statistic, level })
      const { steps, pValues } = at(0.1)
      const along = steps.flatMap(({ eliminated }) => eliminated.map(name => pValues[name]))
      expect(along).toEqual([...along].sort((a, b) => a - b))
      for (const name of at(0.5).included) expect(at(0.05).included).toContain(name)
      expect(at(0.5).pValues).toEqual(pValues)
    }
  })

  it('does not depend on the order of the models', () => {
    const { zeta, alpha, mid, worst } = losses
    for (const statistic of both) {
      const found = modelConfidenceSet(losses, { ...options, statistic })
      const turned = modelConfidenceSet({ worst, mid, alpha, zeta }, { ...options, statistic })
      expect(turned.pValues).toEqual(found.pValues)
      expect(turned.steps).toEqual(found.steps)
      expect(turned.included).toEqual([...found.included].reverse())
    }
  })

  it('does not depend on the unit of the losses, from 1e-300 to 1e300', () => {
    for (const statistic of both) {
      const found = modelConfidenceSet(losses, { ...options, statistic })
      for (const power of [-996, -550, -3, 40, 1010])
        expect(
          modelConfidenceSet(
            mapped(loss => loss * 2 ** power),
            { ...options, statistic },
          ),
        ).toEqual(found)
      const vast = modelConfidenceSet(
        mapped(loss => loss * 1e300),
        { ...options, statistic },
      )
      expect(vast.pValues.worst).toBe(0)
    }
  })

  it('one absurd model among ordinary ones neither hides them nor is hidden', () => {
    for (const statistic of both) {
      const constant = modelConfidenceSet({ ...losses, absurd: market.map(() => 1e300) }, { ...options, statistic })
      expect(constant.pValues.absurd).toBe(0)
      expect(constant.included).not.toContain('worst')
      const wild = modelConfidenceSet({ ...losses, wild: market.map(z => 1e200 * z) }, { ...options, statistic })
      expect(wild.included).not.toContain('wild')
      expect(wild.included).not.toContain('worst')
    }
  })

  it('keeps models with equal losses together: all in, or out at the same step', () => {
    const copy = Float64Array.from(losses.worst)
    for (const statistic of both) {
      const found = modelConfidenceSet({ ...losses, copy }, { ...options, statistic })
      expect(found.steps[0].eliminated).toEqual(['copy', 'worst'])
      const same = modelConfidenceSet({ a: market, b: market, c: market }, { ...options, statistic })
      expect(same).toMatchObject({ included: ['a', 'b', 'c'], pValues: { a: 1, b: 1, c: 1 }, steps: [] })
    }
  })

  it('throws out a model that is worse by the same amount every day, though rounding makes the difference vary', () => {
    for (const statistic of both) {
      const found = modelConfidenceSet({ a: market, b: market.map(loss => loss + 0.1) }, { ...options, statistic })
      expect(found.included).toEqual(['a'])
      expect(found.steps).toEqual([{ eliminated: ['b'], statistic: null, pValue: 0 }])
      const three = { c: market.map(loss => loss + 0.2), a: market, b: market.map(loss => loss + 0.1) }
      const staircase = modelConfidenceSet(three, { ...options, statistic })
      expect(staircase.steps.map(({ eliminated }) => eliminated)).toEqual([['c'], ['b']])
    }
  })

  it('answers for one model, for two days and for 20,000', () => {
    for (const statistic of both) {
      expect(modelConfidenceSet({ only: market }, { ...options, statistic })).toMatchObject({ included: ['only'], steps: [] })
      const two = modelConfidenceSet({ a: [1, 2], b: [3, 1], c: [2, 2] }, { ...options, statistic })
      for (const pValue of Object.values(two.pValues)) expect(pValue).toBeGreaterThanOrEqual(0)
      const long = { a: normals(20_000), b: normals(20_000).map(z => z + 0.1) }
      expect(modelConfidenceSet(long, { seed: '1', replications: 200, statistic }).included).toEqual(['a'])
    }
  })

  it('takes longer blocks when differences are correlated over days, and at least one day', () => {
    const slow = normals(500)
    for (let t = 1; t < 500; t++) slow[t] += 0.8 * slow[t - 1]
    expect(automaticBlockLength([normals(500)])).toBeLessThan(automaticBlockLength([slow]))
    expect(automaticBlockLength([new Float64Array(50)])).toBe(1)
    expect(automaticBlockLength([normals(2)])).toBe(1)
    const noise = normals(500)
    expect(modelConfidenceSet({ a: slow, b: noise }, options).blockLength).toBeGreaterThan(5)
    expect(modelConfidenceSet({ a: slow, b: noise }, { ...options, blockLength: 3 }).blockLength).toBe(3)
  })

  it('gives every model a p-value from 0 to 1, whatever the losses', () => {
    const loss = fc.oneof(fc.integer({ min: -2, max: 2 }), fc.double({ noNaN: true, noDefaultInfinity: true }))
    const columns = fc
      .integer({ min: 2, max: 8 })
      .chain(days => fc.array(fc.array(loss, { minLength: days, maxLength: days }), { minLength: 1, maxLength: 5 }))
    fc.assert(
      fc.property(columns, given => {
        const { R, max } = modelConfidenceSets(Object.fromEntries(given.entries()), { seed: '1', replications: 20 })
        for (const { pValues, steps, included } of [R, max]) {
          for (const pValue of Object.values(pValues)) expect(pValue).toSatisfy((p: number) => p >= 0 && p <= 1)
          for (const { statistic } of steps)
            expect(statistic).toSatisfy((t: number | null) => t === null || (t > 0 && t < Infinity))
          expect(included.length).toBeGreaterThan(0)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('refuses what makes no sense', () => {
    const refuses = (code: string, given: unknown, changes: object = {}): void =>
      expect(() => modelConfidenceSet(given as Losses, { ...options, ...changes })).toThrow(refusal(code))
    refuses('NO_MODELS', {})
    for (const bad of [null, [[1, 2]], 'losses', { a: 'x' }, { a: [1, Number.NaN], b: [1, 2] }]) refuses('BAD_LOSS', bad)
    refuses('LENGTH_MISMATCH', { a: [1, 2], b: [1, 2, 3] })
    refuses('TOO_FEW_DAYS', { a: [1], b: [2] })
    for (const level of [0, 1, Number.NaN]) refuses('BAD_LEVEL', losses, { level })
    for (const blockLength of [0, 1.5, 300, 'long']) refuses('BAD_BLOCK_LENGTH', losses, { blockLength })
    for (const replications of [0, 1.5, 1e9]) refuses('BAD_REPLICATIONS', losses, { replications })
    const crowd = Object.fromEntries(Array.from({ length: 1100 }, (_, i) => [`model${i}`, [i, 1]]))
    refuses('TOO_LARGE', crowd, { replications: 10_000 })
    refuses('BAD_STATISTIC', losses, { statistic: 'min' })
    refuses('BAD_SEED', losses, { seed: undefined })
    expect(() => modelConfidenceSet(losses, undefined as never)).toThrow(refusal('BAD_SEED'))
  })

  it('leaves its input alone', () => {
    const before = JSON.stringify(losses)
    modelConfidenceSets(losses, options)
    expect(JSON.stringify(losses)).toBe(before)
  })
})
