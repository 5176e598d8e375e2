import { type Key, nextInteger, openStream } from '../base/index.js'
import { meansOf, onMatrix } from './matrix.js'
import { checkCount } from './parameters.js'
import type { Rows } from './rows.js'

/** How rows go into buckets: `size` a bucket, in the order of a permutation drawn from `key`. */
export interface Bucketing {
  readonly size: number
  readonly key: Key
}

/**
 * Bucketing before aggregation: n rows in random order, each `size` of them averaged, the last bucket holding what is left; so
 * ceil(n / size) rows, of which at most f hold a faulty one. The permutation follows from the key and n alone: in a scenario it
 * is the same every day (parameter `seed`). Karimireddy, He & Jaggi 2022. Errors: BAD_REPORT, BAD_PARAMETER.
 */
export function bucketing(rows: Rows, how: Bucketing): Float64Array[] {
  return onMatrix(rows, matrix => meansOf(matrix, bucketsOf(rows.length, how)))
}

/** The numbers of the rows in each bucket, ascending within it. */
export function bucketsOf(n: number, { size, key }: Bucketing): number[][] {
  checkCount('bucketing', 'size', size, 1)
  const stream = openStream(key)
  const order = Array.from({ length: n }, (_, i) => i)
  for (let i = n - 1; i > 0; i--) {
    const j = nextInteger(stream, i + 1)
    ;[order[i], order[j]] = [order[j], order[i]]
  }
  return Array.from({ length: Math.ceil(n / size) }, (_, k) => order.slice(k * size, (k + 1) * size).sort((a, b) => a - b))
}
