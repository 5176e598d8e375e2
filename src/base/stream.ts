import { refuse } from './errors.js'
import { type Key, keyWords, peekWords } from './keys.js'

/** A stream of uniform bits from one key: xoshiro128++ (Blackman & Vigna 2019). Mutable; never shared between owners. */
export interface Stream {
  readonly s: Uint32Array
}

/** Opens the stream of a key. Opening the same key twice gives the same draws twice. */
export function openStream(key: Key): Stream {
  const s = Uint32Array.from(keyWords(key))
  if ((s[0] | s[1] | s[2] | s[3]) === 0) s[0] = 0x9e3779b9
  return { s }
}

/** 32 random bits, as an unsigned integer. */
export function nextUint32({ s }: Stream): number {
  const s0 = s[0]
  let s1 = s[1]
  let s2 = s[2]
  let s3 = s[3]
  const sum = (s0 + s3) | 0
  const result = (((sum << 7) | (sum >>> 25)) + s0) >>> 0
  const shifted = s1 << 9
  s2 ^= s0
  s3 ^= s1
  s1 ^= s2
  s[1] = s1
  s[0] = s0 ^ s3
  s[2] = s2 ^ shifted
  s[3] = (s3 << 11) | (s3 >>> 21)
  return result
}

/** Uniform on the open interval (0, 1), 52 bits: never 0, never 1. */
export function nextUniform(stream: Stream): number {
  const high = nextUint32(stream) >>> 6
  const low = nextUint32(stream) >>> 6
  return (high * 67108864 + low + 0.5) / 4503599627370496
}

/** What `nextUniform(openStream(key))` gives, without a stream: for a purpose that draws once. */
export function firstUniform(key: Key): number {
  const words = peekWords(key)
  const isZero = (words[0] | words[1] | words[2] | words[3]) === 0
  const s0 = isZero ? 0x9e3779b9 | 0 : words[0] | 0
  const s3 = words[3] | 0
  const sum = (s0 + s3) | 0
  const high = ((((sum << 7) | (sum >>> 25)) + s0) >>> 0) >>> 6
  // One step of the generator, as far as its next output asks for it.
  const t3 = s3 ^ words[1]
  const t0 = s0 ^ t3
  const next = (t0 + ((t3 << 11) | (t3 >>> 21))) | 0
  const low = ((((next << 7) | (next >>> 25)) + t0) >>> 0) >>> 6
  return (high * 67108864 + low + 0.5) / 4503599627370496
}

/** Uniform integer in [0, bound), unbiased by rejection (Lemire's threshold on the remainder). BAD_BOUND: not 1 to 2^32. */
export function nextInteger(stream: Stream, bound: number): number {
  if (!(Number.isInteger(bound) && bound >= 1 && bound <= 4294967296)) refuse('BAD_BOUND', bound, 'a whole number from 1 to 2^32')
  const threshold = (4294967296 - bound) % bound
  for (;;) {
    const bits = nextUint32(stream)
    if (bits >= threshold) return bits % bound
  }
}
