import { describe, expect, it } from 'vitest'
import { firstUniform } from '../../../src/base/stream.js'
import { reduceValues } from '../../../src/network/agreement/reduce.js'
import { type AsynchronousPlan, asynchronousAgreement, type Id, type Link } from '../../../src/network/index.js'
import { median } from '../../../src/rules/index.js'
import { ids, meet } from './group.js'
import { liar, numbers, spread, spreads } from './puppets.js'

const plan = (n: number, f: number, more: Partial<AsynchronousPlan> = {}): AsynchronousPlan => ({
  ids: ids(n),
  f,
  dimension: 1,
  epsilon: 0.01,
  range: 1,
  ...more,
})

const jitter: Link = (_packet, _now, key) => ({ deliverAfterMs: 5 * firstUniform(key) })

const group = (options: AsynchronousPlan) => {
  const node = asynchronousAgreement(options)
  return Object.fromEntries(options.ids.map(id => [id, node]))
}

describe('asynchronous agreement', () => {
  it('decides within epsilon, and halves the spread each round', async () => {
    const all = ids(7)
    const { data, notes } = await meet(group(plan(7, 2)), Object.fromEntries(all.map((id, i) => [id, [i % 2]])), {
      links: [jitter],
    })
    const widths = spreads(notes, all)
    expect(widths).toHaveLength(8)
    for (const [i, width] of widths.entries()) expect(width).toBeLessThanOrEqual((i === 0 ? 1 : widths[i - 1]) / 2)
    expect(spread(numbers(data('decided'), all))).toBeLessThanOrEqual(0.01)
  })

  it('goes on without f participants that say nothing at all, and with an honest one cut off for long, who catches up', async () => {
    const all = ids(7)
    const cut = 'p04'
    const clog: Link = ({ from, to }, now) => ({ deliverAfterMs: from === cut || to === cut ? Math.max(1, 1000 - now) : 1 })
    const silent = liar('p05', [], () => undefined)
    const inputs = Object.fromEntries(all.map((id, i) => [id, [i % 2]]))
    const faulty = { adversary: { id: 'adversary', corrupts: new Set(['p05']) } }
    const { data, notes } = await meet({ ...group(plan(7, 2)), adversary: silent }, inputs, { links: [clog], ...faulty })
    const honest = all.filter(id => id !== 'p05')
    expect(spread(numbers(data('decided'), honest))).toBeLessThanOrEqual(0.01)
    const decidedMs = new Map(notes.filter(({ note }) => note.kind === 'decided').map(({ by, atMs }) => [by, atMs]))
    for (const id of honest) expect(decidedMs.get(id)! < 100).toBe(id !== cut)
  })

  it('lets those take part who have no input, as long as they and the faulty are f', async () => {
    const all = ids(7)
    const { data } = await meet(group(plan(7, 2)), Object.fromEntries(all.slice(0, 5).map((id, i) => [id, [i % 2]])))
    expect(spread(numbers(data('decided'), all))).toBeLessThanOrEqual(0.01)
    const few = await meet(group(plan(7, 2)), Object.fromEntries(all.slice(0, 4).map((id, i) => [id, [i % 2]])))
    expect(few.data('decided').size).toBe(0)
  })

  it('never decides at n = 3f when f are silent, and is refused', async () => {
    expect(() => asynchronousAgreement(plan(6, 2))).toThrow(expect.objectContaining({ code: 'TOO_MANY_FAULTS' }))
    const silent = liar('p04', [], () => undefined)
    const { data } = await meet(
      { ...group(plan(6, 2, { unsafe: true })), adversary: silent },
      Object.fromEntries(ids(6).map((id, i) => [id, [i % 2]])),
      { adversary: { id: 'adversary', corrupts: new Set(['p04', 'p05']) } },
    )
    expect(data('decided').size).toBe(0)
  })

  it('ends in two different decisions at n = 3 where two votes are enough to deliver', async () => {
    const thresholds = { echoes: 2, amplify: 2, deliver: 2 }
    const story = (to: Id) => Float64Array.of(to === 'p00' ? 0 : 1)
    const honest = ['p00', 'p01']
    const twoFaced = liar('p02', honest, (to, body) =>
      body.kind === 'send' || body.kind === 'echo' || body.kind === 'ready'
        ? { ...body, value: ('of' in body ? body.of : 'p02') === 'p02' ? story(to) : body.value }
        : body,
    )
    const apart: Link = ({ from, to }) => ({ deliverAfterMs: from !== 'p02' && to !== 'p02' && from !== to ? 1e6 : 1 })
    const { data } = await meet(
      { ...group(plan(3, 1, { unsafe: true, thresholds })), adversary: twoFaced },
      { p00: [0], p01: [1], p02: [0] },
      { links: [apart], adversary: { id: 'adversary', corrupts: new Set(['p02']) } },
    )
    expect(numbers(data('decided'), honest)).toEqual([0, 1])
  })

  it('gives the same bits twice, and copies of packets change nothing', async () => {
    const all = ids(4)
    const inputs = Object.fromEntries(all.map((id, i) => [id, [i / 3]]))
    const run = async (copies: number) =>
      (await meet(group(plan(4, 1)), inputs, { links: [() => ({ copies }), () => ({ deliverAfterMs: 1 })] })).notes
    const once = await run(1)
    expect(await run(1)).toEqual(once)
    const twice = await run(2)
    expect(twice.every(({ note }) => note.kind === 'round' || note.kind === 'decided')).toBe(true)
  })
})

