import { createHash } from 'node:crypto'
import seedrandom from 'seedrandom'
import { assert } from './assert.js'
import { refuse } from './errors.js'

/**
 * A place in the tree of named random streams. A key is a lazy path: it is hashed to 128 bits only when something is
 * drawn from it, so handing a key to every step costs nothing. No draw depends on the order in which keys are used.
 */
export interface Key {
  readonly parent: Key | null
  readonly label: string | number
  words: Uint32Array | null
}

/**
 * The root of a run's randomness: any string, turned into 128 bits by seedrandom. Its generator repeats short seeds and takes
 * character codes modulo 256, so it is given the SHA-256 of the string's UTF-16 units: strings that differ have roots that differ.
 */
export function rootKey(seed: string): Key {
  if (typeof seed !== 'string') refuse('BAD_SEED', seed, 'a string', 'seed')
  const generator = seedrandom(createHash('sha256').update(Buffer.from(seed, 'utf16le')).digest('hex'))
  const words = new Uint32Array(4)
  for (let i = 0; i < 4; i++) words[i] = generator.int32()
  return { parent: null, label: '', words }
}

/** A named branch. Labels are strings or safe integers; 1 and '1' are different branches. */
export const childKey = (key: Key, label: string | number): Key => ({ parent: key, label, words: null })

/** The key's 128 bits: plain data, which is how a key crosses to another thread. */
export function keyWords(key: Key): Uint32Array {
  if (key.words === null) {
    assert(key.parent !== null, 'a key without words has a parent')
    key.words = hashLabel(keyWords(key.parent), key.label, new Uint32Array(4))
  }
  return key.words
}

const scratch = new Uint32Array(4)

/** The key's 128 bits for reading at once: the next call may write others over them, and the key is left unhashed. */
export function peekWords(key: Key): Uint32Array {
  if (key.words !== null || key.parent === null) return keyWords(key)
  return hashLabel(keyWords(key.parent), key.label, scratch)
}

/** A branch that can be pointed elsewhere, so that a million questions do not make a million keys. Good until it moves: never to be kept. */
export interface MovingKey extends Key {
  readonly parent: Key & { readonly words: Uint32Array }
  label: string | number
}

export const movingKey = (): MovingKey => ({
  parent: { parent: null, label: '', words: new Uint32Array(4) },
  label: '',
  words: null,
})

/** Points the key at the branch `label` of the key whose four words begin at `at`. */
export function moveKey(key: MovingKey, words: Uint32Array, at: number, label: string | number): void {
  const parent = key.parent.words
  parent[0] = words[at]
  parent[1] = words[at + 1]
  parent[2] = words[at + 2]
  parent[3] = words[at + 3]
  key.label = label
  key.words = null
}

export const keyFromWords = (words: Uint32Array): Key => ({ parent: null, label: '', words })

const rotate = (x: number, r: number): number => (x << r) | (x >>> (32 - r))

function finish(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

const mixed = (unit: number): number => Math.imul(rotate(Math.imul(unit, 0x239b961b), 15), 0xab0e9789)

/** MurmurHash3's x86 128-bit mixing (Appleby 2011), keyed by the parent's words, over the label's 32-bit units, into `words`. */
function hashLabel(parent: Uint32Array, label: string | number, words: Uint32Array): Uint32Array {
  const isText = typeof label === 'string'
  if (!isText && !Number.isSafeInteger(label)) assert(false, `a key label is a string or a safe integer, not ${label}`)
  const units = isText ? label.length : 2
  let a = parent[0] | 0
  let b = parent[1] | 0
  let c = parent[2] | 0
  let d = parent[3] | 0
  // Each unit changes one lane; the four lanes take turns, by moving up.
  for (let i = 0; i < units; i++) {
    const unit = isText ? label.charCodeAt(i) : i === 0 ? label | 0 : Math.floor(label / 4294967296) | 0
    const next = (Math.imul((rotate(a ^ mixed(unit), 19) + b) | 0, 5) + 0x561ccd1b) | 0
    a = b
    b = c
    c = d
    d = next
  }
  for (let turn = (4 - (units & 3)) & 3; turn > 0; turn--) {
    const first = a
    a = b
    b = c
    c = d
    d = first
  }
  const length = isText ? units : ~units
  a ^= length
  b ^= length
  c ^= length
  d ^= length
  for (let round = 0; round < 2; round++) {
    const sum = (a + b + c + d) | 0
    a = finish((a + sum + 0x9e3779b9) | 0)
    b = finish((b + sum + Math.imul(2, 0x9e3779b9)) | 0)
    c = finish((c + sum + Math.imul(3, 0x9e3779b9)) | 0)
    d = finish((d + sum + Math.imul(4, 0x9e3779b9)) | 0)
  }
  words[0] = a
  words[1] = b
  words[2] = c
  words[3] = d
  return words
}
