import { describe, expect, it } from 'vitest'
import { estimateRisk, type KnownRisk, methodTable, type Position } from '../../src/montecarlo/index.js'

/** What every method is held to on a position whose risk is known. */
export function estimatorLaws(method: string, position: Position, exact: (level: number) => KnownRisk): void {
  const level = 0.02
  const paths = 6000
  const estimate = (seed: string) => estimateRisk(position, method, { level, paths, seed })

  describe(`${methodTable[method].title} of ${position.name}`, () => {
    it('replays bit for bit, differs under another seed, and leaves its input alone', () => {
      const before = JSON.stringify(position)
      expect(estimate('a')).toEqual(estimate('a'))
      expect(estimate('b').var).not.toBe(estimate('a').var)
      expect(JSON.stringify(position)).toBe(before)
    })

    it('stays within its budget, counts its pilot, and keeps ES above VaR inside their intervals', () => {
      const { var: value, es, varInterval95, esInterval95, evaluations, standardErrors, factors } = estimate('c')
      expect(evaluations).toBeLessThanOrEqual(paths)
      expect(evaluations).toBeGreaterThan(paths / 2)
      expect(es).toBeGreaterThan(value)
      expect(varInterval95[0]).toBeLessThanOrEqual(value)
      expect(varInterval95[1]).toBeGreaterThanOrEqual(value)
      expect(esInterval95[0]).toBeLessThan(es)
      expect(esInterval95[1]).toBeGreaterThan(es)
      for (const number of [standardErrors.var, standardErrors.es, factors.var, factors.es]) expect(number).toBeGreaterThan(0)
    })

    it('is right on average, and its intervals cover', () => {
      const runs = 60
      const known = exact(level)
      const all = Array.from({ length: runs }, (_, r) => estimate(String(r)))
      for (const [which, interval] of [
        ['var', 'varInterval95'],
        ['es', 'esInterval95'],
      ] as const) {
        const mean = all.reduce((sum, e) => sum + e[which], 0) / runs
        const spread = Math.sqrt(all.reduce((sum, e) => sum + (e[which] - mean) ** 2, 0) / (runs - 1))
        // Four standard errors of the average, and a bias of a third of one run's error.
        expect(Math.abs(mean - known[which])).toBeLessThan((4 / Math.sqrt(runs) + 1 / 3) * spread)
        const covered = all.filter(e => e[interval][0] <= known[which] && known[which] <= e[interval][1]).length
        // Of 60 at 95 %, fewer than 50 are seen once in a thousand times.
        expect(covered, which).toBeGreaterThanOrEqual(50)
      }
    })
  })
}
