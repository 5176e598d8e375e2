import { assert } from './assert.js'

/**
 * A stable queue of events on typed arrays: a 4-ary heap ordered by (time, priority, sequence). Equal times and
 * priorities leave in the order they came in. Payloads are kept in slots that are reused.
 */
export interface EventHeap<T> {
  /** Priorities are whole numbers from -16 to 15. `owner` is any 32-bit integer, kept beside the payload. Returns the sequence. */
  push(time: number, priority: number, payload: T, owner?: number): number
  /** The earliest event, or undefined when empty. Its time, priority, sequence and owner are in `last`. */
  pop(): T | undefined
  peekTime(): number
  readonly size: number
  readonly last: { time: number; priority: number; sequence: number; owner: number }
}

// Priority and sequence in one number, exact: 2^48 events are more than any run has.
const SEQUENCES = 281474976710656

export function eventHeap<T>(initialCapacity = 64): EventHeap<T> {
  let capacity = initialCapacity
  let times = new Float64Array(capacity)
  let ranks = new Float64Array(capacity)
  let slots = new Int32Array(capacity)
  let owners = new Int32Array(capacity)
  let free = new Int32Array(capacity)
  let freeCount = 0
  const payloads: (T | undefined)[] = []
  let nextSequence = 0
  // A field and not a getter, for speed; so below.
  const heap = {
    push,
    pop,
    peekTime: () => (heap.size === 0 ? Number.POSITIVE_INFINITY : times[0]),
    size: 0,
    last: { time: Number.NEGATIVE_INFINITY, priority: 0, sequence: -1, owner: 0 },
  }
  const { last } = heap

  function grow(): void {
    capacity *= 2
    times = extend(times, new Float64Array(capacity))
    ranks = extend(ranks, new Float64Array(capacity))
    slots = extend(slots, new Int32Array(capacity))
    owners = extend(owners, new Int32Array(capacity))
    free = extend(free, new Int32Array(capacity))
  }

  function push(time: number, priority: number, payload: T, owner = 0): number {
    // The messages are made only when there is something to say: this is the hottest function of a run.
    if (!(time >= 0 && time < Number.POSITIVE_INFINITY)) assert(false, `an event's time is finite and not negative, not ${time}`)
    if (!(priority >= -16 && priority <= 15)) assert(false, `an event's priority is from -16 to 15, not ${priority}`)
    if (heap.size === capacity) grow()
    const slot = freeCount > 0 ? free[--freeCount] : payloads.length
    payloads[slot] = payload
    owners[slot] = owner
    const sequence = nextSequence++
    rise(heap.size++, time, priority * SEQUENCES + sequence, slot)
    return sequence
  }

  function pop(): T | undefined {
    if (heap.size === 0) return undefined
    const slot = slots[0]
    last.time = times[0]
    last.priority = Math.floor(ranks[0] / SEQUENCES)
    last.sequence = ranks[0] - last.priority * SEQUENCES
    last.owner = owners[slot]
    const payload = payloads[slot]
    payloads[slot] = undefined
    free[freeCount++] = slot
    const size = --heap.size
    if (size > 0) sink(times[size], ranks[size], slots[size])
    return payload
  }

  function rise(from: number, time: number, rank: number, slot: number): void {
    let i = from
    while (i > 0) {
      const parent = (i - 1) >> 2
      if (time > times[parent] || (time === times[parent] && rank > ranks[parent])) break
      times[i] = times[parent]
      ranks[i] = ranks[parent]
      slots[i] = slots[parent]
      i = parent
    }
    times[i] = time
    ranks[i] = rank
    slots[i] = slot
  }

  function sink(time: number, rank: number, slot: number): void {
    const { size } = heap
    let i = 0
    for (;;) {
      const first = 4 * i + 1
      if (first >= size) break
      const end = Math.min(first + 4, size)
      let least = first
      for (let j = first + 1; j < end; j++)
        if (times[j] < times[least] || (times[j] === times[least] && ranks[j] < ranks[least])) least = j
      if (time < times[least] || (time === times[least] && rank < ranks[least])) break
      times[i] = times[least]
      ranks[i] = ranks[least]
      slots[i] = slots[least]
      i = least
    }
    times[i] = time
    ranks[i] = rank
    slots[i] = slot
  }

  return heap
}

function extend<A extends Float64Array | Int32Array>(from: A, to: A): A {
  to.set(from as never)
  return to
}
