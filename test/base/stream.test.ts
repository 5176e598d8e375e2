import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  childKey,
  firstUniform,
  keyFromWords,
  nextInteger,
  nextUint32,
  nextUniform,
  openStream,
  rootKey,
} from '../../src/base/index.js'
import { chiSquareSurvival } from '../../src/distributions/index.js'

fc.configureGlobal({ seed: 20240607 })

interface Reference {
  streams: { words: number[]; uint32: number[]; uniform: number[]; bounds: number[]; integers: number[] }[]
}
const reference: Reference = JSON.parse(readFileSync(join(__dirname, '../fixtures/random.json'), 'utf8'))
const streamOf = (words: ArrayLike<number>) => openStream(keyFromWords(Uint32Array.from(words)))

describe('a stream', () => {
  for (const { words, uint32, uniform, bounds, integers } of reference.streams) {
    it(`is xoshiro128++ as an independent program runs it, from state ${words.join(' ')}`, () => {
      const bits = streamOf(words)
      expect(uint32.map(() => nextUint32(bits))).toEqual(uint32)
      const uniforms = streamOf(words)
      expect(uniform.map(() => nextUniform(uniforms))).toEqual(uniform)
      const whole = streamOf(words)
      expect(bounds.map(bound => nextInteger(whole, bound))).toEqual(integers)
    })
  }

  it('starts again when its key is opened again, and leaves the key alone', () => {
    const key = childKey(rootKey('stream'), 'again')
    const draw = () => {
      const stream = openStream(key)
      return Array.from({ length: 50 }, () => nextUint32(stream))
    }
    expect(draw()).toEqual(draw())
  })

  it('gives its first uniform without being opened, and the key stays unhashed', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.maxSafeInteger()), label => {
        const key = childKey(rootKey('first'), label)
        const first = firstUniform(key)
        expect(key.words).toBeNull()
        expect(first).toBe(nextUniform(openStream(key)))
        expect(firstUniform(key)).toBe(first)
      }),
    )
    for (const words of [[0, 0, 0, 0], [1, 2, 3, 4], [0xffffffff, 0, 0xffffffff, 7]]) // biome-ignore format: one line
      expect(firstUniform(keyFromWords(Uint32Array.from(words)))).toBe(nextUniform(streamOf(words)))
  })

  it('does not stand still on a key of zeros', () => {
    const stream = streamOf([0, 0, 0, 0])
    expect(new Set(Array.from({ length: 100 }, () => nextUint32(stream))).size).toBeGreaterThan(95)
  })

  it('draws uniforms that lie inside the open interval even at the ends of the generator’s range', () => {
    // From zeros two outputs of zero follow; and the state below was solved for two outputs of all ones.
    expect(nextUniform({ s: Uint32Array.of(0, 0, 0, 0) })).toBe(2 ** -53)
    const highest = solveForOnes(0x12345678)
    expect([nextUint32({ s: Uint32Array.from(highest) })]).toEqual([0xffffffff])
    expect(nextUniform({ s: Uint32Array.from(highest) })).toBe(1 - 2 ** -53)
    let high = 0
    let low = 1
    const stream = openStream(rootKey('open interval'))
    for (let i = 0; i < 200_000; i++) {
      const u = nextUniform(stream)
      if (u > high) high = u
      if (u < low) low = u
    }
    expect(low).toBeGreaterThan(0)
    expect(low).toBeLessThan(1e-4)
    expect(high).toBeGreaterThan(1 - 1e-4)
    expect(high).toBeLessThan(1)
  })

  it('draws uniforms that fill 256 cells evenly, and pairs of successive ones 16 x 16 cells', () => {
    const n = 100_000
    const stream = openStream(rootKey('uniform'))
    const cells = new Float64Array(256)
    const pairs = new Float64Array(256)
    for (let i = 0; i < n; i++) {
      const u = nextUniform(stream)
      const v = nextUniform(stream)
      cells[Math.floor(256 * u)]++
      pairs[16 * Math.floor(16 * u) + Math.floor(16 * v)]++
    }
    for (const counts of [cells, pairs]) expect(evenness(counts)).toBeGreaterThan(1e-4)
  })

  it('draws integers without bias: small bounds evenly, and a bound of 3/4 of the range as often below its middle as above', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 60 }), fc.integer(), (bound, seed) => {
        const stream = openStream(childKey(rootKey('integers'), seed))
        const counts = new Float64Array(bound)
        for (let i = 0; i < 200 * bound; i++) counts[nextInteger(stream, bound)]++
        expect(evenness(counts)).toBeGreaterThan(1e-6)
      }),
      { numRuns: 20, seed: 1 },
    )
    // Taking the remainder alone would put 2/3 of the draws into the lower third of 3 * 2^30.
    const stream = openStream(rootKey('three quarters'))
    const thirds = new Float64Array(3)
    for (let i = 0; i < 30_000; i++) thirds[Math.floor(nextInteger(stream, 3 * 2 ** 30) / 2 ** 30)]++
    expect(evenness(thirds)).toBeGreaterThan(1e-4)
  })

  it('refuses a bound that no integer lies below, rather than search for one for ever', () => {
    const stream = openStream(rootKey('bounds'))
    for (const bound of [0, -1, 2.5, Number.NaN, 2 ** 32 + 1, Number.POSITIVE_INFINITY]) {
      expect(() => nextInteger(stream, bound)).toThrow(expect.objectContaining({ code: 'BAD_BOUND' }))
    }
    expect(nextInteger(stream, 1)).toBe(0)
    expect(nextInteger(stream, 2 ** 32)).toBeLessThan(2 ** 32)
  })

  it('is independent of its siblings: 64 streams of neighbouring keys agree bit for bit half the time', () => {
    const n = 2000
    const streams = Array.from({ length: 64 }, (_, i) => openStream(childKey(rootKey('siblings'), i)))
    const equal = new Float64Array(63)
    for (let i = 0; i < n; i++) {
      const words = streams.map(nextUint32)
      for (let k = 0; k < 63; k++) {
        let same = ~(words[k] ^ words[k + 1])
        for (let b = 0; b < 32; b++, same >>>= 1) equal[k] += same & 1
      }
    }
    const bits = 32 * n
    const statistic = equal.reduce((sum, c) => sum + (c - bits / 2) ** 2 / (bits / 4), 0)
    expect(chiSquareSurvival(statistic, 63)).toBeGreaterThan(1e-4)
  })
})

/** The p-value of Pearson's chi-square against equal cells. */
function evenness(counts: Float64Array): number {
  const expected = counts.reduce((a, b) => a + b) / counts.length
  return chiSquareSurvival(
    counts.reduce((sum, c) => sum + (c - expected) ** 2 / expected, 0),
    counts.length - 1,
  )
}

/** A state of xoshiro128++ whose next two outputs are all ones, for a free choice of the next first word. */
function solveForOnes(w: number): Uint32Array {
  const rotateRight = (x: number, r: number): number => ((x >>> r) | (x << (32 - r))) >>> 0
  // An output is rotl(s0 + s3, 7) + s0; all ones means s3 = rotr(~s0, 7) - s0. One step makes s0 into s0 ^ v, s3 into rotl(v, 11).
  const v = rotateRight((rotateRight(~w, 7) - w) >>> 0, 11)
  const s0 = (v ^ w) >>> 0
  const s3 = (rotateRight(~s0, 7) - s0) >>> 0
  return Uint32Array.of(s0, v ^ s3, 0, s3)
}
