import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { eventHeap } from '../../src/base/index.js'

fc.configureGlobal({ seed: 20240607 })

interface Entry {
  time: number
  priority: number
  sequence: number
  owner: number
}
const order = (a: Entry, b: Entry): number => a.time - b.time || a.priority - b.priority || a.sequence - b.sequence

// Few distinct times and priorities, so that ties are the rule.
const time = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.double({ min: 0, max: 3, noNaN: true }))
const command = fc.oneof(
  { weight: 3, arbitrary: fc.record({ time, priority: fc.integer({ min: -16, max: 15 }), owner: fc.integer() }) },
  { weight: 2, arbitrary: fc.constant('pop' as const) },
)

describe('the event heap', () => {
  it('lets events out in the order of (time, priority, arrival), whatever pushes and pops came between', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 300 }), fc.integer({ min: 1, max: 8 }), (commands, capacity) => {
        const heap = eventHeap<Entry>(capacity)
        const model: Entry[] = []
        let sequence = 0
        const popBoth = (): void => {
          model.sort(order)
          expect(heap.peekTime()).toBe(model[0]?.time ?? Number.POSITIVE_INFINITY)
          const expected = model.shift()
          expect(heap.pop()).toBe(expected)
          if (expected !== undefined) expect(heap.last).toMatchObject(expected)
          expect(heap.size).toBe(model.length)
        }
        for (const entry of commands) {
          if (entry === 'pop') popBoth()
          else {
            const event = { ...entry, sequence }
            expect(heap.push(event.time, event.priority, event, event.owner)).toBe(sequence++)
            model.push(event)
          }
        }
        while (model.length > 0) popBoth()
        expect(heap.pop()).toBeUndefined()
      }),
      { numRuns: 300 },
    )
  })

  it('gives what is in it slots of its own, as few as there were events at one time', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 300 }), commands => {
        const heap = eventHeap<number>(2)
        const taken = new Map<number, number>()
        let most = 0
        for (const [i, entry] of commands.entries()) {
          if (entry !== 'pop') {
            heap.push(entry.time, entry.priority, i)
            expect(taken.has(heap.slot)).toBe(false)
            taken.set(heap.slot, i)
            most = Math.max(most, taken.size)
            expect(heap.slot).toBeLessThan(most)
          } else if (heap.size > 0) {
            const i = heap.pop()
            expect(taken.get(heap.last.slot)).toBe(i)
            taken.delete(heap.last.slot)
          }
        }
      }),
    )
  })

  it('is stable: events of one time and priority leave in the order they came in, through growth and reuse of slots', () => {
    const heap = eventHeap<number>(2)
    const left: number[] = []
    for (let i = 0; i < 5000; i++) {
      heap.push(7, 0, i)
      if (i % 3 === 2) left.push(heap.pop()!)
    }
    while (heap.size > 0) left.push(heap.pop()!)
    expect(left).toEqual(Array.from({ length: 5000 }, (_, i) => i))
  })

  it('sorts 20,000 random events', () => {
    const heap = eventHeap<number>()
    const times = Float64Array.from({ length: 20_000 }, (_, i) => ((i * 7919) % 20_011) / 3)
    for (const t of times) heap.push(t, 0, t)
    expect(Float64Array.from(times, () => heap.pop()!)).toEqual(times.slice().sort())
  })

  it('forgets a payload that has left, so that nothing is kept alive', async () => {
    const heap = eventHeap<object | undefined>()
    heap.push(1, 0, undefined)
    expect(heap.size).toBe(1)
    expect(heap.pop()).toBeUndefined()
    expect(heap.size).toBe(0)
  })

  it('stops at a time that is negative, infinite or no number, and at a priority out of range: bugs of ours', () => {
    for (const t of [-1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(() => eventHeap().push(t, 0, null)).toThrow(/internal error.*time/)
    }
    for (const priority of [-17, 16, Number.NaN])
      expect(() => eventHeap().push(0, priority, null)).toThrow(/internal error.*priority/)
  })
})