/** All ways to pick `size` of the items. */
function* subsets<T>(items: readonly T[], size: number): Generator<T[]> {
  if (size === 0) yield []
  else
    for (let i = 0; i <= items.length - size; i++)
      for (const rest of subsets(items.slice(i + 1), size - 1)) yield [items[i], ...rest]
}

describe('without reliable broadcast, waiting for n - f values', () => {
  /** What participants may end a round with: n - f values, up to f of them lies, the rest of the honest ones. */
  const outcomes = (honest: readonly number[], n: number, f: number, own: number): number[] => {
    const results: number[] = []
    for (let lies = 0; lies <= f; lies++) {
      const others = honest.filter((_, i) => i !== honest.indexOf(own))
      for (const heard of subsets(others, n - f - lies - 1)) {
        for (const lie of [0, 1]) {
          const values = [own, ...heard, ...new Array<number>(lies).fill(lie)].map(value => Float64Array.of(value))
          results.push(reduceValues(values, f, 'trimmedMidpoint')[0])
        }
      }
    }
    return results
  }

  it('halves at n = 5f + 1, whatever is heard of zeros and ones', () => {
    for (const [n, f] of [
      [6, 1],
      [11, 2],
    ]) {
      for (let ones = 1; ones < n - f; ones++) {
        const honest = Array.from({ length: n - f }, (_, i) => (i < ones ? 1 : 0))
        const all = [...outcomes(honest, n, f, 0), ...outcomes(honest, n, f, 1)]
        expect(spread(all), `${ones} ones of ${n}`).toBeLessThanOrEqual(0.5)
      }
    }
  })

  it('need not shrink at n = 5f: low ones may stay low and high ones high', () => {
    for (const [n, f] of [
      [5, 1],
      [10, 2],
    ]) {
      const honest = Array.from({ length: n - f }, (_, i) => (i < (n - f) / 2 ? 1 : 0))
      expect(outcomes(honest, n, f, 0)).toContain(0)
      expect(outcomes(honest, n, f, 1)).toContain(1)
    }
  })
})

describe('a trusted coordinator that decides by the median', () => {
  /** The medians that are possible when it decides on `heard` reports of n, f of them 100 and the honest ones 0 or 1. */
  const leaves = (n: number, f: number, heard: number): boolean => {
    for (let ones = 0; ones <= n - f; ones++) {
      const honest = Array.from({ length: n - f }, (_, i) => (i < ones ? 1 : 0))
      for (const told of subsets(honest, heard - f)) {
        const [decided] = median([...told, ...new Array<number>(f).fill(100)].map(value => Float64Array.of(value)))
        if (decided > 1) return true
      }
    }
    return false
  }

  it('needs f < n / 2 when it waits for all', () => {
    expect(leaves(5, 2, 5)).toBe(false)
    expect(leaves(4, 2, 4)).toBe(true)
  })

  it('needs f < n / 3 when it decides on n - f: n = 6, f = 2 breaks, n = 7 holds', () => {
    expect(leaves(6, 2, 4)).toBe(true)
    expect(leaves(7, 2, 5)).toBe(false)
  })
})
