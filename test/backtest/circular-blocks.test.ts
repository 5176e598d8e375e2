import { circularBlocks } from 'swarmvar/backtest'
import { childKey, openStream, rootKey } from 'swarmvar/random'
import { describe, expect, it } from 'vitest'

const stream = (seed = 's') => openStream(childKey(rootKey(seed), 'blocks'))

describe('circular blocks', () => {
  it('are runs of successive days that go on from the last to the first', () => {
    const drawn = circularBlocks(103, 10, stream())
    expect(drawn).toHaveLength(103)
    for (let at = 0; at < 103; at++) if (at % 10 !== 0) expect(drawn[at]).toBe((drawn[at - 1] + 1) % 103)
    expect(new Set(Array.from({ length: 11 }, (_, block) => drawn[10 * block])).size).toBeGreaterThan(5)
  })

  it('draw every day equally often, the first and the last too', () => {
    const counts = new Int32Array(20)
    const source = stream('many')
    for (let i = 0; i < 5000; i++) for (const day of circularBlocks(20, 7, source)) counts[day]++
    // 5000 draws a day with blocks that move together: a standard deviation of about 110.
    for (const count of counts) expect(Math.abs(count - 5000)).toBeLessThan(500)
  })

  it('keep the variance of a correlated mean that single days would lose', () => {
    const values = Float64Array.from({ length: 400 }, (_, t) => (Math.floor(t / 20) % 2 === 0 ? 1 : -1))
    const spread = (block: number): number => {
      const source = stream(`block ${block}`)
      const means = Array.from({ length: 400 }, () => circularBlocks(400, block, source).reduce((s, t) => s + values[t], 0) / 400)
      return means.reduce((s, m) => s + m * m, 0) / 400
    }
    expect(spread(1)).toBeCloseTo(1 / 400, 3)
    expect(spread(10)).toBeGreaterThan(4 * spread(1))
  })

  it('replay, and refuse a length that is none', () => {
    expect(circularBlocks(50, 5, stream())).toEqual(circularBlocks(50, 5, stream()))
    for (const [days, block, code] of [
      [0, 1, 'TOO_FEW_DAYS'],
      [5, 6, 'BAD_BLOCK'],
      [5, 0, 'BAD_BLOCK'],
      [5, 1.5, 'BAD_BLOCK'],
    ] as const)
      expect(() => circularBlocks(days, block, stream())).toThrow(expect.objectContaining({ code }))
  })
})
