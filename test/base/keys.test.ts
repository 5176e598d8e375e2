import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { childKey, firstUniform, type Key, keyFromWords, keyWords, moveKey, movingKey, rootKey } from '../../src/base/index.js'
import { chiSquareSurvival } from '../../src/distributions/index.js'

fc.configureGlobal({ seed: 20240607 })

const reference: { keys: { seed: string; path: (string | number)[]; words: number[] }[] } = JSON.parse(
  readFileSync(join(__dirname, '../fixtures/random.json'), 'utf8'),
)

const at = (seed: string, path: readonly (string | number)[]): Key =>
  path.reduce((key: Key, label) => childKey(key, label), rootKey(seed))
const wordsAt = (seed: string, path: readonly (string | number)[]): number[] => [...keyWords(at(seed, path))]

const label = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 12 }), fc.maxSafeInteger(), fc.integer({ min: -3, max: 3 }))
const path = fc.array(label, { maxLength: 5 })

describe('the tree of keys', () => {
  for (const { seed, path: labels, words } of reference.keys) {
    it(`has the words that an independent program gives: '${seed.slice(0, 20)}' ${labels.map(l => JSON.stringify(l).slice(0, 20)).join(' / ')}`, () => {
      expect(wordsAt(seed, labels)).toEqual(words)
    })
  }

  it('gives the same words to the same path, whenever and however often it is asked', () => {
    fc.assert(
      fc.property(fc.string(), path, (seed, labels) => {
        const key = at(seed, labels)
        const first = [...keyWords(key)]
        expect([...keyWords(key)]).toEqual(first)
        expect(wordsAt(seed, labels)).toEqual(first)
      }),
    )
  })

  it('gives different words to different paths: no prefix, split or type of a label passes for another', () => {
    fc.assert(
      fc.property(path, path, (one, other) => {
        fc.pre(JSON.stringify(one) !== JSON.stringify(other))
        expect(wordsAt('s', one)).not.toEqual(wordsAt('s', other))
      }),
      { numRuns: 400 },
    )
    const close = [
      [],
      [''],
      [0],
      ['0'],
      [1],
      ['1'],
      ['11'],
      ['1', '1'],
      [1, 1],
      [11],
      ['a', 'b'],
      ['ab'],
      ['ab', ''],
      ['', 'ab'],
      [-1],
      [4294967295],
    ]
    expect(new Set(close.map(labels => wordsAt('s', labels).join())).size).toBe(close.length)
  })

  it('gives different words to different seeds, also where seedrandom alone repeats itself', () => {
    // seedrandom takes 'a', 'aa' and 'aaa' for the same key, and character codes modulo 256.
    const seeds = [
      '',
      'a',
      'aa',
      'aaa',
      'abab',
      'ab',
      '\u0161',
      'a\u0000',
      '\u0100',
      '\u0000',
      '\ud800',
      '\ud801',
      '\ufffd',
      '1',
      '01',
      ' 1',
    ]
    expect(new Set(seeds.map(seed => wordsAt(seed, []).join())).size).toBe(seeds.length)
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 5 }), fc.string({ unit: 'binary', maxLength: 5 }), (one, other) => {
        fc.pre(one !== other)
        expect(wordsAt(one, [])).not.toEqual(wordsAt(other, []))
        expect(wordsAt(one.repeat(2), [])).not.toEqual(wordsAt(one.repeat(3), ['']))
      }),
    )
  })

  it('does not depend on the order in which branches are hashed, nor on what is hashed beside them', () => {
    fc.assert(
      fc.property(fc.uniqueArray(label, { minLength: 2, maxLength: 8 }), labels => {
        const forwards = rootKey('order')
        const backwards = rootKey('order')
        const one = labels.map(l => [...keyWords(childKey(forwards, l))])
        const other = [...labels].reverse().map(l => [...keyWords(childKey(backwards, l))])
        expect(other.reverse()).toEqual(one)
      }),
    )
  })

  it('hashes a lazy path, whose inner keys were never asked, as it hashes one whose inner keys were', () => {
    const asked = childKey(rootKey('lazy'), 'inner')
    keyWords(asked)
    expect([...keyWords(childKey(asked, 7))]).toEqual(wordsAt('lazy', ['inner', 7]))
  })

  it('goes on below a key that crossed a thread as its words', () => {
    const far = keyFromWords(Uint32Array.from(wordsAt('far', ['a'])))
    expect([...keyWords(childKey(far, 'b'))]).toEqual(wordsAt('far', ['a', 'b']))
  })

  it('never gives the same words to any of 40,000 numbered siblings, and sets each bit half the time, independently', () => {
    const parent = at('bits', ['children'])
    const n = 40_000
    const ones = new Float64Array(128)
    const flips = new Float64Array(128)
    const seen = new Set<string>()
    let previous = keyWords(childKey(parent, -1))
    for (let i = 0; i < n; i++) {
      const words = keyWords(childKey(parent, i))
      seen.add(words.join())
      for (let b = 0; b < 128; b++) {
        const bit = (words[b >> 5] >>> (b & 31)) & 1
        ones[b] += bit
        flips[b] += bit ^ ((previous[b >> 5] >>> (b & 31)) & 1)
      }
      previous = words
    }
    expect(seen.size).toBe(n)
    for (const counts of [ones, flips]) {
      const statistic = counts.reduce((sum, c) => sum + (c - n / 2) ** 2 / (n / 4), 0)
      expect(chiSquareSurvival(statistic, 128)).toBeGreaterThan(1e-4)
      expect(1 - chiSquareSurvival(statistic, 128)).toBeGreaterThan(1e-4)
    }
  })

  it('changes half of the 128 bits when one bit of the parent or one unit of the label changes', () => {
    const base = Uint32Array.of(1, 2, 3, 4)
    const words = keyWords(childKey(keyFromWords(base), 'label'))
    const distance = (other: Uint32Array): number => {
      let bits = 0
      for (let b = 0; b < 128; b++) bits += ((words[b >> 5] ^ other[b >> 5]) >>> (b & 31)) & 1
      return bits
    }
    const flipped = Array.from({ length: 128 }, (_, b) => base.map((w, i) => (i === b >> 5 ? w ^ (1 << (b & 31)) : w)))
    const distances = [
      ...flipped.map(parent => distance(keyWords(childKey(keyFromWords(parent), 'label')))),
      ...['Label', 'lAbel', 'laBel', 'labEl', 'labeL', 'labe', 'labell'].map(l =>
        distance(keyWords(childKey(keyFromWords(base), l))),
      ),
    ]
    // Binomial(128, 1/2): sd 5.66; the mean of 135 has sd .49.
    for (const d of distances) expect(Math.abs(d - 64)).toBeLessThan(30)
    expect(Math.abs(distances.reduce((a, b) => a + b) / distances.length - 64)).toBeLessThan(2)
  })

  it('moves: a key that is pointed at a branch has that branch’s words, whatever it was before', () => {
    const moving = movingKey()
    const parents = ['x', 'y'].map(label => childKey(rootKey('moving'), label))
    const table = Uint32Array.from([7, ...keyWords(parents[0]), ...keyWords(parents[1])])
    const words = (key: Key) => Array.from(keyWords(key))
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.maxSafeInteger()),
        fc.integer({ min: 0, max: 1 }),
        fc.boolean(),
        (label, p, isHashed) => {
          moveKey(moving, table, 1 + 4 * p, label)
          expect(firstUniform(moving)).toBe(firstUniform(childKey(parents[p], label)))
          if (isHashed) expect(words(moving)).toEqual(words(childKey(parents[p], label)))
          expect(words(childKey(moving, 1))).toEqual(words(childKey(childKey(parents[p], label), 1)))
        },
      ),
    )
  })

  it('refuses a seed that is no string, and stops at a label that is no safe integer', () => {
    for (const seed of [1, null, undefined, {}]) {
      expect(() => rootKey(seed as never)).toThrow(expect.objectContaining({ code: 'BAD_SEED' }))
    }
    for (const l of [0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])
      expect(() => keyWords(childKey(rootKey(''), l))).toThrow(/safe integer/)
  })
})
