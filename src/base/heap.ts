import { assert } from './assert.js'

/**
 * A stable queue of events on typed arrays: a 4-ary heap ordered by (time, priority, sequence). Equal times and
 * priorities leave in the order they came in. Payloads are kept in slots that are reused.
 */
export interface EventHeap<T> {
  /** Priorities are whole numbers from -16 to 15. `owner` is any 32-bit integer, kept beside the payload. Returns the sequence. */
  push(time: number, priority: number, payload: T, owner?: number): number
  /** The earliest event, or undefined when empty. Its time, priority, sequence, owner and slot are in `last`. */
  pop(): T | undefined
  peekTime(): number
  readonly size: number
  /** The slot of what was pushed last: free again when it has left. Slots are counted from 0, and as few as there were events at one time. */
  readonly slot: number
  readonly last: { time: number; priority: number; sequence: number; owner: number; slot: number }
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
    slot: -1,
    last: { time: Number.NEGATIVE_INFINITY, priority: 0, sequence: -1, owner: 0, slot: -1 },
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
    heap.slot = slot
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
    last.slot = slot
    const payload = payloads[slot]
    payloads[slot] = undefined
    free[freeCount++] = slot
    const size = --heap.size
    if (size > 0) sink(times[size], ranks[size], slots[size])
    return payload
  }

  // Both walks keep the arrays in constants of their own: variables of a closure are read anew at every turn.
  function rise(from: number, time: number, rank: number, slot: number): void {
    const [at, ranked, held] = [times, ranks, slots]
    let i = from
    while (i > 0) {
      const parent = (i - 1) >> 2
      if (time > at[parent] || (time === at[parent] && rank > ranked[parent])) break
      at[i] = at[parent]
      ranked[i] = ranked[parent]
      held[i] = held[parent]
      i = parent
    }
    at[i] = time
    ranked[i] = rank
    held[i] = slot
  }

  function sink(time: number, rank: number, slot: number): void {
    const [at, ranked, held] = [times, ranks, slots]
    const { size } = heap
    let i = 0
    for (;;) {
      const first = 4 * i + 1
      if (first >= size) break
      const end = Math.min(first + 4, size)
      let least = first
      for (let j = first + 1; j < end; j++) if (at[j] < at[least] || (at[j] === at[least] && ranked[j] < ranked[least])) least = j
      if (time < at[least] || (time === at[least] && rank < ranked[least])) break
      at[i] = at[least]
      ranked[i] = ranked[least]
      held[i] = held[least]
      i = least
    }
    at[i] = time
    ranked[i] = rank
    held[i] = slot
  }

  return heap
}

function extend<A extends Float64Array | Int32Array>(from: A, to: A): A {
  to.set(from as never)
  return to
}
