import { assert } from './assert.js'

/**
 * A stable queue of events on typed arrays: a 4-ary heap ordered by (time, priority, sequence). Equal times and
 * priorities leave in the order they came in. Payloads are kept in slots that are reused.
 */
export interface EventHeap<T> {
  push(time: number, priority: number, payload: T): number
  /** The earliest event, or undefined when empty. Its time, priority and sequence are in `last`. */
  pop(): T | undefined
  peekTime(): number
  readonly size: number
  readonly last: { time: number; priority: number; sequence: number }
}

export function eventHeap<T>(initialCapacity = 64): EventHeap<T> {
  let capacity = initialCapacity
  let times = new Float64Array(capacity)
  let priorities = new Int32Array(capacity)
  let sequences = new Float64Array(capacity)
  let slots = new Int32Array(capacity)
  const payloads: (T | undefined)[] = []
  const free: number[] = []
  let size = 0
  let nextSequence = 0
  const last = { time: Number.NEGATIVE_INFINITY, priority: 0, sequence: -1 }

  function grow(): void {
    capacity *= 2
    times = extend(times, new Float64Array(capacity))
    priorities = extend(priorities, new Int32Array(capacity))
    sequences = extend(sequences, new Float64Array(capacity))
    slots = extend(slots, new Int32Array(capacity))
  }

  const before = (time: number, priority: number, sequence: number, j: number): boolean =>
    time < times[j] ||
    (time === times[j] && (priority < priorities[j] || (priority === priorities[j] && sequence < sequences[j])))

  function move(from: number, to: number): void {
    times[to] = times[from]
    priorities[to] = priorities[from]
    sequences[to] = sequences[from]
    slots[to] = slots[from]
  }

  function set(i: number, time: number, priority: number, sequence: number, slot: number): void {
    times[i] = time
    priorities[i] = priority
    sequences[i] = sequence
    slots[i] = slot
  }

  function push(time: number, priority: number, payload: T): number {
    assert(time >= 0 && time < Number.POSITIVE_INFINITY, `an event's time is finite and not negative, not ${time}`)
    if (size === capacity) grow()
    const slot = free.length > 0 ? free.pop()! : payloads.length
    payloads[slot] = payload
    const sequence = nextSequence++
    let i = size++
    while (i > 0) {
      const parent = (i - 1) >> 2
      if (!before(time, priority, sequence, parent)) break
      move(parent, i)
      i = parent
    }
    set(i, time, priority, sequence, slot)
    return sequence
  }

  function pop(): T | undefined {
    if (size === 0) return undefined
    last.time = times[0]
    last.priority = priorities[0]
    last.sequence = sequences[0]
    const slot = slots[0]
    const payload = payloads[slot]
    payloads[slot] = undefined
    free.push(slot)
    size--
    if (size > 0) sink(times[size], priorities[size], sequences[size], slots[size])
    return payload
  }

  function sink(time: number, priority: number, sequence: number, slot: number): void {
    let i = 0
    for (;;) {
      const first = 4 * i + 1
      if (first >= size) break
      const end = Math.min(first + 4, size)
      let least = first
      for (let j = first + 1; j < end; j++) if (before(times[j], priorities[j], sequences[j], least)) least = j
      if (before(time, priority, sequence, least)) break
      move(least, i)
      i = least
    }
    set(i, time, priority, sequence, slot)
  }

  return {
    push,
    pop,
    peekTime: () => (size === 0 ? Number.POSITIVE_INFINITY : times[0]),
    get size() {
      return size
    },
    last,
  }
}

function extend<A extends Float64Array | Int32Array>(from: A, to: A): A {
  to.set(from as never)
  return to
}
