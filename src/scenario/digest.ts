import { createHash } from 'node:crypto'
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

export function rollingDigest(): RollingDigest {
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafe(CAPACITY)
  let used = 0

  function flush(): void {
    if (used > 0) hash.update(buffer.subarray(0, used))
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
    buffer.writeDoubleLE(value, used)
    used += 8
  }

  function text(value: string): void {
    double(value.length)
    if (value.length * 2 > CAPACITY) {
      flush()
      hash.update(Buffer.from(value, 'utf16le'))
      return
    }
    room(value.length * 2)
    used += buffer.write(value, used, 'utf16le')
  }

  function bytes(view: ArrayBufferView): void {
    double(view.byteLength)
    flush()
    hash.update(new Uint8Array(view.buffer, view.byteOffset, view.byteLength))
  }

  function list(items: readonly unknown[]): void {
    double(items.length)
    for (const item of items) add(item)
  }

  function record(value: object): void {
    const names = Object.keys(value)
      .filter(name => (value as { [name: string]: unknown })[name] !== undefined)
      .sort()
    double(names.length)
    for (const name of names) {
      text(name)
      add((value as { [name: string]: unknown })[name])
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
      record(value)
    }
  }

  return {
    add,
    value() {
      flush()
      return hash.copy().digest('hex')
    },
  }
}

/** Hex SHA-256 of one plain value in the same canonical form. */
export function digestOf(value: unknown): string {
  const digest = rollingDigest()
  digest.add(value)
  return digest.value()
}
