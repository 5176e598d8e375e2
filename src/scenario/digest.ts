import { createHash, type Hash, hash as hashOf } from 'node:crypto'
import { assert } from '../base/index.js'

/**
 * A rolling SHA-256 over plain data in a canonical form: every value is preceded by a tag, fields of objects come in the
 * order of their names, numbers as little-endian float64, texts as UTF-16 units. Two traces have the same digest only if every bit is the same.
 */
export interface RollingDigest {
  add(value: unknown): void
  /** Hex digest of everything added so far. */
  value(): string
}

const CAPACITY = 1 << 16
/** What is longer is not copied into the buffer. */
const COPIED_MAX = 1 << 13
const TEXT_LOOP_MAX = 64
const SORTED_BY_HAND_MAX = 32

export function rollingDigest(): RollingDigest {
  const hash = createHash('sha256')
  const encoder = openEncoder(bytes => hash.update(bytes))
  return {
    add: encoder.add,
    value() {
      encoder.flush()
      return hash.copy().digest('hex')
    },
  }
}

/** Hex SHA-256 of one plain value in the same canonical form. */
export function digestOf(value: unknown): string {
  try {
    single.add(value)
    if (overflow === undefined) return hashOf('sha256', single.waiting(), 'hex')
    single.flush()
    return overflow.digest('hex')
  } finally {
    single.clear()
    overflow = undefined
  }
}

// One buffer for all single values, of which most are small: to open one each time would cost more than the hash.
const single = openEncoder(bytes => {
  overflow ??= createHash('sha256')
  overflow.update(bytes)
})
let overflow: Hash | undefined

interface Encoder {
  add(value: unknown): void
  /** Hands on what waits in the buffer. */
  flush(): void
  /** What waits in the buffer, valid until the next call. */
  waiting(): Uint8Array
  clear(): void
}

type Fields = { readonly [name: string]: unknown }

/** The canonical form of plain data, handed on in pieces that are valid during the call alone. */
function openEncoder(handOn: (bytes: Uint8Array) => void): Encoder {
  const buffer = Buffer.from(new ArrayBuffer(CAPACITY))
  const view = new DataView(buffer.buffer)
  let used = 0

  function flush(): void {
    if (used > 0) handOn(buffer.subarray(0, used))
    used = 0
  }

  function room(bytes: number): void {
    if (used + bytes > CAPACITY) flush()
  }

  function tag(code: number): void {
    room(9)
    buffer[used++] = code
  }

  function double(value: number): void {
    room(8)
    view.setFloat64(used, value, true)
    used += 8
  }

  function text(value: string): void {
    double(value.length)
    if (value.length > COPIED_MAX) {
      flush()
      handOn(Buffer.from(value, 'utf16le'))
      return
    }
    room(value.length * 2)
    if (value.length > TEXT_LOOP_MAX) {
      used += buffer.write(value, used, 'utf16le')
      return
    }
    for (let i = 0; i < value.length; i++, used += 2) view.setUint16(used, value.charCodeAt(i), true)
  }

  function bytes(given: ArrayBufferView): void {
    double(given.byteLength)
    const copied = new Uint8Array(given.buffer, given.byteOffset, given.byteLength)
    if (copied.length > COPIED_MAX) {
      flush()
      handOn(copied)
      return
    }
    room(copied.length)
    buffer.set(copied, used)
    used += copied.length
  }

  function list(items: readonly unknown[]): void {
    double(items.length)
    for (const item of items) add(item)
  }

  function record(value: Fields): void {
    const names = definedNames(value)
    double(names.length)
    for (const name of names) {
      text(name)
      add(value[name])
    }
  }

  function add(value: unknown): void {
    if (typeof value === 'number') {
      tag(1)
      double(value)
    } else if (typeof value === 'string') {
      tag(2)
      text(value)
    } else if (typeof value === 'boolean') tag(value ? 3 : 4)
    else if (value === null) tag(5)
    else if (value === undefined) tag(6)
    else if (ArrayBuffer.isView(value)) {
      tag(7)
      bytes(value)
    } else if (Array.isArray(value)) {
      tag(8)
      list(value)
    } else {
      assert(typeof value === 'object', `only plain data has a digest, not a ${typeof value}`)
      tag(9)
      record(value as Fields)
    }
  }

  return {
    add,
    flush,
    waiting: () => buffer.subarray(0, used),
    clear() {
      used = 0
    },
  }
}

/** The names of an object's fields, those that are undefined left out, in order of UTF-16 units: few and nearly sorted as a rule. */
function definedNames(value: Fields): string[] {
  const names = Object.keys(value)
  let count = 0
  for (const name of names) if (value[name] !== undefined) names[count++] = name
  names.length = count
  if (count > SORTED_BY_HAND_MAX) return names.sort()
  for (let i = 1; i < count; i++) {
    const name = names[i]
    let at = i
    for (; at > 0 && names[at - 1] > name; at--) names[at] = names[at - 1]
    names[at] = name
  }
  return names
}
